package ode

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// plain builds equations with all states in their own units.
func plain(t *testing.T, e *field.Equations) *field.Parts {
	t.Helper()
	p, err := e.Build(field.Unscaled(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	q := *e
	q.Start = nil
	if p, err = q.Build(field.Unscaled(p.Frame.States, nil)); err != nil {
		t.Fatal(err)
	}
	return p
}

// starts are those of all states, guesses of algebraic ones.
func starts(e *field.Equations, p *field.Parts) (x []float64) {
	for _, name := range p.Frame.States {
		x = append(x, e.Start[name]+e.Algebraic[name])
	}
	return x
}

// equations of one's own, their start with consistent algebraic states.
func ownEquations(t *testing.T, e *field.Equations, lanes int) (field.Field, *field.Parts, program.Batch, program.Batch) {
	t.Helper()
	p := plain(t, e)
	one := field.NewAlgebraic(p.Field, 1, false, p.Algebraic)
	at := field.Point{T: []float64{0}, X: program.NewBatch(len(p.Frame.States), 1), Theta: program.NewBatch(len(p.Theta0), 1)}
	copy(at.X.V, starts(e, p))
	copy(at.Theta.V, p.Theta0)
	if near, ok := Consistent(one, &at); !ok {
		t.Fatalf("no consistent start: %g is left", near)
	}
	x := program.NewBatch(len(p.Frame.States), lanes)
	for l := range lanes {
		x.SetLane(l, at.X.V)
	}
	theta := program.NewBatch(len(p.Theta0), 1)
	copy(theta.V, p.Theta0)
	return field.NewAlgebraic(p.Field, lanes, false, p.Algebraic), p, x, theta
}

// ended is the state at a time, by radau5.
func ended(t *testing.T, e *field.Equations, end, tol float64) ([]float64, *field.Parts) {
	t.Helper()
	f, p, x, theta := ownEquations(t, e, 1)
	tr, err := Solve(&IVP{Field: f, X0: x, Theta: theta, T0: []float64{0}, Times: []float64{0, end / 3, end}}, Options{Solver: "radau5", RTol: tol, ATol: tol * 1e-4, MaxSteps: 1e5})
	if err != nil {
		t.Fatal(err)
	}
	if !tr.OK() {
		t.Fatal(tr.Status[0])
	}
	return tr.State(2, len(p.Frame.States)).V, p
}

// TestAlgebraicUnknownsFollow the states: x' = −z with z + sin z = x is checked by its own
// equations, x' = −z/…: with y = z as the only unknown, (1 + cos z) z' = −z.
func TestAlgebraicUnknownsFollow(t *testing.T) {
	dae := &field.Equations{Text: "x' = -z\n0 = z + sin(z) - x", Start: map[string]float64{"x": 2}, Algebraic: map[string]float64{"z": 1}}
	x, _ := ended(t, dae, 3, 1e-10)
	y, _ := ended(t, &field.Equations{Text: "z' = -z/(1 + cos(z))", Start: map[string]float64{"z": startOf(2)}}, 3, 1e-10)
	if math.Abs(x[1]-y[0]) > 1e-9 || math.Abs(x[1]+math.Sin(x[1])-x[0]) > 1e-9 {
		t.Errorf("x, z = %.12g, z alone %.12g", x, y)
	}
}

// startOf solves z + sin z = x.
func startOf(x float64) float64 {
	z := 1.0
	for range 50 {
		z -= (z + math.Sin(z) - x) / (1 + math.Cos(z))
	}
	return z
}

// TestMassIsKept: Robertson's problem with its sum as the third equation ends where the three
// derivatives do.
func TestMassIsKept(t *testing.T) {
	text := "a' = -0.04*a + 1e4*b*c\nb' = 0.04*a - 1e4*b*c - 3e7*b*b\n"
	x, p := ended(t, &field.Equations{Text: text + "0 = a + b + c - 1", Start: map[string]float64{"a": 1}, Algebraic: map[string]float64{"c": 0.3}}, 1e4, 1e-9)
	y, _ := ended(t, &field.Equations{Text: text + "c' = 3e7*b*b", Start: map[string]float64{"a": 1}}, 1e4, 1e-9)
	for i, name := range p.Frame.States {
		if !(math.Abs(x[i]/y[i]-1) <= 1e-7) {
			t.Errorf("%s = %.12g, from derivatives alone %.12g", name, x[i], y[i])
		}
	}
	if !(math.Abs(x[0]+x[1]+x[2]-1) <= 1e-13) {
		t.Errorf("the sum is %.17g", x[0]+x[1]+x[2])
	}
}

// TestEndsHaveOrderFiveWithAlgebraicRows: as many digits as tolerances say, in lanes as alone.
func TestEndsHaveOrderFiveWithAlgebraicRows(t *testing.T) {
	e := &field.Equations{Text: "x' = -z\n0 = z*z - x", Start: map[string]float64{"x": 4}, Algebraic: map[string]float64{"z": 1}}
	exact := 2 - 1.5/2 // z' = −1/2
	off := func(h float64) float64 {
		f, _, x, theta := ownEquations(t, &field.Equations{Text: e.Text + "\nw' = w*cos(t)", Start: map[string]float64{"x": 4, "w": 1}, Algebraic: e.Algebraic}, 1)
		tr, err := Solve(&IVP{Field: f, X0: x, Theta: theta, T0: []float64{0}, Times: []float64{1.5}}, Options{Solver: "radau5", Step: h})
		if err != nil {
			t.Fatal(err)
		}
		if z := tr.X[2]; !(math.Abs(z-exact) <= 1e-9) {
			t.Errorf("z = %.12g, want %.12g", z, exact)
		}
		return math.Abs(tr.X[1] - math.Exp(math.Sin(1.5)))
	}
	if order := math.Log2(off(0.15) / off(0.075)); !(math.Abs(order-5) <= 0.3) {
		t.Errorf("order %.2f", order)
	}
	f, _, x, theta := ownEquations(t, e, 8)
	ivp := &IVP{Field: f, X0: x, Theta: theta, T0: make([]float64, 8)}
	for range 8 {
		ivp.Times = append(ivp.Times, 1.5)
	}
	tr, err := Solve(ivp, Options{Solver: "radau5", RTol: 1e-8, ATol: 1e-8})
	if err != nil || !tr.OK() {
		t.Fatal(err, tr.Status)
	}
	for l := range 8 {
		if !(math.Abs(tr.X[8+l]-exact) <= 1e-7) {
			t.Errorf("lane %d: z = %.12g", l, tr.X[8+l])
		}
	}
}

func TestOtherSolversRefuseAlgebraicRows(t *testing.T) {
	e := &field.Equations{Text: "x' = -z\n0 = z*z - x", Start: map[string]float64{"x": 4}, Algebraic: map[string]float64{"z": 1}}
	f, _, _, _ := ownEquations(t, e, 1)
	for _, name := range Methods() {
		_, err := NewSolver(f, Options{Solver: name, Step: 0.1})
		if refused := err != nil && strings.Contains(err.Error(), "take solver=radau5"); refused == (name == "radau5") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestInconsistentStartsAreTold where no value satisfies the row, or its slope is zero.
func TestInconsistentStartsAreTold(t *testing.T) {
	for text, guess := range map[string]float64{"x' = -z\n0 = z*z + x": 1, "x' = -z\n0 = z*z - x": 0} {
		e := &field.Equations{Text: text, Start: map[string]float64{"x": 4}, Algebraic: map[string]float64{"z": guess}}
		p := plain(t, e)
		at := field.Point{T: []float64{0}, X: program.NewBatch(2, 1)}
		copy(at.X.V, starts(e, p))
		if near, ok := Consistent(field.NewAlgebraic(p.Field, 1, false, p.Algebraic), &at); ok || near < 1e-3 {
			t.Errorf("%q from %g: z = %g, %g is left", text, guess, at.X.V[1], near)
		}
	}
}

// Equations 0 = … hold at every saved time, also those that no derivative has a part in, so that no
// error of a derivative bounds the steps.
func TestAlgebraicRowsHoldAtSavedTimes(t *testing.T) {
	peak := func(t float64) float64 { return 1 / (0.01 + (t-1)*(t-1)) }
	for name, c := range map[string]struct {
		text string
		want func(t float64) float64
	}{
		"beside a state that does not care": {"x' = -x\n0 = z - 1/(0.01 + (t - 1)^2)", peak},
		"without a derivative":              {"z' = q\n0 = z - 1/(0.01 + (t - 1)^2)", peak},
		"fast beside the rows":              {"z' = q\n0 = z - sin(10*t)", func(t float64) float64 { return math.Sin(10 * t) }},
	} {
		e := &field.Equations{Text: c.text, Start: map[string]float64{"x": 1, "z": c.want(0)}, Algebraic: map[string]float64{"q": 0}}
		if name == "beside a state that does not care" {
			e.Start, e.Algebraic = map[string]float64{"x": 1}, map[string]float64{"z": 1}
		} else {
			delete(e.Start, "x")
		}
		f, parts, x, theta := ownEquations(t, e, 1)
		at := slices.Index(parts.Frame.States, "z")
		n := len(parts.Frame.States)
		p := &IVP{Field: f, X0: x, Theta: theta, T0: []float64{0}}
		for k := range 41 {
			p.Times = append(p.Times, 0.05*float64(k))
		}
		tr, err := Solve(p, Options{Solver: "radau5", RTol: 1e-6, ATol: 1e-8})
		if err != nil || !tr.OK() {
			t.Fatalf("%s: %v, %v", name, tr, err)
		}
		for k, when := range p.Times {
			if got, want := tr.X[k*n+at], c.want(when); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("%s: z(%g) = %g, want %g", name, when, got, want)
			}
		}
	}
}
