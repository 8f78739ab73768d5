package noise

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

func init() {
	Kinds.Register("poisson", "counts, of a variance that is the prediction", func() Kind { return poisson{} })
}

// poisson are counts of the mean μ.
type poisson struct{}

// leastCount is where predictions of counts end to be taken as they are.
const leastCount = 1e-6

// Own implements Kind.
func (poisson) Own() []string { return nil }

// Begin implements Kind.
func (poisson) Begin(_, _ []float64) []float64 { return nil }

// At implements Kind.
func (poisson) At(s *Score, y, mu float64, _ []float64) {
	s.room(0)
	m, log, dm, dlog := positive(mu, leastCount)
	g, _ := math.Lgamma(y + 1)
	s.Value, s.Slope[0] = m-y*log+g, dm-y*dlog
	if s.Info[0] = m * dlog * dlog; mu < leastCount { // which would be nothing where much is wrong
		s.Info[0] += y * dlog * dlog
	}
}

// Quantile implements Kind.
func (poisson) Quantile(p, mu float64, _ []float64) float64 {
	m, _, _, _ := positive(mu, leastCount)
	return countQuantile(p, m, func(k float64) float64 { return mathext.GammaIncRegComp(k+1, m) })
}

// Check implements Kind.
func (poisson) Check(y float64) string { return count(y) }

func count(y float64) string {
	if y < 0 || y != math.Trunc(y) {
		return "counts are whole numbers, 0 or more"
	}
	return ""
}

// countQuantile is the least count of which cdf is p or more; mean tells where to look.
func countQuantile(p, mean float64, cdf func(k float64) float64) float64 {
	lo, hi := -1.0, math.Ceil(mean)
	for step := 1 + math.Sqrt(mean); cdf(hi) < p && hi < 1e15; step *= 2 {
		lo, hi = hi, math.Ceil(hi+step)
	}
	for hi-lo > 1 {
		if mid := math.Floor((lo + hi) / 2); cdf(mid) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
