package study

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// Labelled is train.Labelled in the form of result.json.
type Labelled struct {
	Classes []string    `json:"classes"` // null: labels are numbers
	Loss    string      `json:"loss"`
	Held    LabelScores `json:"held_out"` // lists are empty if nothing was held out
	Train   LabelScores `json:"train"`
	Folds   LabelScores `json:"folds"`            // of training recordings, by models that have not seen them; empty without
	Folded  string      `json:"folded,omitempty"` // what the folds were, in words
}

// LabelScores are those of the model, first, and of baselines, of the same recordings.
type LabelScores struct {
	Classes     []ClassScore  `json:"class_scores,omitempty"`
	Numbers     []NumberScore `json:"number_scores,omitempty"`
	Confusion   [][]int       `json:"confusion,omitempty"`   // of the model: [true class][told class]
	Reliability *Reliability  `json:"reliability,omitempty"` // of the model
	ROC         *ROC          `json:"roc,omitempty"`         // of the model, of two classes
}

// ClassScore is train.Told.
type ClassScore struct {
	Name       string   `json:"name"`
	Recordings int      `json:"recordings"`
	Accuracy   *float64 `json:"accuracy"`
	LogLoss    *float64 `json:"log_loss"`
	Brier      *float64 `json:"brier"`
	AUC        *float64 `json:"auc"` // null of more than two classes
}

// NumberScore is train.NumberScore.
type NumberScore struct {
	Name string   `json:"name"`
	RMSE *float64 `json:"rmse"`
	MAE  *float64 `json:"mae"`
	R2   *float64 `json:"r2"`
}

// Reliability is train.Reliability.
type Reliability struct {
	Sure  []float64 `json:"sure"`
	Right []float64 `json:"right"`
	Count []int     `json:"recordings"`
}

// ROC is the share of the second class found against that of the first mistaken for it.
type ROC struct {
	False []float64 `json:"false_positive"`
	True  []float64 `json:"true_positive"`
}

func newLabelled(l *train.Labelled) *Labelled {
	if l == nil {
		return nil
	}
	out := &Labelled{Classes: l.Classes, Loss: l.Loss, Train: newLabelScores(&l.Train)}
	if l.Held != nil {
		out.Held = newLabelScores(l.Held)
	}
	if l.Folds != nil {
		out.Folds, out.Folded = newLabelScores(l.Folds), l.Folded
	}
	return out
}

func newLabelScores(s *train.LabelScores) (out LabelScores) {
	for _, n := range s.Numbers {
		out.Numbers = append(out.Numbers, NumberScore{n.Name, number(n.RMSE), number(n.MAE), number(n.R2)})
	}
	if s.Model == nil {
		return out
	}
	for _, t := range append([]*train.Told{s.Model}, s.Baselines...) {
		out.Classes = append(out.Classes, ClassScore{t.Name, t.Recordings, number(t.Accuracy), number(t.LogLoss), number(t.Brier), number(t.AUC)})
	}
	r := s.Model.Reliability()
	out.Confusion, out.Reliability = s.Model.Confusion, &Reliability{r.Sure, r.Right, r.Count}
	if x, y := s.Model.ROC(); x != nil {
		out.ROC = &ROC{x, y}
	}
	return out
}

// WriteLabels writes what a model says of recordings as CSV: the name of each, the label it has (if
// any has one) and whether it was held out, what the model tells, and the probability of each class.
func WriteLabels(w io.Writer, m *model.Model, all []train.LabelOf) error {
	classes, _ := m.Classes()
	known := false
	for _, e := range all {
		known = known || e.Label != ""
	}
	head := []string{"recording"}
	if known {
		head = append(head, "label", "held_out")
	}
	head = append(head, "told")
	for _, name := range classes {
		head = append(head, "p("+name+")")
	}
	c := csv.NewWriter(w)
	c.Write(head)
	for _, e := range all {
		line := []string{e.ID}
		if known {
			line = append(line, e.Label, strconv.FormatBool(e.Held))
		}
		if classes == nil {
			c.Write(append(line, decimal(e.Says[0])))
			continue
		}
		line = append(line, classes[train.MostProbable(e.Says)])
		for _, p := range e.Says {
			line = append(line, decimal(p))
		}
		c.Write(line)
	}
	c.Flush()
	return c.Error()
}

// decimal is a number as in CSV files.
func decimal(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
