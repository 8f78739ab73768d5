package data

import "testing"

func TestStepIsTheMedianDistanceOfRows(t *testing.T) {
	for want, times := range map[float64][]float64{0: {3}, 2: {0, 1, 3, 10}, 0.5: {0, 0.5}} {
		if got := (&Series{T: times}).Step(); got != want {
			t.Errorf("rows at %v: step %g, want %g", times, got, want)
		}
	}
}
