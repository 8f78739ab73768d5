package regress

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// law is a slope made of columns 1 and 3 of five, with noise of the given size; the last
// column is the sum of the first two.
func law(noise float64) (a, b []float64) {
	const rows, terms = 200, 5
	r := num.Stream(4, "regress")
	for range rows {
		x := make([]float64, terms)
		for j := range terms - 1 {
			x[j] = r.NormFloat64()
		}
		x[4] = x[0] + x[1]
		a, b = append(a, x...), append(b, 2*x[1]-0.5*x[3]+noise*r.NormFloat64())
	}
	return a, b
}

func newLaw(noise float64) *Regression {
	a, b := law(noise)
	return New(a, b, []float64{1, 1, 1, 1, 1}, 1)
}

// What a slope is made of is found by thresholds and by elimination alike, whether there is
// noise or not.
func TestTermsOfALawAreFound(t *testing.T) {
	for _, noise := range []float64{0, 0.1} {
		for _, how := range []string{"thresholds", "elimination"} {
			s, active := newLaw(noise), []bool{true, true, true, true, false}
			if how == "thresholds" {
				s.Threshold(active, 0.2)
			} else {
				s.Eliminate(active)
			}
			if !slices.Equal(active, []bool{false, true, false, true, false}) {
				t.Errorf("%s, noise %g: %v", how, noise, active)
			}
			share, rss, _ := s.Solve(active)
			if math.Abs(share[1]-2) > 0.05 || math.Abs(share[3]+0.5) > 0.05 || share[0] != 0 || share[2] != 0 {
				t.Errorf("%s, noise %g: %v", how, noise, share)
			}
			if want := 200 * noise * noise; math.Abs(rss-want) > 0.3*want+1e-20*s.Square() {
				t.Errorf("%s, noise %g: %g is left of the squares, want about %g", how, noise, rss, want)
			}
		}
	}
}

// The criterion likes neither a term too few nor one too many.
func TestCriterionLikesTheLaw(t *testing.T) {
	s := newLaw(0.1)
	of := func(active ...int) float64 {
		on := make([]bool, 5)
		for _, j := range active {
			on[j] = true
		}
		_, rss, _ := s.Solve(on)
		return s.Criterion(rss, on)
	}
	best := of(1, 3)
	for _, other := range [][]int{{1}, {3}, {1, 2}, {0, 1, 3}, {0, 1, 2, 3}} {
		if v := of(other...); v <= best {
			t.Errorf("terms %v have %g, the law has %g", other, v, best)
		}
	}
}

// A column that is the sum of others is named with them, and with all of them there the
// regression has a ridge.
func TestTermsThatAreTooAlikeAreNamed(t *testing.T) {
	a, _ := law(0)
	alike := Dependent(a, 200, 5)
	if len(alike) != 1 || alike[0].Term != 4 || !slices.Equal(alike[0].Of, []int{0, 1}) {
		t.Fatalf("%+v", alike)
	}
	s := newLaw(0)
	s.Alike = alike
	for _, c := range []struct {
		active []bool
		ridge  float64
	}{{[]bool{true, true, true, true, true}, RidgeAlike}, {[]bool{true, true, true, true, false}, 0}, {[]bool{false, true, true, true, true}, 0}} {
		if got := s.penalty(c.active); got != c.ridge {
			t.Errorf("%v: ridge %g, want %g", c.active, got, c.ridge)
		}
	}
	if share, _, _ := s.Solve([]bool{true, true, true, true, true}); slices.ContainsFunc(share, func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > 3 }) {
		t.Errorf("shares %v", share)
	}
}
