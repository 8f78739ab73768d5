package scenes

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// energies of the systems, by their Hamiltonians.
var energies = map[string]func(x []float64) float64{
	"spring-mass-frames": func(x []float64) float64 { return x[0]*x[0] + x[1]*x[1] },
	"double-pendulum-frames": func(x []float64) float64 {
		s, c := math.Sincos(x[0] - x[1])
		return (x[2]*x[2]+2*x[3]*x[3]-2*x[2]*x[3]*c)/(2*0.5*(1+s*s)) - 2*0.5*3*math.Cos(x[0]) - 0.5*3*math.Cos(x[1])
	},
	"two-body-frames": func(x []float64) float64 {
		return x[2]*x[2] + x[3]*x[3] - 1/(2*math.Hypot(x[0], x[1]))
	},
}

// TestScenesKeepTheirEnergy: and their derivatives are those of it where that is simple.
func TestScenesKeepTheirEnergy(t *testing.T) {
	for _, name := range Names {
		s := all[name]
		for i := range 5 {
			x := s.draw(num.Stream(3, "start", uint64(i)))
			first := energies[name](x)
			at := slices.Clone(x)
			for range 100 {
				s.move(x)
			}
			if e := energies[name](x); math.Abs(e-first) > 1e-6*(1+math.Abs(first)) || slices.Equal(x, at) {
				t.Errorf("%s: the energy was %g and is %g, at %v", name, first, e, x)
			}
		}
	}
}

// TestSpringIsAtItsPlaceInTheFrame: cos 2t, by the centre of light.
func TestSpringIsAtItsPlaceInTheFrame(t *testing.T) {
	films, err := Film("spring-mass-frames", 2, 40, 7)
	if err != nil {
		t.Fatal(err)
	}
	s := all["spring-mass-frames"]
	for i, f := range films {
		x := s.draw(num.Stream(7, "spring-mass-frames", uint64(i)))
		for k := range f.Len() {
			q := x[0]*math.Cos(2*f.T[k]) + x[1]*math.Sin(2*f.T[k])
			wx, wy := centre([2]float64{q, 0}, 1.4)
			if gx, gy := centreOf(f.Row(k), f.Row(k)); math.Hypot(gx-wx, gy-wy) > 0.02 {
				t.Fatalf("frame %d: the centre of light is at %g, %g; the mass at %g, %g", k, gx, gy, wx, wy)
			}
		}
	}
}

// TestBlankMeanAndLastFramesAreNotGood: and the truth is.
func TestBlankMeanAndLastFramesAreNotGood(t *testing.T) {
	films, err := Film("spring-mass-frames", 20, 30, 1)
	if err != nil {
		t.Fatal(err)
	}
	size := side * side
	mean := make([]float64, size)
	for _, f := range films {
		for i, v := range f.X {
			mean[i%size] += v / float64(len(films)*f.Len())
		}
	}
	for _, f := range films {
		true := f.X[10*size:]
		truth := NewScore(true, true, mean)
		if !truth.Good() || truth.MSE != 0 || truth.Slope() != 0 {
			t.Errorf("the truth has %v", truth)
		}
		still := NewScore(slices.Repeat(mean, 20), true, mean)
		if blank := NewScore(make([]float64, 20*size), true, mean); blank.Good() || !math.IsInf(blank.Far, 1) || still.Good() || math.Abs(still.Part-1) > 1e-9 {
			t.Errorf("blank frames have %g, the mean frame %g of its own error", blank.Far, still.Part)
		}
		if short := NewScore(true[:size], true, mean); short.Good() {
			t.Error("one frame of twenty is good")
		}
	}
}

// TestFilmRefusesInWords: unknown names, too many.
func TestFilmRefusesInWords(t *testing.T) {
	for _, c := range []struct {
		name             string
		recordings, rows int
	}{{"spring", 3, 3}, {"two-body-frames", 0, 3}, {"two-body-frames", 3, 1}, {"two-body-frames", 3000, 3}} {
		if _, err := Film(c.name, c.recordings, c.rows, 1); err == nil {
			t.Errorf("%v is made", c)
		}
	}
}
