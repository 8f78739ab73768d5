package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

func TestSingleIsTheFieldRounded(t *testing.T) {
	parts, err := (&MLP{Hidden: []int{12, 9}, Activation: "tanh"}).Build(Unscaled([]string{"x", "y"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	theta := program.Batch{V: make([]float64, len(parts.Theta0)), Rows: len(parts.Theta0), Lanes: 1}
	for i := range theta.V {
		theta.V[i] = math.Sin(float64(3*i)) / 2
	}
	for _, lanes := range []int{8, 48, 160} {
		double, single := New(parts.Field, lanes, false), NewSingle(parts.Field, 16, false).(Copier).Copy(lanes)
		if single.Shape() != double.Shape() {
			t.Fatalf("shape %v, in float64 %v", single.Shape(), double.Shape())
		}
		at := &Point{T: make([]float64, lanes), X: program.NewBatch(2, lanes), Theta: theta}
		c := program.NewBatch(2, lanes)
		for i := range c.V {
			at.X.V[i], c.V[i] = math.Cos(float64(i)), math.Sin(float64(7*i))
		}
		var got [2][]float64
		for k, f := range []Field{double, single} {
			dx, ddx := program.NewBatch(2, lanes), program.NewBatch(2, lanes)
			g := &Point{X: program.NewBatch(2, lanes), Theta: program.NewBatch(theta.Rows, 1)}
			f.Eval(dx, at)
			f.JVP(ddx, at, &Point{X: c})
			f.VJP(g, at, c)
			for _, v := range [][]float64{dx.V, ddx.V, g.X.V, g.Theta.V} {
				got[k] = append(got[k], v...)
			}
		}
		different := false
		for i, want := range got[0] {
			if !(math.Abs(got[1][i]-want) < 1e-5*(1+math.Abs(want))) {
				t.Fatalf("%d lanes, number %d: %g, in float64 %g", lanes, i, got[1][i], want)
			}
			different = different || got[1][i] != want
		}
		if different != (lanes%16 == 0) {
			t.Errorf("%d lanes: computed in float32: %v", lanes, different)
		}
	}
}
