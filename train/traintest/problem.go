// Package traintest is the contract of training methods: what every method in
// train.Methods must keep. Run finds a method by its name.
package traintest

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/train"
)

// Spiral returns n rows of a damped oscillator, the exact solution of
// x' = -0.15 x - y, y' = x - 0.15 y from (scale, 0) at time start, rows 0.3
// apart.
func Spiral(id string, n int, start, scale float64) data.Series {
	s := data.Series{ID: id, Names: []string{"x", "y"}, Units: []string{"", ""}, Time: "t"}
	for i := range n {
		t := 0.3 * float64(i)
		r := scale * math.Exp(-0.15*t)
		s.T = append(s.T, start+t)
		s.X = append(s.X, r*math.Cos(t), r*math.Sin(t))
	}
	return s
}

// Problem is to learn the spiral from two recordings with a small network in
// the given number of iterations.
func Problem(t testing.TB, budget int) *train.Problem {
	t.Helper()
	s := train.DefaultSettings()
	s.Seed, s.Budget, s.Members = 1, budget, 2
	s.Solver.RTol, s.Solver.ATol = 1e-4, 1e-4
	recs := []data.Series{Spiral("a", 21, 0, 1), Spiral("b", 17, 5, 0.8)}
	p, err := train.NewProblem(recs, "mlp", &field.MLP{Hidden: []int{6}, Activation: "tanh"}, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
