package ode_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

func TestErrorFollowsTolerance(t *testing.T) {
	for _, name := range ode.Methods() {
		tab, _ := ode.Method(name)
		if !tab.Adaptive() || tab.Order < 3 {
			continue
		}
		for _, o := range variants(name)[2:] {
			for _, p := range odetest.Problems() {
				for _, tol := range []float64{1e-4, 1e-6, 1e-8} {
					q := p.IVP(1, 0, 0, 0.4, 1.7, 1.75, 5)
					o.RTol, o.ATol = tol, tol
					tr, err := ode.Solve(q, o)
					if err != nil || !tr.OK() {
						t.Fatal(err, tr.Status)
					}
					// The states are of size 20, and errors add up over the steps.
					if e := p.Error(tr, q); e > 20*20*tol {
						t.Errorf("%+v, %s: error %g", o, p.Name, e)
					}
				}
			}
		}
	}
}

func TestStepsLandOnJumpsOfTheInput(t *testing.T) {
	in := odetest.Stairs{Width: 0.7}
	p := &ode.IVP{Field: odetest.Driven(1), Input: in, X0: batch(1, 0.5, 0), Theta: batch(1, 1, 0), T0: []float64{0}, Times: grid(30, 0.2)}
	for _, name := range ode.Methods() {
		tab, _ := ode.Method(name)
		if !tab.Adaptive() || tab.Order < 3 {
			continue
		}
		const tol = 1e-7
		for _, o := range variants(name)[2:] {
			o.RTol, o.ATol = tol, tol
			tr, err := ode.Solve(p, o)
			if err != nil || !tr.OK() {
				t.Fatal(err, tr.Status)
			}
			x, at, level := 0.5, 0.0, batch(1, 0)
			for k, end := range p.Times { // x relaxes to the level of each stair
				for _, stop := range append(in.Breaks(0, at, end), end) {
					in.At(level, []float64{at})
					x = level.V[0] + (x-level.V[0])*math.Exp(at-stop)
					at = stop
				}
				if d := math.Abs(tr.X[2*k] - x); d > 20*tol {
					t.Errorf("%+v: error %g at t = %g", o, d, end)
				}
			}
			if r := tr.Stats.Rejected[0]; r > tr.Stats.Accepted[0]/3 {
				t.Errorf("%+v: %d rejected, %d accepted: the jumps were run into", o, r, tr.Stats.Accepted[0])
			}
		}
	}
}

func TestReserveIsEnough(t *testing.T) {
	f := lotkaVolterra(t, 1, weights(t, "lv"))
	o := ode.Options{RTol: 1e-6, ATol: 1e-8}
	warm, err := ode.NewDiscrete(f.p.Field, o) // the runtime allocates on first use of a type
	if err != nil {
		t.Fatal(err)
	}
	reserved, _ := ode.NewDiscrete(f.p.Field, o)
	reserved.Reserve(200)
	tr, gtr := trajectories(f.p)
	g := cotangent(f.p, 1)
	next := warm
	allocations := testing.AllocsPerRun(1, func() {
		next.Solve(tr, f.p)
		next.Pull(&g, gtr)
		next = reserved
	})
	if allocations != 0 {
		t.Errorf("%v allocations in the first call", allocations)
	}
}
