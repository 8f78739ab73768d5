package noise

func init() {
	Kinds.Register("constant", "normal, of the same standard deviation everywhere: learnt, or given as in {sd: 0.1}", func() Kind { return constant{} })
}

// constant is the normal distribution N(μ, sd²).
type constant struct{}

// Own implements Kind.
func (constant) Own() []string { return []string{"sd"} }

// Begin implements Kind.
func (constant) Begin(y, mu []float64) []float64 {
	return []float64{scaleOf(each(y, mu, func(y, mu float64) float64 { return y - mu }))}
}

// At implements Kind.
func (constant) At(s *Score, y, mu float64, own []float64) {
	s.normal((mu-y)/own[0], own[0], 1/own[0], 0, 1)
}

// Quantile implements Kind.
func (constant) Quantile(p, mu float64, own []float64) float64 { return mu + own[0]*normalQuantile(p) }

// Check implements Kind.
func (constant) Check(y float64) string { return finite(y) }

// Below implements Censoring.
func (constant) Below(s *Score, limit, mu float64, own []float64) {
	w := (limit - mu) / own[0]
	log, slope := logNormalCDF(w)
	s.below(w, log, slope, 1/own[0], 0, 1)
}
