package ode_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// complete is the field of (x, λ, γ) in reversed time, with all of it in the state.
type complete struct {
	f field.Field
}

func (c complete) Shape() field.Shape {
	s := c.f.Shape()
	return field.Shape{State: 2*s.State + s.Theta, Theta: s.Theta, Lanes: s.Lanes}
}

func (c complete) Eval(dz field.Batch, at *field.Point) {
	s := c.f.Shape()
	n, lanes := s.State, s.Lanes
	part := func(b field.Batch, from, to int) field.Batch {
		return field.Batch{V: b.V[from*lanes : to*lanes], Rows: to - from, Lanes: lanes}
	}
	p := field.Point{X: part(at.X, 0, n), Theta: at.Theta}
	for _, t := range at.T {
		p.T = append(p.T, -t)
	}
	clear(dz.V)
	c.f.Eval(part(dz, 0, n), &p)
	for i := range n * lanes {
		dz.V[i] = -dz.V[i]
	}
	g := field.Point{X: part(dz, n, 2*n), Theta: part(dz, 2*n, 2*n+s.Theta)}
	c.f.VJP(&g, &p, part(at.X, n, 2*n))
}

func (complete) JVP(field.Batch, *field.Point, *field.Point) { panic("not needed") }
func (complete) VJP(*field.Point, *field.Point, field.Batch) { panic("not needed") }

// TestBacksolveIsTheCompleteAugmentedSystem: steps, λ and γ are those of a solver that has γ in its
// state, whether the field keeps its evaluations or not.
func TestBacksolveIsTheCompleteAugmentedSystem(t *testing.T) {
	for _, name := range explicit() {
		options := []ode.Options{{Solver: name, Step: 0.17}}
		if tab, _ := ode.Method(name); tab.Adaptive() {
			for _, first := range []float64{0.05, 1} { // accepted, rejected
				options = append(options, ode.Options{Solver: name, RTol: 1e-5, ATol: 1e-6, FirstStep: first})
			}
		}
		for _, o := range options {
			for _, lanes := range []int{1, 8, 16} {
				plain := gradientProblems(rand.New(rand.NewPCG(7, 8)), lanes)["network"]
				for kind, p := range map[string]*ode.IVP{"keeping": keptLanes(t, false, lanes, false), "plain": plain,
					"ensemble": keptLanes(t, false, lanes, lanes > 1), "equations": system(t, "lorenz", lanes, lanes > 8)} {
					tame(p)
					compareWithComplete(t, fmt.Sprintf("%+v, %d lanes, %s", o, lanes, kind), p, o)
				}
			}
		}
	}
}

// tame leaves one saved time and makes the problem so smooth that rounding does not decide about steps.
func tame(p *ode.IVP) {
	lanes := p.X0.Lanes
	k := len(p.Times)/lanes - 2
	p.Times = p.Times[k*lanes : (k+1)*lanes]
	for i := range p.X0.V {
		p.X0.V[i] = math.Sin(float64(i))
	}
	for i := range p.Theta.V {
		p.Theta.V[i] *= 0.5
	}
}

func compareWithComplete(t *testing.T, what string, p *ode.IVP, o ode.Options) {
	t.Helper()
	lanes, n, theta := p.X0.Lanes, p.X0.Rows, p.Theta.Rows
	b, err := ode.NewBacksolve(p.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, gtr := trajectories(p)
	copy(gtr.X, random(rand.New(rand.NewPCG(3, 4)), len(gtr.X)))
	g, shared := cotangent(p, lanes), cotangent(p, 1)
	b.Solve(tr, p)
	b.Pull(&g, gtr)

	o.Save = "land"
	whole := complete{p.Field}
	q := &ode.IVP{Field: whole, X0: batch(lanes, make([]float64, 2*n+theta)...), Theta: p.Theta}
	copy(q.X0.V, tr.X)
	copy(q.X0.V[n*lanes:], gtr.X)
	for l, at := range p.Times {
		q.T0, q.Times = append(q.T0, -at), append(q.Times, -p.T0[l])
	}
	z, err := ode.Solve(q, o)
	if err != nil {
		t.Fatal(err)
	}
	for l := range lanes {
		if b.Stats.Accepted[l] != z.Stats.Accepted[l] || b.Stats.Rejected[l] != z.Stats.Rejected[l] {
			t.Errorf("%s, lane %d: %d steps and %d rejected, with γ in the state %d and %d", what, l,
				b.Stats.Accepted[l], b.Stats.Rejected[l], z.Stats.Accepted[l], z.Stats.Rejected[l])
		}
	}
	if d := distance(g.X.V, z.X[n*lanes:2*n*lanes]); !(d < 1e-9) {
		t.Errorf("%s: λ differs by %g", what, d)
	}
	if d := distance(g.Theta.V, z.X[2*n*lanes:]); !(d < 1e-9) {
		t.Errorf("%s: γ differs by %g", what, d)
	}
	if p.Theta.Lanes > 1 {
		return
	}
	b.Pull(&shared, gtr)
	sum := make([]float64, theta)
	for i, v := range z.X[2*n*lanes:] {
		sum[i/lanes] += v
	}
	if d := distance(shared.Theta.V, sum); !(d < 1e-9) {
		t.Errorf("%s: the sum of γ over lanes differs by %g", what, d)
	}
}

// TestBacksolveOfFailedLanesHarmsNobody: lanes whose cotangents are no numbers, or whose way back is none, leave
// the other lanes' part of a shared gradient as it is.
func TestBacksolveOfFailedLanesHarmsNobody(t *testing.T) {
	for _, name := range explicit() {
		for _, o := range variants(name) {
			for _, p := range []*ode.IVP{keptLanes(t, false, 8, false), {Field: trouble(8),
				X0: batch(8, -1), Theta: batch(1, 1), T0: make([]float64, 8), Times: batch(8, 0.2, 0.9).V}} {
				b, err := ode.NewBacksolve(p.Field, o)
				if err != nil {
					t.Fatal(err)
				}
				tr, gtr := trajectories(p)
				b.Solve(tr, p)
				for i := range gtr.X {
					gtr.X[i] = 1 + math.Sin(float64(i))
				}
				for i := range gtr.X {
					if l := i % 8; l == 1 || l == 2 || l == 5 {
						gtr.X[i] = 0
					}
				}
				want, got := cotangent(p, 1), cotangent(p, 1)
				b.Pull(&want, gtr)
				for i := range gtr.X {
					switch i % 8 {
					case 1:
						gtr.X[i] = math.NaN()
					case 2:
						gtr.X[i] = math.Inf(-1)
					case 5:
						gtr.X[i], tr.X[i] = 1, -1.7e308
					}
				}
				b.Pull(&got, gtr)
				for l, st := range b.Status {
					if failed := l == 1 || l == 2 || l == 5; failed != (st != ode.StatusOK) && name != "map" {
						t.Errorf("%+v: lane %d: %v", o, l, st)
					}
				}
				if d := distance(got.Theta.V, want.Theta.V); !(d < 1e-12) {
					t.Errorf("%+v: the gradient differs by %g", o, d)
				}
			}
		}
	}
}

// explicit are the methods with a tableau; the augmented field has no derivative.
func explicit() []string {
	var out []string
	for _, name := range ode.Methods() {
		if m, _ := ode.Method(name); m.Tableau != nil {
			out = append(out, name)
		}
	}
	return out
}
