package noise

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

func init() {
	Kinds.Register("negative-binomial", "counts that vary more: prediction + dispersion·prediction² is their variance", func() Kind { return negativeBinomial{} })
}

// negativeBinomial are counts of the mean μ and the variance μ + dispersion·μ².
//
// Source: Lawless, Can. J. Stat. 15 (1987) 209–225, also for the information.
type negativeBinomial struct{}

// Own implements Kind.
func (negativeBinomial) Own() []string { return []string{"dispersion"} }

// Begin implements Kind, by the variance beyond that of Poisson's distribution.
func (negativeBinomial) Begin(y, mu []float64) []float64 {
	sum, weight := 0.0, 0.0
	for i := range y {
		if m := mu[i]; m > 0 {
			e := y[i] - m
			sum, weight = sum+min(e*e, 25*m*(1+m))-m, weight+m*m
		}
	}
	if !(weight > 0) {
		return []float64{1}
	}
	return []float64{max(0.01, min(sum/weight, 10))}
}

// At implements Kind.
func (negativeBinomial) At(s *Score, y, mu float64, own []float64) {
	s.room(1)
	m, log, dm, dlog := positive(mu, leastCount)
	k := 1 / own[0]
	a, _ := math.Lgamma(y + k)
	b, _ := math.Lgamma(k)
	c, _ := math.Lgamma(y + 1)
	part := math.Log1p(m / k) // log((k+m)/k)
	s.Value = -a + b + c + (y+k)*part - y*(log-math.Log(k))
	s.Slope[0] = (y+k)/(k+m)*dm - y*dlog
	s.Slope[1] = k * (mathext.Digamma(y+k) - mathext.Digamma(k) - part + (m-y)/(k+m))
	s.Info[0] = dm * dm / (m * (1 + m/k))
	if mu < leastCount {
		s.Info[0] = (m + y) * dlog * dlog
	}
	s.Info[3] = k * k * dispersionInfo(k, m)
}

// dispersionInfo is the information about k = 1/dispersion,
//
//	Σ_j P(Y > j)·(k+j)⁻² − m/(k·(k+m)),
//
// and that of a gamma distribution, which it tends to, where so many counts would have to be summed.
func dispersionInfo(k, m float64) float64 {
	const far, many = 1e-10, 2000
	// Poisson's limit bounds it from below, where the difference has no digits.
	least := 1e-3 * m * m / ((k + m) * (k + m) * k * k)
	if m > many {
		n, sum := 0.0, 0.0 // trigamma(k) by its recurrence and series
		for ; k+n < 10; n++ {
			sum += 1 / ((k + n) * (k + n))
		}
		z := 1 / (k + n)
		return max(least, sum+z+z*z/2+z*z*z/6-z*z*z*z*z/30-1/k)
	}
	p := math.Exp(-k * math.Log1p(m/k)) // P(Y = 0)
	above, sum := 1-p, 0.0
	for j := 0.0; above > far && j < 100*many; j++ {
		sum += above / ((k + j) * (k + j))
		p *= (k + j) / (j + 1) * m / (k + m)
		above -= p
	}
	return max(least, sum-m/(k*(k+m)))
}

// Quantile implements Kind.
func (negativeBinomial) Quantile(p, mu float64, own []float64) float64 {
	m, _, _, _ := positive(mu, leastCount)
	k := 1 / own[0]
	return countQuantile(p, m, func(y float64) float64 { return mathext.RegIncBeta(k, y+1, k/(k+m)) })
}

// Check implements Kind.
func (negativeBinomial) Check(y float64) string { return count(y) }
