package chaos

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// noisy are the standardised rows with noise, a share of their deviations.
func noisy(t testing.TB, x []float64, d int, share float64, seed uint64) []float64 {
	t.Helper()
	z, err := standardised(x, d)
	if err != nil {
		t.Fatal(err)
	}
	r := num.Stream(seed, "noise")
	for i := range z {
		z[i] += share * r.NormFloat64()
	}
	return z
}

// Lorenz, whose leading exponent is 0.9054: known from clean rows and with 1 % of
// noise; not known with 10 %, and then no number counts as known.
func TestExponentsFromRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const rows = 6000
	x := orbit(t, "lorenz", rows, 0.01, 50)
	for _, c := range []struct {
		share     float64
		supported [2]int // least, most
	}{{0, [2]int{2, 3}}, {0.01, [2]int{1, 2}}, {0.1, [2]int{0, 0}}} {
		s, err := LocalLyapunov(noisy(t, x, 3, c.share, 1), 3, 0.01, LocalOptions{Ahead: 3})
		if err != nil {
			t.Fatal(err)
		}
		if s.Supported < c.supported[0] || s.Supported > c.supported[1] {
			t.Errorf("noise %g: %d exponents are supported: %.3g ± %.2g", c.share, s.Supported, s.Exponents, s.Errors)
		}
		if s.Supported > 0 && !(math.Abs(s.Exponents[0]-0.9054) <= max(0.12, 2*s.Errors[0])) {
			t.Errorf("noise %g: the leading exponent is %.3g ± %.2g, not 0.905", c.share, s.Exponents[0], s.Errors[0])
		}
		if (s.Supported == 0) != (s.Status == NotConverged) || s.Supported < 3 && s.Reason == "" {
			t.Errorf("noise %g: %+v", c.share, *s)
		}
	}
}

// Rows of a linear map have its exponents exactly, whatever the neighbourhoods.
func TestExponentsOfALinearMapAreExact(t *testing.T) {
	const n, turn, grow = 2000, 0.7, -0.004
	x := make([]float64, 2*n)
	for i := range n {
		r := math.Exp(grow * float64(i))
		x[2*i], x[2*i+1] = r*math.Cos(turn*float64(i)), r*math.Sin(turn*float64(i))
	}
	s, err := LocalLyapunov(x, 2, 1, LocalOptions{Ahead: 1, Theiler: 5, Order: 1, Neighbours: 20})
	if err != nil {
		t.Fatal(err)
	}
	for j, v := range s.Exponents {
		if math.Abs(v-grow) > 1e-5 {
			t.Errorf("exponent %d is %g, want %g", j+1, v, grow)
		}
	}
}

func TestTooFewRowsHaveNoExponents(t *testing.T) {
	s, err := LocalLyapunov(make([]float64, 200), 2, 1, LocalOptions{})
	if err != nil || s.Status != TooShort || len(s.Exponents) > 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

// With one percent of noise the leading exponent of Lorenz' system is within a tenth,
// because rows are smoothed first; and its error holds what it promises.
func TestNoiseOfOnePercentLeavesTheLeadingExponent(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x := orbit(t, "lorenz", 8000, 0.01, 51)
	s, err := LocalLyapunov(noisy(t, x, 3, 0.01, 1), 3, 0.01, LocalOptions{Count: 1})
	if err != nil {
		t.Fatal(err)
	}
	if s.Supported < 1 || math.Abs(s.Exponents[0]/0.9056-1) > 0.1 || math.Abs(s.Exponents[0]-0.9056) > 2*s.Errors[0] {
		t.Errorf("%.3g ± %.2g", s.Exponents, s.Errors)
	}
	if s.Smoothed < 0.005 || s.Smoothed > 0.011 {
		t.Errorf("rows moved by %g", s.Smoothed)
	}
}
