package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// Descent is the part of the configuration that first-order methods share.
type Descent struct {
	LR          float64 `json:"lr" yaml:"lr"`                     // learning rate
	Schedule    string  `json:"schedule" yaml:"schedule"`         // constant or cosine
	WeightDecay float64 `json:"weight_decay" yaml:"weight_decay"` // decoupled, times lr each step
	Clip        float64 `json:"clip" yaml:"clip"`                 // largest norm of a member's gradient; 0 = any
}

// transform is AdamW with the schedule and clipping chosen.
func (d Descent) transform(members, budget int) (opt.Transform, error) {
	if !(d.LR > 0) {
		return nil, fmt.Errorf("lr=%g: the learning rate must be above 0", d.LR)
	}
	var rate opt.Schedule
	switch d.Schedule {
	case "constant", "":
		rate = opt.ConstantRate(d.LR)
	case "cosine":
		rate = opt.CosineRate(d.LR, 0, budget)
	default:
		return nil, fmt.Errorf("schedule=%q: it is constant or cosine", d.Schedule)
	}
	var chain []opt.Transform
	if d.Clip > 0 {
		chain = append(chain, opt.ClipLanes(d.Clip, members))
	}
	chain = append(chain, opt.Adam(0.9, 0.999, 1e-8), opt.Decay(d.WeightDecay), opt.Rate(rate))
	return opt.Chain(chain...), nil
}

// begin returns the unknowns that members start from: θ drawn by the
// initialiser, starts as guessed.
func (p *Problem) begin(members int) ([]float64, error) {
	recs, n, size := len(p.Train), len(p.Parts.Frame.States), len(p.Parts.Theta0)
	total := size
	if p.Initial == "learn" {
		total += recs * n
	}
	z := make([]float64, total*members)
	guess := p.startGuess()
	for m := range members {
		theta, err := field.Draw(p.Parts, p.Init, p.Seed, m)
		if err != nil {
			return nil, err
		}
		for i := range total {
			if i < size {
				z[i*members+m] = theta[i]
			} else {
				z[i*members+m] = guess[(i-size)/n][(i-size)%n]
			}
		}
	}
	return z, nil
}

// inputs are the known inputs of the lanes of a rollout; nil if there are none.
func (p *Problem) inputs(members int, held bool) field.Input {
	all := p.rows(held)
	var lanes []*data.Series
	for i := range all {
		for range members {
			lanes = append(lanes, &all[i])
		}
	}
	return newMeasured(lanes, &p.Parts.Frame, program.PadLanes(len(lanes)), p.Hold)
}

// descend runs the loop and makes its result.
func descend(ctx context.Context, l *loop, from *Checkpoint, on func(Event)) (*Result, error) {
	if on == nil {
		on = func(Event) {}
	}
	var err error
	if l.metric, err = newMetric(l.p, l.members); err != nil {
		return nil, err
	}
	if from != nil {
		if from.Method != l.method || len(from.Z) == 0 {
			return nil, fmt.Errorf("the checkpoint is of method %q, not %q", from.Method, l.method)
		}
		l.resume(from)
	} else {
		z, err := l.p.begin(l.members)
		if err != nil {
			return nil, err
		}
		l.start(z)
	}
	fail := l.run(ctx, on)
	z, k := l.saved()
	r := l.p.result(l.method, z, l.members, l.metric)
	r.BestK, r.Iterations = k, l.k
	r.Evaluations = l.obj.evaluations() + l.metric.evals
	r.Status = ending(ctx, l.k >= l.budget)
	why := fmt.Sprintf("all %d iterations were made", l.budget)
	switch {
	case fail != "":
		r.Status, why = StatusFailed, fail
	case r.Status == StatusStopped:
		why = ErrLimit.Error()
	case r.Status == StatusInterrupted:
		why = "it was interrupted"
	}
	if l.bad > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d updates made a trajectory diverge and were undone with a smaller step", l.bad))
	}
	r.Tried = []Tried{{Method: l.method, Why: why, Train: &r.Train, Held: r.Held}}
	return r, nil
}

// ending is the status of a fit whose context may have ended.
func ending(ctx context.Context, done bool) string {
	switch {
	case done || ctx.Err() == nil:
		return StatusOK
	case errors.Is(context.Cause(ctx), ErrLimit):
		return StatusStopped
	}
	return StatusInterrupted
}
