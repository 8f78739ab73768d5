package misfit

import (
	"fmt"
	"math"
)

func init() {
	Measures.Register("quantile", "the distance, weighed by the side it is on: the trajectory has so large a share of the rows below it (quantile:0.5, their median)",
		func() Measure { return quantile{0.5} })
}

// quantileCore is the distance, in deviations of the noise, up to which a quantile's cost is
// rounded off: below it slopes would jump at every row.
const quantileCore = 0.1

// quantile is w·(2δ|e| − δ²), and w·e² up to δ, with the weight w = 2(1−τ) of predictions above
// their row and 2τ of those below. Its minimum has a share τ of rows below the prediction, up to
// about δ times their density there.
//
// Source: Koenker, Bassett, Econometrica 46 (1978) 33–50; Dabney, Rowland, Bellemare, Munos, AAAI
// 2018, equation 10 (rounded off as Huber's). Differs from them in: the factor 4δ.
type quantile struct{ share float64 }

// At implements Measure.
func (q quantile) At(e, width float64) (value, slope, curvature float64) {
	w := 2 * q.share
	if e > 0 {
		w = 2 - w
	}
	value, slope, curvature = huber{quantileCore}.At(e, width)
	return w * value, w * slope, w * curvature
}

// Residual implements Measure.
func (q quantile) Residual(e, width float64) (r, slope float64) {
	value, s, c := q.At(e, width)
	if e == 0 {
		return 0, math.Sqrt(c / 2)
	}
	return root(e, value, s)
}

// Tune implements Tuned.
func (quantile) Tune(v float64) (Measure, error) {
	if !(v > 0 && v < 1) {
		return nil, fmt.Errorf("loss=quantile:%g: the share of rows below the trajectory is between 0 and 1", v)
	}
	return quantile{v}, nil
}

// Share is the share of rows that a loss puts below the trajectory, if it is named to do so.
func Share(loss string) (share float64, named bool) {
	m, err := Parse(loss)
	q, named := m.(quantile)
	return q.share, named && err == nil
}
