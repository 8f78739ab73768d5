package filter

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Sigma points lie √(n+λ) columns of a root of the covariance around the state, with
// n + λ = spread²·(n + extra).
const (
	sigmaSpread = 1
	sigmaExtra  = 1
	sigmaBeta   = 2 // right for a normal distribution
)

// unscented is a step by sigma points.
//
// Source: Julier, Uhlmann, Proc. IEEE 92 (2004) 401–422; weights as in Wan, van der
// Merwe (2000).
func (f *Filter) unscented(t float64) (x, p []float64, err error) {
	n := len(f.X)
	root, err := rootOf(f.P, n)
	if err != nil {
		return nil, nil, err
	}
	lambda := sigmaSpread*sigmaSpread*float64(n+sigmaExtra) - float64(n)
	far := math.Sqrt(float64(n) + lambda)
	points, moved := make([][]float64, 2*n+1), make([][]float64, 2*n+1)
	for i := range points {
		points[i], moved[i] = append([]float64{}, f.X...), make([]float64, n)
		for k := range n {
			switch {
			case i == 0:
			case i <= n:
				points[i][k] += far * root.At(k, i-1)
			default:
				points[i][k] -= far * root.At(k, i-n-1)
			}
		}
		if err := f.System.Advance(moved[i], nil, points[i], f.T, t); err != nil {
			return nil, nil, err
		}
	}
	other := 1 / (2 * (float64(n) + lambda))
	weight := func(i int) float64 {
		if i == 0 {
			return lambda / (float64(n) + lambda)
		}
		return other
	}
	x, p = make([]float64, n), make([]float64, n*n)
	for i, m := range moved {
		for k := range n {
			x[k] += weight(i) * m[k]
		}
	}
	clear(f.cross)
	for i, m := range moved {
		w := weight(i)
		if i == 0 {
			w += 1 - sigmaSpread*sigmaSpread + sigmaBeta
		}
		for k := range n {
			for l := range n {
				p[k*n+l] += w * (m[k] - x[k]) * (m[l] - x[l])
				f.cross[k*n+l] += w * (points[i][k] - f.X[k]) * (m[l] - x[l])
			}
		}
	}
	return x, p, nil
}

// rootOf is a lower root of a covariance, which may have lost a little of its positivity.
func rootOf(p []float64, n int) (*mat.TriDense, error) {
	s := mat.NewSymDense(n, nil)
	size := 0.0
	for i := range n {
		size = max(size, p[i*n+i])
		for j := range i + 1 {
			s.SetSym(i, j, (p[i*n+j]+p[j*n+i])/2)
		}
	}
	var chol mat.Cholesky
	for ridge := 0.0; ridge < 1e-3; ridge = max(10*ridge, 1e-14) {
		t := mat.NewSymDense(n, nil)
		t.CopySym(s)
		for i := range n {
			t.SetSym(i, i, t.At(i, i)+ridge*size)
		}
		if chol.Factorize(t) {
			var l mat.TriDense
			chol.LTo(&l)
			return &l, nil
		}
	}
	return nil, fmt.Errorf("the covariance of the filter is not positive")
}
