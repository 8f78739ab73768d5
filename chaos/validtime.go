package chaos

import (
	"math"
	"slices"
)

// ValidRows is how many rows of a forecast are valid: those before the first whose
// error, root mean squared over the columns in deviations sd, exceeds threshold.
// Rows are d columns each, row-major, at the same times. ended says that the error
// was exceeded at all; a forecast that is valid to its last row is worth at least
// as much as that.
func ValidRows(forecast, truth, sd []float64, threshold float64) (rows int, ended bool) {
	d := len(sd)
	n := min(len(forecast), len(truth)) / d
	for i := range n {
		sum := 0.0
		for k, s := range sd {
			e := (forecast[i*d+k] - truth[i*d+k]) / s
			sum += e * e
		}
		if !(math.Sqrt(sum/float64(d)) <= threshold) {
			return i, true
		}
	}
	return n, false
}

// Quartiles are the lower quartile, the median and the upper quartile of values, by
// straight lines between them; NaN of none.
func Quartiles(v []float64) (lower, mid, upper float64) {
	s := slices.Sorted(slices.Values(v))
	at := func(q float64) float64 {
		if len(s) == 0 {
			return math.NaN()
		}
		i, part := math.Modf(q * float64(len(s)-1))
		k := int(i)
		if part == 0 {
			return s[k]
		}
		return s[k] + part*(s[k+1]-s[k])
	}
	return at(0.25), at(0.5), at(0.75)
}
