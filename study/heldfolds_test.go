package study

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/train"
)

// A fold without a score is left out of means, and said to be; what does not exist is null.
func TestFoldsInResults(t *testing.T) {
	nan := math.NaN()
	h := newHeldFolds(&train.HeldFolds{Of: "recordings", Folds: 3, Each: []train.Fold{
		{Recordings: 2, Rows: 20, MSE: 1, NRMSE: 0.1, R2: 0.9, Baseline: "mean", Best: 1},
		{Recordings: 2, Rows: 20, MSE: 3, NRMSE: 0.3, R2: 0.7, Baseline: "mean", Best: 2},
		{Recordings: 1, MSE: nan, NRMSE: nan, R2: nan, Best: nan, Failed: "the fit failed"}}})
	if *h.Mean.NRMSE != 0.2 || math.Abs(*h.SD.NRMSE-math.Sqrt(0.02)) > 1e-15 || *h.Mean.MSE != 2 || *h.Baseline != 1.5 {
		t.Errorf("mean %g ± %g", *h.Mean.NRMSE, *h.SD.NRMSE)
	}
	if text := h.Words(); !strings.HasPrefix(text, "2 of 3 folds of recordings") || !strings.Contains(text, "nrmse 0.2 ± 0.14") {
		t.Error(text)
	}
	if text, err := json.Marshal(h); err != nil || !strings.Contains(string(text), `"nrmse":null`) {
		t.Errorf("%s, %v", text, err)
	}
	r := &Result{Status: train.StatusOK, HeldFolds: h}
	o := &Outcome{Result: r, Status: train.StatusOK}
	if v := Measure(o, "folds.nrmse"); v == nil || *v != 0.2 || !Applies(o, "folds.nrmse") {
		t.Errorf("folds.nrmse = %v", v)
	}
	r.HeldFolds = nil
	if Measure(o, "folds.nrmse") != nil || Applies(o, "folds.nrmse") {
		t.Error("there are folds where there are none")
	}
	if text := newHeldFolds(&train.HeldFolds{Of: "blocks", Folds: 4}).Words(); text != "0 of 4 folds of blocks: no score" {
		t.Error(text)
	}
}
