package chaos

import (
	"math"
	"strings"
	"testing"
)

// Columns that stay where they are, or are farther apart than numbers reach, have no
// statistics, whatever rounding leaves of a deviation.
func TestColumnsWithoutADeviationAreTold(t *testing.T) {
	for name, at := range map[string]func(i int) float64{
		"constant":             func(int) float64 { return 1e99 / 3 },
		"one unit of rounding": func(i int) float64 { return math.Nextafter(1e99, 1e99+float64(i%2)*1e99) },
		"too far apart":        func(i int) float64 { return float64(i%2*2-1) * 1e300 },
	} {
		var x []float64
		for i := range 2000 {
			x = append(x, at(i), math.Sin(float64(i)))
		}
		a, err := Describe(x, 2, 1)
		if err == nil || !strings.Contains(err.Error(), "column 1") {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	if d := density([]float64{1, 1, 1}, 1, 1); d[0] < 0.99 {
		t.Errorf("the density of what does not move is %v", d[:3])
	}
}
