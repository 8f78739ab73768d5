package data

import (
	"math"
	"os"
	"strings"
	"testing"
)

// orbit returns the published Lotka–Volterra recording before and after its noise.
func orbit(t *testing.T) (clean, noisy Series) {
	t.Helper()
	f, err := os.Open("testdata/lotka-volterra-clean-and-noisy.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := Read(f, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if clean, err = s[0].Pick([]string{"x", "y"}); err != nil {
		t.Fatal(err)
	}
	if noisy, err = s[0].Pick([]string{"x_noisy", "y_noisy"}); err != nil {
		t.Fatal(err)
	}
	noisy.Names = clean.Names
	return clean, noisy
}

var fivePercent = Noise{Level: 0.05, Relative: true, Torch: true}

func TestTorchNoiseIsThePublishedDraw(t *testing.T) {
	clean, want := orbit(t)
	sd := fivePercent.SD(&clean)
	wantNear(t, "sd of x", sd[0], 0.102306, 1e-6)
	wantNear(t, "sd of y", sd[1], 0.081232, 1e-6)
	got, err := AddNoise(&clean, fivePercent, 10)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("../examples/lotka-volterra.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	shipped, err := Read(f, ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Clean and noisy values are both rounded to 1e-6.
	for i, v := range want.X {
		wantNear(t, "drawn", got.X[i], v, 1.01e-6)
		wantNear(t, "shipped", shipped[0].X[i], v, 0)
	}
	s, err := Compare([]Series{clean}, shipped, CompareOptions{})
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "realised noise", s.MSE, 8.570e-3, 1e-6)
}

func TestNoiseStreamsOfComponentsAreApart(t *testing.T) {
	s := ramp(2000)
	a, err := AddNoise(&s, Noise{Level: 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares [2]float64
	var cross float64
	for i := range s.T {
		var e [2]float64
		for c := range e {
			e[c] = a.Row(i)[c] - s.Row(i)[c]
			sum[c] += e[c] / 2000
			squares[c] += e[c] * e[c] / 2000
		}
		cross += e[0] * e[1] / 2000
	}
	for c := range sum {
		wantNear(t, "mean", sum[c], 0, 0.15)
		wantNear(t, "sd", math.Sqrt(squares[c]), 2, 0.12)
	}
	wantNear(t, "covariance", cross, 0, 0.35)

	part, err := s.Pick([]string{"x"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := AddNoise(&part, Noise{Level: 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if b.X[7] != a.X[14] {
		t.Error("another component shifts the noise of the first")
	}
	if c, _ := AddNoise(&s, Noise{Level: 2}, 2); c.X[0] == a.X[0] {
		t.Error("two seeds give the same noise")
	}
}

func TestNoiseKeepsGapsAndItsSource(t *testing.T) {
	s := ramp(10)
	s.X[4] = nan
	before := append([]float64(nil), s.X...)
	a, err := AddNoise(&s, Noise{Level: 0.1, Relative: true}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(a.X[4]) || math.IsNaN(a.X[5]) {
		t.Error("gaps moved")
	}
	wantNumbers(t, "the source", s.X, before...)
}

func TestParseNoise(t *testing.T) {
	for text, want := range map[string]Noise{"0.25": {Level: 0.25}, "5%": {Level: 0.05, Relative: true}, " 0 ": {}} {
		if got, err := ParseNoise(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "%", "-1", "nan", "inf", "much", "5 %%"} {
		if _, err := ParseNoise(text); err == nil || !strings.Contains(err.Error(), "0.25") {
			t.Errorf("%q: %v", text, err)
		}
	}
	short := ramp(3)
	if _, err := AddNoise(&short, fivePercent, 1); err == nil || !strings.Contains(err.Error(), "16") {
		t.Errorf("short torch noise: %v", err)
	}
}
