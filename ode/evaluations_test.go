package ode_test

import (
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

// counter is a field that counts how often it is evaluated.
type counter struct {
	field.Field
	evals *int
}

func (c counter) Eval(dx field.Batch, at *field.Point) {
	*c.evals++
	c.Field.Eval(dx, at)
}

func (c counter) HVP(g, at *field.Point, v, w field.Batch) { c.Field.(field.Curved).HVP(g, at, v, w) }

// TestEvaluationsAreCounted: what a lane is said to have cost is how often its field was asked.
func TestEvaluationsAreCounted(t *testing.T) {
	for _, name := range ode.Methods() {
		m, err := ode.Method(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []ode.Options{{Step: 0.01}, {RTol: 1e-5, ATol: 1e-7}, {RTol: 1e-5, ATol: 1e-7, Save: "land"}} {
			if o.Solver = name; o.Step == 0 && !m.Adaptive() {
				continue
			}
			n := 0
			p := &ode.IVP{Field: counter{odetest.Lorenz(1), &n}, X0: batch(1, 1.2, 2.1, 1.7), Theta: batch(1, 10, 28, 8./3), T0: []float64{0}, Times: []float64{0.3, 0.7, 1}}
			tr, err := ode.Solve(p, o)
			if err != nil || !tr.OK() {
				t.Fatal(name, err, tr.Status)
			}
			if tr.Stats.Evals[0] != n {
				t.Errorf("%+v: %d evaluations, counted %d", o, tr.Stats.Evals[0], n)
			}
		}
	}
}
