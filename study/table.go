package study

import (
	"math"
	"slices"
	"strings"
)

// Published is a value from elsewhere for the rows that Where fits.
type Published struct {
	Where  map[string][]string // labels by axis; an axis that is missing fits all
	Values map[string]float64  // by metric
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
	Axes      []string // all of the study, in order
	Average   []string // those that are averaged over, such as seed
	Metrics   []string // names in Metrics
	Published []Published
}

// Row is one line of a table: a metric over all trials with the same labels
// on the axes that are not averaged over. Numbers that do not exist are null.
type Row struct {
	Axes      []Label            `json:"-"`
	ByAxis    map[string]string  `json:"axes"`
	Metric    string             `json:"metric"`
	Trials    int                `json:"trials"`
	Mean      *float64           `json:"mean"`
	Error     *float64           `json:"standard_error"` // sample deviation / √n; null below two values
	Median    *float64           `json:"median"`
	Min       *float64           `json:"min"`
	Max       *float64           `json:"max"`
	Failures  int                `json:"failures"`
	Reasons   []string           `json:"reasons"` // each once
	Pending   int                `json:"pending"` // trials without a final result
	Published *float64           `json:"published"`
	Each      map[string]float64 `json:"values"` // of the single trials, by what is averaged over
}

// scores are the metrics a table can show.
var scores = map[string]func(*Result) *float64{
	"train.mse":      func(r *Result) *float64 { return part(r.Scores.Train).MSE },
	"train.nrmse":    func(r *Result) *float64 { return part(r.Scores.Train).NRMSE },
	"train.r2":       func(r *Result) *float64 { return part(r.Scores.Train).R2 },
	"heldout.mse":    func(r *Result) *float64 { return part(r.Scores.Heldout).MSE },
	"heldout.nrmse":  func(r *Result) *float64 { return part(r.Scores.Heldout).NRMSE },
	"heldout.r2":     func(r *Result) *float64 { return part(r.Scores.Heldout).R2 },
	"best_iteration": func(r *Result) *float64 { return number(float64(r.Best)) },
	"iterations":     func(r *Result) *float64 { return number(float64(r.Iterations)) },
	"evaluations":    func(r *Result) *float64 { return number(float64(r.Evaluations)) },
	"seconds":        func(r *Result) *float64 { return number(r.Seconds) },
}

func part(s *Score) *Score {
	if s == nil {
		return &Score{}
	}
	return s
}

// Metrics are the names of the figures that a table can show, sorted.
func Metrics() []string {
	var names []string
	for name := range scores {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Measure returns a metric of an outcome; nil if it has none.
func Measure(o *Outcome, metric string) *float64 {
	if o.Result == nil || o.Status == "failed" {
		return nil
	}
	return scores[metric](o.Result)
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
	for _, key := range order {
		for _, metric := range p.Metrics {
			rows = append(rows, p.row(metric, groups[key], trials, outcomes))
		}
	}
	return rows
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

// Name is "axis=value axis=value", all labels of the trial.
func (t *Trial) Name() string { return words(t.Labels) }

func (p *Plan) row(metric string, group []int, trials []Trial, outcomes []Outcome) Row {
	r := Row{Axes: p.fixed(&trials[group[0]]), ByAxis: map[string]string{}, Metric: metric, Trials: len(group),
		Reasons: []string{}, Each: map[string]float64{}}
	for _, l := range r.Axes {
		r.ByAxis[l.Axis] = l.Value
	}
	var values []float64
	for _, i := range group {
		o := &outcomes[i]
		v := Measure(o, metric)
		switch {
		case o.Status != "failed" && !o.Ended() && o.Status != "stopped":
			r.Pending++
		case v == nil:
			r.Failures++
			why := o.Why
			if why == "" {
				why = "there is no " + metric
			}
			if !slices.Contains(r.Reasons, why) {
				r.Reasons = append(r.Reasons, why)
			}
		default:
			values = append(values, *v)
			r.Each[words(p.averaged(&trials[i]))] = *v
		}
	}
	r.summarise(values)
	for _, pub := range p.Published {
		if v, ok := pub.Values[metric]; ok && Fits(pub.Where, r.Axes) {
			r.Published = &v
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
