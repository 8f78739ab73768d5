package opt

import (
	"math"

	"gonum.org/v1/gonum/mat"

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
func (s *LMSolver) posteriorQR(variance []float64) (logDet float64) {
	m, n := s.m, s.n
	own := make([]float64, n) // diagonal of H
	for i := range m {
		row := s.jac[i*n : (i+1)*n]
		kernel.MulAddTo(own, row, row)
	}
	stacked := mat.NewDense(m+n, n, nil)
	for i := range m {
		stacked.SetRow(i, s.jac[i*n:(i+1)*n])
	}
	for i, a := range s.a {
		own[i] += a
		stacked.Set(m+i, i, math.Sqrt(a))
	}
	var qr mat.QR
	var r mat.Dense
	qr.Factorize(stacked)
	qr.RTo(&r)
	low := make([]float64, n*n) // Rᵀ, which invertLower wants
	for i := range n {
		for j := range i {
			low[i*n+j] = r.At(j, i)
		}
		least := s.a[i]
		if least == 0 {
			least = leastKnown * own[i]
		}
		if least == 0 { // nothing at all is known of it
			least = 1
		}
		low[i*n+i] = max(math.Abs(r.At(i, i)), math.Sqrt(least))
		if r.At(i, i) < 0 {
			low[i*n+i] = -low[i*n+i]
		}
		logDet += 2 * math.Log(math.Abs(low[i*n+i]))
	}
	invertLower(low, n)
	clear(variance)
	for i := range n {
		row := low[i*n : i*n+i+1]
		kernel.MulAddTo(variance[:i+1], row, row)
	}
	return logDet
}
