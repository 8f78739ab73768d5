package num

import "math"

// LU factors small dense matrices, PA = LU with partial pivoting, and solves with
// them. It allocates once.
//
// Source: Golub, Van Loan, Matrix Computations, 4th ed., algorithm 3.4.1.
type LU struct {
	n    int
	a    []float64 // row-major; then L below the diagonal and U
	inv  []float64 // 1/U_ii
	perm []int     // row that was exchanged with row i
}

// NewLU makes room for matrices of order n.
func NewLU(n int) *LU {
	return &LU{n: n, a: make([]float64, n*n), inv: make([]float64, n), perm: make([]int, n)}
}

// Matrix is where the matrix is written, n × n and row-major, before Factor.
func (f *LU) Matrix() []float64 { return f.a }

// Factor replaces the matrix by its factors. It returns false if the matrix is
// singular or not finite.
func (f *LU) Factor() bool {
	n, a := f.n, f.a
	for k := range n {
		p, most := k, math.Abs(a[k*n+k])
		for i := k + 1; i < n; i++ {
			if v := math.Abs(a[i*n+k]); v > most {
				p, most = i, v
			}
		}
		f.perm[k] = p
		if !(most > 0) || math.IsInf(most, 1) {
			return false
		}
		if p != k {
			x, y := a[k*n:(k+1)*n], a[p*n:(p+1)*n]
			for j, v := range x {
				x[j], y[j] = y[j], v
			}
		}
		inv := 1 / a[k*n+k]
		f.inv[k] = inv
		u := a[k*n+k+1 : (k+1)*n]
		for i := k + 1; i < n; i++ {
			l := a[i*n+k] * inv
			a[i*n+k] = l
			if l == 0 {
				continue
			}
			row := a[i*n+k+1 : (i+1)*n]
			for j, v := range u {
				row[j] -= l * v
			}
		}
	}
	return true
}

// Solve replaces b by A⁻¹b.
func (f *LU) Solve(b []float64) {
	n, a := f.n, f.a
	b = b[:n]
	for k, p := range f.perm {
		b[k], b[p] = b[p], b[k]
	}
	for i := 1; i < n; i++ {
		s := b[i]
		for j, l := range a[i*n : i*n+i] {
			s -= l * b[j]
		}
		b[i] = s
	}
	for i := n - 1; i >= 0; i-- {
		s := b[i]
		for j, u := range a[i*n+i+1 : (i+1)*n] {
			s -= u * b[i+1+j]
		}
		b[i] = s * f.inv[i]
	}
}

// SolveT replaces b by A⁻ᵀb.
func (f *LU) SolveT(b []float64) {
	n, a := f.n, f.a
	b = b[:n]
	for i := range n {
		v := b[i] * f.inv[i]
		b[i] = v
		for j, u := range a[i*n+i+1 : (i+1)*n] {
			b[i+1+j] -= u * v
		}
	}
	for i := n - 1; i > 0; i-- {
		v := b[i]
		for j, l := range a[i*n : i*n+i] {
			b[j] -= l * v
		}
	}
	for k := n - 1; k >= 0; k-- {
		p := f.perm[k]
		b[k], b[p] = b[p], b[k]
	}
}

// CopyFrom takes over the factors of another LU of the same order.
func (f *LU) CopyFrom(g *LU) {
	copy(f.a, g.a)
	copy(f.inv, g.inv)
	copy(f.perm, g.perm)
}
