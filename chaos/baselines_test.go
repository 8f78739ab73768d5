package chaos

import (
	"math"
	"testing"
)

func baselines(t *testing.T, x []float64, d int) map[string]*Baseline {
	t.Helper()
	all, err := FitBaselines(x, d, 1)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*Baseline{}
	for _, b := range all {
		out[b.Name] = b
	}
	return out
}

// Hénon's map is a polynomial of second degree: ng-rc finds it, and follows it for as long
// as rounding lets anyone.
func TestPolynomialsOfDelaysAreAQuadraticMap(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x := orbit(t, "henon", 1500, 1, 100)
	b := baselines(t, x[:2*1000], 2)
	for name, least := range map[string]int{"ng-rc": 30, "random": 8, "echo-state": 5, "parrot": 2} {
		f := b[name].Forecast(x[:2*1000], 100)
		rows, _ := ValidRows(f, x[2*1000:], []float64{0.72, 0.22}, 0.4)
		if rows < least {
			t.Errorf("%s (%s) is valid for %d rows", name, b[name].Settings, rows)
		}
	}
	if f := b["persistence"].Forecast(x[:20], 3); f[4] != x[18] || f[5] != x[19] {
		t.Errorf("persistence: %v after %v", f, x[18:20])
	}
	mean, _, _ := columnMoments(x[:2*1000], 2)
	if f := b["mean"].Forecast(x[:20], 2); math.Abs(f[2]-mean[0]) > 1e-12 {
		t.Errorf("mean: %v, want %v", f, mean)
	}
}

// On Lorenz' system, 5 000 rows 0.01 apart, they reach what others report for them: some
// Lyapunov times.
func TestBaselinesOnLorenz(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x := orbit(t, "lorenz", 6000, 0.02, 50)
	b := baselines(t, x[:3*3000], 3)
	for name, least := range map[string]float64{"ng-rc": 3, "random": 3, "echo-state": 2} {
		var times []float64
		for k := range 6 {
			at := 3000 + 400*k
			rows, _ := ValidRows(b[name].Forecast(x[3*(at-300):3*at], 400), x[3*at:], []float64{7.9, 9, 8.6}, 0.4)
			times = append(times, float64(rows)*0.02*0.9056)
		}
		if _, mid, _ := Quartiles(times); mid < least {
			t.Errorf("%s (%s) is valid for %v Lyapunov times", name, b[name].Settings, times)
		}
	}
}

// A period is copied from the past for ever.
func TestTheParrotKnowsPeriods(t *testing.T) {
	if testing.Short() {
		t.Skip("a long orbit, on one core")
	}
	x := make([]float64, 600)
	for i := range x {
		x[i] = math.Sin(2 * math.Pi * float64(i) / 37.25)
	}
	f := baselines(t, x[:400], 1)["parrot"].Forecast(x[:400], 150)
	if rows, ended := ValidRows(f, x[400:], []float64{0.7}, 0.4); rows < 150 || ended {
		t.Errorf("valid for %d rows", rows)
	}
	if _, err := FitBaselines(x[:100], 1, 1); err == nil {
		t.Error("a hundred rows have baselines")
	}
}
