package chaos

import (
	"math"
	"testing"
)

// The vector of the zero exponent lies along the flow, and the mean growth of the
// vectors are the exponents.
func TestTheNeutralVectorLiesAlongTheFlow(t *testing.T) {
	f := known(t, "lorenz")
	c, err := CovariantVectors(f, CovariantOptions{})
	if err != nil || c.Split != 2 {
		t.Fatalf("split %d, %v", c.Split, err)
	}
	rate, worst := make([]float64, 3), 1.0
	for i := range c.Places {
		f.Rate(rate, 0, c.X[3*i:3*i+3])
		dot := 0.0
		for k, v := range rate {
			dot += v * c.V[(3*i+1)*3+k] / length(rate)
		}
		worst = min(worst, math.Abs(dot))
	}
	if worst < 1-1e-6 {
		t.Errorf("the second vector has |cos| %g with the flow somewhere", worst)
	}
	for j, want := range []float64{0.905, 0, -14.572} {
		if math.Abs(c.Growth[j]-want) > 0.05 {
			t.Errorf("vector %d grows at %g, want %g", j+1, c.Growth[j], want)
		}
	}
}

// Vectors at one place, carried along, are those at the next.
func TestVectorsOfTheHenonMapAreCarriedAlong(t *testing.T) {
	f := known(t, "henon")
	c, err := CovariantVectors(f, CovariantOptions{Places: 500})
	if err != nil {
		t.Fatal(err)
	}
	jac := make([]float64, 4)
	for i := 0; i+1 < c.Places; i++ {
		f.Jacobian(jac, 0, c.X[2*i:2*i+2])
		for j := range 2 {
			v, w := c.V[(2*i+j)*2:(2*i+j)*2+2], c.V[(2*i+2+j)*2:(2*i+2+j)*2+2]
			x, y := jac[0]*v[0]+jac[1]*v[1], jac[2]*v[0]+jac[3]*v[1]
			if cross := (x*w[1] - y*w[0]) / math.Hypot(x, y); math.Abs(cross) > 1e-6 {
				t.Fatalf("place %d: vector %d is carried %g aside", i, j+1, cross)
			}
		}
	}
	if c.Split != 1 || len(c.Angles) != 500 {
		t.Errorf("split %d, %d angles", c.Split, len(c.Angles))
	}
}

// All rates add up to the mean divergence; the first is above the exponent, some e-foldings
// of which a short time adds.
func TestLocalGrowth(t *testing.T) {
	g, err := LocalGrowth(known(t, "lorenz"), GrowthOptions{Horizon: 3, Places: 600, Apart: 0.7})
	if err != nil {
		t.Fatal(err)
	}
	sum := g.Mean[0] + g.Mean[1] + g.Mean[2]
	if math.Abs(sum+41.0/3) > 1e-4 || !(g.Mean[0] > 0.9 && g.Mean[0] < 2.2) || !(g.Lower[0] < g.Mean[0] && g.Mean[0] < g.Upper[0]) || g.Growing < 0.95 {
		t.Errorf("mean %v, growing %g", g.Mean, g.Growing)
	}
	// At rest they are the singular values of the exponential of the Jacobian: a damped
	// oscillator's two rates add up to its trace.
	r, err := LocalGrowth(known(t, "damped-oscillator"), GrowthOptions{Horizon: 2, Places: 20})
	if err != nil || math.Abs(r.Mean[0]+r.Mean[1]+0.2) > 1e-6 || r.Upper[0]-r.Lower[0] > 1e-6 {
		t.Errorf("%+v, %v", r, err)
	}
}
