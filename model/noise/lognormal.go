package noise

import "math"

func init() {
	Kinds.Register("lognormal", "the logarithm of the value is normal around that of the prediction, which is the median", func() Kind { return lognormal{} })
}

// lognormal is log y ~ N(log μ, sdlog²).
type lognormal struct{}

// leastOf is where predictions end to be taken as they are, in parts of the value.
const leastOf = 1e-3

// Own implements Kind.
func (lognormal) Own() []string { return []string{"sdlog"} }

// Begin implements Kind.
func (lognormal) Begin(y, mu []float64) []float64 {
	return []float64{scaleOf(each(y, mu, func(y, mu float64) float64 {
		_, log, _, _ := positive(mu, leastOf*y)
		return math.Log(y) - log
	}))}
}

// At implements Kind.
func (lognormal) At(s *Score, y, mu float64, own []float64) {
	_, log, _, dlog := positive(mu, leastOf*y)
	s.normal((log-math.Log(y))/own[0], own[0], dlog/own[0], 0, 1)
	s.Value += math.Log(y)
}

// Quantile implements Kind.
func (lognormal) Quantile(p, mu float64, own []float64) float64 {
	return max(mu, math.SmallestNonzeroFloat64) * math.Exp(own[0]*normalQuantile(p))
}

// Check implements Kind.
func (lognormal) Check(y float64) string {
	if y <= 0 {
		return "log-normal values are above 0"
	}
	return ""
}

// Below implements Censoring.
func (lognormal) Below(s *Score, limit, mu float64, own []float64) {
	_, log, _, dlog := positive(mu, leastOf*limit)
	w := (math.Log(limit) - log) / own[0]
	value, slope := logNormalCDF(w)
	s.below(w, value, slope, dlog/own[0], 0, 1)
}
