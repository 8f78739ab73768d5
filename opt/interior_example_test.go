package opt_test

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// nearest is the program: the point of the parabola x₂ = x₁² with x₁ ≥ 0 that is
// nearest to (a, b), half the squared distance as objective.
type nearest struct{ a, b float64 }

func (p nearest) Shape() opt.Shape {
	inf := math.Inf(1)
	return opt.Shape{
		Low: []float64{0, -inf}, High: []float64{inf, inf},
		Floor: []float64{0}, Ceiling: []float64{0}, // an equality
		Jacobian: []opt.Patch{{Rows: 1, Cols: 2}},
		Hessian:  []opt.Patch{{Row: 0, Col: 0, Rows: 1, Cols: 1}, {Row: 1, Col: 1, Rows: 1, Cols: 1}},
	}
}

func (p nearest) Values(c, x []float64) (float64, string) {
	c[0] = x[1] - x[0]*x[0]
	return ((x[0]-p.a)*(x[0]-p.a) + (x[1]-p.b)*(x[1]-p.b)) / 2, ""
}

func (p nearest) Slopes(grad, jac, x []float64) string {
	grad[0], grad[1] = x[0]-p.a, x[1]-p.b
	jac[0], jac[1] = -2*x[0], 1
	return ""
}

func (p nearest) Curvature(hess, _ []float64, w float64, y []float64) string {
	hess[0], hess[1] = w-2*y[0], w
	return ""
}

func ExampleInteriorSolver() {
	s, err := opt.NewInteriorPoint(nearest{a: 3, b: 0.5}, *opt.DefaultInteriorPoint())
	if err != nil {
		fmt.Println(err)
		return
	}
	st := s.Start([]float64{-1, 0})
	s.Minimise(st, func(it opt.Iteration) bool { return it.K < 100 })
	x, by, _ := s.Solution(st)
	fmt.Printf("%s x = %.4f, multiplier %.4f\n", st.Verdict, x, by.Y)

	// What a change of the row's right side does to the solution.
	b := []float64{0, 0, 1}
	if s.Linearise(st) && s.Solve(st, b) {
		fmt.Printf("dx = %.4f\n", b[:2])
	}
	// Output:
	// optimal x = [1.1447 1.3104], multiplier [-0.8104]
	// dx = [-0.2912 0.3333]
}
