package ode

import (
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// TestFixedStepsAreCounted before they are taken: as many as the lane that takes most takes, landing on saved times or not.
func TestFixedStepsAreCounted(t *testing.T) {
	parts, err := (&field.Equations{Text: "x' = -x"}).Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	const lanes = 8
	p := &IVP{Field: field.New(parts.Field, lanes, false), X0: newBatch(1, lanes), Theta: newBatch(len(parts.Theta0), 1), T0: make([]float64, lanes)}
	copy(p.Theta.V, parts.Theta0)
	for k := range 3 {
		for l := range lanes {
			p.Times = append(p.Times, float64(k)*(0.37+0.1*float64(l)))
		}
	}
	for _, save := range []string{"land", "interpolate"} {
		s, err := NewSolver(p.Field, Options{Solver: "dopri5", Step: 0.1, Controller: "fixed", Save: save})
		if err != nil {
			t.Fatal(err)
		}
		tr, most := NewTrajectory(3, 1, lanes), 0
		s.Solve(tr, p)
		for _, n := range tr.Stats.Accepted {
			most = max(most, n)
		}
		if got := s.fixedSteps(); got != most {
			t.Errorf("save=%s: %d steps are counted, %d were taken", save, got, most)
		}
	}
}
