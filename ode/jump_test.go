package ode_test

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// kicks are jumps by one map at the times of each lane.
type kicks struct {
	at  [][]float64
	by  *program.Program
	off int // lane of the whole that is the first here
	sw  []field.Switch
}

func (k kicks) At(field.Batch, []float64)  {}
func (k kicks) Part(lo, _ int) field.Input { k.off += lo; return k }
func (k kicks) Breaks(lane int, t0, t1 float64) (all []float64) {
	for _, j := range k.Jumps(lane, math.Nextafter(t0, t1), t1) {
		all = append(all, j.T)
	}
	return all
}

func (k kicks) Switches() []field.Switch { return k.sw }

func (k kicks) Jumps(lane int, t0, t1 float64) (all []field.Jump) {
	for _, t := range k.at[k.off+lane] {
		if t >= t0 && t < t1 {
			all = append(all, field.Jump{T: t, Map: k.by})
		}
	}
	return all
}

// kicked builds equations and the map of their one event.
func kicked(t *testing.T, e *field.Equations) (*field.Parts, *program.Program) {
	t.Helper()
	p, err := e.Build(field.Unscaled(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	return p, p.Events.Planned[0].Map
}

// absorbed is a dose that is absorbed and eliminated, of which a part arrives.
func absorbed(t *testing.T) (*field.Parts, *program.Program) {
	return kicked(t, &field.Equations{Text: "gut' = -ka*gut\nblood' = ka*gut - ke*blood", Events: []field.Event{{At: []float64{0}, Add: map[string]string{"gut": "part*100"}}},
		Parameters: map[string]field.Unknown{"ka": {Start: 1.3}, "ke": {Start: 0.2}, "part": {Start: 0.7}}})
}

// kickedProblem has doses at times of each lane's own: none at first, one at the start, one at a
// saved time, …
func kickedProblem(p *field.Parts, by *program.Program, lanes int) *ode.IVP {
	n, saves := len(p.Frame.States), 5
	in := kicks{by: by}
	ivp := &ode.IVP{Field: field.New(p.Field, lanes, false), X0: program.NewBatch(n, lanes), T0: make([]float64, lanes), Times: make([]float64, saves*lanes),
		Theta: field.Batch{V: slices.Clone(p.Theta0), Rows: len(p.Theta0), Lanes: 1}}
	for l := range lanes {
		at := []float64{0, 1.5, 1.5 + 0.37*float64(l%5), 4, 6.1}
		slices.Sort(at)
		in.at = append(in.at, at[l%4:])
		for i := range n {
			ivp.X0.Set(i, l, 0.3+0.1*float64(l%7)+float64(i))
		}
		for k := range saves {
			ivp.Times[k*lanes+l] = 1.5 * float64(k)
		}
	}
	ivp.Input = in
	return ivp
}

// bateman are gut and blood at time t after starts and doses before t, and their derivatives by ka, ke, part
// and both starts.
func bateman(t float64, x0 [2]float64, doses []float64, ka, ke, part float64) [2]float64 {
	after := func(s, gut, blood float64) [2]float64 {
		a, e := math.Exp(-ka*s), math.Exp(-ke*s)
		return [2]float64{gut * a, blood*e + gut*ka/(ka-ke)*(e-a)}
	}
	out := after(t, x0[0], x0[1])
	for _, d := range doses {
		if d < t {
			y := after(t-d, part*100, 0)
			out[0], out[1] = out[0]+y[0], out[1]+y[1]
		}
	}
	return out
}

// What doses do is what the closed form says, in lanes with times of their own, by explicit and
// implicit methods; a row at the time of a dose shows what was before it.
func TestDosesAreThoseOfTheClosedForm(t *testing.T) {
	p, by := absorbed(t)
	for _, o := range []ode.Options{{Solver: "dop853", RTol: 1e-11, ATol: 1e-11}, {Solver: "tsit5", RTol: 1e-11, ATol: 1e-11},
		{Solver: "radau5", RTol: 1e-11, ATol: 1e-11}, {Solver: "dopri5", RTol: 1e-11, ATol: 1e-11, Save: "land"}, {Solver: "rk4", Step: 1e-3}} {
		for _, lanes := range []int{1, 24} {
			ivp := kickedProblem(p, by, lanes)
			tr, err := ode.Solve(ivp, o)
			if err != nil {
				t.Fatal(err)
			}
			for l := range lanes {
				for k := range 5 {
					want := bateman(ivp.Times[k*lanes+l], [2]float64{ivp.X0.At(0, l), ivp.X0.At(1, l)}, ivp.Input.(kicks).at[l], 1.3, 0.2, 0.7)
					for i, w := range want {
						if got := tr.X[(k*2+i)*lanes+l]; !(math.Abs(got-w) < 1e-8*max(1, w)) {
							t.Fatalf("%s, %d lanes: state %d of lane %d at save %d is %.12g, want %.12g", o.Solver, lanes, i, l, k, got, w)
						}
					}
				}
			}
		}
	}
}

// cosines are cotangents of all saved states.
func cosines(tr *ode.Trajectory) *ode.Trajectory {
	c := ode.NewTrajectory(0, 0, len(tr.Status))
	for i := range tr.X {
		c.X = append(c.X, math.Cos(1.7*float64(i)))
	}
	return c
}

// Gradients through doses are those of the closed form.
func TestGradientsThroughDosesAreThoseOfTheClosedForm(t *testing.T) {
	p, by := absorbed(t)
	for _, lanes := range []int{1, 24} {
		ivp := kickedProblem(p, by, lanes)
		a, err := ode.NewParallel(ivp.Field, ode.Options{Solver: "dop853", RTol: 1e-12, ATol: 1e-12})
		if err != nil {
			t.Fatal(err)
		}
		tr := ode.NewTrajectory(5, 2, lanes)
		a.Solve(tr, ivp)
		c := cosines(tr)
		g := &field.Point{X: program.NewBatch(2, lanes), Theta: program.NewBatch(3, 1)}
		a.Pull(g, c)
		of := func(theta []float64) float64 { // part is 0.7·θ₂ and so on: unbounded parameters are |start|·θ
			sum := 0.0
			for l := range lanes {
				for k := range 5 {
					y := bateman(ivp.Times[k*lanes+l], [2]float64{ivp.X0.At(0, l), ivp.X0.At(1, l)}, ivp.Input.(kicks).at[l], 1.3*theta[0], 0.2*theta[1], 0.7*theta[2])
					sum += y[0]*c.X[k*2*lanes+l] + y[1]*c.X[(k*2+1)*lanes+l]
				}
			}
			return sum
		}
		for j := range 3 {
			const h = 1e-3 // differences of order 6 of the closed form
			d := 0.0
			for i, w := range []float64{45, -9, 1} {
				up, down := []float64{1, 1, 1}, []float64{1, 1, 1}
				up[j] += h * float64(i+1)
				down[j] -= h * float64(i+1)
				d += w * (of(up) - of(down)) / (60 * h)
			}
			if !(math.Abs(g.Theta.V[j]-d) < 1e-8*max(1, math.Abs(d))) {
				t.Errorf("%d lanes: the derivative by parameter %d is %.12g, want %.12g", lanes, j, g.Theta.V[j], d)
			}
		}
	}
}

// swinging is an oscillator whose kicks depend on its state and set another.
func swinging(t *testing.T) (*field.Parts, *program.Program) {
	return kicked(t, &field.Equations{Text: "x' = v\nv' = -k*x - c*v^3", Events: []field.Event{{At: []float64{0}, Add: map[string]string{"v": "a*x/(1 + x^2)"}, Set: map[string]string{"x": "b*v + x"}}},
		Parameters: map[string]field.Unknown{"k": {Start: 2}, "c": {Start: 0.1}, "a": {Start: 0.5}, "b": {Start: 0.3}}})
}

// Both ways to derivatives have the same of the same steps, whatever is kept of them, and they
// are those of differences where steps are fixed.
func TestDerivativesThroughJumpsAgree(t *testing.T) {
	p, by := swinging(t)
	for _, o := range []ode.Options{{Solver: "rk4", Step: 0.05}, {Solver: "dopri5", Step: 0.05}, {Solver: "dopri5", RTol: 1e-6, ATol: 1e-6}, {Solver: "radau5", RTol: 1e-6, ATol: 1e-6}} {
		ivp := kickedProblem(p, by, 1)
		s, err := ode.NewSensitivity(ivp.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		tr, S := ode.NewTrajectory(5, 2, 1), make([]float64, 5*2*6)
		s.Solve(tr, S, ivp)
		c := cosines(tr)
		forward := make([]float64, 6)
		for i, w := range c.X {
			for j := range forward {
				forward[j] += w * S[i*6+j]
			}
		}
		for _, memory := range []int{0, 1} {
			o := o
			o.Memory = memory
			g := pulled(t, ivp, o, c)
			for j, w := range forward {
				if got := slices.Concat(g.Theta.V, g.X.V)[j]; !(math.Abs(got-w) < 1e-11*max(1, math.Abs(w))) {
					t.Errorf("%s, memory %d: derivative %d is %.15g backwards, %.15g forwards", o.Solver, memory, j, got, w)
				}
			}
		}
		if o.Step == 0 {
			continue
		}
		for j, place := range []*float64{&ivp.Theta.V[0], &ivp.Theta.V[1], &ivp.Theta.V[2], &ivp.Theta.V[3], &ivp.X0.V[0], &ivp.X0.V[1]} {
			const h = 1e-3
			d, was := 0.0, *place
			for i, w := range []float64{45, -9, 1} {
				*place = was + h*float64(i+1)
				up := weighed(t, ivp, o, c)
				*place = was - h*float64(i+1)
				d += w * (up - weighed(t, ivp, o, c)) / (60 * h)
			}
			if *place = was; !(math.Abs(forward[j]-d) < 1e-8*max(1, math.Abs(d))) {
				t.Errorf("%s: derivative %d is %.12g, differences have %.12g", o.Solver, j, forward[j], d)
			}
		}
	}
}

func pulled(t *testing.T, ivp *ode.IVP, o ode.Options, c *ode.Trajectory) *field.Point {
	t.Helper()
	a, err := ode.NewDiscrete(ivp.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	s, lanes := ivp.Field.Shape(), ivp.X0.Lanes
	tr, g := ode.NewTrajectory(len(ivp.Times)/lanes, s.State, lanes), &field.Point{X: program.NewBatch(s.State, lanes), Theta: program.NewBatch(s.Theta, ivp.Theta.Lanes)}
	a.Solve(tr, ivp)
	a.Pull(g, c)
	return g
}

func weighed(t *testing.T, ivp *ode.IVP, o ode.Options, c *ode.Trajectory) (sum float64) {
	t.Helper()
	tr, err := ode.Solve(ivp, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range c.X {
		sum += w * tr.X[i]
	}
	return sum
}

// Lanes of an ensemble with jumps of their own have the bits that each has in other company, for any number
// of threads.
func TestJumpsDoNotDependOnCompany(t *testing.T) {
	p, by := swinging(t)
	const lanes = 48
	ivp := kickedProblem(p, by, lanes)
	ivp.Field = field.New(p.Field, lanes, true)
	ivp.Theta = program.NewBatch(4, lanes)
	for l := range lanes {
		for i, v := range p.Theta0 {
			ivp.Theta.Set(i, l, v*(1+0.01*float64(l)))
		}
	}
	o := ode.Options{Solver: "dopri5", RTol: 1e-7, ATol: 1e-7}
	run := func(threads int) (*ode.Trajectory, *field.Point) {
		o.Threads = threads
		a, err := ode.NewParallel(ivp.Field, o)
		if err != nil {
			t.Fatal(err)
		}
		tr, g := ode.NewTrajectory(5, 2, lanes), &field.Point{X: program.NewBatch(2, lanes), Theta: program.NewBatch(4, lanes)}
		a.Solve(tr, ivp)
		a.Pull(g, cosines(tr))
		return tr, g
	}
	tr, g := run(1)
	again, h := run(3)
	if !slices.Equal(tr.X, again.X) || !slices.Equal(g.Theta.V, h.Theta.V) || !slices.Equal(g.X.V, h.X.V) {
		t.Error("other bits with three threads")
	}
	alone := pulled(t, ivp, o, cosines(tr)) // all lanes together
	if !slices.Equal(alone.Theta.V, g.Theta.V) || !slices.Equal(alone.X.V, g.X.V) {
		t.Error("other bits where lanes are not cut")
	}
}

// A jump out of the numbers ends its lane alone.
func TestJumpOutOfTheNumbersEndsItsLane(t *testing.T) {
	p, by := kicked(t, &field.Equations{Text: "x' = -x", Events: []field.Event{{At: []float64{0}, Set: map[string]string{"x": "1/(x - x)"}}}})
	ivp := kickedProblem(p, by, 8)
	ivp.Input.(kicks).at[3] = nil
	tr, err := ode.Solve(ivp, ode.Options{Solver: "dopri5"})
	if err != nil {
		t.Fatal(err)
	}
	if tr.Status[3] != ode.StatusOK || tr.Status[2] != ode.StatusNonFinite || !math.IsNaN(tr.X[4*8+2]) {
		t.Error(tr.Status)
	}
}

func TestBacksolveDoesNotGoThroughJumps(t *testing.T) {
	p, by := absorbed(t)
	ivp := kickedProblem(p, by, 1)
	b, err := ode.NewBacksolve(ivp.Field, ode.Options{Solver: "dopri5"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("it goes on")
		}
	}()
	b.Solve(ode.NewTrajectory(5, 2, 1), ivp)
}
