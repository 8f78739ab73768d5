package ode_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// switched is a problem of equations with conditions, in lanes that begin apart, saved from 0 to
// end; at are times of the first event, which is a jump at known times if there are any.
func switched(t *testing.T, e *field.Equations, lanes, saves int, end float64, x0 []float64, at ...float64) (*field.Parts, *ode.IVP) {
	t.Helper()
	p, err := e.Build(field.Unscaled(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	n := len(p.Frame.States)
	in := kicks{sw: p.Events.Switches, at: make([][]float64, lanes)}
	if len(p.Events.Planned) > 0 {
		in.by = p.Events.Planned[0].Map
	}
	ivp := &ode.IVP{Field: field.New(p.Field, lanes, false), X0: program.NewBatch(n, lanes), T0: make([]float64, lanes), Times: make([]float64, saves*lanes),
		Theta: field.Batch{V: slices.Clone(p.Theta0), Rows: len(p.Theta0), Lanes: 1}}
	for l := range lanes {
		in.at[l] = at
		for i := range n {
			ivp.X0.Set(i, l, x0[i]*(1+0.05*float64(l)))
		}
		for k := range saves {
			ivp.Times[k*lanes+l] = end * float64(k) / float64(saves-1)
		}
	}
	ivp.Input = in
	return p, ivp
}

func ball() *field.Equations {
	return &field.Equations{Text: "h' = v\nv' = -g", Events: []field.Event{{When: "h < 0", Set: map[string]string{"v": "-r*v"}}},
		Parameters: map[string]field.Unknown{"g": {Start: 9.81}, "r": {Start: 0.8}}}
}

// bounced are height and speed of a ball at time t; z is g, r, h(0), v(0), each as a factor of what it is.
func bounced(t float64, z []float64, h0, v0 float64) []float64 {
	g, r, h, v := 9.81*z[0], 0.8*z[1], h0+z[2], v0+z[3]
	s := math.Sqrt(v*v + 2*g*h)
	if first := (v + s) / g; t > first {
		t -= first
		for s *= r; t > 2*s/g; s *= r {
			t -= 2 * s / g
		}
		h, v = 0, s
	}
	return []float64{h + v*t - g*t*t/2, v - g*t}
}

func neuron() *field.Equations {
	return &field.Equations{Text: "v' = (I - v)/tau", Events: []field.Event{{When: "v >= top", Set: map[string]string{"v": "low"}}},
		Parameters: map[string]field.Unknown{"I": {Start: 1.7}, "tau": {Start: 0.9}, "top": {Start: 1}, "low": {Start: -0.3}}}
}

// fired is the voltage of a leaky integrate-and-fire neuron; z is I, tau, top, low (factors) and
// what is added to v(0).
func fired(t float64, z []float64, v0, _ float64) []float64 {
	i, tau, top, low, v := 1.7*z[0], 0.9*z[1], z[2], -0.3*z[3], v0+z[4]
	for {
		period := tau * math.Log((i-v)/(i-top))
		if t <= period {
			return []float64{i + (v-i)*math.Exp(-t/tau)}
		}
		t, v = t-period, low
	}
}

// States and gradients of the bouncing ball and the leaky integrate-and-fire neuron are those of
// the closed forms, forwards and backwards, in one lane and several.
func TestCrossingsAreThoseOfTheClosedForms(t *testing.T) {
	for _, c := range []struct {
		name   string
		e      *field.Equations
		x0     []float64
		end    float64
		closed func(t float64, z []float64, a, b float64) []float64
	}{{"ball", ball(), []float64{1.3, 0.4}, 2.9, bounced}, {"neuron", neuron(), []float64{0.2, 0}, 3.97, fired}} {
		for _, o := range []ode.Options{{Solver: "dop853", RTol: 1e-12, ATol: 1e-12}, {Solver: "tsit5", RTol: 1e-12, ATol: 1e-12}, {Solver: "rk4", Step: 1e-3}, {Solver: "radau5", RTol: 1e-12, ATol: 1e-12}} {
			for _, lanes := range []int{1, 8} {
				const saves = 8
				p, ivp := switched(t, c.e, lanes, saves, c.end, c.x0)
				n, size := len(p.Frame.States), len(p.Theta0)
				tr, err := ode.Solve(ivp, o)
				if err != nil {
					t.Fatal(err)
				}
				w := cosines(tr)
				of := func(z []float64, l int) (sum float64, worst float64) {
					for k := range saves {
						x := c.closed(ivp.Times[k*lanes+l], z, ivp.X0.At(0, l), ivp.X0.At(n-1, l))
						for i, v := range x {
							sum += v * w.X[(k*n+i)*lanes+l]
							worst = max(worst, math.Abs(v-tr.X[(k*n+i)*lanes+l]))
						}
					}
					return sum, worst
				}
				z := slices.Concat(slices.Repeat([]float64{1}, size), make([]float64, n))
				g := pulled(t, ivp, o, w)
				theta := make([]float64, size)
				for l := range lanes {
					if _, worst := of(z, l); !(worst < 1e-8) {
						t.Errorf("%s, %s, lane %d of %d: states are off by %.3g", c.name, o.Solver, l, lanes, worst)
					}
					for j := range z {
						d, h := 0.0, 1e-4
						for i, w := range []float64{45, -9, 1} {
							up, down := slices.Clone(z), slices.Clone(z)
							up[j] += h * float64(i+1)
							down[j] -= h * float64(i+1)
							a, _ := of(up, l)
							b, _ := of(down, l)
							d += w * (a - b) / (60 * h)
						}
						if j < size {
							theta[j] += d * sign(p.Theta0[j])
						} else if got := g.X.At(j-size, l); !(math.Abs(got-d) < 1e-8*max(1, math.Abs(d))) {
							t.Errorf("%s, %s, lane %d of %d: by start %d %.12g, want %.12g", c.name, o.Solver, l, lanes, j-size, got, d)
						}
					}
				}
				for j, d := range theta {
					if got := g.Theta.V[j]; !(math.Abs(got-d) < 1e-8*max(1, math.Abs(d))) {
						t.Errorf("%s, %s, %d lanes: by parameter %d %.12g, want %.12g", c.name, o.Solver, lanes, j, got, d)
					}
				}
			}
		}
	}
}

// sign is that of a parameter's entry, by which its factor is.
func sign(v float64) float64 { return math.Copysign(1, v) }

// Sensitivities, the adjoint with all and with little memory, and tangents that are integrated
// beside the state have the same derivatives at crossings that depend on all there is.
func TestWaysThroughCrossingsAgree(t *testing.T) {
	e := &field.Equations{Text: "x' = v\nv' = -k*x - 0.1*v + sin(t)",
		Events:     []field.Event{{When: "x + 0.1*t > a*v^2 + b", Set: map[string]string{"v": "-c*v + 0.1*t", "x": "0.9*x - 0.2"}}, {When: "t > 2 + a", Add: map[string]string{"v": "b"}}},
		Parameters: map[string]field.Unknown{"k": {Start: 4}, "a": {Start: 0.05}, "b": {Start: 0.8}, "c": {Start: 0.7}}}
	o := ode.Options{Solver: "dopri5", RTol: 1e-9, ATol: 1e-9}
	p, ivp := switched(t, e, 1, 6, 7, []float64{0.4, 1.5})
	s, err := ode.NewSensitivity(ivp.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	size, n := len(p.Theta0), 2
	tr, S := ode.NewTrajectory(6, n, 1), make([]float64, 6*n*(size+n))
	if status := s.Solve(tr, S, ivp); status != ode.StatusOK {
		t.Fatal(status)
	}
	w := cosines(tr)
	for _, memory := range []int{0, 1} {
		o.Memory = memory
		g := pulled(t, ivp, o, w)
		for j, got := range slices.Concat(g.Theta.V, g.X.V) {
			want := 0.0
			for i, c := range w.X {
				want += c * S[i*(size+n)+j]
			}
			if !(math.Abs(got-want) < 1e-10*max(1, math.Abs(want))) {
				t.Errorf("memory %d: derivative %d is %.14g backwards, %.14g forwards", memory, j, got, want)
			}
		}
	}
	both := *ivp
	both.Field, both.Input = field.New(field.Tangent(p.Field, n), 1, false), field.NewTangents(p.Field, n).Input(ivp.Input)
	both.X0 = field.Batch{V: []float64{0.4, 1.5, 1, 0, 0, 1}, Rows: 6, Lanes: 1}
	beside, err := ode.Solve(&both, ode.Options{Solver: "dop853", RTol: 1e-11, ATol: 1e-11})
	if err != nil {
		t.Fatal(err)
	}
	for k := range 6 {
		for i := range n {
			for j := range n {
				got, want := beside.X[k*6+n*(j+1)+i], S[(k*n+i)*(size+n)+size+j]
				if !(math.Abs(got-want) < 1e-5*max(1, math.Abs(want))) {
					t.Errorf("save %d: tangent %d of %d is %.10g, want %.10g", k, i, j, got, want)
				}
			}
		}
	}
}

// Lanes have their own crossings: the bits do not depend on company and threads.
func TestCrossingsDoNotDependOnCompany(t *testing.T) {
	const lanes = 48
	_, ivp := switched(t, ball(), lanes, 8, 2.5, []float64{1.3, 0.4})
	var first *ode.Trajectory
	for _, threads := range []int{1, 3} {
		a, err := ode.NewParallelSolver(ivp.Field, ode.Options{Solver: "dopri5", RTol: 1e-8, ATol: 1e-8, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		tr := ode.NewTrajectory(8, 2, lanes)
		a.Solve(tr, ivp)
		if first == nil {
			first = tr
		}
		if !slices.Equal(tr.X, first.X) {
			t.Errorf("other bits with %d threads", threads)
		}
	}
	tr, err := ode.Solve(ivp, ode.Options{Solver: "dopri5", RTol: 1e-8, ATol: 1e-8})
	if err != nil || !slices.Equal(tr.X, first.X) {
		t.Errorf("other bits where lanes are not cut (%v)", err)
	}
}

// What piles up, never ends or sets off something else at once ends with a sentence; ties and what a known
// jump sets off happen.
func TestCrossingsThatAreNotSimple(t *testing.T) {
	p := func(v float64) map[string]string { return map[string]string{"x": strconv.FormatFloat(v, 'g', -1, 64)} }
	for _, c := range []struct {
		name   string
		e      *field.Equations
		end    float64
		x0     []float64
		at     []float64
		status ode.Status
		want   float64 // of the first state at the end
	}{
		{"a ball that comes to rest", ball(), 6, []float64{1, 0}, nil, ode.StatusPiledUp, math.NaN()},
		{"too many", &field.Equations{Text: "x' = 1", Events: []field.Event{{When: "x > 0.001", Set: p(0)}}}, 11, []float64{0}, nil, ode.StatusManyEvents, math.NaN()},
		{"a chain", &field.Equations{Text: "x' = 1", Events: []field.Event{{When: "x > 1", Set: p(5)}, {When: "x > 3", Set: p(0)}}}, 2, []float64{0}, nil, ode.StatusChain, math.NaN()},
		{"a tie", &field.Equations{Text: "x' = 0", Events: []field.Event{{When: "t > 0.5", Add: p(1)}, {When: "t > 0.5", Add: p(2)}}}, 1, []float64{0}, nil, ode.StatusOK, 3},
		{"set off by a known jump", &field.Equations{Text: "x' = 0", Events: []field.Event{{At: []float64{1}, Add: p(2)}, {When: "x > 3", Set: p(-1)}}}, 4, []float64{0}, []float64{1, 2, 3}, ode.StatusOK, 1},
		{"between two jumps a moment apart", &field.Equations{Text: "x' = 0", Events: []field.Event{{At: []float64{1}, Add: p(10)}, {When: "t > 1.0000000000005", Set: map[string]string{"x": "2*x"}}}},
			4, []float64{1}, []float64{1, 1.000000000001}, ode.StatusOK, 32},
		{"true from the start", &field.Equations{Text: "x' = -1", Events: []field.Event{{When: "x > 1", Set: p(0)}}}, 1, []float64{5}, nil, ode.StatusOK, 4},
		{"true again after it was false", &field.Equations{Text: "x' = cos(t)", Events: []field.Event{{When: "x > 0.5", Add: map[string]string{"n": "1"}}, {When: "x < -0.5", Add: map[string]string{"n": "10"}}}},
			20, []float64{0}, nil, ode.StatusOK, math.Sin(20)},
	} {
		if strings.Contains(c.e.Events[0].Add["n"], "1") {
			c.e.Text, c.x0 = "x' = cos(t)\nn' = 0", []float64{0, 0}
		}
		_, ivp := switched(t, c.e, 1, 2, c.end, c.x0, c.at...)
		tr, err := ode.Solve(ivp, ode.Options{Solver: "dopri5", RTol: 1e-10, ATol: 1e-10})
		if err != nil {
			t.Fatal(err)
		}
		n := len(c.x0)
		if got := tr.X[n]; tr.Status[0] != c.status || !(math.Abs(got-c.want) < 1e-8) && !math.IsNaN(c.want) {
			t.Errorf("%s: %v, ends at %g, want %g", c.name, tr.Status[0], got, c.want)
		}
		if n == 2 && c.status == ode.StatusOK && tr.X[3] != 4+3*10 {
			t.Errorf("%s: counted %g", c.name, tr.X[3])
		}
	}
}

// A condition that becomes true at the time of a jump that is known acts before it, once, at whatever
// time that is: the value of a clock or of a state that gets there is zero to rounding, on either side.
func TestConditionsActBeforeKnownJumpsAtTheirTime(t *testing.T) {
	for _, method := range []string{"dopri5", "tsit5", "radau5"} {
		for k := 1; k <= 60; k++ {
			at := float64(k) / 7
			beside := math.Nextafter(at, []float64{0, at, 9}[k%3])
			lag := strconv.FormatFloat(beside, 'g', -1, 64)
			e := &field.Equations{Text: "x' = 0\ny' = 1\nz' = -2*z", Events: []field.Event{
				{At: []float64{1}, Add: map[string]string{"x": "10"}},
				{When: "t > " + lag, Set: map[string]string{"x": "2*x"}},
				{When: "y > " + lag, Set: map[string]string{"x": "3*x"}},
			}}
			_, ivp := switched(t, e, 1, 2, 9, []float64{1, 0, 1}, at)
			tr, err := ode.Solve(ivp, ode.Options{Solver: method, RTol: 1e-6, ATol: 1e-6})
			if err != nil {
				t.Fatal(err)
			}
			if got := tr.X[3]; tr.Status[0] != ode.StatusOK || got != 16 {
				t.Errorf("%s, at %s: %v, %g; doubled, tripled and 10 more are 16", method, lag, tr.Status[0], got)
			}
		}
	}
}
