package page

import (
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// metricWords are names and explanations of metrics, for pages.
var metricWords = map[string][2]string{
	"train.mse":               {"training", "mean squared error on the rows trained on, noise included"},
	"extrapolation.mse":       {"extrapolation", "mean squared error on the measured rows behind those trained on"},
	"interpolation.clean.mse": {"interpolation, clean", "mean squared error against the truth at the rows trained on"},
	"extrapolation.clean.mse": {"extrapolation, clean", "mean squared error against the truth behind the rows trained on"},
	"heldout.log_loss":        {"log loss, held out", "mean of minus the natural logarithm of the probability of the true class, of recordings held out"},
	"heldout.accuracy":        {"accuracy, held out", "share of recordings held out whose most probable class is the true one"},
	"folds.log_loss":          {"log loss, by folds", "the same of training recordings, by models that have not seen them"},
	"folds.accuracy":          {"accuracy, by folds", "the same of training recordings, by models that have not seen them"},
	"folds.mse":               {"folds", "mean over folds of the mean squared error of free runs, by models that have not seen them"},
	"folds.nrmse":             {"folds", "mean over folds of the error of free runs in deviations, by models that have not seen them"},
	"train.log_loss":          {"log loss, training", "the same of the recordings trained on"},
	"train.accuracy":          {"accuracy, training", "the same of the recordings trained on"},
	"columns.mse":             {"frames", "mean squared error of held-out recordings in the columns that components are of, forecast from their first rows"},
	"columns.mean_mse":        {"frames, mean", "the same of the mean of the training rows"},
	"columns.last_mse":        {"frames, last", "the same of the last row that was seen, again"},
	"columns.zero_mse":        {"frames, blank", "the same of zeros"},
	"valid_time":              {"valid time", "until the trajectory leaves the truth behind the rows trained on, in Lyapunov times of chaotic systems"},
	"best_iteration":          {"best iteration", "iteration of the saved model"},
	"evaluations":             {"evaluations", "of the right-hand side, in forward integrations"},
	"seconds":                 {"seconds", "wall time of a trial"},
}

// columnOf is the column of a page for a metric.
func columnOf(metric string) report.Metric {
	// Scores have two parts; to have learnt the noise of the training rows is no merit.
	m := report.Metric{Name: metric, Plain: !strings.Contains(metric, ".") || strings.HasPrefix(metric, "train.")}
	if w, ok := metricWords[metric]; ok {
		m.Name, m.About = w[0], w[1]
	}
	return m
}

// tabulation arranges the rows of a table: groups by the first axis that is
// not averaged over, lines in them by the others.
type tabulation struct {
	plan  *study.Plan
	names []string   // of the groups
	lines [][]lineOf // of each group
	axis  string     // of the groups; "" if there is one group
	kinds []string   // names of lines, of all groups
	ticks []string   // values of the axis
}

// lineOf are the rows of one line, one for each metric.
type lineOf struct {
	name   string
	labels []study.Label
	rows   []study.Row
}

func newTabulation(p *study.Plan, rows []study.Row) *tabulation {
	t := &tabulation{plan: p}
	n := len(p.Metrics)
	for i := 0; i+n <= len(rows); i += n {
		l := lineOf{labels: rows[i].Axes, rows: rows[i : i+n]}
		group, tick, rest := "", "", l.labels
		if len(l.labels) > 1 {
			t.axis, tick, rest = l.labels[0].Axis, l.labels[0].Value, l.labels[1:]
			if group = tick; isNumber(tick) {
				group = t.axis + " " + tick
			}
		}
		var parts []string
		for _, x := range rest {
			parts = append(parts, x.Value)
		}
		if l.name = strings.Join(parts, ", "); l.name == "" {
			l.name = "all"
		}
		at := slices.Index(t.names, group)
		if at < 0 {
			at = len(t.names)
			t.names, t.ticks, t.lines = append(t.names, group), append(t.ticks, tick), append(t.lines, nil)
		}
		t.lines[at] = append(t.lines[at], l)
		if !slices.Contains(t.kinds, l.name) {
			t.kinds = append(t.kinds, l.name)
		}
	}
	return t
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// isBound tells a line that shows what the data can support.
func (t *tabulation) isBound(l *lineOf) bool {
	for _, x := range l.labels {
		if v, ok := t.plan.Bound[x.Axis]; ok && v == x.Value {
			return true
		}
	}
	return false
}

func (t *tabulation) groups() []report.Group {
	var out []report.Group
	for i, lines := range t.lines {
		g := report.Group{Name: t.names[i]}
		for j := range lines {
			l := &lines[j]
			line := report.TableLine{Name: l.name, Bound: t.isBound(l), Trials: l.rows[0].Trials, Remaining: l.rows[0].Pending}
			line.Failed = l.rows[0].Failures
			for k := range l.rows {
				line.Failed = min(line.Failed, l.rows[k].Failures) // a trial without a model lacks all
			}
			for k := range l.rows {
				r := &l.rows[k]
				cell := report.Cell{Mean: num.FromNull(r.Mean), Error: num.FromNull(r.Error), Median: num.FromNull(r.Median),
					Missing: r.Failures - line.Failed, Published: num.FromNull(r.Published), PublishedError: num.FromNull(r.PublishedError), Bound: num.FromNull(r.Bound)}
				for b := range r.Bars {
					cell.Bars = append(cell.Bars, report.Verdict{Text: r.Bars[b].Words(), Met: r.Bars[b].Met})
				}
				if r.Paired != nil {
					cell.Pairs = t.plan.PairHead() + " in " + r.Paired.Words()
				}
				line.Cells = append(line.Cells, cell)
			}
			g.Lines = append(g.Lines, line)
		}
		out = append(out, g)
	}
	return out
}

// panels draw every error against the groups, if there are several.
func (t *tabulation) panels() []report.Panel {
	var out []report.Panel
	if len(t.names) < 2 {
		return nil
	}
	var x []float64
	for _, tick := range t.ticks {
		if v, err := strconv.ParseFloat(tick, 64); err == nil {
			x = append(x, v)
		}
	}
	if len(x) < len(t.ticks) {
		x = nil
	}
	for k, m := range t.plan.Metrics {
		if !strings.HasSuffix(m, ".mse") {
			continue
		}
		p := report.Panel{Title: words.Sentence(columnOf(m).Name), Axis: t.axis, Labels: t.ticks, X: x}
		for _, kind := range t.kinds {
			p.Curves = append(p.Curves, t.curve(kind, k))
		}
		out = append(out, p)
	}
	return out
}

// curve is metric k of one kind of line over all groups.
func (t *tabulation) curve(kind string, k int) report.Curve {
	q := report.Curve{Name: kind}
	for _, lines := range t.lines {
		r := study.Row{}
		if i := slices.IndexFunc(lines, func(l lineOf) bool { return l.name == kind }); i >= 0 {
			r, q.Bound = lines[i].rows[k], t.isBound(&lines[i])
		}
		q.Mean, q.Error = append(q.Mean, num.FromNull(r.Mean)), append(q.Error, num.FromNull(r.Error))
		q.Published, q.PublishedError = append(q.Published, num.FromNull(r.Published)), append(q.PublishedError, num.FromNull(r.PublishedError))
	}
	return q
}

// failures are all reasons, each once.
func (t *tabulation) failures() []report.Failure {
	var out []report.Failure
	for i, lines := range t.lines {
		for _, l := range lines {
			for k := range l.rows {
				for _, why := range l.rows[k].Reasons {
					f := report.Failure{Name: strings.TrimSpace(t.names[i] + " " + l.name), Why: why}
					if !slices.Contains(out, f) {
						out = append(out, f)
					}
				}
			}
		}
	}
	return out
}
