package noise

import "math"

var logRoot2Pi = math.Log(2*math.Pi) / 2

// normal sets s to the cost of a value that lies u deviations sd below its prediction: slope is
// du/dμ at a given deviation, spread the derivatives of log sd by the prediction and the logarithms
// of own numbers.
//
//	−log p = u²/2 + log sd + log √2π,   ∂ = u·(∂u) + (1 − u²)·∂log sd,   I = (∂u)(∂u)ᵀ + 2·(∂log sd)(∂log sd)ᵀ
func (s *Score) normal(u, sd, slope float64, spread ...float64) {
	s.room(len(spread) - 1)
	s.Value = u*u/2 + math.Log(sd) + logRoot2Pi
	n := len(spread)
	for i, d := range spread {
		s.Slope[i] = (1 - u*u) * d
		for j, e := range spread {
			s.Info[i*n+j] = 2 * d * e
		}
	}
	s.Slope[0] += u * slope
	s.Info[0] += slope * slope
}

// normalQuantile is that of the normal distribution of mean 0 and deviation 1.
func normalQuantile(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// below sets s to the cost of a value of which only is known that it is not above a limit, w
// deviations above the prediction, of a distribution with these logarithm of its distribution
// function and its slope. The slopes of w are −slope and −w·spread.
func (s *Score) below(w, log, dlog, slope float64, spread ...float64) {
	s.room(len(spread) - 1)
	s.Value = -log
	for i, d := range spread {
		s.Slope[i] = dlog * w * d
	}
	s.Slope[0] += dlog * slope
}

// logNormalCDF is the logarithm of the normal distribution function, and its slope.
func logNormalCDF(w float64) (log, slope float64) {
	if w < -25 { // where erfc has no digits left: the asymptotic series
		v := 1 / (w * w)
		series := 1 - v*(1-3*v*(1-5*v))
		log = -w*w/2 - logRoot2Pi - math.Log(-w) + math.Log(series)
		return log, -w / series
	}
	p := math.Erfc(-w/math.Sqrt2) / 2
	return math.Log(p), math.Exp(-w*w/2-logRoot2Pi) / p
}
