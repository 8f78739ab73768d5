package filter

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// step is what a smoother needs of each row.
type step struct {
	prior, post *State
	cross       []float64
}

// forward filters all rows and keeps what a smoother needs.
func (f *Filter) forward(times []float64, rows [][]float64) ([]step, error) {
	if len(times) != len(rows) {
		return nil, fmt.Errorf("%d times, but %d rows", len(times), len(rows))
	}
	var out []step
	for k, t := range times {
		if err := f.Row(t, rows[k]); err != nil {
			return nil, err
		}
		out = append(out, step{f.prior, f.State.Clone(), append([]float64{}, f.cross...)})
	}
	return out, nil
}

// Smooth goes through rows and gives the state at each as all of them have it. The filter
// is behind the last row then.
//
// Source: Rauch, Tung, Striebel, AIAA J. 3 (1965) 1445–1450.
func (f *Filter) Smooth(times []float64, rows [][]float64) ([]*State, error) {
	steps, err := f.forward(times, rows)
	if err != nil {
		return nil, err
	}
	return smoothed(steps)
}

func smoothed(steps []step) ([]*State, error) {
	out := make([]*State, len(steps))
	for k := len(steps) - 1; k >= 0; k-- {
		s := steps[k].post.Clone()
		if out[k] = s; k == len(steps)-1 {
			continue
		}
		if err := back(s, &steps[k+1], out[k+1]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// back takes into s what the rows behind the next step say: of them, later is what they
// have of its state.
func back(s *State, next *step, later *State) error {
	n := len(s.X)
	ahead := mat.NewDense(n, n, append([]float64{}, next.prior.P...))
	var gain mat.Dense // cross·P₋⁻¹, transposed
	if err := gain.Solve(ahead.T(), mat.NewDense(n, n, next.cross).T()); err != nil {
		if c, ok := err.(mat.Condition); !ok || math.IsInf(float64(c), 1) {
			return fmt.Errorf("the covariance of the filter at time %g is not positive", s.T)
		}
	}
	g := mat.DenseCopyOf(gain.T())
	for i := range n {
		for j := range n {
			s.X[i] += g.At(i, j) * (later.X[j] - next.prior.X[j])
		}
	}
	diff := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			diff.Set(i, j, later.P[i*n+j]-next.prior.P[i*n+j])
		}
	}
	var left, add mat.Dense
	left.Mul(g, diff)
	add.Mul(&left, g.T())
	for i := range n {
		for j := range n {
			s.P[i*n+j] += add.At(i, j)
		}
	}
	symmetric(s.P, n)
	return nil
}
