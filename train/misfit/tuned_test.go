package misfit

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// Every measure that takes a number takes any above zero, and is the one it
// gets: the same as with noise so much wider.
func TestTunedMeasuresTakePositiveNumbers(t *testing.T) {
	for _, name := range ofRows() {
		m, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		tuned, ok := m.(Tuned)
		if !ok || name == "quantile" { // its number is a share
			continue
		}
		wider := func(v float64) float64 { return v }
		if name == "student" { // degrees of freedom
			wider = math.Sqrt
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
			if want, _, _ := one.At(2, 0.1*wider(v)); math.Abs(got-want) > 1e-12*want {
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

func TestResidualsBeginWithSlope(t *testing.T) {
	for _, name := range ofRows() {
		m, err := Parse(name)
		if err != nil {
			t.Fatal(err)
		}
		want := 1.0
		if name == "gaussian" {
			want = 10
		}
		if r, slope := m.Residual(0, 0.1); r != 0 || math.Abs(slope-want) > 1e-12 {
			t.Errorf("%s: %g with slope %g at zero, want %g", name, r, slope, want)
		}
	}
}

// The mean cost of a sample is least where its share lies below: of normal values,
// near their quantiles.
func TestQuantilesDivideASample(t *testing.T) {
	for tau, want := range map[float64]float64{0.1: -1.2816, 0.5: 0, 0.9: 1.2816} {
		m, err := Parse(fmt.Sprintf("quantile:%g", tau))
		if err != nil {
			t.Fatal(err)
		}
		slope := func(at float64) (sum float64) {
			const step = 1e-3
			for y := -9 + step/2; y < 9; y += step {
				_, s, _ := m.At(at-y, 1)
				sum += s * math.Exp(-y*y/2)
			}
			return sum
		}
		lo, hi := -4.0, 4.0
		for range 60 {
			if mid := (lo + hi) / 2; slope(mid) < 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		if math.Abs(lo-want) > 0.05 {
			t.Errorf("the share %g is divided at %.3f, want %.3f", tau, lo, want)
		}
		up, _, _ := m.At(1, 1)
		down, _, _ := m.At(-1, 1)
		if math.Abs(up*tau-down*(1-tau)) > 1e-12 {
			t.Errorf("sides of %g cost %g and %g", tau, up, down)
		}
	}
	for _, text := range []string{"quantile:0", "quantile:1", "quantile:-0.2"} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), "between 0 and 1") {
			t.Errorf("loss=%s: %v", text, err)
		}
	}
	if v, ok := Share("quantile:0.9"); !ok || v != 0.9 {
		t.Errorf("the share of quantile:0.9 is %g, %v", v, ok)
	}
	if _, ok := Share("huber"); ok {
		t.Error("huber has a share")
	}
}
