package ode_test

import (
	"math"
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

// ramp is the input 1 + t.
type ramp struct{}

func (ramp) At(u field.Batch, t []float64) {
	for i := range u.V {
		u.V[i] = 1 + t[i]
	}
}

// TestStepsBetweenSavedTimes: x' = −(1 + t)·x has the solution exp(−t − t²/2), which every method finds
// to its order, with the Jacobian at the input of the time, however many steps lead to a saved time.
func TestStepsBetweenSavedTimes(t *testing.T) {
	parts, err := (&field.Equations{Text: "x' = -u*x"}).Build(field.Unscaled([]string{"x"}, []string{"u"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rk4", "dopri5", "rodas4", "radau5", "kencarp4"} {
		for _, lanes := range []int{1, 8} {
			worst := func(h float64) (e float64) {
				p := &ode.IVP{Field: field.New(parts.Field, lanes, false), X0: batch(lanes, 1), Theta: batch(1), T0: make([]float64, lanes),
					Times: batch(lanes, 1, 2.5).V, Input: ramp{}}
				tr, err := ode.Solve(p, ode.Options{Solver: name, Step: h})
				if err != nil || !tr.OK() {
					t.Fatal(name, err, tr.Status)
				}
				for k, s := range []float64{1, 2.5} {
					e = max(e, math.Abs(tr.State(k, 1).At(0, lanes-1)-math.Exp(-s-s*s/2)))
				}
				return e
			}
			if wide, fine := worst(0.1), worst(0.05); !(fine < 1e-5) || !(wide > 12*fine || fine < 1e-9) {
				t.Errorf("%s, %d lanes: errors %g and %g are not of order four", name, lanes, wide, fine)
			}
		}
	}
}

// TestParallelTakesTheFieldItIsGiven, though it was made for another one.
func TestParallelTakesTheFieldItIsGiven(t *testing.T) {
	of := func(text string) *ode.IVP {
		parts, err := (&field.Equations{Text: text}).Build(field.Unscaled([]string{"x"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		return &ode.IVP{Field: field.New(parts.Field, 16, false), X0: batch(16, 1), Theta: batch(1), T0: make([]float64, 16), Times: batch(16, 1).V}
	}
	p := of("x' = -x")
	solver, err := ode.NewParallel(p.Field, ode.Options{Solver: "rk4", Step: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]float64{"x' = -x": math.Exp(-1), "x' = x": math.E, "x' = 3": 4} {
		q := of(text)
		tr := ode.NewTrajectory(1, 1, 16)
		for range 2 {
			solver.Solve(tr, q)
			if got := tr.X[13]; !(math.Abs(got-want) <= 1e-5) {
				t.Errorf("%s reaches %g, want %g", text, got, want)
			}
		}
	}
}
