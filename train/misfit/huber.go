package misfit

import (
	"fmt"
	"math"
)

func init() {
	Measures.Register("huber", "the squared distance up to so many deviations of the noise (huber:1.345), beyond it linear: single values far off pull little",
		func() Measure { return huber{1.345} })
}

// huber is e² up to a distance of δ = factor·width, and 2δ|e| − δ² beyond.
//
// Source: Huber, Ann. Math. Statist. 35 (1964) 73–101.
type huber struct{ factor float64 }

// At implements Measure.
func (h huber) At(e, width float64) (value, slope, curvature float64) {
	d := h.factor * width
	if a := math.Abs(e); a > d {
		return d * (2*a - d), math.Copysign(2*d, e), 0
	}
	return e * e, 2 * e, 2
}

// Residual implements Measure.
func (h huber) Residual(e, width float64) (r, slope float64) {
	value, s, _ := h.At(e, width)
	return root(e, value, s)
}

// Tune implements Tuned.
func (huber) Tune(v float64) (Measure, error) {
	if !(v > 0) || math.IsInf(v, 1) {
		return nil, fmt.Errorf("loss=huber:%g: the number of deviations must be above 0", v)
	}
	return huber{v}, nil
}
