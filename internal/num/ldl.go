package num

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// LDL is a factorisation P·A·Pᵀ = L·D·Lᵀ of a symmetric indefinite matrix,
// with L unit lower triangular and D of blocks of one or two rows. Pivots are
// searched the rook way: the entries of L stay below 2.8 and the
// factorisation is backward stable in norm.
//
// Source: Ashcraft, Grimes, Lewis, SIAM J. Matrix Anal. Appl. 20 (1998)
// 513–561, bounded Bunch–Kaufman pivoting.
type LDL struct {
	n    int
	most []float64
	a    []float64 // n×n row-major; the lower triangle holds L and D
	perm []int     // row i of the factors is row perm[i] of A
	two  []bool    // two[k]: rows k and k+1 are one block of D
	col  []float64 // column k of the matrix that is left
	row  []float64
	tmp  []float64
}

// Inertia is the number of eigenvalues above, below and at zero.
type Inertia struct{ Positive, Negative, Zero int }

// Add returns the sum of two inertias.
func (a Inertia) Add(b Inertia) Inertia {
	return Inertia{a.Positive + b.Positive, a.Negative + b.Negative, a.Zero + b.Zero}
}

// rook is (1+√17)/8, which makes the bounds for blocks of one and two equal.
const rook = 0.6403882032022076

// NewLDL allocates a factorisation of matrices of up to n rows; Matrix says how
// many.
func NewLDL(n int) *LDL {
	a := make([]float64, n*n)
	return &LDL{n: n, most: a, a: a, perm: make([]int, n), two: make([]bool, n),
		col: make([]float64, n), row: make([]float64, n), tmp: make([]float64, n)}
}

// Matrix returns the place for A, n×n row-major, of which Factor reads and
// destroys the lower triangle. n is at most what NewLDL was given.
func (f *LDL) Matrix(n int) []float64 {
	f.n, f.a = n, f.most[:n*n]
	return f.a
}

// Factor factorises what Matrix holds and returns its inertia. A pivot
// of magnitude at most tiny counts as zero and is replaced by tiny (1 if tiny is
// 0). A matrix that is not finite has inertia zero.
func (f *LDL) Factor(tiny float64) Inertia {
	var in Inertia
	for i := range f.n {
		f.perm[i], f.two[i] = i, false
	}
	for k := 0; k < f.n; {
		p, q := f.pivot(k)
		if q >= 0 {
			f.swap(k, q)
			if p == k {
				p = q
			}
			f.swap(k+1, p)
			f.eliminateTwo(k)
			in.Positive++
			in.Negative++
			k += 2
			continue
		}
		f.swap(k, p)
		d := f.a[k*f.n+k]
		switch {
		case math.IsNaN(d) || math.IsInf(d, 0):
			return Inertia{Zero: f.n}
		case math.Abs(d) <= tiny:
			in.Zero++
			f.a[k*f.n+k] = tiny
			if tiny == 0 {
				f.a[k*f.n+k] = 1
			}
		case d > 0:
			in.Positive++
		default:
			in.Negative++
		}
		f.eliminateOne(k)
		k++
	}
	return in
}

// largest returns the largest off-diagonal entry of row (= column) i of what
// is left from k on, and where it is.
func (f *LDL) largest(i, k int) (size float64, at int) {
	at = -1
	n := f.n
	for j := k; j < i; j++ {
		if v := math.Abs(f.a[i*n+j]); v > size {
			size, at = v, j
		}
	}
	for j := i + 1; j < n; j++ {
		if v := math.Abs(f.a[j*n+i]); v > size {
			size, at = v, j
		}
	}
	return size, at
}

// pivot chooses row p for a block of one (q = −1) or rows q, p for one of two.
func (f *LDL) pivot(k int) (p, q int) {
	n := f.n
	size, r := f.largest(k, k)
	if r < 0 || math.Abs(f.a[k*n+k]) >= rook*size {
		return k, -1
	}
	i := k
	for {
		sizeR, next := f.largest(r, k)
		if math.Abs(f.a[r*n+r]) >= rook*sizeR {
			return r, -1
		}
		if next == i || sizeR <= size {
			return r, i
		}
		i, r, size = r, next, sizeR
	}
}

// swap exchanges rows and columns i ≤ j of what is left, and of L.
func (f *LDL) swap(i, j int) {
	if i == j {
		return
	}
	if i > j {
		i, j = j, i
	}
	n, a := f.n, f.a
	f.perm[i], f.perm[j] = f.perm[j], f.perm[i]
	for c := range i {
		a[i*n+c], a[j*n+c] = a[j*n+c], a[i*n+c]
	}
	a[i*n+i], a[j*n+j] = a[j*n+j], a[i*n+i]
	for c := i + 1; c < j; c++ {
		a[c*n+i], a[j*n+c] = a[j*n+c], a[c*n+i]
	}
	for r := j + 1; r < n; r++ {
		a[r*n+i], a[r*n+j] = a[r*n+j], a[r*n+i]
	}
}

func (f *LDL) eliminateOne(k int) {
	n, a := f.n, f.a
	d := a[k*n+k]
	for i := k + 1; i < n; i++ {
		f.col[i] = a[i*n+k]
	}
	for i := k + 1; i < n; i++ {
		if f.col[i] == 0 {
			continue
		}
		l := f.col[i] / d
		kernel.AXPY(a[i*n+k+1:i*n+i+1], -l, f.col[k+1:])
		a[i*n+k] = l
	}
}

func (f *LDL) eliminateTwo(k int) {
	n, a := f.n, f.a
	f.two[k] = true
	e := a[(k+1)*n+k]
	// Divided by the off-diagonal entry, which is the largest: no overflow.
	d0, d1 := a[k*n+k]/e, a[(k+1)*n+k+1]/e
	det := (d0*d1 - 1) * e
	for i := k + 2; i < n; i++ {
		f.col[i], f.row[i] = a[i*n+k], a[i*n+k+1]
	}
	for i := k + 2; i < n; i++ {
		u, v := f.col[i], f.row[i]
		if u == 0 && v == 0 {
			continue
		}
		l0, l1 := (d1*u-v)/det, (d0*v-u)/det
		rest := a[i*n+k+2 : i*n+i+1]
		kernel.AXPY(rest, -l0, f.col[k+2:])
		kernel.AXPY(rest, -l1, f.row[k+2:])
		a[i*n+k], a[i*n+k+1] = l0, l1
	}
}

// Solve replaces b (length n) by A⁻¹ b.
func (f *LDL) Solve(b []float64) {
	n, a, x := f.n, f.a, f.tmp
	for i, p := range f.perm[:n] {
		x[i] = b[p]
	}
	for i := range n {
		x[i] -= kernel.Dot(a[i*n:i*n+f.before(i)], x)
	}
	f.diagonal(x)
	for i := n - 1; i >= 0; i-- {
		kernel.AXPY(x[:f.before(i)], -x[i], a[i*n:])
	}
	for i, p := range f.perm[:n] {
		b[p] = x[i]
	}
}

// before returns how many columns of row i belong to L.
func (f *LDL) before(i int) int {
	if i > 0 && f.two[i-1] {
		return i - 1
	}
	return i
}

// diagonal replaces x by D⁻¹ x.
func (f *LDL) diagonal(x []float64) {
	n, a := f.n, f.a
	for k := 0; k < n; k++ {
		if !f.two[k] {
			x[k] /= a[k*n+k]
			continue
		}
		e := a[(k+1)*n+k]
		d0, d1 := a[k*n+k]/e, a[(k+1)*n+k+1]/e
		det := (d0*d1 - 1) * e
		x[k], x[k+1] = (d1*x[k]-x[k+1])/det, (d0*x[k+1]-x[k])/det
		k++
	}
}
