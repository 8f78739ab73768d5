package num

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// The factor of a banded matrix is that of the dense one.
func TestBandCholeskyAgreesWithTheDenseFactor(t *testing.T) {
	const n = 9
	r := Stream(1, "band")
	for width := range n {
		b, dense := NewBandCholesky(n, width), mat.NewSymDense(n, nil)
		for i := range n {
			for j := max(0, i-width); j <= i; j++ {
				v := r.NormFloat64()
				if i == j {
					v = 10 + 2*float64(width)
				}
				b.Set(i, j, v)
				dense.SetSym(i, j, v)
			}
		}
		var want mat.Cholesky
		if !want.Factorize(dense) || !b.Factor() {
			t.Fatalf("width %d: not positive definite", width)
		}
		x := make([]float64, 2*n) // every other number
		y := mat.NewVecDense(n, nil)
		for i := range n {
			x[2*i+1] = r.NormFloat64()
			y.SetVec(i, x[2*i+1])
		}
		b.Forward(x[1:], 2)
		var l mat.TriDense
		want.LTo(&l)
		var solved mat.Dense
		if err := solved.Solve(&l, y); err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if math.Abs(x[2*i+1]-solved.At(i, 0)) > 1e-12 || x[2*i] != 0 {
				t.Errorf("width %d, entry %d: %g, want %g", width, i, x[2*i+1], solved.At(i, 0))
			}
		}
	}
	b := NewBandCholesky(2, 1)
	b.Set(0, 0, 1)
	b.Set(1, 0, 2)
	b.Set(1, 1, 1)
	if b.Factor() {
		t.Error("an indefinite matrix has a factor")
	}
}
