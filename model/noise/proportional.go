package noise

import "math"

func init() {
	Kinds.Register("proportional", "normal, of a standard deviation that is a part of the prediction", func() Kind { return proportional{} })
}

// proportional is N(μ, (part·μ)²).
type proportional struct{}

// Own implements Kind.
func (proportional) Own() []string { return []string{"part"} }

// Begin implements Kind.
func (proportional) Begin(y, mu []float64) []float64 {
	return []float64{scaleOf(each(y, mu, func(y, mu float64) float64 { return (y - mu) / mu }))}
}

// At implements Kind.
func (proportional) At(s *Score, y, mu float64, own []float64) {
	sd := own[0] * math.Abs(mu)
	s.normal((mu-y)/sd, sd, 1/sd, 1/mu, 1)
}

// Quantile implements Kind.
func (proportional) Quantile(p, mu float64, own []float64) float64 {
	return mu + own[0]*math.Abs(mu)*normalQuantile(p)
}

// Check implements Kind.
func (proportional) Check(y float64) string {
	if y == 0 {
		return "noise in proportion to a prediction leaves no value at 0; take mixed"
	}
	return finite(y)
}

// Below implements Censoring.
func (proportional) Below(s *Score, limit, mu float64, own []float64) {
	sd := own[0] * math.Abs(mu)
	w := (limit - mu) / sd
	log, slope := logNormalCDF(w)
	s.below(w, log, slope, 1/sd, 1/mu, 1)
}
