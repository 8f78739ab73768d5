package num

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

func TestLUSolvesWithTheMatrixAndItsTranspose(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 7, 20} {
		f, a, x := NewLU(n), make([]float64, n*n), make([]float64, n)
		for i := range a {
			a[i] = r.NormFloat64()
		}
		a[0] = 0 // needs an exchange from order 2 on
		if n == 1 {
			a[0] = -2
		}
		for i := range x {
			x[i] = r.NormFloat64()
		}
		copy(f.Matrix(), a)
		if !f.Factor() {
			t.Fatal("a regular matrix is called singular")
		}
		b, c := make([]float64, n), make([]float64, n)
		for i := range n {
			for j := range n {
				b[i] += a[i*n+j] * x[j]
				c[i] += a[j*n+i] * x[j]
			}
		}
		f.Solve(b)
		f.SolveT(c)
		for i := range x {
			if math.Abs(b[i]-x[i]) > 1e-11 || math.Abs(c[i]-x[i]) > 1e-11 {
				t.Errorf("order %d: %g and %g, want %g", n, b[i], c[i], x[i])
			}
		}
	}
}

func TestComplexLUSolves(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 7, 20} {
		f, x := NewComplexLU(n), make([]complex128, n)
		re, im := f.Matrix()
		for i := range re {
			re[i], im[i] = r.NormFloat64(), r.NormFloat64()
		}
		re[0], im[0] = 0, 1e-3
		for i := range x {
			x[i] = complex(r.NormFloat64(), r.NormFloat64())
		}
		br, bi := make([]float64, n), make([]float64, n)
		for i := range n {
			s := 0i
			for j := range n {
				s += complex(re[i*n+j], im[i*n+j]) * x[j]
			}
			br[i], bi[i] = real(s), imag(s)
		}
		if !f.Factor() {
			t.Fatal("a regular matrix is called singular")
		}
		f.Solve(br, bi)
		for i := range x {
			if d := cmplx.Abs(complex(br[i], bi[i]) - x[i]); d > 1e-11 {
				t.Errorf("order %d: off by %g", n, d)
			}
		}
	}
}

func TestSingularMatricesAreRecognised(t *testing.T) {
	f := NewLU(2)
	copy(f.Matrix(), []float64{1, 2, 2, 4})
	if f.Factor() {
		t.Error("singular")
	}
	copy(f.Matrix(), []float64{1, math.NaN(), math.NaN(), 4})
	if f.Factor() {
		t.Error("not finite")
	}
	c := NewComplexLU(1)
	if c.Factor() {
		t.Error("zero")
	}
}
