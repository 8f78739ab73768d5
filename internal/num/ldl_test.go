package num

import (
	"math"
	"math/rand/v2"
	"testing"
)

// symmetric returns a random matrix with the given numbers of positive and
// negative eigenvalues, full storage, as A = Q·diag·Qᵀ with reflections Q.
func symmetric(rng *rand.Rand, eigen []float64) []float64 {
	n := len(eigen)
	a := make([]float64, n*n)
	for i, e := range eigen {
		a[i*n+i] = e
	}
	v := make([]float64, n)
	for range 3 {
		norm := 0.0
		for i := range v {
			v[i] = rng.NormFloat64()
			norm += v[i] * v[i]
		}
		reflect := func(at func(i int) *float64) {
			dot := 0.0
			for i, x := range v {
				dot += x * *at(i)
			}
			for i, x := range v {
				*at(i) -= 2 * dot / norm * x
			}
		}
		for k := range n {
			reflect(func(i int) *float64 { return &a[i*n+k] })
		}
		for k := range n {
			reflect(func(i int) *float64 { return &a[k*n+i] })
		}
	}
	return a
}

func TestLDLSolvesAndCountsSigns(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	f := NewLDL(40)
	for n := 1; n <= 40; n++ {
		eigen := make([]float64, n)
		want := Inertia{}
		for i := range eigen {
			eigen[i] = math.Exp(4 * rng.NormFloat64())
			if rng.IntN(2) == 0 {
				eigen[i] = -eigen[i]
				want.Negative++
			} else {
				want.Positive++
			}
		}
		a := symmetric(rng, eigen)
		copy(f.Matrix(n), a)
		if got := f.Factor(1e-300); got != want {
			t.Errorf("n = %d: inertia %v, want %v", n, got, want)
		}
		b, x := make([]float64, n), make([]float64, n)
		for i := range b {
			b[i] = rng.NormFloat64()
		}
		copy(x, b)
		f.Solve(x)
		size, rest := 0.0, 0.0
		for i := range n {
			r, s := b[i], math.Abs(b[i])
			for j := range n {
				r -= a[i*n+j] * x[j]
				s += math.Abs(a[i*n+j] * x[j])
			}
			rest, size = max(rest, math.Abs(r)), max(size, s)
		}
		if !(rest <= 1e-13*size) {
			t.Errorf("n = %d: residual %.1e of %.1e", n, rest, size)
		}
	}
}

// A saddle matrix with a zero block has no pivot on its diagonal.
func TestLDLPivotsOnZeroDiagonals(t *testing.T) {
	f := NewLDL(4)
	copy(f.Matrix(4), []float64{
		0, 0, 0, 0,
		0, 0, 0, 0,
		2, 1, 0, 0,
		-1, 3, 0, 0})
	if got, want := f.Factor(0), (Inertia{Positive: 2, Negative: 2}); got != want {
		t.Errorf("inertia %v, want %v", got, want)
	}
	x := []float64{1, 2, 3, 4}
	f.Solve(x)
	// [0 Bᵀ; B 0] with B = [2 1; −1 3]: B x₁ = (3, 4), Bᵀ x₂ = (1, 2).
	for i, want := range []float64{5. / 7, 11. / 7, 5. / 7, 3. / 7} {
		if math.Abs(x[i]-want) > 1e-14 {
			t.Errorf("x[%d] = %g, want %g", i, x[i], want)
		}
	}
}

func TestLDLFindsSingularMatrices(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	f := NewLDL(6)
	copy(f.Matrix(6), symmetric(rng, []float64{1, -2, 0, 3, 0, -1}))
	if got, want := f.Factor(1e-13), (Inertia{2, 2, 2}); got != want {
		t.Errorf("inertia %v, want %v", got, want)
	}
	a := f.Matrix(2)
	a[0], a[2], a[3] = math.NaN(), 1, 2
	if got := f.Factor(0); got.Zero != 2 {
		t.Errorf("a matrix that is not finite has inertia %v", got)
	}
}
