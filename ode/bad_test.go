package ode_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// TestNoTimeSpan: a lane whose saved times are all its start is there already,
// alone or among others, and its gradient is the cotangent.
func TestNoTimeSpan(t *testing.T) {
	for _, lanes := range []int{1, 8, 40} {
		for _, o := range []ode.Options{{}, {Solver: "rk4", Step: 0.1}, {Solver: "dop853", Save: "land"}} {
			p := system(t, "lorenz", lanes, false)
			for k := range 4 {
				p.Times[k*lanes] = p.T0[0]
			}
			c := make([]float64, len(p.Times)*3)
			for i := range c {
				c[i] = 1
			}
			g, tr, _ := gradient(t, p, o, c, lanes)
			if tr.Status[0] != ode.StatusOK || tr.Stats.Accepted[0] != 0 || tr.X[0] != p.X0.V[0] || g.X.V[0] != 4 || g.Theta.V[0] != 0 {
				t.Errorf("%d lanes, %+v: %v after %d steps at %v, gradient %v", lanes, o, tr.Status[0], tr.Stats.Accepted[0], tr.X[0], g.X.V[0])
			}
		}
	}
}

// TestLanesWithoutTimesAreStrangers: a lane that nothing is asked of stays at its start, where the field need not be a
// number; the gradient by what all share is that of the others.
func TestLanesWithoutTimesAreStrangers(t *testing.T) {
	parts, err := (&field.Equations{Text: "x' = -a*x*log(t)", Parameters: map[string]field.Unknown{"a": {Start: 0.5}}}).Build(field.Unscaled([]string{"x"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	const lanes, idle = 8, 3
	p := &ode.IVP{Field: field.New(parts.Field, lanes, false), X0: batch(lanes, 1), Theta: batch(1, parts.Theta0...), T0: make([]float64, lanes)}
	for l := range lanes {
		p.T0[l] = 1
		p.Times = append(p.Times, 1.5+0.1*float64(l))
	}
	p.T0[idle], p.Times[idle] = 0, math.NaN() // log 0
	for _, name := range []string{"rk4", "dopri5", "radau5", "rodas4"} {
		o := ode.Options{Solver: name, RTol: 1e-9, ATol: 1e-9}
		if name == "rk4" {
			o = ode.Options{Solver: name, Step: 0.01}
		}
		c := make([]float64, lanes)
		for l := range c {
			c[l] = 1
		}
		g, _, _ := gradient(t, p, o, c, 1)
		want := 0.0
		for l, end := range p.Times {
			if l != idle {
				power := end*math.Log(end) - end + 1       // ∫ log t
				want -= 0.5 * power * math.Exp(-0.5*power) // θ is a in units of its start
			}
		}
		if !(math.Abs(g.Theta.V[0]-want) <= 1e-6*math.Abs(want)) {
			t.Errorf("%s: the derivative is %g, want %g", name, g.Theta.V[0], want)
		}
	}
}

// TestNothingToIntegrate: no saved times, or no states.
func TestNothingToIntegrate(t *testing.T) {
	b := program.New()
	b.Output("dx", b.Batched("x", 0, 1))
	nothing, err := b.Done()
	if err != nil {
		t.Skip("a program needs a state: ", err)
	}
	for _, lanes := range []int{1, 8, 40} {
		for _, o := range []ode.Options{{}, {Solver: "rk4", Step: 0.25}} {
			p := system(t, "lorenz", lanes, false)
			p.Times = nil
			chunked, err := ode.NewParallel(p.Field, o)
			if err != nil {
				t.Fatal(err)
			}
			tr, g := ode.NewTrajectory(0, 3, lanes), cotangent(p, 1)
			chunked.Solve(tr, p)
			chunked.Pull(&g, ode.NewTrajectory(0, 3, lanes))
			if !tr.OK() || g.X.V[0] != 0 {
				t.Errorf("%d lanes, no times: %v, gradient %v", lanes, tr.Status, g.X.V)
			}
			q := &ode.IVP{Field: field.New(nothing, lanes, false), X0: program.NewBatch(0, lanes), Theta: program.NewBatch(0, 1), T0: make([]float64, lanes)}
			for range lanes {
				q.Times = append(q.Times, 1)
			}
			_, tr, _ = gradient(t, q, o, nil, 1)
			if !tr.OK() {
				t.Errorf("%d lanes without states: %v", lanes, tr.Status)
			}
		}
	}
}

// TestSizesThatDoNotFitAreRefused, each by itself: they are faults of the program that asks.
func TestSizesThatDoNotFitAreRefused(t *testing.T) {
	const lanes = 8
	for name, spoil := range map[string]func(p *ode.IVP, tr *ode.Trajectory){
		"nothing":           func(*ode.IVP, *ode.Trajectory) {},
		"starting times":    func(p *ode.IVP, _ *ode.Trajectory) { p.T0 = p.T0[1:] },
		"starts":            func(p *ode.IVP, _ *ode.Trajectory) { p.X0.V = p.X0.V[1:] },
		"times":             func(p *ode.IVP, _ *ode.Trajectory) { p.Times = p.Times[1:] },
		"parameters":        func(p *ode.IVP, _ *ode.Trajectory) { p.Theta.V = p.Theta.V[1:] },
		"rows":              func(p *ode.IVP, _ *ode.Trajectory) { p.Theta.Rows, p.Theta.V = 2, p.Theta.V[1:] },
		"states to save":    func(_ *ode.IVP, tr *ode.Trajectory) { tr.X = tr.X[1:] },
		"statuses to write": func(_ *ode.IVP, tr *ode.Trajectory) { tr.Status = tr.Status[1:] },
	} {
		p := system(t, "lorenz", lanes, false)
		s, err := ode.NewSolver(p.Field, ode.Options{Step: 0.1, Solver: "rk4"})
		if err != nil {
			t.Fatal(err)
		}
		tr, _ := trajectories(p)
		spoil(p, tr)
		func() {
			defer func() {
				if said, ok := recover().(string); strings.HasPrefix(said, "ode: ") == (name == "nothing") {
					t.Errorf("%s: %q, %v", name, said, ok)
				}
			}()
			s.Solve(tr, p)
		}()
	}
}

func TestDecreasingTimesAreRefused(t *testing.T) {
	for _, lanes := range []int{1, 8} {
		p := system(t, "lorenz", lanes, false)
		p.Times[3*lanes] = p.Times[2*lanes] - 0.01
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d lanes: times that decrease are accepted", lanes)
				}
			}()
			_, _ = ode.Solve(p, ode.Options{})
		}()
	}
}

// TestHugeEnsemblesTakeTheRoomOfAFewLanes beside problem and trajectory.
func TestHugeEnsemblesTakeTheRoomOfAFewLanes(t *testing.T) {
	lanes := 1 << 16
	if testing.Short() {
		lanes = 1 << 13
	}
	p := system(t, "lorenz", lanes, true)
	p.Times = p.Times[3*lanes:]
	for l := range p.Times {
		p.Times[l] = 0.01
	}
	p.X0.V[77] = math.NaN()
	tr := ode.NewTrajectory(1, 3, lanes)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, o := range []ode.Options{{Solver: "tsit5", Step: 1e-3}, {Solver: "tsit5", RTol: 1e-8, ATol: 1e-8}} {
		s, err := ode.NewParallelSolver(p.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		s.Solve(tr, p)
		for _, l := range []int{0, 76, 78, lanes - 1} {
			one := pick(&ode.IVP{X0: p.X0, Theta: p.Theta, T0: p.T0, Times: p.Times}, field.New(p.Field.(field.Programmed).Program(), 8, false), []int{l, l, l, l, l, l, l, l})
			one.Theta = program.NewBatch(3, 8)
			for j := range 8 {
				one.Theta.SetLane(j, p.Theta.Lane(nil, l))
			}
			want, err := ode.Solve(one, o)
			if err != nil {
				t.Fatal(err)
			}
			if got := lane(tr.X, l, lanes); got != lane(want.X, 0, 8) {
				t.Errorf("%+v: lane %d is at %s, alone at %s", o, l, got, lane(want.X, 0, 8))
			}
		}
		if tr.Status[77] != ode.StatusNonFinite {
			t.Errorf("lane 77: %v", tr.Status[77])
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%s allocated for %d lanes", fmt.Sprint(grown>>20, " MiB"), lanes)
	}
}
