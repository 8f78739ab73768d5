package noise

import "math"

func init() {
	Kinds.Register("mixed", "normal, of a variance with a constant part and one that is proportional: sd² + (part·prediction)²", func() Kind { return mixed{} })
}

// mixed is N(μ, sd² + (part·μ)²), the combined error model of pharmacokinetics.
type mixed struct{}

// Own implements Kind.
func (mixed) Own() []string { return []string{"sd", "part"} }

// Begin implements Kind: a half of the variance to each.
func (mixed) Begin(y, mu []float64) []float64 {
	return []float64{constant{}.Begin(y, mu)[0] / math.Sqrt2, proportional{}.Begin(y, mu)[0] / math.Sqrt2}
}

// sd is the standard deviation, and the derivatives of its logarithm.
func (mixed) sd(mu float64, own []float64) (sd, byMu, bySD, byPart float64) {
	a, b := own[0]*own[0], own[1]*own[1]*mu*mu
	v := a + b
	return math.Sqrt(v), own[1] * own[1] * mu / v, a / v, b / v
}

// At implements Kind.
func (m mixed) At(s *Score, y, mu float64, own []float64) {
	sd, byMu, bySD, byPart := m.sd(mu, own)
	s.normal((mu-y)/sd, sd, 1/sd, byMu, bySD, byPart)
}

// Quantile implements Kind.
func (m mixed) Quantile(p, mu float64, own []float64) float64 {
	sd, _, _, _ := m.sd(mu, own)
	return mu + sd*normalQuantile(p)
}

// Check implements Kind.
func (mixed) Check(y float64) string { return finite(y) }

// Below implements Censoring.
func (m mixed) Below(s *Score, limit, mu float64, own []float64) {
	sd, byMu, bySD, byPart := m.sd(mu, own)
	w := (limit - mu) / sd
	log, slope := logNormalCDF(w)
	s.below(w, log, slope, 1/sd, byMu, bySD, byPart)
}
