package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// MultipleShooting cuts every recording into segments with starts of their
// own and fits them all at once, by gradient descent, with a penalty on the
// gaps between the end of a segment and the start of the next:
//
//	mean squared distance to the rows + Beta · mean squared gap
//
// over all values and over all gaps and states, in scaled units. With
// Multipliers the segments are made to join: to the penalty comes the mean of
// y·gap with multipliers y that grow by 2·Beta·gap every so many iterations, once
// the segments are near each other: the augmented Lagrangian with steps of
// gradient descent in between. Short
// trajectories cannot go far astray, so it learns where whole ones do not.
// Segments are integrated side by side. The model that is saved and scored
// starts once, at the first row.
//
// Source: Bock's method in the penalty form of Turan, Jäschke, IEEE Control
// Systems Letters 6 (2022) 1897–1902, and of Ko et al. (2023), see Homotopy;
// the multipliers as in ConstrainedShooting.
type MultipleShooting struct {
	Descent  `yaml:",inline"`
	Segments int     `json:"segments" yaml:"segments"` // of each recording; 0 = of about 20 rows, at least 5
	Beta     float64 `json:"beta" yaml:"beta"`         // weight of the gaps
	// Multipliers is the number of iterations between two updates of the
	// multipliers of the gaps; 0 = none, gaps are only penalised.
	Multipliers int `json:"multipliers" yaml:"multipliers"`
	// Free starts begin on the smoothing spline and go where they like. Others
	// are the row's values plus a learnt shift, which weight decay holds back.
	Free bool `json:"free" yaml:"free"`
	// Slip measures a gap against the row after the right one, as the program
	// behind the published figures did; only for reproducing them.
	Slip bool `json:"slip" yaml:"slip"`
}

func init() {
	Methods.Register("multiple-shooting", "fit short segments side by side, with a penalty on the gaps between them", func() Method {
		return &MultipleShooting{Descent: Descent{Optimiser: "adamw", LR: 0.02, Schedule: "cosine", WeightDecay: 0.01, Clip: 10, Adjoint: "discrete"},
			Beta: 1, Free: true}
	})
}

// Fit implements Method.
func (s *MultipleShooting) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := p.onlyBounds("multiple-shooting"); err != nil {
		return nil, err
	}
	if err := p.onlyStates("multiple-shooting"); err != nil {
		return nil, err
	}
	if err := s.check(p); err != nil {
		return nil, err
	}
	c, err := p.newCourse("multiple-shooting", 2000, "last")
	if err != nil {
		return nil, err
	}
	var obj *shootingLoss
	d := downhill{objective: func(members int) (objective, error) {
		var err error
		if obj, err = newShootingLoss(p, members, s); err != nil {
			return nil, err
		}
		return obj, s.equip(obj.tracking)
	}}
	if s.Multipliers > 0 {
		d.moves = "multipliers= change it"
	}
	if !s.Free {
		d.anchor = func() opt.Transform {
			return opt.Segment(p.ofRecordings().size()*c.members, obj.Size(), opt.Decay(s.WeightDecay))
		}
	}
	r, err := s.descend(ctx, c, d, from, on)
	if err == nil && r.Status == StatusOK && s.Multipliers > 0 {
		obj.Eval(nil, c.drive.iterate(), 0)
		if gap := obj.gap(); gap > apartStill {
			r.Warnings = append(r.Warnings, fmt.Sprintf("the segments do not join yet: the root mean square gap is %.2g in scaled units; a larger budget= or beta=, or fewer iterations between multipliers= may help", gap))
		}
	}
	return r, err
}

// apartStill is a root mean square gap, in scaled units, that can be seen in a
// drawing.
const apartStill = 0.01

func (s *MultipleShooting) check(p *Problem) error {
	switch {
	case s.Segments < 0 || s.Segments == 1:
		return fmt.Errorf("segments=%d: there must be at least 2, or 0 for a number that suits the rows; method=vanilla fits whole recordings", s.Segments)
	case !(s.Beta >= 0) || math.IsInf(s.Beta, 1):
		return fmt.Errorf("beta=%g: the weight of the gaps must be 0 or more", s.Beta)
	case s.Multipliers < 0:
		return fmt.Errorf("multipliers=%d: it is a number of iterations, 0 (none) or more", s.Multipliers)
	case s.Multipliers > 0 && (s.Beta == 0 || s.Slip):
		return fmt.Errorf("multipliers=%d: they grow with beta= times the gaps, so beta must be above 0 and slip off", s.Multipliers)
	}
	if s.Steer != 0 {
		return fmt.Errorf("steer=%g: the ends of segments must stay where the next ones begin; use it with method=vanilla", s.Steer)
	}
	for _, rec := range p.Train {
		if rec.Len() < 2*s.Segments {
			which := "the recording"
			if rec.ID != "" {
				which = fmt.Sprintf("recording %q", rec.ID)
			}
			return fmt.Errorf("segments=%d: every segment needs 2 rows, and %s has %d to train on; at most %d segments fit",
				s.Segments, which, rec.Len(), rec.Len()/2)
		}
	}
	return nil
}

// segments is the number of segments of a recording with so many rows.
func (s *MultipleShooting) segments(rows int) int {
	if s.Segments > 0 {
		return s.Segments
	}
	return max(1, min(max(5, rows/20), rows/2))
}
