package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/program"
)

// step is the time between samples of a model in discrete time, scaled; 0 of
// others.
func (p *Problem) step() float64 { return p.Parts.Frame.Step / p.Parts.Frame.Time }

// drawn is the field that is drawn to a driving signal; see coupled.
func (p *Problem) drawn() *program.Program {
	if h := p.step(); h > 0 {
		return field.Forced(p.Parts.Field, h)
	}
	return field.Coupled(p.Parts.Field)
}

// unsteady is how far a row may lie from its place on a regular grid, in steps.
// The model is compared with it there, on the straight line between samples.
const unsteady = 0.1

// sampling is the time between samples, user units: that of the architecture,
// or of the rows, which must then be regular; rows may be missing.
func (p *Problem) sampling(d field.Discrete) (float64, error) {
	if h := d.Interval(); h != 0 {
		if !(h > 0) || math.IsInf(h, 1) {
			return 0, fmt.Errorf("every=%g: the time of a step must be above 0", h)
		}
		return h, nil
	}
	all, usual := p.rows(true), 0.0
	for i := range all {
		usual = max(usual, all[i].Step())
	}
	span, count := 0.0, 0.0
	for _, s := range all {
		n := 0.0
		for i := 1; i < s.Len(); i++ {
			n += math.Round((s.T[i] - s.T[i-1]) / usual)
		}
		span, count = span+s.T[s.Len()-1]-s.T[0], count+n
	}
	h := span / max(count, 1)
	for _, s := range all {
		for i, t := range s.T {
			if q := (t - s.T[0]) / h; !(math.Abs(q-math.Round(q)) <= unsteady) || i > 0 && math.Round(q) == math.Round((s.T[i-1]-s.T[0])/h) {
				return 0, irregular(p.ArchName, &s, i, usual)
			}
		}
	}
	return h, nil
}

func irregular(model string, s *data.Series, row int, usual float64) error {
	name := ""
	if s.ID != "" {
		name = fmt.Sprintf(" of recording %q", s.ID)
	}
	return fmt.Errorf("model=%s takes one step a sample, but the rows%s are not at regular times: %g (row %d) is no whole number of steps of %.4g after %g; "+
		"give the time of a step as every=%.4g, then rows between steps are compared on straight lines, or put the rows on a regular grid first, for instance by a spline through them",
		model, name, s.T[row], row+1, usual, s.T[0], usual)
}

// newForcedLoss is the trajectory loss of a model in discrete time that is shown
// the rows: at every step it begins part of the way to the row, α from 1 (full
// teacher forcing) to 0 (free).
func newForcedLoss(p *Problem, members, budget int, forcing string) (*coupledLoss, error) {
	if p.step() == 0 {
		return nil, fmt.Errorf("forcing=%s is for models in discrete time, such as rnn and gru; method=homotopy does the like for model=%s", forcing, p.ArchName)
	}
	var alpha func(k int) float64
	switch forcing {
	case "full":
		alpha = func(int) float64 { return 1 }
	case "scheduled":
		alpha = func(k int) float64 { return max(0, 1-1.25*float64(k)/float64(budget)) }
	default:
		return nil, &registry.UnknownError{Kind: "forcing", Name: forcing, Known: []string{"full", "none", "scheduled"}}
	}
	return newCoupledLoss(p, members, 0, func(k int) float64 { return -math.Log1p(-alpha(k)) / p.step() })
}
