package ode_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/stiff"
	"github.com/entrain-dev/entrain/ode"
)

// stiffProblem saves at the end and at some times before, in the second half of which it
// is stiff.
func stiffProblem(t *testing.T, p *stiff.Problem, lanes int) *ode.IVP {
	q, err := p.IVP(lanes, 1e-3*p.Span, 0.1*p.Span, 0.11*p.Span, p.Span)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// weigh gives every saved component a cotangent of its size's inverse.
func weigh(r *rand.Rand, x []float64) []float64 {
	c := make([]float64, len(x))
	for i, v := range x {
		c[i] = r.NormFloat64() / (math.Abs(v) + 1e-12)
	}
	return c
}

// TestGradientsThroughStiffness are those of forward sensitivities, and of central
// differences with the steps as they were.
func TestGradientsThroughStiffness(t *testing.T) {
	for _, p := range stiff.Problems() {
		switch p.Name {
		case "robertson":
			p.Span = 1e4
		case "van-der-pol-1e3", "van-der-pol-1e6": // before its jumps, which magnify rounding by nine powers of ten
			p.Span /= 4
		case "oregonator": // before its next pulse
			p.Span = 200
		}
		for _, name := range stiffSolversOf(&p) {
			q := stiffProblem(t, &p, 1)
			cols := q.Theta.Rows + len(p.Start)
			o := ode.Options{Solver: name, RTol: 1e-5, ATol: 1e-5 * p.ATol}
			s, err := ode.NewSensitivity(q.Field, o)
			if err != nil {
				t.Fatal(err)
			}
			tr, _ := trajectories(q)
			S := make([]float64, len(tr.X)*cols)
			if st := s.Solve(tr, S, q); st != ode.StatusOK {
				t.Fatal(p.Name, name, st)
			}
			c := weigh(rand.New(rand.NewPCG(1, 2)), tr.X)
			g, again, _ := gradient(t, q, o, c, 1)
			want := make([]float64, cols)
			for k, v := range c {
				for j := range want {
					want[j] += v * S[k*cols+j]
				}
			}
			got := append(append([]float64{}, g.Theta.V...), g.X.V...)
			within := 1e-8
			if p.Name == "van-der-pol-1e6" && name == "kencarp4" {
				within = 1e-4 // a slope at the start, times steps of 10¹¹ of the fast time, magnifies rounding
			}
			if d := distance(got, want); !(d < within) {
				t.Errorf("%s, %s: the gradient differs from forward sensitivities by %g", p.Name, name, d)
			}
			if d := distance(again.X, tr.X); d != 0 {
				t.Errorf("%s, %s: the solutions differ by %g", p.Name, name, d)
			}
			if name != "auto" { // whose switch another θ may put elsewhere
				o.Save = "land" // a last step that goes beyond the end is not repeated
				g, _, _ := gradient(t, q, o, c, 1)
				differ(t, p.Name+", "+name, q, o, c, g.Theta.V)
			}
		}
	}
}

// differ compares derivatives by θ with differences at frozen steps.
func differ(t *testing.T, what string, q *ode.IVP, o ode.Options, c, got []float64) {
	m, err := ode.NewMesh(q.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, _ := trajectories(q)
	m.Solve(tr, q)
	frozen := *q
	frozen.Input = m.Frozen(nil, []int{0})
	loss := func() (sum float64) {
		tr, err := ode.Solve(&frozen, m.Options())
		if err != nil || !tr.OK() {
			t.Fatal(what, err, tr.Status)
		}
		for i, v := range tr.X {
			sum += c[i] * v
		}
		return sum
	}
	for i := range got {
		const e = 1e-4 // of a parameter that is 1; extrapolated once
		at := func(e float64) float64 {
			old := q.Theta.V[i]
			q.Theta.V[i] = old + e
			up := loss()
			q.Theta.V[i] = old - e
			down := loss()
			q.Theta.V[i] = old
			return (up - down) / (2 * e)
		}
		if want := (4*at(e/2) - at(e)) / 3; !(math.Abs(got[i]-want) <= 1e-6*(math.Abs(want)+norm(got))) {
			t.Errorf("%s: derivative %d is %.10g, differences say %.10g", what, i, got[i], want)
		}
	}
}

// TestGradientsFollowTheirField: what goes back through steps of one field goes back through those of the next one.
func TestGradientsFollowTheirField(t *testing.T) {
	problem := func(rate string) *ode.IVP {
		e := &field.Equations{Text: "x' = -" + rate + "*a*x^2", Parameters: map[string]field.Unknown{"a": {Start: 2}}}
		parts, err := e.Build(field.Unscaled([]string{"x"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		return &ode.IVP{Field: field.New(parts.Field, 1, false), X0: batch(1, 1.5), Theta: batch(1, parts.Theta0...), T0: []float64{0}, Times: []float64{1}}
	}
	slow, quick := problem("1"), problem("3")
	for _, name := range ode.Methods() {
		o := ode.Options{Solver: name, Step: 0.1}
		d, err := ode.NewDiscrete(slow.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*ode.IVP{slow, quick, slow} {
			tr, gtr := trajectories(p)
			gtr.X[0] = 1
			g := cotangent(p, 1)
			d.Solve(tr, p)
			d.Pull(&g, gtr)
			if want, _, _ := gradient(t, p, o, gtr.X, 1); g.X.V[0] != want.X.V[0] || g.Theta.V[0] != want.Theta.V[0] {
				t.Errorf("%s: the gradient is %v, %v, alone %v, %v", name, g.X.V, g.Theta.V, want.X.V, want.Theta.V)
			}
		}
	}
}

// TestStiffLanesAreStrangers: what a lane becomes, and its gradient, does not depend on the
// lanes beside it, though they take other steps, move together when some have ended, and
// choose their ways themselves.
func TestStiffLanesAreStrangers(t *testing.T) {
	p := stiff.Named("van-der-pol-1e3")
	e := &field.Equations{Text: p.Text, Parameters: map[string]field.Unknown{"mu": {Start: 1e3}}}
	parts, err := e.Build(field.Unscaled(p.States, nil))
	if err != nil {
		t.Fatal(err)
	}
	const lanes = 24
	q := &ode.IVP{Field: field.New(parts.Field, lanes, false), X0: batch(lanes, p.Start...), Theta: batch(1, 1), T0: make([]float64, lanes)}
	for k := range 3 {
		for l := range lanes {
			q.X0.V[l] = 1.9 + 0.01*float64(l%5)
			q.Times = append(q.Times, float64(1+k)*float64(10+40*(l%7)))
		}
	}
	for _, name := range stiffSolvers() {
		o := ode.Options{Solver: name, RTol: 1e-5, ATol: 1e-8}
		tr, err := ode.Solve(q, o)
		if err != nil || !tr.OK() {
			t.Fatal(name, err, tr.Status)
		}
		c := random(rand.New(rand.NewPCG(3, 4)), len(tr.X))
		g, exact, _ := gradient(t, q, o, c, 1)
		for _, order := range [][]int{{3, 3, 3, 3, 3, 3, 3, 3}, {23, 6, 3, 1, 6, 1, 2, 2}} {
			few := pick(q, field.New(parts.Field, 8, false), order)
			d := make([]float64, len(few.Times)*2)
			for i := range d {
				d[i] = c[i/8*lanes+order[i%8]]
			}
			again, err := ode.Solve(few, o)
			if err != nil {
				t.Fatal(err)
			}
			h, alike, _ := gradient(t, few, o, d, 1)
			for l, from := range order {
				if lane(tr.X, from, lanes) != lane(again.X, l, 8) || lane(exact.X, from, lanes) != lane(alike.X, l, 8) ||
					lane(g.X.V, from, lanes) != lane(h.X.V, l, 8) {
					t.Errorf("%s: lane %d depends on its company", name, from)
				}
			}
		}
	}
}

func TestImplicitStepsDoNotAllocate(t *testing.T) {
	p := stiff.Named("robertson")
	p.Span = 100
	for _, name := range stiffSolvers() {
		for _, lanes := range []int{1, 8} {
			q := stiffProblem(t, &p, lanes)
			d, err := ode.NewDiscrete(q.Field, ode.Options{Solver: name, RTol: 1e-4, ATol: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			s, err := ode.NewSolver(q.Field, ode.Options{Solver: name, RTol: 1e-4, ATol: 1e-10})
			if err != nil {
				t.Fatal(err)
			}
			tr, gtr := trajectories(q)
			g := cotangent(q, 1)
			if a := testing.AllocsPerRun(4, func() {
				s.Solve(tr, q)
				d.Solve(tr, q)
				d.Pull(&g, gtr)
			}); a != 0 {
				t.Errorf("%s, %d lanes: %v allocations", name, lanes, a)
			}
		}
	}
}

// TestVanDerPolOfAMillion: all methods agree with the most accurate one.
func TestVanDerPolOfAMillion(t *testing.T) {
	p := stiff.Named("van-der-pol-1e6")
	q, err := p.IVP(1, p.Span)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stiffSolvers() {
		tr, err := ode.Solve(q, ode.Options{Solver: name, RTol: 1e-6, ATol: 1e-12})
		if err != nil || !tr.OK() || p.Correct(tr.X, 0) < 4 {
			t.Errorf("%s: %v, %v, %.1f digits", name, err, tr.Status, p.Correct(tr.X, 0))
		}
	}
}
