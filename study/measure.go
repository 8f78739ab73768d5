package study

import (
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/train"
)

// scores are the metrics a table can show.
var scores = map[string]func(*Result) *float64{
	"best_iteration": func(r *Result) *float64 { return number(float64(r.Best)) },
	"iterations":     func(r *Result) *float64 { return number(float64(r.Iterations)) },
	"evaluations":    func(r *Result) *float64 { return number(float64(r.Evaluations)) },
	"valid_time":     func(r *Result) *float64 { return tested(r).Valid },
	"seconds":        func(r *Result) *float64 { return number(r.Seconds) },
}

func init() {
	for name, of := range map[string]func(*Result) *Score{
		"train":               func(r *Result) *Score { return r.Scores.Train },
		"heldout":             func(r *Result) *Score { return r.Scores.Heldout },
		"interpolation.clean": func(r *Result) *Score { return tested(r).Interpolation },
		"extrapolation":       func(r *Result) *Score { return tested(r).Extrapolation },
		"extrapolation.clean": func(r *Result) *Score { return tested(r).Clean },
		"windows":             func(r *Result) *Score { return tested(r).Windows },
		"folds": func(r *Result) *Score {
			if r.HeldFolds == nil {
				return nil
			}
			return &r.HeldFolds.Mean
		},
	} {
		part := func(r *Result) *Score {
			if s := of(r); s != nil {
				return s
			}
			return &Score{}
		}
		scores[name+".mse"] = func(r *Result) *float64 { return part(r).MSE }
		scores[name+".nrmse"] = func(r *Result) *float64 { return part(r).NRMSE }
		scores[name+".r2"] = func(r *Result) *float64 { return part(r).R2 }
	}
}

func init() {
	shown := func(r *Result) *Shown {
		if r.Shown == nil {
			return &Shown{}
		}
		return r.Shown
	}
	scores["columns.mse"] = func(r *Result) *float64 { return shown(r).MSE }
	scores["columns.mean_mse"] = func(r *Result) *float64 { return shown(r).Mean }
	scores["columns.last_mse"] = func(r *Result) *float64 { return shown(r).Last }
	scores["columns.zero_mse"] = func(r *Result) *float64 { return shown(r).Zero }
}

func init() {
	for name, of := range map[string]func(*Labelled) *LabelScores{
		"train":   func(l *Labelled) *LabelScores { return &l.Train },
		"heldout": func(l *Labelled) *LabelScores { return &l.Held },
		"folds":   func(l *Labelled) *LabelScores { return &l.Folds },
	} {
		class := func(r *Result) *ClassScore {
			if r.Labelled == nil || len(of(r.Labelled).Classes) == 0 {
				return &ClassScore{}
			}
			return &of(r.Labelled).Classes[0]
		}
		scores[name+".log_loss"] = func(r *Result) *float64 { return class(r).LogLoss }
		scores[name+".accuracy"] = func(r *Result) *float64 { return class(r).Accuracy }
		scores[name+".brier"] = func(r *Result) *float64 { return class(r).Brier }
		scores[name+".auc"] = func(r *Result) *float64 { return class(r).AUC }
		scores[name+".rmse"] = func(r *Result) *float64 {
			if r.Labelled == nil || len(of(r.Labelled).Numbers) == 0 {
				return nil
			}
			return of(r.Labelled).Numbers[0].RMSE
		}
	}
}

// labelMetrics are those of labelled recordings, behind the part they are of.
var labelMetrics = []string{"log_loss", "accuracy", "brier", "auc", "rmse"}

func tested(r *Result) *TestScores {
	if r.Test == nil {
		return &TestScores{}
	}
	return r.Test
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
	if o.Result == nil || o.Status == train.StatusFailed {
		return nil
	}
	return scores[metric](o.Result)
}

// Applies tells whether an outcome should have a value of a metric: the truth
// of measured rows is not known, and some trials hold no rows out.
func Applies(o *Outcome, metric string) bool {
	if o.Result == nil || o.Status == train.StatusFailed {
		return true
	}
	r := o.Result
	if metric == "valid_time" {
		return r.Test != nil && (tested(r).Why != "" || r.Test.Valid != nil)
	}
	if !strings.Contains(metric, ".") {
		return true
	}
	part, what, _ := strings.Cut(metric, ".")
	switch {
	case slices.Contains(labelMetrics, what):
		return Measure(o, metric) != nil || r.Labelled != nil && part != "folds" && what != "auc" && (what == "rmse") == (r.Labelled.Classes == nil)
	case r.Labelled != nil:
		return false // of labelled recordings rows have no scores
	}
	switch part := metric[:strings.LastIndex(metric, ".")]; part {
	case "heldout":
		return r.Scores.Heldout != nil
	case "columns":
		return r.Shown != nil
	case "folds":
		return r.HeldFolds != nil
	case "interpolation.clean", "extrapolation", "extrapolation.clean", "windows":
		return tested(r).Why != "" || Measure(o, part+".mse") != nil
	}
	return true
}

// lacks says why an outcome has no value of a metric.
func lacks(o *Outcome, metric string) string {
	switch {
	case o.Why != "":
		return o.Why
	case o.Result != nil && tested(o.Result).Why != "":
		return "there is no " + metric + ": the trajectory ends early, " + tested(o.Result).Why
	}
	return "there is no " + metric
}
