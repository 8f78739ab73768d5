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
	for _, lanes := range []int{1, 8, 48, 160} {
		double, single := New(parts.Field, lanes, false), NewSingle(parts.Field, lanes, false)
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
		if different != (lanes > 1) {
			t.Errorf("%d lanes: computed in float32: %v", lanes, different)
		}
	}
}

// A solver goes on with fewer lanes when some have ended: to them nothing may change.
func TestSingleLanesDoNotDependOnTheirNumber(t *testing.T) {
	parts, err := (&MLP{Hidden: []int{12}, Activation: "gelu"}).Build(Unscaled([]string{"x", "y"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, ensemble := range []bool{false, true} {
		all := NewSingle(parts.Field, 32, ensemble)
		var first []float64
		for _, lanes := range []int{32, 24, 8} {
			f := all.(Copier).Copy(lanes)
			theta := program.NewBatch(len(parts.Theta0), 1)
			if ensemble {
				theta = program.NewBatch(len(parts.Theta0), lanes)
			}
			at := &Point{T: make([]float64, lanes), X: program.NewBatch(2, lanes), Theta: theta}
			for _, b := range []Batch{at.X, theta} {
				for i := range b.V {
					b.V[i] = math.Sin(float64(3*(i/b.Lanes) + 5*(i%b.Lanes)))
				}
			}
			dx, g := program.NewBatch(2, lanes), &Point{X: program.NewBatch(2, lanes)}
			f.Eval(dx, at)
			f.VJP(g, at, dx)
			var eight []float64
			for _, b := range []Batch{dx, g.X} {
				for i, v := range b.V {
					if i%lanes < 8 {
						eight = append(eight, v)
					}
				}
			}
			if first == nil {
				first = eight
			}
			for i, v := range eight {
				if v != first[i] {
					t.Fatalf("ensemble %v: number %d is %g among %d lanes, %g among 32", ensemble, i, v, lanes, first[i])
				}
			}
		}
	}
}
