package num

import "math"

// MeanError is the mean of a sample and its standard error; NaN for fewer than two
// values.
func MeanError(v []float64) (mean, se float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	for _, x := range v {
		se += (x - mean) * (x - mean)
	}
	if n < 2 {
		return mean, math.NaN()
	}
	return mean, math.Sqrt(se / (n - 1) / n)
}

// MeanDeviation is the mean of v and its sample standard deviation, NaN of fewer than two.
func MeanDeviation(v []float64) (mean, sd float64) {
	mean, se := MeanError(v)
	return mean, se * math.Sqrt(float64(len(v)))
}
