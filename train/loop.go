package train

import (
	"context"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// objective is what the first-order loop minimises: a sum over members of
// their own losses.
type objective interface {
	opt.Objective
	// losses are those of the last Eval, one a member; +Inf where it failed.
	losses() []float64
	evaluations() int
}

// loop is gradient descent with the transforms of the field, for all members
// at once. A member whose trajectory fails is put back to where it last was
// well and goes on with smaller steps; nobody else notices.
type loop struct {
	p       *Problem
	method  string
	obj     objective
	step    opt.Transform
	metric  *metric
	keep    string
	members int
	budget  int
	stage   func(k int) (name string, lambda float64) // nil: none

	// state, all of it in the checkpoint
	k    int
	z    []float64
	good []float64 // the last z of each member that could be evaluated
	grow []float64 // step factor of each member, ≤ 1
	opt  []float64
	best Kept
	bad  int // failures so far
}

const (
	every      = 25   // iterations between two checkpoints
	scoreEvery = 10   // iterations between two scores that only serve the eye
	regrow     = 1.05 // a shortened step grows back to full length in about 14 good ones
)

func (l *loop) start(z []float64) {
	l.z, l.good = z, append([]float64{}, z...)
	l.grow = make([]float64, l.members)
	for m := range l.grow {
		l.grow[m] = 1
	}
	l.opt = make([]float64, l.step.StateSize(len(z)))
	l.best = Kept{K: -1, Score: math.Inf(1)}
}

// checkpoint copies the state.
func (l *loop) checkpoint() *Checkpoint {
	state := append(append(append([]float64{}, l.opt...), l.grow...), l.good...)
	c := &Checkpoint{Method: l.method, K: l.k, Z: append([]float64{}, l.z...), State: append(state, float64(l.bad))}
	if l.best.K >= 0 {
		b := l.best
		b.Z = append([]float64{}, b.Z...)
		c.Best = &b
	}
	return c
}

func (l *loop) resume(c *Checkpoint) {
	l.start(append([]float64{}, c.Z...))
	l.k = c.K
	n, m, d := len(l.opt), l.members, len(l.z)
	copy(l.opt, c.State)
	copy(l.grow, c.State[n:])
	copy(l.good, c.State[n+m:])
	l.bad = int(c.State[n+m+d])
	if c.Best != nil {
		l.best = *c.Best
		l.best.Z = append([]float64{}, c.Best.Z...)
	}
}

// run iterates until the budget is spent or ctx ends. It returns "", or why
// it cannot go on.
func (l *loop) run(ctx context.Context, on func(Event)) (fail string) {
	u := make([]float64, len(l.z))
	for ; l.k < l.budget && ctx.Err() == nil; l.k++ {
		if l.k > 0 && l.k%every == 0 {
			on(saving(l.k, l.budget, l.checkpoint()))
		}
		e := Event{K: l.k, Of: l.budget, MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN()}
		if l.keep != "last" || l.k%scoreEvery == 0 {
			s := l.metric.eval(l.z)
			l.consider(s)
			e.MSE, e.Held = mean(s, trainMSE), mean(s, heldMSE)
		}
		loss := l.obj.Eval(u, l.z, l.k)
		e.Loss = loss.Value / float64(l.members)
		if l.stage != nil {
			e.Stage, e.Lambda = l.stage(l.k)
		}
		if loss.Fail != "" {
			e.Text = "a step is undone: " + loss.Fail
		}
		on(e)
		if !l.update(u) {
			return loss.Fail
		}
	}
	if l.k >= l.budget {
		l.consider(l.metric.eval(l.z)) // the last iterate may be the best
	}
	on(saving(l.k, l.budget, l.checkpoint()))
	return ""
}

// saving is the event that carries a checkpoint and nothing else.
func saving(k, of int, c *Checkpoint) Event {
	nan := math.NaN()
	return Event{K: k, Of: of, Loss: nan, MSE: nan, Held: nan, Lambda: nan, Checkpoint: c}
}

// consider keeps z if it is the best so far by the rule of keep.
func (l *loop) consider(s []score) {
	by := trainMSE
	switch l.keep {
	case "last":
		return
	case "best-heldout":
		by = heldMSE
	}
	if v := mean(s, by); v < l.best.Score {
		l.best.K, l.best.Score = l.k, v
		l.best.Z = append(l.best.Z[:0], l.z...)
	}
}

// update takes the step whose gradient is u for the members that are well,
// and goes half the way back for the others. It returns false if a member
// failed where it started, so that there is no way back.
func (l *loop) update(u []float64) bool {
	m := l.members
	well := make([]bool, m)
	for j, v := range l.obj.losses() {
		well[j] = isNumber(v)
	}
	for i, v := range u {
		well[i%m] = well[i%m] && isNumber(v)
	}
	for i := range u {
		if !well[i%m] {
			u[i] = 0
		}
	}
	l.step.Apply(u, l.opt, l.z, l.k)
	moved := make([]bool, m)
	for i := range l.z {
		j := i % m
		if well[j] {
			l.good[i] = l.z[i]
			l.z[i] += l.grow[j] * u[i]
			continue
		}
		back := l.good[i] + (l.z[i]-l.good[i])/2
		moved[j] = moved[j] || back != l.z[i]
		l.z[i] = back
	}
	for j, ok := range well {
		switch {
		case ok:
			l.grow[j] = min(1, regrow*l.grow[j])
		case !moved[j]:
			return false
		default:
			l.grow[j] /= 2
			l.bad++
		}
	}
	return true
}

// last is the last iterate of each member whose trajectory could be followed.
func (l *loop) last() []float64 {
	z := append([]float64{}, l.z...)
	for j, s := range l.metric.eval(z) {
		if s.fail != "" {
			for i := j; i < len(z); i += l.members {
				z[i] = l.good[i]
			}
		}
	}
	return z
}

// saved is the iterate to save and its iteration.
func (l *loop) saved() ([]float64, int) {
	if l.keep != "last" && l.best.K >= 0 {
		return l.best.Z, l.best.K
	}
	return l.last(), l.k
}
