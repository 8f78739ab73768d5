package num

import (
	"math"
	"math/cmplx"
	"testing"
)

// What is no number has no eigenvalues; looking for them would never end.
func TestWhatIsNoNumberHasNoEigenvalues(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		if got := Eigenvalues([]float64{1, 0, v, 2}, 2); got != nil {
			t.Errorf("%v: %v", v, got)
		}
	}
}

// A block that turns, one that decays fast and one that grows: slowest first, and of the
// pair the one that turns forward.
func TestPolesAreInOrder(t *testing.T) {
	got := Poles([]float64{
		-9, 0, 0, 0,
		0, -1, 2, 0,
		0, -2, -1, 0,
		0, 0, 0, 0.5}, 4)
	for i, want := range []complex128{0.5, complex(-1, 2), complex(-1, -2), -9} {
		if cmplx.Abs(got[i]-want) > 1e-12 {
			t.Errorf("pole %d is %v, want %v", i, got[i], want)
		}
	}
}
