package chaos

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

func regularity(t *testing.T, v []float64) *Regularity {
	t.Helper()
	r, err := AssessRegularity(v, 1)
	if err != nil || r.Status != OK {
		t.Fatalf("%+v, %v", r, err)
	}
	return r
}

// Two incommensurate sines, the logistic map, Lorenz, and noise with memory: each as it is.
func TestKindsOfMotionAreTold(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 4000
	sines := make([]float64, n)
	for i := range sines {
		sines[i] = math.Sin(0.31*float64(i)) + 0.6*math.Sin(0.31*math.Sqrt2*float64(i))
	}
	if r := regularity(t, sines); r.ZeroOne > 0.1 || r.Entropy > 0.8 {
		t.Errorf("sines: %+v", r)
	}
	if r := regularity(t, orbit(t, "logistic", n, 1, 50)); r.ZeroOne < 0.9 || r.Better > 0 {
		t.Errorf("the logistic map: %+v", r)
	}
	if r := regularity(t, columnOf(orbit(t, "lorenz", n, 0.05, 50), 3, 0)); r.ZeroOne < 0.8 || r.Better > 0 {
		t.Errorf("Lorenz: %+v", r)
	}
	red, r := make([]float64, n), num.Stream(3, "red")
	for i := 1; i < n; i++ {
		red[i] = 0.9*red[i-1] + r.NormFloat64()
	}
	if r := regularity(t, red); r.ZeroOne < 0.9 || r.Better == 0 || r.Entropy < 0.9 {
		t.Errorf("red noise: %+v", r)
	}
}

// Surrogates have the values of the record, and its spectrum.
func TestSurrogatesKeepValuesAndSpectrum(t *testing.T) {
	z := periodicPart(columnOf(orbit(t, "lorenz", 2048, 0.05, 50), 3, 0))
	s := surrogate(z, 1, 1)
	a, b := append([]float64{}, z...), append([]float64{}, s...)
	if d := num.Wasserstein1(a, b); d > 1e-12 {
		t.Errorf("the values are %g apart", d)
	}
	if d := num.Hellinger(num.PowerSpectrum(z, 3), num.PowerSpectrum(s, 3)); d > 0.05 {
		t.Errorf("the spectra are %g apart", d)
	}
	if c := math.Abs(correlation(z, s)); c > 0.3 {
		t.Errorf("it resembles the record: %g", c)
	}
}

// The orders of rising values are one; those of noise all alike.
func TestPermutationEntropyOfOrderAndOfNoise(t *testing.T) {
	up, r := make([]float64, 2000), num.Stream(4, "noise")
	for i := range up {
		up[i] = float64(i)
	}
	if e := permutationEntropy(up, 4, 1); e != 0 {
		t.Errorf("rising values have %g", e)
	}
	for i := range up {
		up[i] = r.NormFloat64()
	}
	if e := permutationEntropy(up, 4, 1); e < 0.99 || e > 1 {
		t.Errorf("noise has %g", e)
	}
	// x → 4x(1−x) has no falling run of three: five of six orders of three.
	if e := permutationEntropy(orbit(t, "logistic", 5000, 1, 10), 3, 1); !(e < math.Log(5)/math.Log(6)) {
		t.Errorf("the logistic map has %g", e)
	}
}

// A period is all lines as long as the record; noise has few.
func TestRecurrenceOfAPeriodAndOfNoise(t *testing.T) {
	const n = 1000
	x, r := make([]float64, 2*n), num.Stream(5, "noise")
	for i := range n {
		x[2*i], x[2*i+1] = math.Cos(2*math.Pi*float64(i)/50), math.Sin(2*math.Pi*float64(i)/50)
	}
	p, err := RecurrencePlot(x, 2, 0.1)
	if err != nil || p.Determinism < 0.99 || math.Abs(p.LongestLine-0.1*(n-50)) > 0.11*50 || len(p.I) == 0 {
		t.Errorf("a period: %+v, %v", p.LongestLine, err)
	}
	for i := range x {
		x[i] = r.NormFloat64()
	}
	w, err := RecurrencePlot(x, 2, 0.1)
	if err != nil || math.Abs(w.Rate-recurrenceRate) > 0.01 || w.Determinism > 0.2 {
		t.Errorf("noise: rate %g, determinism %g, %v", w.Rate, w.Determinism, err)
	}
}
