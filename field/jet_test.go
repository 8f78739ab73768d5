package field

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/program"
)

// The field of x + εv + ε²w/2 is, to third order in ε, f + ε·dv + ε²·dw/2.
func TestJetsAreTaylorCoefficients(t *testing.T) {
	parts, err := (&MLP{Hidden: []int{4}, Activation: "tanh"}).Build(Unscaled([]string{"x", "y", "z"}, []string{"u"}))
	if err != nil {
		t.Fatal(err)
	}
	const n = 3
	theta := program.NewBatch(len(parts.Theta0), 1)
	for i := range theta.V {
		theta.V[i] = math.Sin(float64(3*i + 1))
	}
	at := func(x []float64) *Point {
		return &Point{T: []float64{0}, X: Batch{V: x, Rows: len(x), Lanes: 1}, U: Batch{V: []float64{0.4}, Rows: 1, Lanes: 1}, Theta: theta}
	}
	x := []float64{0.3, -0.2, 0.5, 1, -0.4, 0.2, 0.6, 0.1, -0.9}
	for order := 1; order <= 2; order++ {
		z := x[:n*(order+1)]
		jet := program.NewBatch(len(z), 1)
		New(Jet(parts.Field, order), 1, false).Eval(jet, at(z))
		f := New(parts.Field, 1, false)
		off := func(e float64) float64 {
			y, out, sum := make([]float64, n), program.NewBatch(n, 1), 0.0
			for i := range y {
				y[i] = x[i] + e*x[n+i]
				if order == 2 {
					y[i] += e * e * x[2*n+i] / 2
				}
			}
			f.Eval(out, at(y))
			for i := range y {
				d := out.V[i] - jet.V[i] - e*jet.V[n+i]
				if order == 2 {
					d -= e * e * jet.V[2*n+i] / 2
				}
				sum += d * d
			}
			return math.Sqrt(sum)
		}
		if got := math.Log2(off(1e-2) / off(5e-3)); math.Abs(got-float64(order+1)) > 0.1 {
			t.Errorf("a jet of order %d is off by ε to the power %.3f", order, got)
		}
	}
}
