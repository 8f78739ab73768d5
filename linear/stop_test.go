package linear

import (
	"errors"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// A search for a law ends on its way through the rows when it is told to, wherever it is then.
func TestFitHearsAStopOnTheWay(t *testing.T) {
	s := data.Series{Names: []string{"x", "y"}}
	for i := range 2 * stopRows {
		s.T = append(s.T, 0.1*float64(i))
		s.X = append(s.X, math.Sin(0.1*float64(i)), math.Cos(0.13*float64(i)))
	}
	asked := 0
	o := Options{Least: 2, Most: 2, Direct: "no", Noise: "yes", Stop: func() bool { asked++; return false }}
	if _, err := Fit([]data.Series{s}, o); err != nil || asked < 20 {
		t.Fatalf("asked %d times, %v", asked, err)
	}
	for _, at := range []int{1, 2, 5, asked - 1} {
		after := 0
		o.Stop = func() bool { after++; return after >= at }
		if r, err := Fit([]data.Series{s}, o); !errors.Is(err, errStopped) && !(err == nil && r != nil && at == asked-1) {
			t.Errorf("stopped at question %d: %v", at, err)
		}
		if after > at+20 { // every part that begins anew asks once
			t.Errorf("stopped at question %d, it asked %d times", at, after)
		}
	}
}
