package chaos

import (
	"math"
	"testing"
)

// A cosine: its mean, deviation, box, period, memory and density are known.
func TestStatisticsOfACosine(t *testing.T) {
	const n, dt, period = 20000, 0.05, 7.31234
	x := make([]float64, 2*n)
	for i := range n {
		x[2*i] = 3 + 2*math.Cos(2*math.Pi*dt*float64(i)/period)
		x[2*i+1] = math.Sin(2 * math.Pi * dt * float64(i) / period)
	}
	a, err := Describe(x, 2, dt)
	if err != nil || a.Status != OK || a.Drifts() {
		t.Fatalf("%+v, %v", a, err)
	}
	c := a.Columns[0]
	for _, v := range []struct {
		what            string
		got, want, give float64
	}{
		{"mean", c.Mean, 3, 0.01}, {"deviation", c.Deviation, math.Sqrt2, 0.01}, {"lowest", c.Lo, 1, 1e-3}, {"highest", c.Hi, 5, 1e-3},
		{"period", c.Period, period, 0.06}, {"memory", c.Memory, period * math.Acos(1/math.E) / (2 * math.Pi), 0.06},
		// The arc sine law over the middle of sixty bins.
		{"density", c.Density[30], math.Asin(1.0/30) / math.Pi, 2e-3}, {"density at the edge", c.Density[59], 0.5 - math.Asin(29.0/30)/math.Pi, 3e-3},
	} {
		if !(math.Abs(v.got-v.want) <= v.give) {
			t.Errorf("%s is %g, want %g", v.what, v.got, v.want)
		}
	}
	now, next := ReturnMap(columnOf(x, 2, 0))
	for i := range now {
		if math.Abs(now[i]-5) > 1e-4 || math.Abs(next[i]-5) > 1e-4 {
			t.Errorf("a maximum of %g, then %g", now[i], next[i])
		}
	}
	if len(now) < 130 {
		t.Errorf("%d maxima", len(now))
	}
}

func TestADriftIsSeen(t *testing.T) {
	x := orbit(t, "lorenz", 8000, 0.05, 20)
	a, err := Describe(x, 3, 0.05)
	if err != nil || a.Drifts() {
		t.Errorf("an attractor drifts by %g, %v", a.Drift, err)
	}
	for i := range x {
		x[i] += 20 * float64(i) / float64(len(x))
	}
	if a, err = Describe(x, 3, 0.05); err != nil || !a.Drifts() {
		t.Errorf("a drift is %g, %v", a.Drift, err)
	}
	if a, err = Describe(x[:300], 3, 0.05); err != nil || a.Status != TooShort {
		t.Errorf("%+v, %v", a, err)
	}
}

// The maxima of Lorenz's z follow a map with a cusp, one value for each.
func TestReturnMapOfLorenz(t *testing.T) {
	now, next := ReturnMap(columnOf(orbit(t, "lorenz", 40000, 0.01, 20), 3, 2))
	for i := range now {
		for j := range now {
			if math.Abs(now[i]-now[j]) < 0.02 && math.Abs(next[i]-next[j]) > 1.2 {
				t.Fatalf("after %.3f comes %.3f, after %.3f %.3f", now[i], next[i], now[j], next[j])
			}
		}
	}
}
