package chaos

import (
	"context"
	"math"
	"testing"
)

// Equal gains lower every exponent by as much.
func TestEqualGainsLowerAllExponents(t *testing.T) {
	s, err := ConditionalSpectrum(context.Background(), known(t, "lorenz"), []float64{3, 3, 3}, SpectrumOptions{Span: 3000})
	if err != nil || s.Status != OK {
		t.Fatalf("%+v, %v", s, err)
	}
	for j, want := range []float64{0.90541 - 3, -3, -14.57208 - 3} {
		if math.Abs(s.Exponents[j]-want) > 0.03 {
			t.Errorf("exponent %d is %g ± %g, want %g", j+1, s.Exponents[j], s.Errors[j], want)
		}
	}
}

// A copy of Lorenz' system whose x is taken over follows: a strong gain on x leaves the
// other two, whose exponents are −1.81 and −1.86 (Pecora, Carroll 1990). All three add up
// to the divergence less the gain.
func TestACopyFollowsThroughXAndNotThroughZ(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const gain = 500
	s, err := ConditionalSpectrum(context.Background(), known(t, "lorenz"), []float64{gain, 0, 0}, SpectrumOptions{Span: 200, Transient: 10})
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range s.Exponents {
		sum += v
	}
	if math.Abs(sum+41.0/3+gain) > 1e-2 || math.Abs(s.Exponents[0]+1.81) > 0.12 || math.Abs(s.Exponents[1]+1.86) > 0.12 {
		t.Errorf("exponents %v, their sum %g", s.Exponents, sum)
	}
	f := known(t, "lorenz")
	if g, err := SmallestCoupling(context.Background(), f, []bool{false, false, true}, 0, 50); err != nil || !math.IsInf(g, 1) {
		t.Errorf("through z: %g, %v", g, err)
	}
	g, err := SmallestCoupling(context.Background(), f, []bool{true, true, true}, 0.1, 8)
	if err != nil || math.Abs(g-1.005) > 0.12 {
		t.Errorf("through all: %g, %v", g, err)
	}
}
