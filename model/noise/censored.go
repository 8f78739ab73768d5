package noise

import "math"

// Censoring kinds can say what it costs that a value is only known not to be above a limit.
type Censoring interface {
	Kind
	// Below sets s to the value and slopes of −log P(y ≤ limit).
	Below(s *Score, limit, mu float64, own []float64)
}

// tailPoints are those by which the information about values below a limit is summed.
const (
	tailPoints = 24
	tailLeast  = 1e-12 // probability of a tail that has no information worth the name
)

// Limited scores values of which those not above a limit of quantification are not known. It has
// its own work space.
type Limited struct {
	Kind  Censoring
	Limit float64

	tail Score
	sum  []float64
}

// At sets s to what y costs, with the information that values have which may lie on either side
// of the limit:
//
//	I − E[g gᵀ; y ≤ limit] + g_b g_bᵀ·P(y ≤ limit),
//
// g the slopes of a value, g_b those of one below, the expectation by quantiles.
func (l *Limited) At(s *Score, y, mu float64, own []float64) {
	l.Kind.Below(s, l.Limit, mu, own)
	p, value := math.Exp(-s.Value), s.Value
	below := append(l.sum[:0], s.Slope...) // slopes, then information lost
	n := len(s.Slope)
	for i := range n {
		for j := range n {
			below = append(below, -p*below[i]*below[j])
		}
	}
	if p > tailLeast {
		for k := range tailPoints {
			at := l.Kind.Quantile(p*(float64(k)+0.5)/tailPoints, mu, own)
			l.Kind.At(&l.tail, at, mu, own)
			for i := range n {
				for j := range n {
					below[n+i*n+j] += p / tailPoints * l.tail.Slope[i] * l.tail.Slope[j]
				}
			}
		}
	}
	l.sum = below
	l.Kind.At(s, max(y, l.Limit), mu, own) // the information is the same for all values
	if y <= l.Limit {
		s.Value = value
		copy(s.Slope, below[:n])
	}
	for i, v := range below[n:] {
		s.Info[i] -= v
	}
}
