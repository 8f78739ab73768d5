package train

import "context"

// Vanilla fits the trajectory that starts at the first row to all rows at
// once, by gradient descent through the solver.
type Vanilla struct {
	Descent `yaml:",inline"`
}

func init() {
	Methods.Register("vanilla", "fit whole trajectories by gradient descent", func() Method {
		return &Vanilla{Descent{LR: 0.01, Schedule: "cosine", WeightDecay: 0.01, Clip: 10}}
	})
}

// Fit implements Method.
func (v *Vanilla) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	l, err := p.newLoop("vanilla", 2000, "last")
	if err != nil {
		return nil, err
	}
	r := newRollout(p, p.Parts.Field, p.inputs(l.members, false), l.members, false)
	if l.obj, err = newTrajectoryLoss(r); err != nil {
		return nil, err
	}
	if l.step, err = v.transform(p, l.members, l.budget); err != nil {
		return nil, err
	}
	return descend(ctx, l, from, on)
}

// newLoop is a loop with the problem's choices or the method's defaults.
func (p *Problem) newLoop(method string, budget int, keep string) (*loop, error) {
	l := &loop{p: p, method: method, budget: p.Budget, keep: p.Keep, members: max(1, p.Members)}
	if l.budget == 0 {
		l.budget = budget
	}
	if l.keep == "" {
		l.keep = keep
	}
	return l, nil
}
