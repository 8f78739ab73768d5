package ode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// system is a known system with starts and parameters near the usual ones, in
// some lanes other than in others.
func system(t *testing.T, name string, lanes int, ensemble bool) *ode.IVP {
	t.Helper()
	s, err := field.Systems.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	p := &ode.IVP{Field: field.New(parts.Field, lanes, ensemble), X0: batch(lanes, s.Start...), T0: make([]float64, lanes),
		Theta: batch(1, parts.Theta0...)}
	if ensemble {
		p.Theta = batch(lanes, parts.Theta0...)
	}
	r := rand.New(rand.NewPCG(41, 42))
	for _, v := range [][]float64{p.X0.V, p.Theta.V} {
		for i := range v {
			v[i] *= 1 + 0.01*r.Float64()
		}
	}
	for _, f := range []float64{0, 0.3, 0.31, 1} {
		for l := range lanes {
			p.Times = append(p.Times, f*(0.5+0.1*float64(l)))
		}
	}
	return p
}

// TestWholeStepsHaveTheBitsOfStages: equations take whole steps at a time, and
// nobody sees it.
func TestWholeStepsHaveTheBitsOfStages(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and nothing runs at the same time that shorter tests do not run too")
	}
	for _, name := range field.Systems.Names() {
		if name == "kuramoto-sivashinsky" {
			continue // as large as all others together
		}
		for _, solver := range []string{"rk4", "bosh3", "dopri5", "tsit5", "dop853"} {
			for _, o := range variants(solver) {
				for _, ensemble := range []bool{false, true} {
					what := fmt.Sprintf("%s, ensemble %v, %+v", name, ensemble, o)
					p := system(t, name, 16, ensemble)
					c := random(rand.New(rand.NewPCG(43, 44)), len(p.Times)*p.X0.Rows)
					g, tr, _ := gradient(t, p, o, c, 16)
					q := *p
					q.Field = unable{p.Field}
					h, tr2, _ := gradient(t, &q, o, c, 16)
					// On its way out of the numbers a trajectory has no gradient that is worth its bits.
					if fmt.Sprint(tr) != fmt.Sprint(tr2) || tr.OK() && fmt.Sprint(g) != fmt.Sprint(h) {
						t.Fatalf("%s: whole steps are not stages", what)
					}
				}
			}
		}
	}
}

// TestWholeStepsOfOneLane differ from stages by rounding, and checkpoints
// change nothing.
func TestWholeStepsOfOneLane(t *testing.T) {
	for _, name := range []string{"lorenz", "lotka-volterra", "van-der-pol-forced"} {
		for _, o := range []ode.Options{{RTol: 1e-10, ATol: 1e-10}, {Solver: "dop853", RTol: 1e-10, ATol: 1e-10}, {Solver: "rk4", Step: 0.002}} {
			p := system(t, name, 1, false)
			c := random(rand.New(rand.NewPCG(45, 46)), len(p.Times)*p.X0.Rows)
			g, tr, _ := gradient(t, p, o, c, 1)
			q := *p
			q.Field = unable{p.Field}
			h, tr2, _ := gradient(t, &q, o, c, 1)
			if distance(tr.X, tr2.X) > 1e-9 || distance(g.Theta.V, h.Theta.V) > 1e-8 {
				t.Errorf("%s, %+v: %g, %g", name, o, distance(tr.X, tr2.X), distance(g.Theta.V, h.Theta.V))
			}
			o.Memory = 4096
			again, _, d := gradient(t, p, o, c, 1)
			if fmt.Sprint(g) != fmt.Sprint(again) {
				t.Errorf("%s, %+v: checkpoints change the gradient (%s)", name, o, d.Plan())
			}
		}
	}
}

// TestNewParametersAreSeen although they are in the same place.
func TestNewParametersAreSeen(t *testing.T) {
	for _, lanes := range []int{1, 8} {
		p := system(t, "lorenz", lanes, false)
		s, err := ode.NewSolver(p.Field, ode.Options{Solver: "rk4", Step: 0.01})
		if err != nil {
			t.Fatal(err)
		}
		tr, _ := trajectories(p)
		for _, rho := range []float64{1, 1.2} {
			p.Theta.V[1] = rho
			s.Solve(tr, p)
			fresh, err := ode.Solve(p, ode.Options{Solver: "rk4", Step: 0.01})
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(tr.X) != fmt.Sprint(fresh.X) || math.IsNaN(tr.X[0]) {
				t.Errorf("%d lanes: the solver remembers old parameters", lanes)
			}
		}
	}
}
