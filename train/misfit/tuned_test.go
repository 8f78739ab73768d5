package misfit

import (
	"math"
	"testing"
)

// Every measure that takes a number takes any above zero, and is the one it
// gets: the same as with noise so much wider.
func TestTunedMeasuresTakePositiveNumbers(t *testing.T) {
	for _, name := range Measures.Names() {
		m, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		tuned, ok := m.(Tuned)
		if !ok {
			continue
		}
		for _, v := range []float64{0, -1, math.Inf(1), math.Inf(-1), math.NaN()} {
			if _, err := tuned.Tune(v); err == nil {
				t.Errorf("%s takes the number %g", name, v)
			}
		}
		one, err := tuned.Tune(1)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []float64{1e-3, 0.5, 7} {
			other, err := tuned.Tune(v)
			if err != nil {
				t.Errorf("%s:%g: %v", name, v, err)
				continue
			}
			got, _, _ := other.At(2, 0.1)
			if want, _, _ := one.At(2, 0.1*v); math.Abs(got-want) > 1e-12*want {
				t.Errorf("%s:%g costs %g, want %g", name, v, got, want)
			}
		}
	}
}

// Where the noise is normal after all, the default of a robust measure loses a
// twentieth: (E ψ′)²/E ψ² is 0.95.
func TestDefaultsLoseATwentiethOfNormalNoise(t *testing.T) {
	for _, name := range []string{"huber", "cauchy"} {
		m, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		square, curve := 0.0, 0.0
		const step = 1e-3
		for e := -9 + step/2; e < 9; e += step {
			weight := math.Exp(-e*e/2) / math.Sqrt(2*math.Pi) * step
			_, s, c := m.At(e, 1)
			square, curve = square+weight*s*s, curve+weight*c
		}
		if got := curve * curve / square; math.Abs(got-0.95) > 1e-3 {
			t.Errorf("%s: efficiency %.4f", name, got)
		}
	}
}

func TestResidualsBeginWithSlopeOne(t *testing.T) {
	for _, name := range Measures.Names() {
		m, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		if r, slope := m.Residual(0, 0.1); r != 0 || slope != 1 {
			t.Errorf("%s: %g with slope %g at zero", name, r, slope)
		}
	}
}
