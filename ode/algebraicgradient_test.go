package ode_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// jump is an input that is 1 until a time and then 2.5.
type jump float64

func (j jump) At(u field.Batch, t []float64) {
	for l, v := range t {
		if u.V[l] = 1; v >= float64(j) {
			u.V[l] = 2.5
		}
	}
}

func (j jump) Breaks(_ int, t0, t1 float64) []float64 {
	if t := float64(j); t > t0 && t < t1 {
		return []float64{t}
	}
	return nil
}

func (j jump) Part(int, int) field.Input { return j }

// pushed changes the first of four states at 0 and where its input jumps.
type pushed struct {
	jump
	by *program.Program
}

func newPushed() pushed {
	b := program.New()
	x := b.Batched("x", 4, 1)
	b.Output("dx", b.Concat(b.Add(b.Slice(x, 0, 1, 1), b.Const(0.3, 1, 1)), b.Slice(x, 1, 3, 1)))
	p, err := b.Done()
	if err != nil {
		panic(err)
	}
	return pushed{1, p}
}

func (k pushed) Jumps(_ int, t0, t1 float64) (all []field.Jump) {
	for _, t := range []float64{0, float64(k.jump)} {
		if t >= t0 && t < t1 {
			all = append(all, field.Jump{T: t, Map: k.by})
		}
	}
	return all
}

// constrained has two rows that have to be zero, of which one is measured, an input that jumps
// into them and guesses that do not satisfy them. States are saved at the start, inside steps,
// at the jump and at the end.
func constrained(t *testing.T, lanes int) *ode.IVP {
	t.Helper()
	e := &field.Equations{Text: "x' = a*w - k*z\n0 = z + b*sin(z) - x - u\nw' = -w*q\n0 = 2*q - z*w - a", Algebraic: map[string]float64{"z": 0.5, "q": 3},
		Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.4}, "k": {Start: 1.3}}}
	p, err := e.Build(field.Unscaled([]string{"x", "z", "w", "q"}, []string{"u"}))
	if err != nil {
		t.Fatal(err)
	}
	q := &ode.IVP{Field: field.NewAlgebraic(p.Field, lanes, false, p.Algebraic), X0: batch(lanes, 1.2, 0.5, 0.9, 3), Theta: batch(1, p.Theta0...),
		T0: make([]float64, lanes), Input: jump(1)}
	for _, at := range []float64{0, 0.33, 1, 1.13, 2} {
		for l := range lanes {
			q.Times = append(q.Times, at*(1+0.01*float64(l%3)))
			q.X0.Set(0, l, 1.2+0.1*float64(l))
		}
	}
	return q
}

// TestRowsHoldWhereStatesAreSaved: at a start that is a guess, inside steps, behind a jump.
func TestRowsHoldWhereStatesAreSaved(t *testing.T) {
	for _, lanes := range []int{1, 8} {
		q := constrained(t, lanes)
		tr, err := ode.Solve(q, ode.Options{Solver: "radau5", RTol: 1e-9, ATol: 1e-9, MaxSteps: 1000})
		if err != nil || !tr.OK() {
			t.Fatal(err, tr.Status)
		}
		for k := range 5 {
			for l := range lanes {
				u := 1.0
				if q.Times[k*lanes+l] > 1 {
					u = 2.5
				}
				x := tr.State(k, 4).Lane(nil, l)
				if off := x[1] + 0.4*math.Sin(x[1]) - x[0] - u; !(math.Abs(off) <= 1e-6) {
					t.Errorf("%d lanes, time %g: z's row is %g", lanes, q.Times[k*lanes+l], off)
				}
				if off := 2*x[3] - x[1]*x[2] - 0.7; !(math.Abs(off) <= 1e-6) {
					t.Errorf("%d lanes, time %g: q's row is %g", lanes, q.Times[k*lanes+l], off)
				}
			}
		}
	}
}

// TestGradientsThroughAlgebraicRows are those of forward sensitivities and of differences, at
// steps that stay as they are.
func TestGradientsThroughAlgebraicRows(t *testing.T) {
	for _, in := range []field.Input{jump(1), newPushed()} {
		q := constrained(t, 1)
		q.Input = in
		gradientsAgree(t, q)
	}
}

func gradientsAgree(t *testing.T, q *ode.IVP) {
	t.Helper()
	o := ode.Options{Solver: "radau5", Step: 0.17, Save: "interpolate"}
	s, err := ode.NewSensitivity(q.Field, o)
	if err != nil {
		t.Fatal(err)
	}
	tr, _ := trajectories(q)
	cols := 3 + 4
	S := make([]float64, len(tr.X)*cols)
	if st := s.Solve(tr, S, q); st != ode.StatusOK {
		t.Fatal(st)
	}
	c := weigh(rand.New(rand.NewPCG(1, 2)), tr.X)
	loss := func() (sum float64) {
		tr, err := ode.Solve(q, o)
		if err != nil || !tr.OK() {
			t.Fatal(err, tr.Status)
		}
		for i, v := range tr.X {
			sum += c[i] * v
		}
		return sum
	}
	g, _, _ := gradient(t, q, o, c, 1)
	got := append(append([]float64{}, g.Theta.V...), g.X.V...)
	for j := range cols {
		forward := 0.0
		for k, v := range c {
			forward += v * S[k*cols+j]
		}
		at := &q.Theta.V[min(j, 2)]
		if j > 2 {
			at = &q.X0.V[j-3]
		}
		const e = 1e-5
		old := *at
		*at = old + e
		up := loss()
		*at = old - e
		down := loss()
		*at = old
		if d := (up - down) / (2 * e); !(math.Abs(got[j]-d) <= 1e-7*(1+math.Abs(d)) && math.Abs(got[j]-forward) <= 1e-11*(1+math.Abs(d))) {
			t.Errorf("derivative %d: %.12g, sensitivities say %.12g, differences %.12g", j, got[j], forward, d)
		}
	}
	if got[4] != 0 || got[6] != 0 {
		t.Errorf("guesses have derivatives %g and %g", got[4], got[6])
	}
}

// TestLanesWithAlgebraicRowsAreStrangers: of eight lanes, on the way there and back, and with
// stages computed again.
func TestLanesWithAlgebraicRowsAreStrangers(t *testing.T) {
	q := constrained(t, 8)
	one := constrained(t, 1)
	for _, memory := range []int{0, 1} {
		o := ode.Options{Solver: "radau5", RTol: 1e-7, ATol: 1e-7, MaxSteps: 1000, Memory: memory}
		tr, _ := trajectories(q)
		c := random(rand.New(rand.NewPCG(1, 2)), len(tr.X))
		g, tr, _ := gradient(t, q, o, c, 8)
		for l := range 8 {
			var d []float64
			for i := range len(c) / 8 {
				d = append(d, c[i*8+l])
			}
			one.X0.SetLane(0, q.X0.Lane(nil, l))
			for k := range one.Times {
				one.Times[k] = q.Times[k*8+l]
			}
			h, alone, _ := gradient(t, one, o, d, 1)
			for i := range alone.X {
				if !(math.Abs(alone.X[i]-tr.X[i*8+l]) <= 1e-12) {
					t.Fatalf("memory %d, lane %d: state %d is %g alone, %g in company", memory, l, i, alone.X[i], tr.X[i*8+l])
				}
			}
			for i, v := range h.Theta.V {
				if w := g.Theta.V[i*8+l]; !(math.Abs(v-w) <= 1e-10*(1+math.Abs(v))) {
					t.Errorf("memory %d, lane %d: derivative by θ%d is %g alone, %g in company", memory, l, i, v, w)
				}
			}
			for i, v := range h.X.V {
				if w := g.X.V[i*8+l]; !(math.Abs(v-w) <= 1e-10*(1+math.Abs(v))) {
					t.Errorf("memory %d, lane %d: derivative by start %d is %g alone, %g in company", memory, l, i, v, w)
				}
			}
		}
	}
}

// TestInconsistentLanesEndAlone: a lane without a consistent start has a status of its own.
func TestInconsistentLanesEndAlone(t *testing.T) {
	p, err := (&field.Equations{Text: "x' = -z\n0 = z*z - x", Algebraic: map[string]float64{"z": 1}}).Build(field.Unscaled([]string{"x", "z"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	q := &ode.IVP{Field: field.NewAlgebraic(p.Field, 8, false, p.Algebraic), X0: batch(8, 4, 1), T0: make([]float64, 8)}
	for range 8 {
		q.Times = append(q.Times, 1)
	}
	q.X0.Set(0, 3, -4)
	tr, err := ode.Solve(q, ode.Options{Solver: "radau5", RTol: 1e-8, ATol: 1e-8})
	if err != nil {
		t.Fatal(err)
	}
	for l, s := range tr.Status {
		x := tr.X[l]
		if l == 3 && (s != ode.StatusInconsistent || !math.IsNaN(x)) || l != 3 && (s != ode.StatusOK || math.Abs(x-2.25) > 1e-6) {
			t.Errorf("lane %d: %v, x = %g", l, s, x)
		}
	}
}
