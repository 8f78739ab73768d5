package opt_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

// Σ (x_i − 3)² with x_i ≤ 1 costs w/2·(x_i − 1)² more beyond the bound, of weight w.
func TestRelaxedPaysForBoundsThatAreViolated(t *testing.T) {
	p := opttest.Program{Start: []float64{0, 9}, Bounds: []string{"x <= 1"}, Objective: "(x1-3)^2 + (x2-3)^2", Rows: []string{"x1 + x2 >= -99"}}
	for _, w := range []float64{0, 2, 18} {
		s, st := relaxed(t, p.NLP(), p.Start, func(c *opt.Relaxed) { c.Bound, c.Gain = w, 0 })
		var last opt.Relaxation
		for !st.Over {
			last = s.Step(st)
		}
		want := (3 + w/2) / (1 + w/2)
		value := 2*(want-3)*(want-3) + w*(want-1)*(want-1)
		if math.Abs(st.X[0]-want) > 1e-6 || math.Abs(st.X[1]-want) > 1e-6 || math.Abs(last.Value-value) > 1e-8 {
			t.Errorf("weight %g: %v with value %g, want %g with %g", w, st.X, last.Value, want, value)
		}
	}
}

// Steps and Stages end a stage and the whole, and nothing else does if every
// step gains.
func TestRelaxedMakesAsManyStepsAsItIsAllowed(t *testing.T) {
	p := problem(t, "hs39")
	s, st := relaxed(t, p.NLP(), p.Start, func(c *opt.Relaxed) { c.Steps, c.Stages, c.Gain, c.Violation, c.Patience = 2, 3, -1, 0, 99 })
	for !st.Over {
		s.Step(st)
	}
	if st.K != 6 || st.Stage != 3 || st.Rho != 100 || st.Reached {
		t.Errorf("%d steps, %d stages, ρ = %g, %s", st.K, st.Stage, st.Rho, st.Reason)
	}
}
