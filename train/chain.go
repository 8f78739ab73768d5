package train

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// Chain is several methods one after the other. Each begins with the model,
// parameters and starts of trajectories that the one before ended with; a
// budget holds for each. A method that fails is passed over.
type Chain struct {
	// Names are those of Methods, a repeated one with its number: lm, lm2.
	Names   []string
	Methods []Method
}

func init() {
	Methods.Compose(func(names []string) (Method, error) {
		c, err := NewChain(names...)
		if err != nil {
			return nil, err
		}
		return c, nil
	})
}

// NewChain looks up the methods, which have their defaults. It is also what
// Methods.Lookup makes of names with commas between them.
func NewChain(names ...string) (*Chain, error) {
	c := &Chain{}
	count := map[string]int{}
	for i, name := range names {
		if name == "auto" && i > 0 {
			return nil, errors.New("method auto cannot come after others: it tries models of its own from the beginning")
		}
		m, err := Methods.Lookup(name)
		if err != nil {
			return nil, err
		}
		if count[name]++; count[name] > 1 {
			name = fmt.Sprint(name, count[name])
		}
		c.Names, c.Methods = append(c.Names, name), append(c.Methods, m)
	}
	return c, nil
}

// name is how a user writes the chain.
func (c *Chain) name() string { return strings.Join(c.Names, ",") }

// Fit implements Method. Its checkpoints hold the last one of every method so
// far; those that had ended are brought to their end again by it.
func (c *Chain) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if on == nil {
		on = func(Event) {}
	}
	saved, reached, err := c.resume(p, from)
	if err != nil {
		return nil, err
	}
	q := p
	var all *Result
	for i := range c.Methods {
		tell := on
		if i < reached { // it was told before the checkpoint was made
			tell = func(Event) {}
		}
		r, err := c.link(ctx, p, q, i, saved, tell)
		if err != nil {
			return nil, err
		}
		all = c.join(all, r, i)
		if all.Status == StatusInterrupted || all.Status == StatusStopped {
			break
		}
		if r.Status != StatusFailed {
			if q, err = p.goingOnWith(r.passedOn()); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// resume is the last checkpoint of every method, empty ones of those that have none yet, and
// which method was under way.
func (c *Chain) resume(p *Problem, from *Checkpoint) (saved []*Checkpoint, reached int, err error) {
	if from == nil {
		err = c.check(p)
	} else if err = from.of(c.name()); err == nil {
		if n := len(from.Nested); n == 0 || n > len(c.Methods) {
			return nil, 0, errMisfit
		}
		saved, reached = slices.Clone(from.Nested), len(from.Nested)-1
	}
	for i := len(saved); i < len(c.Methods); i++ {
		saved = append(saved, newCheckpoint(c.Names[i], 0, 0))
	}
	return saved, reached, err
}

// link fits by method i on q, which is p or follows from it. Its checkpoints are put in
// saved and handed on with those of the methods before.
func (c *Chain) link(ctx context.Context, p, q *Problem, i int, saved []*Checkpoint, on func(Event)) (*Result, error) {
	one, err := c.limited(p, q, i)
	if err != nil {
		return nil, err
	}
	r, err := c.Methods[i].Fit(ctx, one, begun(saved[i]), func(e Event) {
		if e.Checkpoint != nil {
			saved[i] = e.Checkpoint
			all := newCheckpoint(c.name(), i, e.K)
			all.Nested = slices.Clone(saved[:i+1])
			e.Checkpoint = all
		}
		e.Stage = strings.TrimSuffix(c.Names[i]+": "+e.Stage, ": ")
		on(e)
	})
	if err != nil && i > 0 && q.warm != nil && q.warm.ArchName != p.ArchName { // it cannot do anything with the model that another has found
		return &Result{Status: StatusFailed, Tried: []Tried{{Method: c.Names[i], Why: err.Error()}}}, nil
	}
	return r, err
}

// passedOn is the model that the next method of a chain begins with: the one that has not
// seen the rows held out, if there are two.
func (r *Result) passedOn() *model.Model {
	if r.Chosen != nil {
		return r.Chosen
	}
	return r.Model
}

// goingOnWith is the problem for a method that begins with a model, which may be of
// another kind and have other scales.
func (p *Problem) goingOnWith(m *model.Model) (*Problem, error) {
	old, now := &p.Parts.Frame, &m.Parts.Frame
	same := old.T0 == now.T0 && old.Time == now.Time && slices.Equal(old.Shift, now.Shift) && slices.Equal(old.Scale, now.Scale)
	q := p.changed(func(q *Problem) { q.warm, q.ArchName, q.Arch, q.Parts = m, m.ArchName, m.Arch, m.Parts })
	var err error
	if !same {
		q.Splines, err = q.smooth(now)
	}
	return q, err
}

// begun is nil for a method that had no checkpoint yet.
func begun(c *Checkpoint) *Checkpoint {
	if c.Z == nil && c.Nested == nil {
		return nil
	}
	return c
}

// check finds what a later method would refuse before any time is spent.
func (c *Chain) check(p *Problem) error {
	for i, m := range c.Methods {
		if c.Names[i] == "auto" { // which model it finds, and what the next can do with that, nobody knows yet
			return nil
		}
		q, err := c.limited(p, p, i)
		if err != nil {
			return err
		}
		if err := Refusal(m, q); err != nil {
			return err
		}
	}
	return nil
}

// limited is q, which is p or follows from it, with the inequalities that method i keeps:
// what comes before the last method only begins, and need not.
func (c *Chain) limited(p, q *Problem, i int) (*Problem, error) {
	if p.limits == nil || i+1 == len(c.Methods) && q.Parts == p.Parts {
		return q, nil
	}
	var limits *field.Limits
	if i+1 == len(c.Methods) {
		var err error
		if limits, err = field.NewLimits(q.Arch, q.Parts, p.limits.All); err != nil {
			return nil, err
		}
	}
	return q.changed(func(q *Problem) { q.limits = limits }), nil
}

// join is the result of the methods up to i, given that of all before and
// that of i. It has the model of the last method that did not fail.
func (c *Chain) join(all, r *Result, i int) *Result {
	for j := range r.Warnings {
		r.Warnings[j] = c.Names[i] + ": " + r.Warnings[j]
	}
	for j := range r.Tried {
		r.Tried[j].Method = c.Names[i]
	}
	if all == nil {
		all = &Result{Status: StatusFailed}
	}
	next := r
	if r.Status == StatusFailed && all.Status != StatusFailed {
		same := *all
		next = &same
		r.Warnings = append(r.Warnings, c.Names[i]+" failed and is passed over: "+r.Tried[0].Why)
	} else {
		next.BestK += all.Iterations
	}
	next.Method = c.name()
	next.Iterations, next.Evaluations = all.Iterations+r.Iterations, all.Evaluations+r.Evaluations
	next.Tried, next.Warnings = slices.Concat(all.Tried, r.Tried), slices.Concat(all.Warnings, r.Warnings)
	return next
}
