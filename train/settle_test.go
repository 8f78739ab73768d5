package train

import (
	"math"
	"testing"
)

// TestWhatGoesOnImprovingIsNotGivenUp: without noise a network nears the law of a soft
// spring for hundreds of steps; it is not left behind as not converged, for a
// polynomial that has nothing left to learn.
func TestWhatGoesOnImprovingIsNotGivenUp(t *testing.T) {
	unhurried(t)
	s := system{"soft spring", func(d, x []float64) { d[0], d[1] = x[1], -1.5*math.Tanh(2*x[0])-0.08*x[1] }, []float64{1.7, 0.1}, 0.2, 90, 0, false, 0}
	if inside, beyond, r := autoErrors(t, s, 1, 0); !(inside < 5e-3 && beyond < 0.02) {
		t.Errorf("errors %.2g inside and %.2g beyond the record", inside, beyond)
		logTried(t, r)
	}
}
