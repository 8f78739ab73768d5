package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/budget"
)

// The entry at which a parameter has a value is where Value gives it back; at its
// bounds and beyond there is none.
func TestEntriesOfParametersAreThoseOfTheirValues(t *testing.T) {
	num := func(v float64) *float64 { return &v }
	for _, p := range []Parameter{
		{Start: 3}, {Start: -0.2}, {Start: 0},
		{Start: 2, Min: num(1)}, {Start: -2, Max: num(1)}, {Start: 2, Min: num(-1), Max: num(5)}, {Start: -0.9, Min: num(-1), Max: num(5)},
	} {
		for _, v := range []float64{-3, -1, 0.5, 1, 2, 4.5, 5, 7} {
			theta, ok := p.At(v)
			inside := (p.Min == nil || v > *p.Min) && (p.Max == nil || v < *p.Max)
			if ok != inside {
				t.Errorf("%+v: %g has an entry: %v", p, v, ok)
			}
			if !ok {
				continue
			}
			if got, _ := p.Value(theta); math.Abs(got-v) > 1e-12*(1+math.Abs(v)) {
				t.Errorf("%+v: %g becomes %g", p, v, got)
			}
			if e := p.Entry(v); math.Abs(e-theta) > 1e-12*(1+math.Abs(theta)) {
				t.Errorf("%+v: the entry of %g is %g or %g", p, v, theta, e)
			}
		}
	}
}

// Inequalities of one parameter become its bounds, the nearer ones if it has some;
// others are left.
func TestInequalitiesOfOneParameterAreItsBounds(t *testing.T) {
	num := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		text      string
		start     Unknown
		low, high float64
		left      int
	}{
		{"a > 1", Unknown{Start: 2}, 1, math.Inf(1), 0},
		{"a < 4", Unknown{Start: 2}, math.Inf(-1), 4, 0},
		{"1 < a < 4", Unknown{Start: 2}, 1, 4, 0},
		{"2*a + 3 <= 9", Unknown{Start: 2, Min: num(-1)}, -1, 3, 0},
		{"1 - a <= 0", Unknown{Start: 2}, 1, math.Inf(1), 0},
		{"a > 1", Unknown{Start: 2, Min: num(1.5)}, 1.5, math.Inf(1), 0},
		{"a > 1", Unknown{Start: 2, Min: num(0.5)}, 1, math.Inf(1), 0},
		{"a < 4", Unknown{Start: 2, Max: num(5)}, math.Inf(-1), 4, 0},
		{"a < 4", Unknown{Start: 2, Max: num(3)}, math.Inf(-1), 3, 0},
		{"a + b < 9", Unknown{Start: 2}, math.Inf(-1), math.Inf(1), 1},
	} {
		l, err := ParseLimit(c.text)
		if err != nil {
			t.Fatal(err)
		}
		e := &Equations{Text: "x' = -a*x + b", Parameters: map[string]Unknown{"a": c.start, "b": {Start: 1}}}
		got, left, err := e.Bounded([]Limit{l})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		low, high := math.Inf(-1), math.Inf(1)
		if u := got.Parameters["a"]; u.Min != nil {
			low = *u.Min
		}
		if u := got.Parameters["a"]; u.Max != nil {
			high = *u.Max
		}
		if low != c.low || high != c.high || len(left) != c.left || len(got.Parameters) != 2 {
			t.Errorf("%s: between %g and %g, %d are left; want %g, %g, %d", c.text, low, high, len(left), c.low, c.high, c.left)
		}
	}
	l, _ := ParseLimit("a > 3")
	if _, _, err := (&Equations{Text: "x' = a", Parameters: map[string]Unknown{"a": {Start: 2, Max: func() *float64 { v := 2.5; return &v }()}}}).Bounded([]Limit{l}); err == nil {
		t.Error("no room is no error")
	}
}

// A model may have as many states as it may have, and not one more.
func TestMostStates(t *testing.T) {
	for _, c := range []struct {
		measured, hidden int
		ok               bool
	}{{1, 0, true}, {0, budget.States, true}, {10, budget.States - 10, true}, {11, budget.States - 10, false}, {0, budget.States + 1, false}, {3, -1, false}} {
		if err := affordableStates(c.measured, c.hidden); (err == nil) != c.ok {
			t.Errorf("%d and %d hidden: %v", c.measured, c.hidden, err)
		}
	}
}

// The bound of an output is the sum of the sizes of its weights and its bias.
func TestBoundsOfOutputs(t *testing.T) {
	l := Layer{Rows: 2, Cols: 3, W: 1, B: 7}
	theta := []float64{99, 1, -2, 3, -4, 5, -6, -10, 20}
	for i, want := range []float64{16, 35} {
		if got := outputBound(l, i, theta); got != want {
			t.Errorf("output %d: %g, want %g", i, got, want)
		}
	}
}
