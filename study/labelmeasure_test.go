package study

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/train"
)

// Outcomes of labelled recordings have the scores of labels and none of rows; others the reverse.
func TestLabelsHaveScoresInTables(t *testing.T) {
	told := func(loss float64) LabelScores {
		return LabelScores{Classes: []ClassScore{{Name: "the model", Accuracy: number(0.9), LogLoss: number(loss), AUC: number(math.NaN())}, {Name: "b"}}}
	}
	o := &Outcome{Status: train.StatusOK, Result: &Result{Labelled: &Labelled{Classes: []string{"a", "b"}, Held: told(0.3), Train: told(0.1)}}}
	for metric, want := range map[string]float64{"heldout.log_loss": 0.3, "train.log_loss": 0.1, "heldout.accuracy": 0.9} {
		if v := Measure(o, metric); v == nil || *v != want || !Applies(o, metric) {
			t.Errorf("%s is %v, want %g", metric, v, want)
		}
	}
	for _, metric := range []string{"folds.log_loss", "heldout.auc", "heldout.rmse", "heldout.mse", "train.mse"} {
		if Measure(o, metric) != nil || Applies(o, metric) {
			t.Errorf("%s applies to classes without folds", metric)
		}
	}
	rows := &Outcome{Status: train.StatusOK, Result: &Result{}}
	if Applies(rows, "heldout.log_loss") || !Applies(rows, "train.mse") {
		t.Error("rows have scores of labels")
	}
}
