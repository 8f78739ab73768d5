package field

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestHVPIsTheGradientOfAProductWithTheJacobian compares with central differences, in one
// lane and in eight, with θ shared and in lanes.
func TestHVPIsTheGradientOfAProductWithTheJacobian(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(rows, lanes int) Batch {
		b := Batch{V: make([]float64, rows*lanes), Rows: rows, Lanes: lanes}
		for i := range b.V {
			b.V[i] = r.NormFloat64()
		}
		return b
	}
	parts := build(t, &MLP{Hidden: []int{5}, Activation: "gelu", Time: true}, Unscaled([]string{"x", "y"}, []string{"u"}))
	for _, lanes := range []int{1, 8} {
		for _, ensemble := range []bool{false, true} {
			f := New(parts.Field, lanes, ensemble).(Curved)
			wide := 1
			if ensemble {
				wide = lanes
			}
			at := Point{T: random(lanes, 1).V, X: random(2, lanes), U: random(1, lanes), Theta: random(f.Shape().Theta, wide)}
			v, c, out := random(2, lanes), random(2, lanes), random(2, lanes)
			g := Point{X: random(2, lanes), Theta: random(f.Shape().Theta, wide)}
			before := append(append([]float64{}, g.X.V...), g.Theta.V...)
			f.HVP(&g, &at, v, c)
			product := func() (s float64) {
				f.JVP(out, &at, &Point{X: v})
				for i, x := range out.V {
					s += c.V[i] * x
				}
				return s
			}
			check := func(x []float64, got []float64, before []float64) {
				for i := range x {
					const e = 1e-5
					x[i] += e
					up := product()
					x[i] -= 2 * e
					down := product()
					x[i] += e
					if want := (up - down) / (2 * e); math.Abs(got[i]-before[i]-want) > 1e-7*(1+math.Abs(want)) {
						t.Errorf("%d lanes, ensemble %v, component %d: %g, differences say %g", lanes, ensemble, i, got[i]-before[i], want)
					}
				}
			}
			check(at.X.V, g.X.V, before)
			check(at.Theta.V, g.Theta.V, before[len(g.X.V):])
		}
	}
}
