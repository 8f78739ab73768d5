package num

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Operator is a symmetric matrix H of which only products are known.
type Operator interface {
	Size() int
	// Apply sets dst[j] = H·v[j].
	Apply(dst, v [][]float64)
}

// krylov is what the Lanczos process makes of one start vector: an orthonormal
// basis in which H is tridiagonal.
type krylov struct {
	basis [][]float64
	alpha []float64 // diagonal
	beta  []float64 // beside it; the last one leads out of the basis
	next  []float64 // what follows the basis; nil when nothing does
}

// begin starts from v, which is scaled to unit length.
func (k *krylov) begin(v []float64) {
	floats.Scale(1/floats.Norm(v, 2), v)
	k.next = v
}

// whole is the share of ‖H‖ below which the rest of a Lanczos step is rounding:
// the basis spans an invariant subspace.
const whole = 1e-12

// extend takes one step for each process that can go on, with all products at
// once, and returns whether any could. Every new vector is made orthogonal to
// all before it, twice, so rounding leaves no copies of eigenvalues.
//
// Source: Golub, Van Loan, Matrix Computations, 4th ed., 10.3.
func extend(op Operator, all []*krylov) bool {
	var active []*krylov
	var v, w [][]float64
	for _, k := range all {
		if k.next == nil {
			continue
		}
		k.basis = append(k.basis, k.next)
		active, v, w = append(active, k), append(v, k.next), append(w, make([]float64, op.Size()))
	}
	if len(active) == 0 {
		return false
	}
	op.Apply(w, v)
	for j, k := range active {
		k.take(w[j])
	}
	return true
}

// take adds w = H·(last vector of the basis).
func (k *krylov) take(w []float64) {
	last := k.basis[len(k.basis)-1]
	size := floats.Norm(w, 2)
	k.alpha = append(k.alpha, floats.Dot(w, last))
	for range 2 {
		for _, q := range k.basis {
			floats.AddScaled(w, -floats.Dot(w, q), q)
		}
	}
	beta := floats.Norm(w, 2)
	k.beta = append(k.beta, beta)
	for _, b := range k.beta {
		size = max(size, b)
	}
	if k.next = nil; beta > whole*size && len(k.basis) < len(w) {
		floats.Scale(1/beta, w)
		k.next = w
	}
}

// ritz returns the eigenvalues of the tridiagonal matrix, ascending, and its
// eigenvectors as columns.
func (k *krylov) ritz() ([]float64, *mat.Dense) {
	n := len(k.alpha)
	t := mat.NewSymDense(n, nil)
	for i, a := range k.alpha {
		t.SetSym(i, i, a)
		if i+1 < n {
			t.SetSym(i, i+1, k.beta[i])
		}
	}
	var e mat.EigenSym
	if !e.Factorize(t, true) {
		panic("num: the eigenvalues of a small symmetric matrix were not found")
	}
	var s mat.Dense
	e.VectorsTo(&s)
	return e.Values(nil), &s
}

// residual is ‖H·y − θ·y‖ for the Ritz vector y of column i of s, as far as the
// process can tell.
func (k *krylov) residual(s *mat.Dense, i int) float64 {
	if k.next == nil {
		return 0
	}
	n := len(k.alpha)
	return math.Abs(k.beta[n-1] * s.At(n-1, i))
}

// vector is the Ritz vector of column i of s, of unit length; its largest
// component is positive.
func (k *krylov) vector(s *mat.Dense, i int) []float64 {
	y := make([]float64, len(k.basis[0]))
	for j, q := range k.basis {
		floats.AddScaled(y, s.At(j, i), q)
	}
	Upright(y)
	floats.Scale(1/floats.Norm(y, 2), y)
	return y
}

// Upright turns v so that its largest component is positive.
func Upright(v []float64) {
	most := 0
	for j, x := range v {
		if math.Abs(x) > math.Abs(v[most]) {
			most = j
		}
	}
	if v[most] < 0 {
		floats.Scale(-1, v)
	}
}
