package num

import "math"

// Finite tells that v is neither NaN nor infinite.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// AllFinite tells that every value is finite.
func AllFinite(v []float64) bool {
	for _, x := range v {
		if !Finite(x) {
			return false
		}
	}
	return true
}

// OrNull is the address of a finite value, and nil, which JSON writes as null,
// of any other.
func OrNull(v float64) *float64 {
	if !Finite(v) {
		return nil
	}
	return &v
}

// FromNull is the value at an address; NaN of nil.
func FromNull(v *float64) float64 {
	if v == nil {
		return math.NaN()
	}
	return *v
}
