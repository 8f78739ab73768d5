package train

import "context"

// Vanilla fits the trajectory that starts at the first row to all rows at
// once, by gradient descent through the solver.
//
// A model in discrete time may be shown the rows meanwhile (teacher forcing):
// fully, so that it learns to tell the next row, or on a schedule, the part of the
// way to the row falling from 1 to 0 over the first four fifths of the iterations.
type Vanilla struct {
	Descent `yaml:",inline"`
	Forcing string `json:"forcing" yaml:"forcing"` // of models in discrete time: full, scheduled or none; "" = full
}

func init() {
	Methods.Register("vanilla", "fit whole trajectories by gradient descent", func() Method {
		return &Vanilla{Descent: Descent{Optimiser: "adamw", LR: 0.01, Schedule: "cosine", WeightDecay: 0.01, Clip: 10, Adjoint: "discrete"}}
	})
}

// Fit implements Method.
func (v *Vanilla) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("vanilla"); err != nil {
		return nil, err
	}
	c, err := p.newCourse("vanilla", 2000, "last")
	if err != nil {
		return nil, err
	}
	d := downhill{objective: func(members int) (objective, error) { return v.objective(p, members, c.budget) }}
	if v.Forcing == "scheduled" {
		d.moves = "forcing=scheduled changes it"
	}
	return v.descend(ctx, c, d, from, on)
}

func (v *Vanilla) objective(p *Problem, members, budget int) (objective, error) {
	forcing := v.Forcing
	if forcing == "" && p.step() > 0 {
		forcing = "full"
	}
	var loss *tracking
	var obj objective
	if forcing == "" || forcing == "none" {
		free, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(members, false), members, false))
		if err != nil {
			return nil, err
		}
		loss, obj = free.tracking, free
	} else {
		forced, err := newForcedLoss(p, members, budget, forcing)
		if err != nil {
			return nil, err
		}
		loss, obj = forced.tracking, forced
	}
	return obj, v.equip(loss)
}
