package ode_test

import (
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

func TestSolveAndPullDoNotAllocate(t *testing.T) {
	for _, o := range []ode.Options{
		{Solver: "dopri5", RTol: 1e-7, ATol: 1e-9},
		{Solver: "dop853", RTol: 1e-7, ATol: 1e-9, Save: "land"},
		{Solver: "rk4", Step: 0.025},
		{Solver: "rk4", Step: 0.025, Save: "interpolate", Memory: 1 << 12},
	} {
		for _, lanes := range []int{1, 8} {
			f := lotkaVolterra(t, lanes, weights(t, "lv"))
			d, err := ode.NewDiscrete(f.p.Field, o)
			if err != nil {
				t.Fatal(err)
			}
			n := len(f.p.Times) / lanes
			tr, g := ode.NewTrajectory(n, 2, lanes), ode.NewTrajectory(n, 2, lanes)
			grad := field.Point{X: batch(lanes, 0, 0), Theta: batch(1, make([]float64, 162)...)}
			if a := testing.AllocsPerRun(4, func() {
				d.Solve(tr, f.p)
				f.loss(g, tr)
				d.Pull(&grad, g)
			}); a != 0 {
				t.Errorf("%+v, %d lanes: %v allocations", o, lanes, a)
			}
		}
	}
}

// Several runs are averaged, because the runtime now and then allocates a cache
// for conversions of interfaces.
func TestSensitivityAndBacksolveDoNotAllocate(t *testing.T) {
	f := lotkaVolterra(t, 1, weights(t, "lv"))
	tr, g := ode.NewTrajectory(61, 2, 1), ode.NewTrajectory(61, 2, 1)
	for _, o := range []ode.Options{{RTol: 1e-5, ATol: 1e-5}, {Solver: "rk4", Step: 0.1}} {
		v, err := ode.NewSensitivity(f.p.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		S := make([]float64, 61*2*164)
		if a := testing.AllocsPerRun(4, func() { v.Solve(tr, S, f.p) }); a != 0 {
			t.Errorf("%+v: Sensitivity: %v allocations", o, a)
		}
		b, err := ode.NewBacksolve(f.p.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		grad := field.Point{Theta: batch(1, make([]float64, 162)...)}
		if a := testing.AllocsPerRun(4, func() {
			b.Solve(tr, f.p)
			f.loss(g, tr)
			b.Pull(&grad, g)
		}); a != 0 {
			t.Errorf("%+v: Backsolve: %v allocations", o, a)
		}
	}
}
