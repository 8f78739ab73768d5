package ode

import (
	"math"
	"testing"
)

// next is the step that a controller makes of a step of 1 with each of the errors,
// one after the other in one lane.
func next(t *testing.T, name string, c Control, order int, errors ...float64) (h []float64, accept []bool) {
	t.Helper()
	make, err := Controllers.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	k := make(c)
	k.Reset(1)
	for _, e := range errors {
		a, s := []bool{false}, []float64{1}
		k.Next(a, s, []float64{e}, order)
		h, accept = append(h, s[0]), append(accept, a[0])
	}
	return h, accept
}

func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i, w := range want {
		if !(math.Abs(got[i]-w) <= 1e-12*w) {
			t.Errorf("%s, step %d: factor %.15g, want %.15g", what, i, got[i], w)
		}
	}
}

// TestControllersHaveTheirCoefficients pins the formulas in numbers: Hairer's for
// dopri5 (exponents 0.2 − 0.75·0.04 and 0.04, safety 0.9, first e' 1e-4, no growth
// after a rejection, factors between 0.2 and 10) and torchdiffeq's.
func TestControllersHaveTheirCoefficients(t *testing.T) {
	h, accept := next(t, "pi", Control{}, 5, 0.5, 0.25, 3, 0.1, 0.1, 1e-12, 1e9)
	near(t, "pi", h, []float64{
		0.9 * math.Pow(0.5, -0.17) * math.Pow(1e-4, 0.04),
		0.9 * math.Pow(0.25, -0.17) * math.Pow(0.5, 0.04),
		0.9 * math.Pow(3, -0.2), // rejected: the integral rule alone
		1,                       // the step after a rejection does not grow
		0.9 * math.Pow(0.1, -0.17) * math.Pow(0.1, 0.04),
		10, 0.2,
	})
	for i, want := range []bool{true, true, false, true, true, true, false} {
		if accept[i] != want {
			t.Errorf("pi, step %d: accepted %v", i, accept[i])
		}
	}
	h, _ = next(t, "pi", Control{}, 5, 1.0001)
	near(t, "pi, barely rejected", h, []float64{0.9 * math.Pow(1.0001, -0.2)})
	h, accept = next(t, "integral", Control{}, 5, 0.5, 0.9, 3, 0, 1e-12, 1e9)
	near(t, "integral", h, []float64{0.9 * math.Pow(0.5, -0.2), 1, 0.9 * math.Pow(3, -0.2), 10, 10, 0.2})
	if accept[2] || !accept[1] {
		t.Error("integral: an error of 3 is too large, one of 0.9 is not")
	}
	h, accept = next(t, "predictive", Control{}, 4, 0.5, 0.1, 3, 0.001, 0.0001, 0.3, 1e9)
	near(t, "predictive", h, []float64{
		1,                          // 0.9·0.5^(−1/4) = 1.07 is too little growth to be worth new factors
		0.9 * math.Pow(0.1, -0.25), // the other rule would allow 0.9·(0.5/0.01)^(1/4)
		0.9 * math.Pow(3, -0.25),
		1, // after a rejection
		8, // (1e-2/1e-8)^(1/4) is above, e^(−1/4) = 10 gives 9
		0.9 * math.Pow(1e-2/0.09, 0.25),
		0.2,
	})
	if !accept[0] || accept[2] || !accept[3] || accept[6] {
		t.Error("predictive: errors up to 1 are accepted")
	}
	h, accept = next(t, "fixed", Control{}, 5, 7, math.Inf(1))
	near(t, "fixed", h, []float64{1, 1})
	if !accept[0] || accept[1] {
		t.Error("fixed accepts what is finite")
	}
	h, _ = next(t, "pi", Control{Safety: 0.5, Grow: 3}, 3, 1e-9, 0.5)
	near(t, "pi with coefficients of its own", h, []float64{3, 0.5 * math.Pow(0.5, -0.85/3) * math.Pow(1e-4, 0.2/3)})
}
