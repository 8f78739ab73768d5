package train

import (
	"math"
	"testing"
)

func TestChoiceDoesNotDependOnTheOrder(t *testing.T) {
	mk := func(name string, held, evidence float64, wild bool, fail string) *candidate {
		c := &candidate{name: name, b: &bayes{logEvidence: evidence}}
		c.b.determined = math.Abs(evidence) // more evidence by more parameters
		c.scored.held.NRMSE, c.scored.wild, c.scored.fail = held, wild, fail
		return c
	}
	for want, list := range map[string][]*candidate{
		"alike, more evidence": {mk("best forecast", 0.10, 1, false, ""), mk("alike, more evidence", 0.12, 5, false, ""),
			mk("most evidence", 0.149, 9, false, ""), mk("wild", 0.01, 99, true, ""), mk("failed", math.NaN(), 100, false, "x")},
		"chaos":            {mk("chance", 0.8, 1, false, ""), mk("chaos", 1.4, 7, false, "")},
		"nothing held out": {mk("less", math.NaN(), 1, false, ""), mk("nothing held out", math.NaN(), 6, false, "")},
		"simpler":          {mk("simpler", 0.1, 7, false, ""), mk("a little more evidence", 0.1, 9, false, "")},
		"all wild":         {mk("all wild", 0.1, 1, true, ""), mk("wilder", 0.9, 9, true, "")},
	} {
		for shift := range list {
			turned := append(append([]*candidate{}, list[shift:]...), list[:shift]...)
			if got := choose(turned); got.name != want {
				t.Errorf("order %d: chose %q, want %q", shift, got.name, want)
			}
		}
	}
}
