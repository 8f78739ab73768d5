package train

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/opt"
)

// Convergence says whether a fit ended at a minimum, and why it ended.
type Convergence struct {
	Converged bool
	// Gradient is the gradient at the end in scaled units: how many standard
	// errors the minimum of the linearised problem is away; NaN if unknown.
	Gradient float64
	Why      string // a sentence
}

// Polishing: standard errors left to go at which a fit is over, and at which it
// still counts as converged where rounding or the tolerance of the solver ends
// it; rounds of estimating the noise, and its relative change that ends them.
const (
	polishNear    = 1e-3
	closeEnough   = 0.2
	polishSteps   = 100
	polishSlow    = 1e-9
	noiseRounds   = 8
	noiseSettled  = 0.01
	noiseCollapse = 0.1
)

// polish takes z to the minimum, with the noise of each column as the residuals
// have it.
func (e *estimator) polish(z []float64) Convergence {
	if e.likely != nil {
		return e.polishLikelihood(z)
	}
	var out opt.FewOutcome
	rounds := noiseRounds
	if e.groups != nil {
		rounds = populationRounds
	}
	for range rounds {
		out = e.minimise(e.free, z, e.coordinates(z, true), e.all(), polishSteps, polishNear, polishSlow, "to the minimum", 0)
		if out.Status == opt.Failed || e.stop() || e.steps >= e.budget || max(e.renoise(z), e.respread(z)) < noiseSettled {
			break
		}
	}
	return e.convergence(out)
}

func (e *estimator) convergence(out opt.FewOutcome) Convergence {
	c := Convergence{Converged: out.Left <= closeEnough && out.Status != opt.Failed, Gradient: out.Left, Why: out.Reason}
	switch {
	case out.Status == opt.Failed:
		c.Gradient = math.NaN()
	case !c.Converged && out.Firm <= closeEnough && out.Status == opt.Stalled:
		c.Converged, c.Gradient = true, out.Firm
		c.Why = fmt.Sprintf("converged: the minimum is %.1g standard errors away, but for combinations that the data hardly determine, along which the fit is as good far on", out.Firm)
	case c.Converged:
		c.Why = fmt.Sprintf("converged: the minimum is %.1g standard errors away", out.Left)
	case e.stop():
		c.Why = "it was stopped before the minimum"
	case e.steps >= e.budget:
		c.Why = fmt.Sprintf("not converged: all %d iterations were made, and the minimum is %.2g standard errors away", e.budget, out.Left)
	case out.Status == opt.Going:
		c.Why = fmt.Sprintf("not converged after %d iterations: the minimum is %.2g standard errors away", e.steps, out.Left)
	default:
		c.Why = fmt.Sprintf("not converged: %s, though the minimum should be %.2g standard errors away", out.Reason, out.Left)
	}
	return c
}

// convergenceAt judges a fit by another method by how far its end is from the
// minimum.
func convergenceAt(left float64) *Convergence {
	c := &Convergence{Converged: left <= closeEnough, Gradient: left}
	if c.Why = fmt.Sprintf("converged: the minimum is %.1g standard errors away", left); !c.Converged {
		c.Why = fmt.Sprintf("not converged: the minimum is %.2g standard errors away", left)
	}
	return c
}

// equal gives all columns the same noise, that of all residuals together, and
// remembers what each column has instead.
func (e *estimator) equal(z []float64) {
	for c := range e.sigma {
		e.sigma[c] = 1
	}
	e.columnNoise(z)
	e.each = append([]float64{}, e.sigma...)
	square, count := 0.0, 0.0
	e.free.eachRow(func(_, c int) { square, count = square+e.sigma[c]*e.sigma[c], count+1 })
	for c := range e.sigma {
		e.sigma[c] = math.Sqrt(square / max(1, count))
		e.each[c] /= e.sigma[c]
	}
}

// renoise estimates the noise of each column, or with equal weights that of all of
// them. It returns the largest relative change.
func (e *estimator) renoise(z []float64) float64 {
	before := e.sigma[0]
	change := e.columnNoise(z)
	if e.p.Weights == "equal" {
		equalise(e.sigma)
		return math.Abs(e.sigma[0]/before - 1)
	}
	return change
}

// columnNoise estimates the noise of each column from its residuals at z: their sum
// of squares over their number less what the unknowns took of it, the sum of
// their leverages. It returns the largest relative change.
func (e *estimator) columnNoise(z []float64) float64 {
	w := e.vary(e.free, z, e.coordinates(z, true), e.all())
	q := make([]float64, e.n)
	for j := range q {
		q[j] = w.coords[j].of(z[j])
	}
	m, n := w.Size()
	r, jac := make([]float64, m), make([]float64, m*n)
	if w.Residuals(r, jac, q, 0) != "" {
		return 0
	}
	lever := leverages(jac, m, n)
	square, count := make([]float64, len(e.sigma)), make([]float64, len(e.sigma))
	e.free.eachRow(func(at, c int) {
		square[c] += r[at] * r[at]
		count[c] += 1 - lever[at]
	})
	change := 0.0
	for c := range e.sigma {
		if count[c] < 1e-3 {
			continue
		}
		s := e.sigma[c] * math.Sqrt(square[c]/count[c])
		if e.guess[c] > guessSigma {
			s = max(s, noiseCollapse*e.guess[c])
		}
		s = max(s, leastSigma)
		change = max(change, math.Abs(s/e.sigma[c]-1))
		e.sigma[c] = s
	}
	return change
}

// eachRow calls f with the number and the column of every residual.
func (r *trajectoryResidual) eachRow(f func(at, c int)) {
	at := 0
	for _, s := range r.segs {
		for k, v := range s.target {
			if !math.IsNaN(v) {
				f(at, k%r.columns)
				at++
			}
		}
	}
}

// leverages are the diagonal of the hat matrix of an m×n Jacobian.
func leverages(jac []float64, m, n int) []float64 {
	out := make([]float64, m)
	if n == 0 {
		return out
	}
	a := mat.NewDense(m, n, append([]float64{}, jac...))
	for j := range n {
		if d := mat.Norm(a.ColView(j), 2); d > 0 {
			for i := range m {
				a.Set(i, j, a.At(i, j)/d)
			}
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return out
	}
	var u mat.Dense
	svd.UTo(&u)
	for k, s := range svd.Values(nil) {
		if s <= nullValue {
			break
		}
		for i := range m {
			out[i] += u.At(i, k) * u.At(i, k)
		}
	}
	return out
}

// nullValue is a singular value, of a matrix of columns of length one, below
// which a direction has no data at all.
const nullValue = 1e-10
