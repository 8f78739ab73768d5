package model

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// A few members hold a further draw as often as they say; the quantiles of 8
// at 5 and 95 % would hold 0.72.
func TestSpreadOfFewMembersHoldsAnotherDraw(t *testing.T) {
	const draws = 20000
	for _, n := range []int{1, 2, 3, 5, 7, 15, 31} {
		s := num.Stream(1, "spread", uint64(n))
		d, inside, w := make([]float64, n), 0, newSpread(n)
		for range draws {
			for i := range d {
				d[i] = 3 + s.NormFloat64()
			}
			if math.Abs(s.NormFloat64()) <= w.half(3, d) {
				inside++
			}
		}
		if p := float64(inside) / draws; p < 0.87 || p > 0.94 {
			t.Errorf("%d members: %.3f inside", n, p)
		}
	}
}

// One member that runs away does not take the band with it; most of them do.
func TestSpreadOfMembersThatRunAway(t *testing.T) {
	s, inf := newSpread(7), math.Inf(1)
	if w := s.half(0, []float64{1, 2, 1, 1, 2, 1, 1e10}); w > 5 {
		t.Errorf("one of seven far away: %g", w)
	}
	if w := s.half(0, []float64{1, math.NaN(), 1, inf, 2, 1, 1}); w > 5 {
		t.Errorf("two of seven nowhere: %g", w)
	}
	if w := s.half(0, []float64{1, math.NaN(), inf, math.NaN(), 2, 1, -inf}); !math.IsInf(w, 1) {
		t.Errorf("four of seven nowhere: %g", w)
	}
}
