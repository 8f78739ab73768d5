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

// pick makes a problem of len(order) lanes, lane l being lane order[l] of p.
func pick(p *ode.IVP, f field.Field, order []int) *ode.IVP {
	from, to := p.X0.Lanes, len(order)
	cols := func(v []float64) []float64 {
		out := make([]float64, len(v)/from*to)
		for i := range out {
			out[i] = v[i/to*from+order[i%to]]
		}
		return out
	}
	q := *p
	q.Field = f
	q.X0 = field.Batch{V: cols(p.X0.V), Rows: p.X0.Rows, Lanes: to}
	q.T0, q.Times = cols(p.T0), cols(p.Times)
	return &q
}

func lane(v []float64, l, lanes int) string {
	var out []float64
	for i := l; i < len(v); i += lanes {
		out = append(out, v[i])
	}
	return fmt.Sprintf("%b", out)
}

func TestLanesAreStrangers(t *testing.T) {
	orders := [][]int{{7, 2, 0, 1, 6, 5, 4, 3}, {3, 3, 3, 3, 3, 3, 3, 3}, {0, 0, 1, 2, 3, 4, 5, 6, 7, 1, 1, 1, 5, 5, 5, 5}}
	for _, name := range []string{"rk4", "bosh3", "dopri5", "dop853", "radau5", "kencarp4"} {
		for _, o := range variants(name) {
			p := gradientProblems(rand.New(rand.NewPCG(21, 22)), 8)["network"]
			c := random(rand.New(rand.NewPCG(23, 24)), len(p.Times)*2)
			g, tr, _ := gradient(t, p, o, c, 8)
			for _, order := range orders {
				n := len(order)
				q := pick(p, odetest.NewMLP(n, 2, 6, 2), order)
				d := make([]float64, len(q.Times)*2)
				for i := range d {
					d[i] = c[i/n*8+order[i%n]]
				}
				h, tr2, _ := gradient(t, q, o, d, n)
				for l, from := range order {
					if lane(tr.X, from, 8) != lane(tr2.X, l, n) || lane(g.X.V, from, 8) != lane(h.X.V, l, n) ||
						lane(g.Theta.V, from, 8) != lane(h.Theta.V, l, n) || tr.Stats.Evals[from] != tr2.Stats.Evals[l] {
						t.Errorf("%+v: lane %d depends on its company", o, from)
					}
				}
			}
		}
	}
}

// trouble is x' = θ x² in all lanes: it blows up at t = 1/(θ x0).
func trouble(lanes int) *odetest.Lane {
	return odetest.NewLane(field.Shape{State: 1, Theta: 1, Lanes: lanes},
		func(dx []float64, t float64, x, _, p []float64) { dx[0] = p[0] * x[0] * x[0] },
		func(jx, _, jt []float64, t float64, x, _, p []float64) { jx[0], jt[0] = 2*p[0]*x[0], x[0]*x[0] })
}

// troubleFor is trouble, as a program for methods that need second derivatives.
func troubleFor(t *testing.T, name string, lanes int) field.Field {
	if m, _ := ode.Method(name); !m.Curved {
		return trouble(lanes)
	}
	e := &field.Equations{Text: "x' = a*x*x", Parameters: map[string]field.Unknown{"a": {Start: 1}}}
	parts, err := e.Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	return field.New(parts.Field, lanes, false)
}

func TestFailedLanesHarmNobody(t *testing.T) {
	bad := []float64{-1, 2, -0.5, math.NaN(), 1e200, -0.7, math.Inf(1), -0.9}
	good := []float64{-1, -0.5, -0.5, -0.5, -0.5, -0.7, -0.5, -0.9}
	for _, name := range ode.Methods() {
		for _, o := range variants(name) {
			make8 := func(x []float64) *ode.IVP {
				p := &ode.IVP{Field: troubleFor(t, name, 8), X0: field.Batch{V: x, Rows: 1, Lanes: 8}, Theta: batch(1, 1), T0: make([]float64, 8)}
				for _, s := range []float64{0, 0.2, 0.9, 3} {
					for range 8 {
						p.Times = append(p.Times, s)
					}
				}
				return p
			}
			c := make([]float64, 32)
			for i := range c {
				if l := i % 8; good[l] == bad[l] {
					c[i] = 1 + float64(i)
				}
			}
			o.MaxSteps = 5000
			g, tr, _ := gradient(t, make8(bad), o, c, 1)
			h, _, _ := gradient(t, make8(good), o, c, 1)
			for l := range bad {
				ok := good[l] == bad[l]
				if (tr.Status[l] == ode.StatusOK) != ok && o.Step == 0 {
					t.Errorf("%+v: lane %d: %v", o, l, tr.Status[l])
				}
				if ok && g.X.V[l] != h.X.V[l] {
					t.Errorf("%+v: lane %d: gradient %g, in good company %g", o, l, g.X.V[l], h.X.V[l])
				}
			}
			if math.Abs(g.Theta.V[0]-h.Theta.V[0]) > 1e-13*math.Abs(h.Theta.V[0]) || h.Theta.V[0] == 0 {
				t.Errorf("%+v: gradient by θ %g, in good company %g", o, g.Theta.V[0], h.Theta.V[0])
			}
		}
	}
}

func TestStatusSaysWhatHappened(t *testing.T) {
	one := func(f field.Field, x float64) *ode.IVP {
		return &ode.IVP{Field: f, X0: batch(1, x), Theta: batch(1, 1), T0: []float64{0}, Times: []float64{0.1, 3}}
	}
	nan := odetest.NewLane(field.Shape{State: 1, Theta: 1, Lanes: 1},
		func(dx []float64, t float64, x, _, p []float64) { dx[0] = math.Sqrt(0.5 - t) }, nil)
	for _, c := range []struct {
		name string
		p    *ode.IVP
		o    ode.Options
		want []ode.Status
	}{
		{"blow-up", one(trouble(1), 1), ode.Options{}, []ode.Status{ode.StatusStepTooSmall, ode.StatusNonFinite}},
		{"blow-up, fixed step", one(trouble(1), 1), ode.Options{Step: 0.01}, []ode.Status{ode.StatusNonFinite}},
		{"not a number", one(nan, 1), ode.Options{}, []ode.Status{ode.StatusNonFinite}},
		{"not a number, fixed step", one(nan, 1), ode.Options{Step: 0.01}, []ode.Status{ode.StatusNonFinite}},
		{"start not a number", one(trouble(1), math.NaN()), ode.Options{}, []ode.Status{ode.StatusNonFinite}},
		{"too many steps", one(trouble(1), -1), ode.Options{MaxSteps: 3}, []ode.Status{ode.StatusMaxSteps}},
		{"fine", one(trouble(1), -1), ode.Options{}, []ode.Status{ode.StatusOK}},
	} {
		tr, err := ode.Solve(c.p, c.o)
		if err != nil {
			t.Fatal(err)
		}
		ok := false
		for _, s := range c.want {
			ok = ok || tr.Status[0] == s
		}
		if !ok {
			t.Errorf("%s: %v", c.name, tr.Status[0])
		}
		if failed := tr.Status[0] != ode.StatusOK; failed != math.IsNaN(tr.X[1]) {
			t.Errorf("%s: the state after the end is %g", c.name, tr.X[1])
		}
		if tr.Stats.Evals[0] > 100_000 {
			t.Errorf("%s: %d evaluations", c.name, tr.Stats.Evals[0])
		}
	}
}

func TestEmptyAndEndedListsOfTimes(t *testing.T) {
	nan := math.NaN()
	p := &ode.IVP{Field: trouble(8), X0: batch(8, -1), Theta: batch(1, 1), T0: make([]float64, 8)}
	p.Times = []float64{
		nan, 0, 0, 1, 1, 2, 1, 1,
		nan, nan, 1, 2, nan, 3, 2, 1,
	}
	for _, o := range []ode.Options{{}, {Save: "land"}, {Step: 0.3}} {
		tr, gtr := trajectories(p)
		for i := range tr.X {
			tr.X[i], gtr.X[i] = 77, 1
		}
		d, _ := ode.NewDiscrete(p.Field, o)
		d.Solve(tr, p)
		for i, x := range tr.X {
			want := 77.0
			if tk := p.Times[i]; !math.IsNaN(tk) {
				want = -1 / (1 + tk)
			}
			if !(math.Abs(x-want) <= 0.02) {
				t.Errorf("%+v: state %d is %g, want %g", o, i, x, want)
			}
		}
		g := cotangent(p, 8)
		d.Pull(&g, gtr)
		if g.X.V[0] != 0 || g.X.V[1] != 1 || tr.Stats.Evals[0]+tr.Stats.Evals[1] != 0 {
			t.Errorf("%+v: gradients of lanes that never moved: %g", o, g.X.V[:2])
		}
	}
}
