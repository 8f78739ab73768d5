package kernel_test

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// One layer y = tanh(W x + b) for a single lane, with the factor that its derivative needs.
func Example() {
	w, b := []float64{1, 2, -1, 0.5}, []float64{0.5, 0}
	x, y, d := []float64{0.25, -0.5}, make([]float64, 2), make([]float64, 2)
	kernel.MatVecBias(y, w, x, b, 2, 2, 1)
	kernel.ActPair(y, d, y, kernel.Tanh, 0)
	fmt.Printf("%.4f %.4f\n", y, d)
	// Output: [-0.2449 -0.4621] [0.9400 0.7864]
}

// A Runge–Kutta combination for eight lanes of a scalar equation, each with its own step.
func ExampleCombination() {
	x, h := make([]float64, 8), []float64{1, 2, 3, 4, 5, 6, 7, 8}
	k := [][]float64{{1, 1, 1, 1, 1, 1, 1, 1}, nil, {2, 2, 2, 2, 2, 2, 2, 2}}
	kernel.NewCombination([]float64{0.5, 0, 0.25}, k).Step(x, x, h)
	fmt.Println(x)
	// Output: [1 2 3 4 5 6 7 8]
}
