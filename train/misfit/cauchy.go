package misfit

import (
	"fmt"
	"math"
)

func init() {
	Measures.Register("cauchy", "the logarithm of the squared distance beyond so many deviations of the noise (cauchy:2.385): values far off hardly count",
		func() Measure { return cauchy{2.385} })
}

// cauchy is δ²·log(1 + e²/δ²) with δ = factor·width, which the negative logarithm
// of the density of Cauchy's distribution is.
//
// Source: Holland, Welsch, Commun. Stat. A 6 (1977) 813–827, also for the factor.
type cauchy struct{ factor float64 }

// At implements Measure.
func (c cauchy) At(e, width float64) (value, slope, curvature float64) {
	d2 := c.factor * c.factor * width * width
	q := 1 + e*e/d2
	return d2 * math.Log1p(e*e/d2), 2 * e / q, 2 * (1 - e*e/d2) / (q * q)
}

// Residual implements Measure.
func (c cauchy) Residual(e, width float64) (r, slope float64) {
	value, s, _ := c.At(e, width)
	return root(e, value, s)
}

// Tune implements Tuned.
func (cauchy) Tune(v float64) (Measure, error) {
	if !(v > 0) || math.IsInf(v, 1) {
		return nil, fmt.Errorf("loss=cauchy:%g: the number of deviations must be above 0", v)
	}
	return cauchy{v}, nil
}
