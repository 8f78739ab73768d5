package num

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Finite tells that v is neither NaN nor infinite.
func Finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// AllFinite tells that every value is finite; its sums do not wait for each other.
func AllFinite(v []float64) bool {
	if size := kernel.Dot(v, v); size-size == 0 {
		return true
	}
	var a, b, c, d float64
	for ; len(v) >= 4; v = v[4:] {
		a += v[0] - v[0]
		b += v[1] - v[1]
		c += v[2] - v[2]
		d += v[3] - v[3]
	}
	for _, x := range v {
		a += x - x
	}
	return a+b+c+d == 0
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
