package chaos

import (
	"math"
	"testing"
)

// The limit cycle of van der Pol's oscillator (mu = 1): its period is known to many
// digits, and its multiplier is the exponential of the mean divergence.
func TestTheLimitCycleIsFound(t *testing.T) {
	all, err := Cycles(known(t, "van-der-pol"), CycleOptions{States: 4000, Trials: 8})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d cycles, %v", len(all), err)
	}
	c := all[0]
	if math.Abs(c.Period-6.6632868593) > 1e-7 || !c.Stable || c.Trivial > 1e-6 || math.Abs(c.Exponent+1.05938) > 2e-5 {
		t.Errorf("%+v", c)
	}
}

// The shortest cycle of Lorenz' system goes once around each wing. Viswanath,
// Nonlinearity 16 (2003) 1035: period 1.5586522107, largest multiplier 4.70.
func TestUnstableCyclesOfLorenz(t *testing.T) {
	all, err := Cycles(known(t, "lorenz"), CycleOptions{States: 20000, Longest: 2.5})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d cycles, %v", len(all), err)
	}
	c := all[0]
	if math.Abs(c.Period-1.5586522107) > 1e-6 || c.Stable || c.Unstable != 1 || math.Abs(c.Multipliers[0].Size()-4.70) > 0.05 || c.Trivial > 1e-5 {
		t.Errorf("%+v", c)
	}
	if len(all) < 3 || math.Abs(all[1].Period-2.3059072639) > 1e-6 || math.Abs(all[2].Period-2.3059072639) > 1e-6 {
		for _, c := range all {
			t.Errorf("period %.10f from %v", c.Period, c.X)
		}
	}
}

// Cycles of the logistic map x → 4x(1 − x): 2^p points have period p or a part of it,
// and each cycle's multiplier is ±2^p, but for the origin's.
func TestCyclesOfTheLogisticMap(t *testing.T) {
	all, err := Cycles(known(t, "logistic"), CycleOptions{Longest: 3, States: 20000})
	if err != nil {
		t.Fatal(err)
	}
	count := map[int]int{}
	for _, c := range all {
		p := int(c.Period)
		count[p]++
		want := math.Pow(2, c.Period)
		if c.X[0] < 1e-6 {
			want = 4
		}
		if got := c.Multipliers[0].Size(); math.Abs(got-want) > 1e-6 || c.Stable {
			t.Errorf("period %d from %v: multiplier %g", p, c.X, got)
		}
	}
	if count[1] < 1 || count[1] > 2 || count[2] != 1 || count[3] != 2 {
		t.Errorf("cycles by period: %v", count)
	}
}
