package study

import (
	"fmt"
	"slices"
)

// Bar is what a metric is wanted to be at most, over the trials of a row.
type Bar struct {
	Where  map[string][]string `json:"where"` // labels by axis; an axis that is missing fits all
	Metric string              `json:"metric"`
	Of     string              `json:"of"`   // mean, median or max
	Most   float64             `json:"most"` // in the units of the metric
	// Bounds raises the bar to so many times the bound of the row, where that
	// is higher: nobody can do better than the data.
	Bounds float64 `json:"bounds,omitempty"`
}

// BarKinds are the statistics that bars are about.
var BarKinds = []string{"mean", "median", "max"}

// Judged is a bar beside the row it is about.
type Judged struct {
	Of   string  `json:"of"`
	Most float64 `json:"most"` // with the bound taken into account
	Met  bool    `json:"met"`  // also all trials have a value
}

// Words are the bar in words, such as "median ≤ 0.004: met".
func (j *Judged) Words() string {
	verdict := "met"
	if !j.Met {
		verdict = "missed"
	}
	return fmt.Sprintf("%s ≤ %s: %s", j.Of, rounded(j.Most, 3), verdict)
}

// judge compares the row with the bars of the plan.
func (p *Plan) judge(r *Row) {
	if r.Given() {
		return
	}
	for _, b := range p.Bars {
		if b.Metric != r.Metric || !Fits(b.Where, r.Axes) {
			continue
		}
		j := Judged{Of: b.Of, Most: b.Most}
		if b.Bounds > 0 && r.Bound != nil {
			j.Most = max(j.Most, b.Bounds**r.Bound)
		}
		v := map[string]*float64{"mean": r.Mean, "median": r.Median, "max": r.Max}[b.Of]
		j.Met = v != nil && *v <= j.Most && r.Failures == 0 && r.Pending == 0
		if i := slices.IndexFunc(r.Bars, func(old Judged) bool { return old.Of == j.Of }); i >= 0 {
			r.Bars[i] = j // a later cell says it better
		} else {
			r.Bars = append(r.Bars, j)
		}
	}
}
