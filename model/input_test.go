package model

import (
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// ramps are two recordings of two inputs; in scaled units (x − 1)/2 and time
// t/10.
func ramps() ([]*data.Series, *field.Frame) {
	f := field.Unscaled([]string{"x"}, []string{"a", "b"})
	f.UShift, f.UScale, f.Time = []float64{1, 1}, []float64{2, 2}, 10
	return []*data.Series{
		{Inputs: f.Inputs, T: []float64{0, 10, 30}, U: []float64{1, 11, 3, 31, -5, 21}},
		{Inputs: f.Inputs, T: []float64{20, 30}, U: []float64{7, 7, 9, 9}},
	}, &f
}

func TestInputsAreInterpolatedOrHeld(t *testing.T) {
	series, f := ramps()
	for _, c := range []struct {
		hold     string
		t        float64 // scaled
		a, b     float64 // of the first recording, scaled
		ofSecond float64
	}{
		{"linear", -1, 0, 5, 3}, {"linear", 0, 0, 5, 3}, {"linear", 0.25, 0.25, 7.5, 3}, {"linear", 1, 1, 15, 3},
		{"linear", 2, -1, 12.5, 3}, {"linear", 2.5, -2, 11.25, 3.5}, {"linear", 3, -3, 10, 4}, {"linear", 9, -3, 10, 4},
		{"zero", -1, 0, 5, 3}, {"zero", 0, 0, 5, 3}, {"zero", 0.99, 0, 5, 3}, {"zero", 1, 1, 15, 3},
		{"zero", 2.5, 1, 15, 3}, {"zero", 3, -3, 10, 4}, {"zero", 9, -3, 10, 4},
	} {
		in := NewMeasured(series, f, 8, c.hold)
		u := program.NewBatch(2, 8)
		in.At(u, slices.Repeat([]float64{c.t}, 8))
		for l := range 8 {
			a, b := c.a, c.b
			if l == 1 {
				a, b = c.ofSecond, c.ofSecond
			}
			if differs(u.At(0, l), a, 1e-14) || differs(u.At(1, l), b, 1e-14) {
				t.Errorf("%s, time %g, lane %d: %g and %g, want %g and %g", c.hold, c.t, l, u.At(0, l), u.At(1, l), a, b)
			}
		}
	}
}

// Each input may be held or not.
func TestInputsAreHeldOneByOne(t *testing.T) {
	f := field.Unscaled([]string{"x"}, []string{"dose", "flow"})
	s := data.Series{Inputs: f.Inputs, T: []float64{0, 1, 2}, U: []float64{8, 0, 0, 10, 4, 20}}
	in := NewMeasured([]*data.Series{&s}, &f, 1, "dose:zero")
	u := program.NewBatch(2, 1)
	for at, want := range map[float64][2]float64{-1: {8, 0}, 0.5: {8, 5}, 1: {0, 10}, 1.5: {0, 15}, 2: {4, 20}, 3: {4, 20}} {
		if in.At(u, []float64{at}); u.V[0] != want[0] || u.V[1] != want[1] {
			t.Errorf("at %g: %v, want %v", at, u.V, want)
		}
	}
	for _, bad := range []string{"dose", "dose:", "nobody:zero", "dose:cubic", ""} {
		if _, err := Holding(bad, f.Inputs); err == nil {
			t.Errorf("hold=%s is accepted", bad)
		}
	}
	if _, err := Holding("dose:zero", nil); err == nil || !strings.Contains(err.Error(), "have no inputs") {
		t.Errorf("without inputs: %v", err)
	}
}

func TestInputsBreakAtRowsInside(t *testing.T) {
	series, f := ramps()
	in := NewMeasured(series, f, 8, "linear").(field.Breaker)
	for _, c := range []struct {
		lane   int
		t0, t1 float64
		want   []float64
	}{{0, -1, 9, []float64{0, 1, 3}}, {0, 0, 3, []float64{1}}, {1, 0, 9, []float64{2, 3}}, {1, 2.1, 2.9, nil}, {7, 0.5, 2, []float64{1}}} {
		if got := in.Breaks(c.lane, c.t0, c.t1); !slices.Equal(got, c.want) {
			t.Errorf("lane %d, %g to %g: %v, want %v", c.lane, c.t0, c.t1, got, c.want)
		}
	}
}
