package linear

import (
	"math/cmplx"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// modal is a law whose states are in pairs: A is in blocks of 2 × 2 along its
// diagonal, and one of 1 × 1 if there is an odd state.
type modal struct {
	n    int
	a    []float64
	c    []float64 // p × n
	gain []float64 // n × p: how much of an innovation stays in the states, per step
}

// continuous turns a sampled law into one in continuous time, in modal form. A pole
// that no continuous law has is moved to one that decays as fast.
func continuous(f, c, k *mat.Dense, h float64) (*modal, bool) {
	n, _ := f.Dims()
	p, _ := c.Dims()
	var e mat.Eigen
	if v := mat.Norm(f, 1); !num.Finite(v) || !e.Factorize(f, mat.EigenRight) {
		return nil, false
	}
	values := e.Values(nil)
	var vectors mat.CDense
	e.VectorsTo(&vectors)
	out := &modal{n: n, a: make([]float64, n*n)}
	basis := out.blocks(values, &vectors, h)
	var seen mat.Dense
	seen.Mul(c, basis)
	out.c = make([]float64, p*n)
	for i := range p {
		copy(out.c[i*n:], seen.RawRowView(i))
	}
	out.gain = make([]float64, n*p)
	var gain mat.Dense
	if gain.Solve(basis, k) == nil {
		for i := range n {
			copy(out.gain[i*p:], gain.RawRowView(i))
		}
	}
	if !num.AllFinite(out.a) || !num.AllFinite(out.c) {
		return nil, false
	}
	return out, true
}

// pairsFirst are the places of eigenvalues: pairs first, real ones behind; slow before
// fast, so that alike ones meet.
func pairsFirst(values []complex128) []int {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool {
		a, b := values[order[i]], values[order[j]]
		if (imag(a) != 0) != (imag(b) != 0) {
			return imag(a) != 0
		}
		return cmplx.Abs(a) > cmplx.Abs(b)
	})
	return order
}

// blocks fills in the rates, of a pair as a block of two, and returns the basis in which
// they stand.
func (out *modal) blocks(values []complex128, vectors *mat.CDense, h float64) *mat.Dense {
	n, order := out.n, pairsFirst(values)
	basis := mat.NewDense(n, n, nil)
	for at := 0; at < n; {
		v := values[order[at]]
		if imag(v) != 0 && at+1 < n {
			if imag(v) < 0 { // its partner comes next
				v = cmplx.Conj(v)
			}
			l := cmplx.Log(clip(v)) / complex(h, 0)
			out.a[at*n+at], out.a[at*n+at+1] = real(l), imag(l)
			out.a[(at+1)*n+at], out.a[(at+1)*n+at+1] = -imag(l), real(l)
			for i := range n {
				w := vectors.At(i, order[at])
				if imag(values[order[at]]) < 0 {
					w = cmplx.Conj(w)
				}
				basis.Set(i, at, real(w))
				basis.Set(i, at+1, imag(w))
			}
			at += 2
			continue
		}
		out.a[at*n+at] = real(cmplx.Log(complex(cmplx.Abs(clip(v)), 0))) / h
		for i := range n {
			basis.Set(i, at, real(vectors.At(i, order[at])))
		}
		at++
	}
	return basis
}

// clip keeps a sampled pole where a law can be followed: a little inside the unit
// circle, and not at zero.
func clip(v complex128) complex128 {
	const most, least = 0.9999, 1e-3
	switch r := cmplx.Abs(v); {
	case r > most:
		return v * complex(most/r, 0)
	case r < least:
		return complex(least, 0)
	}
	return v
}
