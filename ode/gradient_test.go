package ode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/ode/odetest"
)

func random(r *rand.Rand, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// variants are the ways to use a method: fixed and adaptive, landing and
// interpolating.
func variants(name string) []ode.Options {
	m, _ := ode.Method(name)
	out := []ode.Options{{Solver: name, Step: 0.17}, {Solver: name, Step: 0.17, Save: "interpolate"}}
	if m.Inside == 0 {
		out[1] = ode.Options{Solver: name, Step: 0.1}
	}
	if m.Adaptive() {
		controllers := []string{"pi", "integral"}
		if m.Controller != "" {
			controllers = []string{m.Controller, "pi"}
		}
		for _, c := range controllers {
			for _, save := range []string{"land", "interpolate"} {
				out = append(out, ode.Options{Solver: name, RTol: 1e-4, ATol: 1e-5, Controller: c, Save: save})
			}
		}
	}
	return out
}

// problems for gradients: a network, and a driven system whose input jumps.
func gradientProblems(r *rand.Rand, lanes int) map[string]*ode.IVP {
	net := odetest.NewMLP(lanes, 2, 6, 2)
	theta := random(r, net.Shape().Theta)
	a := &ode.IVP{Field: net, X0: batch(lanes, 0.5, -0.3), Theta: batch(1, theta...), T0: make([]float64, lanes)}
	b := &ode.IVP{Field: odetest.Driven(lanes), Input: odetest.Stairs{Width: 0.7, Late: 0.05}, X0: batch(lanes, 0.5, 0.8),
		Theta: batch(1, 0.9, 0.4), T0: make([]float64, lanes)}
	for _, p := range []*ode.IVP{a, b} {
		for i := range p.X0.V {
			p.X0.V[i] += 0.3 * r.NormFloat64() * float64(i%lanes)
		}
		for l := range p.T0 {
			p.T0[l] = 0.1 * float64(l)
		}
		for _, t := range []float64{0, 0.3, 0.31, 0.31, 1.4, 2.2} {
			for l := range lanes {
				p.Times = append(p.Times, p.T0[l]+t*(1+0.02*float64(l)))
			}
		}
	}
	return map[string]*ode.IVP{"network": a, "driven": b}
}

// problemsFor are those that a method can go back through: programs where it needs second
// derivatives.
func problemsFor(t *testing.T, name string, lanes int) map[string]*ode.IVP {
	if m, _ := ode.Method(name); m.Curved {
		return map[string]*ode.IVP{"network": keptLanes(t, false, lanes, false), "driven": keptLanes(t, true, lanes, false)}
	}
	return gradientProblems(rand.New(rand.NewPCG(1, 2)), lanes)
}

func trajectories(p *ode.IVP) (tr, g *ode.Trajectory) {
	n, lanes := p.X0.Rows, p.X0.Lanes
	return ode.NewTrajectory(len(p.Times)/lanes, n, lanes), ode.NewTrajectory(len(p.Times)/lanes, n, lanes)
}

func cotangent(p *ode.IVP, thetaLanes int) field.Point {
	return field.Point{X: batch(p.X0.Lanes, make([]float64, p.X0.Rows)...), Theta: batch(thetaLanes, make([]float64, p.Theta.Rows)...)}
}

// gradient solves and pulls.
func gradient(t *testing.T, p *ode.IVP, o ode.Options, c []float64, thetaLanes int) (field.Point, *ode.Trajectory, *ode.Discrete) {
	t.Helper()
	d, err := ode.NewDiscrete(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, gtr := trajectories(p)
	copy(gtr.X, c)
	g := cotangent(p, thetaLanes)
	d.Solve(tr, p)
	d.Pull(&g, gtr)
	return g, tr, d
}

func TestDiscreteIsForward(t *testing.T) {
	for _, name := range ode.Methods() {
		for _, o := range variants(name) {
			for kind, p := range problemsFor(t, name, 1) {
				r := rand.New(rand.NewPCG(3, 4))
				c := random(r, len(p.Times)*2)
				g, tr, _ := gradient(t, p, o, c, 1)
				s, err := ode.NewSensitivity(p.Field, o)
				if err != nil {
					t.Fatal(err)
				}
				cols := p.Theta.Rows + 2
				S := make([]float64, len(c)*cols)
				tr2, _ := trajectories(p)
				if st := s.Solve(tr2, S, p); st != ode.StatusOK {
					t.Fatal(st)
				}
				want := make([]float64, cols)
				for k, v := range c {
					for j := range want {
						want[j] += v * S[k*cols+j]
					}
				}
				got := append(append([]float64{}, g.Theta.V...), g.X.V...)
				if d := distance(got, want); !(d < 1e-10) {
					t.Errorf("%+v, %s: relative difference %g", o, kind, d)
				}
				if d := distance(tr2.X, tr.X); d != 0 {
					t.Errorf("%+v, %s: the solutions differ by %g", o, kind, d)
				}
			}
		}
	}
}

func distance(a, b []float64) float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return norm(d) / (norm(b) + 1e-300)
}

func TestPullIsTransposeOfPush(t *testing.T) {
	for _, name := range ode.Methods() {
		if m, _ := ode.Method(name); m.Curved {
			continue // whose Tangent would need third derivatives
		}
		for _, o := range variants(name)[:2] {
			for _, thetaLanes := range []int{1, 8} {
				r := rand.New(rand.NewPCG(5, 6))
				p := gradientProblems(r, 8)["network"]
				if thetaLanes == 8 {
					p.Theta = field.Batch{V: random(r, p.Theta.Rows*8), Rows: p.Theta.Rows, Lanes: 8}
				}
				c := random(r, len(p.Times)*2)
				g, _, _ := gradient(t, p, o, c, thetaLanes)
				vx, vt := random(r, len(p.X0.V)), random(r, len(p.Theta.V))

				q := *p
				q.Field = odetest.Tangent{F: p.Field, ThetaDot: field.Batch{V: vt, Rows: p.Theta.Rows, Lanes: thetaLanes}}
				q.X0 = field.Batch{V: append(append([]float64{}, p.X0.V...), vx...), Rows: 4, Lanes: 8}
				tr, err := ode.Solve(&q, o)
				if err != nil || !tr.OK() {
					t.Fatal(o, err, tr.Status)
				}
				lhs, rhs, n := 0.0, 0.0, len(vx)
				for k := range len(c) / n {
					lhs += dot(c[k*n:(k+1)*n], tr.X[(2*k+1)*n:(2*k+2)*n])
				}
				rhs = dot(g.X.V, vx) + dot(g.Theta.V, vt)
				if !(math.Abs(lhs-rhs) <= 1e-12*(norm(c)*norm(tr.X))) {
					t.Errorf("%+v, θ lanes %d: ⟨c,Jv⟩ = %.15g, ⟨Jᵀc,v⟩ = %.15g", o, thetaLanes, lhs, rhs)
				}
			}
		}
	}
}

func dot(a, b []float64) (s float64) {
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

func TestCheckpointsGiveTheSameBits(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and nothing runs at the same time that shorter tests do not run too")
	}
	for _, name := range []string{"rk4", "dopri5", "dop853", "radau5", "kencarp4", "rodas4", "toy-implicit-euler", toy} {
		for _, o := range variants(name) {
			for _, lanes := range []int{1, 8} {
				for kind, p := range problemsFor(t, name, lanes) {
					if o.Step > 0 {
						o.Step = 0.03
					} else {
						o.RTol, o.ATol = 1e-6, 1e-6
					}
					c := random(rand.New(rand.NewPCG(9, 10)), len(p.Times)*2)
					full, _, d1 := gradient(t, p, o, c, lanes)
					small := o
					small.Memory = 256 * lanes
					again, _, d2 := gradient(t, p, small, c, lanes)
					if d1.Plan() == d2.Plan() {
						t.Errorf("%s: the small memory was not felt", d2.Plan())
					}
					if fmt.Sprint(full) != fmt.Sprint(again) {
						t.Errorf("%+v, %s, %d lanes: checkpoints change the gradient (%s)", o, kind, lanes, d2.Plan())
					}
				}
			}
		}
	}
}

func TestLongRolloutFitsInMemory(t *testing.T) {
	p := &ode.IVP{Field: odetest.Lorenz(1), X0: batch(1, 1.2, 2.1, 1.7), Theta: batch(1, 10, 28, 8./3), T0: []float64{0}, Times: []float64{10}}
	o := ode.Options{Solver: "rk4", Step: 1e-4}
	full, _, d := gradient(t, p, o, []float64{1, 0, 0}, 1)
	o.Memory = 1 << 20
	again, _, e := gradient(t, p, o, []float64{1, 0, 0}, 1)
	t.Log(d.Plan())
	t.Log(e.Plan())
	if fmt.Sprint(full) != fmt.Sprint(again) {
		t.Error("checkpoints change the gradient")
	}
}

func TestBacksolveIsWithinTenTolerances(t *testing.T) {
	for kind, p := range gradientProblems(rand.New(rand.NewPCG(11, 12)), 8) {
		c := random(rand.New(rand.NewPCG(13, 14)), len(p.Times)*2)
		exact, _, _ := gradient(t, p, ode.Options{RTol: 1e-12, ATol: 1e-12}, c, 1)
		for _, tol := range []float64{1e-4, 1e-6, 1e-8} {
			b, err := ode.NewBacksolve(p.Field, ode.Options{RTol: tol, ATol: tol})
			if err != nil {
				t.Fatal(err)
			}
			tr, gtr := trajectories(p)
			copy(gtr.X, c)
			g := cotangent(p, 1)
			b.Solve(tr, p)
			b.Pull(&g, gtr)
			got, want := append(g.Theta.V, g.X.V...), append(append([]float64{}, exact.Theta.V...), exact.X.V...)
			if d := distance(got, want); !(d < 10*tol) {
				t.Errorf("%s, tolerance %g: relative difference %g", kind, tol, d)
			}
		}
	}
}
