package study

import (
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/train"
)

// Figure is a value with its standard error, nil if that is not known.
type Figure struct {
	Mean  float64  `json:"mean"`
	Error *float64 `json:"standard_error,omitempty"`
}

// Published are values from elsewhere for the rows that Where fits.
type Published struct {
	Where  map[string][]string `json:"where"`  // labels by axis; an axis that is missing fits all
	Values map[string]Figure   `json:"values"` // by metric
}

// Fits tells that labels are among those of where.
func Fits(where map[string][]string, labels []Label) bool {
	n := 0
	for _, l := range labels {
		if among, ok := where[l.Axis]; ok {
			if !slices.Contains(among, l.Value) {
				return false
			}
			n++
		}
	}
	return n == len(where)
}

// Plan says how outcomes become a table.
type Plan struct {
	Name      string      `json:"name"`
	About     string      `json:"about,omitempty"` // what the study is, for people
	Axes      []string    `json:"axes"`            // all of the study, in order
	Average   []string    `json:"average"`         // those that are averaged over, such as seed
	Metrics   []string    `json:"metrics"`         // names in Metrics
	Published []Published `json:"published"`
	Bars      []Bar       `json:"bars,omitempty"`
	Search    *Search     `json:"search,omitempty"`
	// Bound are the labels, by axis, of the rows that show what the data can
	// support, such as a fit of the true equations; every other row has the
	// mean of the row that differs from it in these labels beside it.
	Bound map[string]string `json:"bound,omitempty"`
	// Pairs are the labels, by axis, of the rows that every other row is compared with, trial by trial.
	Pairs map[string]string `json:"pairs,omitempty"`
}

// Row is one line of a table: a metric over all trials with the same labels
// on the axes that are not averaged over. Numbers that do not exist are null.
type Row struct {
	Axes           []Label            `json:"-"`
	ByAxis         map[string]string  `json:"axes"`
	Metric         string             `json:"metric"`
	Trials         int                `json:"trials"`
	Mean           *float64           `json:"mean"`
	Error          *float64           `json:"standard_error"` // sample deviation / √n; null below two values
	Median         *float64           `json:"median"`
	Min            *float64           `json:"min"`
	Max            *float64           `json:"max"`
	Failures       int                `json:"failures"`
	Reasons        []string           `json:"reasons"` // each once
	Pending        int                `json:"pending"` // trials without a final result
	Dropped        int                `json:"dropped"` // trials that a search gave up
	Published      *float64           `json:"published"`
	PublishedError *float64           `json:"published_error"`
	Bound          *float64           `json:"bound"` // mean of the row that Plan.Bound names
	Bars           []Judged           `json:"bars"`
	Paired         *Paired            `json:"paired,omitempty"` // with the row that Plan.Pairs names
	Each           map[string]float64 `json:"values"`           // of the single trials, by what is averaged over
}

// Gather makes the table of a study, one row for each group of trials and
// metric, in the order of the trials.
func Gather(p *Plan, trials []Trial, outcomes []Outcome) []Row {
	var order []string
	groups := map[string][]int{}
	for i := range trials {
		key := words(p.fixed(&trials[i]))
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], i)
	}
	var rows []Row
	mean := map[string]*float64{}
	for _, key := range order {
		for _, metric := range p.Metrics {
			r := p.row(metric, groups[key], trials, outcomes)
			rows, mean[key+" "+metric] = append(rows, r), r.Mean
		}
	}
	for i := range rows {
		if key, ok := p.bound(&rows[i]); ok && strings.Contains(rows[i].Metric, ".") { // scores, not costs
			rows[i].Bound = mean[key+" "+rows[i].Metric]
		}
		p.judge(&rows[i])
	}
	p.pair(rows)
	return rows
}

// bound names the row that bounds r, if there can be one.
func (p *Plan) bound(r *Row) (key string, ok bool) {
	labels := slices.Clone(r.Axes)
	for i, l := range labels {
		if v, asked := p.Bound[l.Axis]; asked && v != l.Value {
			labels[i].Value, ok = v, true
		}
	}
	return words(labels), ok
}

// fixed are the labels that a row stands for.
func (p *Plan) fixed(t *Trial) []Label {
	return slices.DeleteFunc(slices.Clone(t.Labels), func(l Label) bool { return slices.Contains(p.Average, l.Axis) })
}

// averaged are the others.
func (p *Plan) averaged(t *Trial) []Label {
	return slices.DeleteFunc(slices.Clone(t.Labels), func(l Label) bool { return !slices.Contains(p.Average, l.Axis) })
}

// words is "axis=value axis=value".
func words(labels []Label) string {
	var parts []string
	for _, l := range labels {
		parts = append(parts, l.Axis+"="+l.Value)
	}
	return strings.Join(parts, " ")
}

// Given tells that a search gave up all trials of the row.
func (r *Row) Given() bool { return r.Dropped == r.Trials }

// Name is "axis=value axis=value", what the row stands for; "all trials" if it is for all.
func (r *Row) Name() string {
	if len(r.Axes) == 0 {
		return "all trials"
	}
	return words(r.Axes)
}

// Name is "axis=value axis=value", all labels of the trial.
func (t *Trial) Name() string { return words(t.Labels) }

func (p *Plan) row(metric string, group []int, trials []Trial, outcomes []Outcome) Row {
	r := Row{Axes: p.fixed(&trials[group[0]]), ByAxis: map[string]string{}, Metric: metric, Trials: len(group),
		Reasons: []string{}, Bars: []Judged{}, Each: map[string]float64{}}
	for _, l := range r.Axes {
		r.ByAxis[l.Axis] = l.Value
	}
	var values []float64
	for _, i := range group {
		o := &outcomes[i]
		v := Measure(o, metric)
		switch {
		case o.Status == StatusDropped:
			r.Dropped++
		case !o.Ended() && o.Status != train.StatusStopped:
			r.Pending++
		case v == nil && !Applies(o, metric):
		case v == nil:
			r.Failures++
			if why := lacks(o, metric); !slices.Contains(r.Reasons, why) {
				r.Reasons = append(r.Reasons, why)
			}
		default:
			values = append(values, *v)
			if o.Why != "" && !slices.Contains(r.Reasons, o.Why) { // stopped on the way
				r.Reasons = append(r.Reasons, o.Why)
			}
			r.Each[words(p.averaged(&trials[i]))] = *v
		}
	}
	r.summarise(values)
	for _, pub := range p.Published {
		if v, ok := pub.Values[metric]; ok && Fits(pub.Where, r.Axes) {
			r.Published, r.PublishedError = &v.Mean, v.Error
		}
	}
	return r
}

// summarise sets the statistics of values.
func (r *Row) summarise(values []float64) {
	n := len(values)
	if n == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(values))
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / float64(n)
	r.Mean, r.Min, r.Max = number(mean), number(sorted[0]), number(sorted[n-1])
	r.Median = number((sorted[(n-1)/2] + sorted[n/2]) / 2)
	if n > 1 {
		sum = 0
		for _, v := range values {
			sum += (v - mean) * (v - mean)
		}
		r.Error = number(math.Sqrt(sum / float64(n-1) / float64(n)))
	}
}
