package field

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

func mustLimit(t *testing.T, text string) Limit {
	t.Helper()
	l, err := ParseLimit(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLimitsAreRead(t *testing.T) {
	inf := math.Inf(1)
	for text, want := range map[string]struct {
		low, high float64
		expr      string
	}{
		"x >= 0":         {0, inf, "x"},
		" a+b <=  1 ":    {-inf, 1, "a + b"},
		"2*3 > x":        {-inf, 6, "x"},
		"0 ≤ x ≤ 1":      {0, 1, "x"},
		"1 >= x >= -1":   {-1, 1, "x"},
		"a < b":          {-inf, 0, "a - b"},
		"a*x >= b + 2":   {0, inf, "a*x - (b + 2)"},
		"sqrt(4) <= x*x": {2, inf, "x*x"},
	} {
		l := mustLimit(t, text)
		if l.Low != want.low || l.High != want.high || l.expr.String() != want.expr {
			t.Errorf("%s: %g ≤ %v ≤ %g", text, l.Low, l.expr, l.High)
		}
	}
	for text, want := range map[string]string{
		"x":           "no <= or >=",
		"x = 1":       "is no inequality",
		"0 < x > 1":   "as several constraints",
		"a < x < 1":   "have to be numbers",
		"1 <= 2":      "no name in it",
		"3 <= x <= 1": "nothing lies between",
		"x + >= 1":    "constraint",
	} {
		if _, err := ParseLimit(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// built is a text with two states, one of them hidden, in a frame with scales.
func built(t *testing.T) (*Equations, *Parts) {
	t.Helper()
	low := 0.0
	e := &Equations{Text: "flow = a*x + b\nx' = -flow + u\nz' = x - k*z + nn(x, z)", Parameters: map[string]Unknown{
		"a": {Start: 2}, "b": {Start: 0.5, Min: &low}, "k": {Start: -1}}}
	p, err := e.Build(Frame{States: []string{"x"}, Shift: []float64{3}, Scale: []float64{2}, Inputs: []string{"u"},
		UShift: []float64{1}, UScale: []float64{4}, T0: 5, Time: 10})
	if err != nil {
		t.Fatal(err)
	}
	return e, p
}

// TestLimitsHaveTheirValues in the user's units, definitions and networks included.
func TestLimitsHaveTheirValues(t *testing.T) {
	e, p := built(t)
	var all []Limit
	for _, s := range []string{"x >= 0", "flow - u <= t", "a + 2*b <= 1", "nn(x, z) + 1 >= 0", "x*z <= 4"} {
		all = append(all, mustLimit(t, s))
	}
	ls, err := NewLimits(e, p, all)
	if err != nil {
		t.Fatal(err)
	}
	f := New(ls.Program, 1, false)
	theta := make([]float64, len(p.Theta0))
	copy(theta, p.Theta0) // a = 2, b = 0.5; the network is zero
	at := &Point{T: []float64{0.1}, X: Batch{V: []float64{1, 2}, Rows: 2, Lanes: 1}, U: Batch{V: []float64{0.5}, Rows: 1, Lanes: 1},
		Theta: Batch{V: theta, Rows: len(theta), Lanes: 1}}
	dx := program.NewBatch(5, 1)
	f.Eval(dx, at)
	x, z, u, now := 3+2*1.0, 2*p.Frame.Scale[1], 1+4*0.5, 5+10*0.1
	for i, want := range []float64{x, 2*x + 0.5 - u - now, 2 + 2*0.5, 1, x * z} {
		if got := dx.V[i] * ls.Unit[i]; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %g, want %g", all[i], got, want)
		}
	}
	for i, want := range []bool{false, false, true, false, false} {
		if ls.Constant[i] != want {
			t.Errorf("%s depends on parameters alone: %v", all[i], ls.Constant[i])
		}
	}
	if a := ls.Affine[0]; a == nil || a.Of["x"] != 1 || ls.Affine[1] != nil || ls.Affine[3] != nil || ls.Affine[4] != nil {
		t.Errorf("affine: %v", ls.Affine)
	}
	if a := ls.Affine[2]; a == nil || a.Of["a"] != 1 || a.Of["b"] != 2 {
		t.Errorf("affine: %v", a)
	}
	if ls.Unit[0] != 2 {
		t.Errorf("the unit of x is %g", ls.Unit[0])
	}
	// a and b change by their sizes; x·z by x = 3 times the unit of z, which is zero itself.
	if got, want := ls.Unit[2], math.Hypot(2, 2*0.5); math.Abs(got-want) > 1e-12 {
		t.Errorf("the unit of a + 2·b is %g, want %g", got, want)
	}
	if got, want := ls.Unit[4], 3*p.Frame.Scale[1]; math.Abs(got-want) > 1e-12*want {
		t.Errorf("the unit of x·z is %g, want %g", got, want)
	}
	if u := ls.Unit[3]; math.Abs(u-p.Frame.Scale[1]/p.Frame.Time) > 1e-12 { // the network's output, which stands in z' alone
		t.Errorf("the unit of the network is %g, want %g/%g", u, p.Frame.Scale[1], p.Frame.Time)
	}
}

func TestUnknownNamesInLimitsAreTold(t *testing.T) {
	e, p := built(t)
	_, err := NewLimits(e, p, []Limit{mustLimit(t, "flov >= 0")})
	if err == nil || !strings.Contains(err.Error(), `constraint "flov >= 0": there is no flov here; did you mean flow?`) {
		t.Errorf("%v", err)
	}
	m := &MLP{Hidden: []int{3}, Activation: "tanh"}
	q, err := m.Build(Unscaled([]string{"glucose", "insulin"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewLimits(m, q, []Limit{mustLimit(t, "glucose + insulin <= t")}); err != nil {
		t.Error(err)
	}
	if _, err := NewLimits(m, q, []Limit{mustLimit(t, "nn(glucose) <= 1")}); err == nil {
		t.Error("a network that is not there is accepted")
	}
}

// TestAffineExpressionsAreSeen: sums and multiples, whatever way they are written, and nothing else.
func TestAffineExpressionsAreSeen(t *testing.T) {
	p := build(t, &MLP{Hidden: []int{3}, Activation: "tanh"}, Unscaled([]string{"x", "y"}, nil))
	c := newLimiting(p, nil, nil)
	for text, want := range map[string]Affine{
		"3 - 2*(x - y)/4 + x*pi - (y + 1)": {Of: map[string]float64{"x": math.Pi - 0.5, "y": -0.5}, Const: 2},
		"-(x - 5)":                         {Of: map[string]float64{"x": -1}, Const: 5},
		"x + y - x":                        {Of: map[string]float64{"y": 1}},
		"(2 + 1)*y - sqrt(16)":             {Of: map[string]float64{"y": 3}, Const: -4},
		"(1 - 3*x)*2":                      {Of: map[string]float64{"x": -6}, Const: 2},
	} {
		got, ok := c.affine(mustLimit(t, text+" <= 1").expr)
		if !ok || math.Abs(got.Const-want.Const) > 1e-14 || len(got.Of) != len(want.Of) {
			t.Errorf("%s is %+v, want %+v", text, got, want)
		}
		for name, v := range want.Of {
			if math.Abs(got.Of[name]-v) > 1e-14 {
				t.Errorf("%s: %g·%s, want %g", text, got.Of[name], name, v)
			}
		}
	}
	for _, text := range []string{"x*y", "1/x", "x/y", "x^2", "sin(x)", "x/0"} {
		if got, ok := c.affine(mustLimit(t, text+" <= 1").expr); ok {
			t.Errorf("%s is not affine, but %+v", text, got)
		}
	}
}
