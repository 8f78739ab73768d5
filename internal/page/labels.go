package page

import (
	"fmt"
	"math"
	"strconv"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// labelHeadline says how well labels are told, the best baseline beside.
func labelHeadline(l *study.Labelled) string {
	s, of := &l.Held, "held-out"
	if len(s.Classes)+len(s.Numbers) == 0 {
		s, of = &l.Train, "training"
	}
	if of == "training" && len(l.Folds.Classes)+len(l.Folds.Numbers) > 0 {
		s, of = &l.Folds, "left-out"
	}
	if len(s.Numbers) > 1 {
		return fmt.Sprintf("The labels of %s recordings are told with an error of %s; the best baseline has one of %s.", of, figure(s.Numbers[0].RMSE), figure(best(s.Numbers[1:], func(n *study.NumberScore) *float64 { return n.RMSE })))
	}
	first := &s.Classes[0]
	right := fmt.Sprintf("%.1f %% of %s", 100*num.FromNull(first.Accuracy), words.Several(first.Recordings, of+" recording"))
	if first.Recordings > 1 && num.FromNull(first.Accuracy) == 1 {
		right = "all " + words.Several(first.Recordings, of+" recording")
	}
	return fmt.Sprintf("The model tells the class of %s right, with a log loss of %s; the best baseline has one of %s.",
		right, figure(first.LogLoss),
		figure(best(s.Classes[1:], func(c *study.ClassScore) *float64 { return c.LogLoss })))
}

// best is the smallest of figures.
func best[T any](all []T, of func(*T) *float64) (least *float64) {
	for i := range all {
		if v := of(&all[i]); least == nil || v != nil && *v < *least {
			least = v
		}
	}
	return least
}

func figure(v *float64) string {
	if v == nil {
		return "–"
	}
	return words.Short(*v)
}

// labelSections are the tables and charts of a model of labelled recordings.
func labelSections(l *study.Labelled) []report.Section {
	out := []report.Section{{Title: "How well labels are told", Hint: labelHint(l), Tables: []report.Grid{labelTable(l)}}}
	for _, part := range []struct {
		name   string
		scores *study.LabelScores
	}{{"held-out recordings", &l.Held}, {"training recordings", &l.Train}} {
		if s := part.scores; s.Confusion != nil {
			out = append(out, report.Section{Title: words.Sentence(part.name), Wide: s.ROC == nil,
				Hint:   "Rows are what recordings are, columns what they were told to be. Where told classes are as sure as they are right, the points lie on the line.",
				Tables: []report.Grid{confusion(l.Classes, s.Confusion)}, Plots: labelPlots(l.Classes, s)})
		}
	}
	return out
}

func labelHint(l *study.Labelled) string {
	if l.Classes == nil {
		return "RMSE and MAE: root mean squared and mean absolute error, in the units of the labels. R²: 0 is as good as their mean."
	}
	return "Log loss: the mean of minus the natural logarithm of the probability of the true class; equal probabilities have " +
		words.Short(math.Log(float64(len(l.Classes)))) + ". Brier: the mean squared distance of the probabilities from 1 and 0, summed over classes. AUC: the area under ROC, of two classes."
}

// labelTable has the scores of the model and of baselines.
func labelTable(l *study.Labelled) report.Grid {
	g := report.Grid{Head: []string{"", "Accuracy", "Log loss", "Brier", "AUC"}}
	if l.Classes == nil {
		g.Head = []string{"", "RMSE", "MAE", "R²"}
	}
	add := func(cells ...string) {
		var row []report.GridCell
		for _, c := range cells {
			row = append(row, report.GridCell{Text: c})
		}
		g.Rows = append(g.Rows, row)
	}
	for _, part := range []struct {
		name   string
		scores *study.LabelScores
	}{{"held-out", &l.Held}, {"by folds", &l.Folds}, {"training", &l.Train}} {
		for _, s := range part.scores.Classes {
			add(words.Sentence(s.Name)+", "+part.name, fmt.Sprintf("%.1f %%", 100*num.FromNull(s.Accuracy)), figure(s.LogLoss), figure(s.Brier), figure(s.AUC))
		}
		for _, s := range part.scores.Numbers {
			add(words.Sentence(s.Name)+", "+part.name, figure(s.RMSE), figure(s.MAE), figure(s.R2))
		}
	}
	return g
}

// confusion is a table of counts, darker where a larger share of a row is.
func confusion(classes []string, counts [][]int) report.Grid {
	g := report.Grid{Caption: "Confusion", Head: append([]string{"true / told"}, classes...)}
	for i, row := range counts {
		sum := 0
		for _, n := range row {
			sum += n
		}
		line := []report.GridCell{{Text: classes[i]}}
		for _, n := range row {
			line = append(line, report.GridCell{Text: strconv.Itoa(n), Share: float64(n) / float64(max(sum, 1))})
		}
		g.Rows = append(g.Rows, line)
	}
	return g
}

// labelPlots are the reliability diagram and, of two classes, ROC.
func labelPlots(classes []string, s *study.LabelScores) (out []report.Plot) {
	even := []float64{0, 1}
	if r := s.Reliability; r != nil {
		out = append(out, &report.Scatter{Title: "Reliability", XName: "probability of the class that was told", YName: "share that was right",
			Sets: []report.Set{{Name: "told classes, in bins", X: r.Sure, Y: r.Right, Size: 5}, {Name: "as sure as right", X: even, Y: even, Line: true}}})
	}
	if s.ROC != nil {
		out = append(out, &report.Scatter{Title: "ROC", XName: "share of " + classes[0] + " told to be " + classes[1], YName: "share of " + classes[1] + " found",
			Sets: []report.Set{{Name: "the model", X: s.ROC.False, Y: s.ROC.True, Line: true}, {Name: "chance", X: even, Y: even, Line: true}}})
	}
	return out
}
