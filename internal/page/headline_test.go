package page

import (
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// TestTheHeadlineIsOneSentence: what the model is worth beside the best baseline, and for how long.
func TestTheHeadlineIsOneSentence(t *testing.T) {
	f := func(v float64) *float64 { return &v }
	for _, c := range []struct {
		unit        string
		model, best float64
		beats       bool
		loses       bool
		valid       float64
		least       bool
		want        string
	}{
		{"s", 0.1, 0.2, true, false, 40, false, "Better than the linear model by 50 % on rows it had not seen; believe forecasts for about 40 seconds."},
		{"d", 0.1, 0.16, true, false, 700, true, "Better than the linear model by 37 % on rows it had not seen; believe forecasts for 23 months at least."},
		{"", 0.1, 0.101, true, false, 2.5, false, "As good as the linear model on rows it had not seen, and no better; believe forecasts for about 2.5 units of t."},
		{"h", 0.5, 0.2, false, true, 3, false, "Worse than the linear model on rows it had not seen, with 2.5 times its error: use that instead."},
		{"h", 1.5, 1.6, true, false, 3, false, "Neither the model nor the linear model forecasts rows that were held out; do not believe forecasts."},
		{"h", 0.5, 0.8, true, false, 0, false, "Better than the linear model by 37 % on rows it had not seen; read the band rather than the line."},
		{"y", 0.1, 0.2, true, false, 9, false, "Better than the linear model by 50 % on rows it had not seen; believe forecasts for about 9 y."},
	} {
		m := &model.Model{Time: "t", TUnit: c.unit}
		res := &study.Result{Assessment: &study.Assessment{
			Compared: &study.Compared{Best: train.BaselineLinear, Model: f(c.model), Error: f(c.best), Beats: c.beats, Loses: c.loses},
			Valid:    &study.ValidTime{Time: f(c.valid), Least: c.least, Threshold: 0.4}}}
		if got := headline(m, res); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
		if got := trust(m, res); strings.Contains(got, "NaN") || !c.loses && c.valid > 0 && !strings.Contains(got, "below 0.4 deviations for") {
			t.Errorf("figures behind it: %q", got)
		}
	}
	res := &study.Result{Assessment: &study.Assessment{Compared: &study.Compared{Best: "mean", Error: f(1)}}}
	if got := headline(&model.Model{}, res); got != "Forecasts end early: use the mean instead." {
		t.Error(got)
	}
}

// TestRanksAreEvenWithBothEnds of what is ranked.
func TestRanksAreEvenWithBothEnds(t *testing.T) {
	for _, n := range []int{1, 2, 7, 40, 41, 333} {
		got := evenRanks(n, mostDrawn)
		if len(got) != min(n, mostDrawn) || got[0] != 0 || got[len(got)-1] != n-1 {
			t.Errorf("of %d: %v", n, got)
		}
		for i := range got[1:] {
			if got[i+1] <= got[i] {
				t.Errorf("of %d: %v", n, got)
			}
		}
	}
}
