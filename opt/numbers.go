package opt

import "math"

// largestOf returns the largest magnitude in v.
func largestOf(v []float64) float64 {
	m := 0.0
	for _, x := range v {
		m = max(m, math.Abs(x))
	}
	return m
}

// same reports whether a and b are equal bit by bit, except that the two
// zeros are equal.
func same(a, b []float64) bool {
	for i, v := range a {
		if v != b[i] {
			return false
		}
	}
	return true
}
