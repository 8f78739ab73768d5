package opt

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// leastKnown is the least curvature of an unknown in units of its own by the
// data alone, where not even a prior says anything.
const leastKnown = 1e-16

// posteriorQR is the posterior by a factorisation R of the stacked matrix
// (J; a^½), so that H = RᵀR without J ever being squared: half as many digits
// are lost. What is left of an unknown behind those before it, R_ii², cannot be
// less than its prior, whatever rounding says.
//
// Source: Golub, Van Loan, Matrix Computations (2013), section 5.3.
func (s *LMSolver) posteriorQR(variance []float64) (logDet float64, fail string) {
	m, n := s.m, s.n
	own := make([]float64, n) // diagonal of H
	for i := range m {
		row := s.jac[i*n : (i+1)*n]
		kernel.MulAddTo(own, row, row)
	}
	r := make([]float64, (m+n)*n) // stacked, then R in its upper triangle
	copy(r, s.jac)
	for i, a := range s.a {
		own[i] += a
		r[(m+i)*n+i] = math.Sqrt(a)
	}
	if !qrUnless(s.stopped, r, m+n, n) {
		return 0, WasStopped
	}
	low := make([]float64, n*n) // Rᵀ, which invertLowerUnless wants
	for i := range n {
		for j := range i {
			low[i*n+j] = r[j*n+i]
		}
		least := s.a[i]
		if least == 0 {
			least = leastKnown * own[i]
		}
		if least == 0 { // nothing at all is known of it
			least = 1
		}
		low[i*n+i] = max(math.Abs(r[i*n+i]), math.Sqrt(least))
		if r[i*n+i] < 0 {
			low[i*n+i] = -low[i*n+i]
		}
		logDet += 2 * math.Log(math.Abs(low[i*n+i]))
	}
	if !invertLowerUnless(s.stopped, low, n) {
		return 0, WasStopped
	}
	clear(variance)
	for i := range n {
		row := low[i*n : i*n+i+1]
		kernel.MulAddTo(variance[:i+1], row, row)
	}
	return logDet, ""
}

// qrUnless overwrites the upper triangle of a (m×n, m ≥ n) with R of a = Q·R, panel by
// panel as LAPACK's dgeqrf does, and gives up between two panels when stop says so.
func qrUnless(stop func() bool, a []float64, m, n int) bool {
	const panel, rest = 32, 128 // columns that are transformed together; what is left to be done one by one
	var la gonum.Implementation
	tau, work := make([]float64, n), make([]float64, max(1, panel*n))
	i := 0
	for ; panel < n && i < n-rest; i += panel {
		if stop() {
			return false
		}
		ib := min(n-i, panel)
		la.Dgeqr2(m-i, ib, a[i*n+i:], n, tau[i:i+ib], work)
		if i+ib < n {
			la.Dlarft(lapack.Forward, lapack.ColumnWise, m-i, ib, a[i*n+i:], n, tau[i:], work, panel)
			la.Dlarfb(blas.Left, blas.Trans, lapack.Forward, lapack.ColumnWise, m-i, n-i-ib, ib, a[i*n+i:], n,
				work, panel, a[i*n+i+ib:], n, work[ib*panel:], panel)
		}
	}
	if i < n {
		la.Dgeqr2(m-i, n-i, a[i*n+i:], n, tau[i:], work)
	}
	return true
}
