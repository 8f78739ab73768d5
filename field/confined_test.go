package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

func TestConfinementLeavesTheInsideUntouchedAndDrawsBackFromOutside(t *testing.T) {
	parts, err := (&MLP{Hidden: []int{4}, Activation: "tanh"}).Build(Unscaled([]string{"x", "y", "z"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	theta := program.NewBatch(len(parts.Theta0), 1)
	for i := range theta.V {
		theta.V[i] = math.Sin(float64(3*i + 1))
	}
	box := &Box{Lo: []float64{-1, -2}, Hi: []float64{1, 0.5}, Rate: 7} // nothing is said of z
	eval := func(p *program.Program, x ...float64) []float64 {
		out := program.NewBatch(3, 1)
		New(p, 1, false).Eval(out, &Point{X: Batch{V: x, Rows: 3, Lanes: 1}, Theta: theta})
		return out.V
	}
	p := Confined(parts.Field, box)
	for _, x := range [][]float64{{0.3, -0.2, 0.5}, {-1, 0.5, 40}, {1, -2, -3}} {
		want := eval(parts.Field, x...)
		for i, v := range eval(p, x...) {
			if v != want[i] {
				t.Errorf("inside, at %v, dx%d is %g instead of %g", x, i, v, want[i])
			}
		}
	}
	want := eval(parts.Field, 1, -2, 0.7)
	for i, v := range eval(p, 4, -2.5, 0.7) {
		if w := want[i] - 7*[]float64{3, -0.5, 0}[i]; math.Abs(v-w) > 1e-12 {
			t.Errorf("outside dx%d is %g, want %g", i, v, w)
		}
	}
	for _, bad := range []Box{{Lo: []float64{1}, Hi: []float64{0}, Rate: 1}, {Lo: []float64{0}, Hi: nil, Rate: 1}, {Lo: []float64{0}, Hi: []float64{1}},
		{Lo: make([]float64, 4), Hi: []float64{1, 1, 1, 1}, Rate: 1}, {Lo: []float64{math.NaN()}, Hi: []float64{1}, Rate: 1}} {
		if bad.Check(3) == nil {
			t.Errorf("%+v is taken for a box", bad)
		}
	}
}
