package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// forecastsOf are held-out forecasts from three origins with the given relative
// errors near and far from them, of one column of unit variance.
func forecastsOf(near, far float64) *HeldOut {
	h := &HeldOut{Horizons: []Horizon{{To: 1, Scores: data.Scores{NRMSE: near}}, {From: 1, To: 2, Scores: data.Scores{NRMSE: far}}}}
	h.Rolling.NRMSE = math.Sqrt((near*near + far*far) / 2)
	for i := range 3 {
		o := float64(i)
		h.Windows = append(h.Windows, Window{Origin: o, T: []float64{o + 1, o + 2}, Err: []float64{near, far}})
	}
	return h
}

func TestChoiceDoesNotDependOnTheOrder(t *testing.T) {
	mk := func(name string, near, far, evidence float64) *candidate {
		c := &candidate{name: name, b: &bayes{weighed: weighed{logEvidence: evidence}, way: way{settled: true}}}
		c.b.determined = math.Abs(evidence) // more evidence by more parameters
		c.scored.variance = []float64{1}
		if !math.IsNaN(near) {
			c.scored.rolling = forecastsOf(near, far)
		}
		return c
	}
	as := func(c *candidate, wild, settled bool, fail string) *candidate {
		c.scored.wild, c.b.settled, c.scored.fail = wild, settled, fail
		return c
	}
	nan := math.NaN()
	for want, list := range map[string][]*candidate{
		"alike, more evidence": {mk("best forecast", 0.10, 0.1, 1), mk("alike, more evidence", 0.12, 0.12, 5),
			mk("most evidence", 0.149, 0.149, 9), as(mk("wild", 0.01, 0.01, 99), true, true, ""),
			as(mk("failed", nan, nan, 100), false, true, "x"), as(mk("did not converge", 0.01, 0.01, 99), false, false, "")},
		// Far away is chance, but near the origin there is much between them.
		"chaos":             {mk("lucky", 0.5, 1, 9), mk("chaos", 0.1, 1.4, 7)},
		"nobody forecasts":  {mk("nobody forecasts", 0.8, 0.9, 1), mk("more evidence, no use", 1.4, 1.9, 7)},
		"nothing held out":  {mk("less", nan, nan, 1), mk("nothing held out", nan, nan, 6)},
		"simpler":           {mk("simpler", 0.1, 0.1, 7), mk("a little more evidence", 0.1, 0.1, 9)},
		"all wild":          {as(mk("all wild", 0.1, 0.1, 1), true, true, ""), as(mk("wilder", 0.9, 0.9, 9), true, true, "")},
		"none converged":    {as(mk("none converged", 0.1, 0.1, 1), false, false, ""), as(mk("worse", 0.9, 0.9, 9), false, false, "")},
		"good is as better": {mk("better than needed", 1e-5, 1e-5, 1), mk("good is as better", 5e-4, 5e-4, 9)},
	} {
		for shift := range list {
			turned := append(append([]*candidate{}, list[shift:]...), list[:shift]...)
			if got := equals(turned)[0]; got.name != want {
				t.Errorf("order %d: chose %q, want %q", shift, got.name, want)
			}
		}
	}
}

// TestRowsThatAForecastDoesNotReachAreLost: behind its end a forecast that failed is as wrong as one can be; a row that was
// not measured says nothing, and neither do rows beyond the horizon.
func TestRowsThatAForecastDoesNotReachAreLost(t *testing.T) {
	const lost = 1e4 // a hundred deviations off
	nan := math.NaN()
	h := &HeldOut{Windows: []Window{
		{Origin: 5, T: []float64{6, 7, 8}, Err: []float64{0.2, nan, nan}, Failed: "it left the numbers"},
		{Origin: 5, T: []float64{6, 7, 8}, Err: []float64{0.2, nan, 0.6}},
		{Origin: 5, T: []float64{6, 7, 8}, Err: []float64{1e3, 0.2, 0.2}},
	}}
	for horizon, want := range map[float64][]float64{
		1: {0.01, 0.01, lost},
		3: {(0.01 + 2*lost) / 3, (0.01 + 0.09) / 2, (lost + 0.02) / 3},
	} {
		got := h.errors(horizon, []float64{4})
		if len(got) != len(want) {
			t.Fatalf("%v", got)
		}
		for i := range want {
			closeTo(t, "the error of a window", got[i], want[i], 1e-9)
		}
	}
}

// TestOneStandardErrorIsThatOfTheDifference: a difference that some origins have
// one way and some the other says nothing; one that all have does.
func TestOneStandardErrorIsThatOfTheDifference(t *testing.T) {
	best := []float64{1, 2, 1, 2}
	if !asGood([]float64{4, 0.5, 5, 0.5}, best) {
		t.Error("errors that scatter around each other are told apart")
	}
	if asGood([]float64{2, 3.4, 2, 3.3}, best) {
		t.Error("errors larger at every origin pass")
	}
	if asGood([]float64{100, 1, 1, 1}, best) {
		t.Error("one that fails badly once passes for its large standard error")
	}
}

// The reason agrees with the errors that are told of every candidate: who has the least of
// them forecasts best, and who has not does not.
func TestTheReasonIsTrue(t *testing.T) {
	mk := func(near, far, evidence, determined float64) *candidate {
		c := &candidate{b: &bayes{weighed: weighed{logEvidence: evidence, determined: determined}, way: way{settled: true}}}
		c.scored.variance, c.scored.rolling = []float64{1}, forecastsOf(near, far)
		return c
	}
	kept := mk(0.1367, 0.1367, 9, 3)
	for want, other := range map[string]*candidate{
		"it forecasts the held-out rows best": mk(0.2, 0.2, 9, 3),
		"forecast the held-out rows alike":    mk(0.1366, 0.1366, 4, 3),
		"came to the same law":                mk(0.1366, 0.1366, 9, 3),
		"have far less evidence":              mk(0.01, 0.01, 9, 4),
	} {
		a := &search{list: []*candidate{kept, other}}
		if got := a.besideForecasts(kept); !strings.Contains(got, want) {
			t.Errorf("%s, want %q", got, want)
		}
	}
	// Up to the distance at which one can forecast: what comes later is chance.
	a := &search{list: []*candidate{mk(0.1, 2, 9, 3), mk(0.2, 1.4, 9, 4)}}
	if a.horizon() != 1 || a.bestForecaster() != a.list[0] {
		t.Errorf("compared up to %g", a.horizon())
	}
}

// Candidates of like evidence come by the numbers they determine, those of as many in the order in
// which they were tried.
func TestEvidencePrefersTheSimplerThenTheFirst(t *testing.T) {
	of := func(name string, evidence, determined float64) *candidate {
		return &candidate{name: name, b: &bayes{weighed: weighed{logEvidence: evidence, determined: determined}}}
	}
	list := []*candidate{of("poor", -100, 1), of("first", 0, 3), of("second", simpler/2, 3), of("large", simpler/2, 9), of("small", 0, 2)}
	var names []string
	for _, c := range byEvidence(list) {
		names = append(names, c.name)
	}
	if want := []string{"small", "first", "second", "large", "poor"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}
