package opt_test

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

// A decay curve a·exp(−b t) through four exact points.
func ExampleLMSolver() {
	curve := &opttest.Problem{Start: []float64{1, 1}, Count: 4, F: func(i int, row, z []float64) float64 {
		t := float64(i)
		e := math.Exp(-z[1] * t)
		if row != nil {
			row[0], row[1] = e, -t*z[0]*e
		}
		return z[0]*e - 3*math.Exp(-0.5*t)
	}}
	z := []float64{1, 1}
	out := opt.NewLM(curve, *opt.DefaultLM()).Minimise(z)
	fmt.Printf("%.3f %s\n", z, out.Status)
	// Output: [3.000 0.500] converged
}
