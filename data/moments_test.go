package data

import (
	"math"
	"testing"
)

func TestMomentsLeaveOutGaps(t *testing.T) {
	s := read(t, "id,t,x,y,z\na,0,1,,2\na,1,-3,,2\nb,0,,,2\nb,1,5,,\n", ReadOptions{})
	m := NewMoments(s...)
	wantNumbers(t, "mean", m.Mean, 1, nan, 2)
	wantNumbers(t, "mean magnitude", m.MeanAbs, 3, nan, 2)
	wantNumbers(t, "min", m.Min, -3, nan, 2)
	wantNumbers(t, "max", m.Max, 5, nan, 2)
	wantNear(t, "sd", m.SD[0], math.Sqrt(32.0/3), 1e-15)
	if m.Count[0] != 3 || m.Count[1] != 0 || m.Count[2] != 3 {
		t.Errorf("counts %v", m.Count)
	}
}

func TestMomentsKeepDigitsBesideALargeOffset(t *testing.T) {
	s := ramp(101)
	for i := range s.X {
		s.X[i] += 1e9
	}
	wantNear(t, "sd", NewMoments(s).SD[0], 10*math.Sqrt(850), 1e-6)
	for i := range s.X {
		s.X[i] = 0.1
	}
	if sd := NewMoments(s).SD[0]; sd != 0 {
		t.Errorf("sd of a constant = %g", sd)
	}
}

func TestVarianceOfThePublishedRecording(t *testing.T) {
	_, noisy := orbit(t)
	v := NewMoments(noisy).Variance()
	wantNear(t, "mean variance", (v[0]+v[1])/2, 5.22, 0.005)
}

func TestDerivativeRMS(t *testing.T) {
	var s Series
	s.Names = []string{"x", "y", "z"}
	for i := range 400 {
		at := float64(i) * math.Pi / 100
		s.T = append(s.T, at)
		s.X = append(s.X, math.Sin(3*at), 5*at, nan)
	}
	d := DerivativeRMS(s)
	wantNear(t, "sine", d[0], 3/math.Sqrt2, 0.01)
	wantNear(t, "line", d[1], 5, 1e-9)
	if !math.IsNaN(d[2]) {
		t.Errorf("empty column: %g", d[2])
	}
}

func TestSmoothFillsGaps(t *testing.T) {
	clean, noisy := orbit(t)
	noisy.X[2*30] = nan
	curves, err := Smooth(&noisy, GCV)
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "in the gap", curves[0].At(noisy.T[30]), clean.X[2*30], 0.1)
	wantNear(t, "noise estimate", curves[1].Sigma, 0.081, 0.02)
	fixed, err := Smooth(&noisy, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantNear(t, "interpolation", fixed[1].At(noisy.T[30]), noisy.X[2*30+1], 1e-12)
	for i := range noisy.T {
		noisy.X[2*i] = nan
	}
	if _, err := Smooth(&noisy, GCV); err == nil {
		t.Error("an empty column is no error")
	}
}
