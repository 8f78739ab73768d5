package ode_test

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// swing is an input of a field that observes it.
type swing struct{}

func (swing) At(u field.Batch, t []float64) {
	for l := range t {
		u.V[l] = math.Sin(1.3 * t[l])
	}
}

// shown is an oscillator of which a product with its numbers, the input and the time is seen.
func shown(t *testing.T) *field.Parts {
	t.Helper()
	e := &field.Equations{Text: "x' = v\nv' = -k*x - 0.2*v + u", Observe: map[string]string{"y": "gain*x*(1 + x) + 0.3*u*v + 0.1*t"},
		Parameters: map[string]field.Unknown{"k": {Start: 2}, "gain": {Start: 0.7}}}
	f := field.Unscaled([]string{"y"}, []string{"u"})
	f.Shift[0], f.Scale[0] = 0.4, 2.5
	p, err := e.Build(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shownProblem starts lanes of it at different places; the last lane has a save less.
func shownProblem(p *field.Parts, lanes int) *ode.IVP {
	ivp := &ode.IVP{Field: field.New(p.Field, lanes, false), Input: swing{}, X0: program.NewBatch(3, lanes),
		Theta: field.Batch{V: append([]float64{}, p.Theta0...), Rows: len(p.Theta0), Lanes: 1}, T0: make([]float64, lanes), Times: make([]float64, 4*lanes)}
	for l := range lanes {
		ivp.X0.Set(1, l, 0.5+0.1*float64(l))
		ivp.X0.Set(2, l, -0.2*float64(l))
		for k := range 4 {
			ivp.Times[k*lanes+l] = 0.7 * float64(k)
		}
	}
	if lanes > 1 {
		ivp.Times[4*lanes-1] = math.NaN()
	}
	return ivp
}

func TestObserverShowsWhatTheExpressionSays(t *testing.T) {
	p := shown(t)
	for _, lanes := range []int{1, 8} {
		ivp := shownProblem(p, lanes)
		plain, seen := ode.NewTrajectory(4, 3, lanes), ode.NewTrajectory(4, 3, lanes)
		solver, err := ode.NewSolver(ivp.Field, ode.Options{Solver: "dopri5", RTol: 1e-9, ATol: 1e-9})
		if err != nil {
			t.Fatal(err)
		}
		solver.Solve(plain, ivp)
		solver.Solve(seen, ivp)
		ode.NewObserver(field.New(p.Observe, lanes, false)).See(seen, ivp)
		const gain = 0.7
		for k := range 4 {
			for l := range lanes {
				at := ivp.Times[k*lanes+l]
				x, v := plain.X[(k*3+1)*lanes+l], plain.X[(k*3+2)*lanes+l]
				want := (gain*x*(1+x) + 0.3*math.Sin(1.3*at)*v + 0.1*at - 0.4) / 2.5
				if math.IsNaN(at) {
					want = plain.X[k*3*lanes+l] // not saved: left as it was
				}
				if got := seen.X[k*3*lanes+l]; !(math.Abs(got-want) <= 1e-12) {
					t.Errorf("%d lanes, time %g, lane %d: %g, want %g", lanes, at, l, got, want)
				}
				if seen.X[(k*3+1)*lanes+l] != x || seen.X[(k*3+2)*lanes+l] != v {
					t.Errorf("a state changed")
				}
			}
		}
	}
}

// TestObservingAnAdjointSees: its trajectories are what is seen, and a lane that has no state at some time, or never, leaves
// the gradient by the parameters that all lanes share to the others.
func TestObservingAnAdjointSees(t *testing.T) {
	const lanes, lost = 8, 5
	p := shown(t)
	ivp := shownProblem(p, lanes)
	ivp.X0.Set(1, lost, math.Inf(1))
	adj, err := ode.NewParallel(ivp.Field, ode.Options{Solver: "rk4", Step: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	tr, want := ode.NewTrajectory(4, 3, lanes), ode.NewTrajectory(4, 3, lanes)
	adj.Solve(want, ivp)
	ode.NewObserver(field.New(p.Observe, lanes, false)).See(want, ivp)
	a := ode.Observing(adj, ode.NewObserver(field.New(p.Observe, lanes, false)))
	a.Solve(tr, ivp)
	c, sums := ode.NewTrajectory(4, 3, lanes), make([]float64, len(p.Theta0))
	for i, v := range tr.X {
		if math.Float64bits(v) != math.Float64bits(want.X[i]) {
			t.Fatalf("value %d is %g, what is seen is %g", i, v, want.X[i])
		}
	}
	pull := func(of ...int) []float64 {
		clear(c.X)
		for i := range c.X {
			if slices.Contains(of, i%lanes) {
				c.X[i] = math.Cos(float64(i))
			}
		}
		g := &field.Point{X: program.NewBatch(3, lanes), Theta: program.NewBatch(len(p.Theta0), 1)}
		a.Pull(g, c)
		return g.Theta.V
	}
	for l := range lanes {
		if l != lost {
			kernel.AddTo(sums, pull(l))
		}
	}
	for i, got := range pull(0, 1, 2, 3, 4, 5, 6, 7) {
		if !(math.Abs(got-sums[i]) <= 1e-12*(1+math.Abs(sums[i]))) {
			t.Errorf("derivative %d is %g, the sum over the lanes that have states %g", i, got, sums[i])
		}
	}
}

// Gradients of what is seen, by the adjoint and by sensitivities, are those of differences.
func TestGradientsOfWhatIsSeenAreThoseOfDifferences(t *testing.T) {
	p := shown(t)
	o := ode.Options{Solver: "rk4", Step: 0.1}
	for _, lanes := range []int{1, 8} {
		ivp := shownProblem(p, lanes)
		if lanes > 1 {
			ivp.Times[4*lanes-1] = ivp.Times[4*lanes-2]
		}
		adj, err := ode.NewParallel(ivp.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		a := ode.Observing(adj, ode.NewObserver(field.New(p.Observe, lanes, false)))
		tr, c := ode.NewTrajectory(4, 3, lanes), ode.NewTrajectory(4, 3, lanes)
		weigh := func() float64 {
			a.Solve(tr, ivp)
			sum := 0.0
			for i, v := range tr.X {
				sum += math.Cos(float64(i)) * v
			}
			return sum
		}
		weigh()
		for i := range c.X {
			c.X[i] = math.Cos(float64(i))
		}
		g := &field.Point{X: program.NewBatch(3, lanes), Theta: program.NewBatch(len(p.Theta0), 1)}
		a.Pull(g, c)
		check := func(what string, at *float64, got float64) {
			const h = 1e-6
			was := *at
			*at = was + h
			up := weigh()
			*at = was - h
			down := weigh()
			*at = was
			if want := (up - down) / (2 * h); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("%d lanes, %s: %g, by differences %g", lanes, what, got, want)
			}
		}
		for i := range g.X.V {
			check("start", &ivp.X0.V[i], g.X.V[i])
		}
		for i := range g.Theta.V {
			check("parameter", &ivp.Theta.V[i], g.Theta.V[i])
		}
	}
	ivp := shownProblem(p, 1)
	sens, err := ode.NewSensitivity(ivp.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	width := len(p.Theta0) + 3
	tr, S := ode.NewTrajectory(4, 3, 1), make([]float64, 4*3*width)
	seen := ode.NewObserver(field.New(p.Observe, 1, false))
	solve := func(dst *ode.Trajectory, slopes []float64) {
		clear(slopes)
		sens.Solve(dst, slopes, ivp)
		seen.SeeSlopes(dst, slopes, ivp)
	}
	solve(tr, S)
	up, down, room := ode.NewTrajectory(4, 3, 1), ode.NewTrajectory(4, 3, 1), make([]float64, len(S))
	for j := range width {
		at := &ivp.X0.V[max(0, j-len(p.Theta0))]
		if j < len(p.Theta0) {
			at = &ivp.Theta.V[j]
		}
		const h = 1e-6
		was := *at
		*at = was + h
		solve(up, room)
		*at = was - h
		solve(down, room)
		*at = was
		for i := range up.X {
			if want := (up.X[i] - down.X[i]) / (2 * h); !(math.Abs(S[i*width+j]-want) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("sensitivity of %d by %d: %g, by differences %g", i, j, S[i*width+j], want)
			}
		}
	}
}
