package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// A number is free where nobody gave it a bound, and strictly inside of one that was given.
func TestBoundsOfCoordinates(t *testing.T) {
	low, high := -2.0, 6.0
	for name, c := range map[string]struct{ min, max *float64 }{"free": {}, "below": {max: &high}, "above": {min: &low}, "between": {min: &low, max: &high}} {
		at := coordinate{kind: inUnits, par: &field.Parameter{Start: 4, Min: c.min, Max: c.max}, scale: 2}
		lo, hi, _ := at.bounds()
		switch {
		case c.min == nil && !math.IsInf(lo, -1), c.min != nil && !(lo > -1 && lo < -1+1e-9):
			t.Errorf("%s: from %g", name, lo)
		case c.max == nil && !math.IsInf(hi, 1), c.max != nil && !(hi < 3 && hi > 3-1e-9):
			t.Errorf("%s: to %g", name, hi)
		}
	}
	plain := coordinate{}
	if lo, hi, _ := plain.bounds(); !math.IsInf(lo, -1) || !math.IsInf(hi, 1) {
		t.Errorf("what has no units is between %g and %g", lo, hi)
	}
}
