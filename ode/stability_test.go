package ode_test

import (
	"math"
	"math/cmplx"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

func method(t *testing.T, name string) *ode.Scheme {
	t.Helper()
	m, err := ode.Method(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Known ends of real stability intervals: Hairer, Wanner II, IV.2, and the root of
// the polynomial of dopri5.
func TestStabilityIntervalsAreKnown(t *testing.T) {
	for name, want := range map[string]float64{"euler": 2, "midpoint": 2, "heun": 2, "rk3": 2.5127453266, "rk4": 2.7852935634, "rk4-38": 2.7852935634, "dopri5": 3.3065678925} {
		if got := method(t, name).Stability().Extent(); !(math.Abs(got-want) <= 1e-6) {
			t.Errorf("%s: the interval ends at −%.8f, not −%.8f", name, got, want)
		}
	}
	for _, name := range []string{"radau5", "rodas4", "kencarp4"} {
		if got := method(t, name).Stability().Extent(); !math.IsInf(got, 1) {
			t.Errorf("%s is A-stable, but its interval ends at −%g", name, got)
		}
	}
}

func TestStabilityPolynomialOfDopri5(t *testing.T) {
	got := method(t, "dopri5").Tableau.Polynomial()
	for k, want := range []float64{1, 1, 1. / 2, 1. / 6, 1. / 24, 1. / 120, 1. / 600, 0} {
		if !(math.Abs(got[k]-want) <= 1e-15) {
			t.Errorf("coefficient %d is %g, not %g", k, got[k], want)
		}
	}
}

// A step of a tableau is its polynomial, and one of Radau IIA is the Padé
// approximation (2, 3) of the exponential.
func TestStabilityFunctionIsWhatAStepDoes(t *testing.T) {
	radau := func(z complex128) complex128 {
		return (1 + 2*z/5 + z*z/20) / (1 - 3*z/5 + 3*z*z/20 - z*z*z/60)
	}
	for _, z := range []complex128{-0.3, -1 + 2i, 0.2 - 0.7i, -7 + 3i} {
		if got, want := method(t, "radau5").Stability()(z), radau(z); cmplx.Abs(got-want) > 1e-10 {
			t.Errorf("radau5: R(%g) = %g, not %g", z, got, want)
		}
		for _, order := range []int{1, 2, 3, 4} {
			name := []string{"euler", "midpoint", "rk3", "rk4"}[order-1]
			if got, want := field.Exponential(order)(z), method(t, name).Stability()(z); cmplx.Abs(got-want) > 1e-12*cmplx.Abs(want) {
				t.Errorf("%s: R(%g) = %g, not %g", name, z, got, want)
			}
		}
	}
}
