package study

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/num"
	say "github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// HeldFolds is train.HeldFolds in the form of result.json, with means over the folds that have a
// score and their sample standard deviations between folds.
type HeldFolds struct {
	Of       string   `json:"of"`    // recordings, or blocks of one
	Folds    int      `json:"folds"` // asked for
	Mean     Score    `json:"mean"`
	SD       Score    `json:"sd"`            // null of fewer than two
	Baseline *float64 `json:"best_baseline"` // mean over folds of the nrmse of the best baseline of each
	Each     []Fold   `json:"each"`          // those that are finished
}

// Fold is train.Fold.
type Fold struct {
	Recordings int      `json:"recordings"`
	Rows       int      `json:"rows"`
	Score      Score    `json:"score"`
	Baseline   string   `json:"best_baseline"`
	Best       *float64 `json:"baseline_nrmse"`
	Failed     string   `json:"failed,omitempty"`
}

func newHeldFolds(h *train.HeldFolds) *HeldFolds {
	if h == nil {
		return nil
	}
	out := &HeldFolds{Of: h.Of, Folds: h.Folds, Each: []Fold{}}
	for _, f := range h.Each {
		out.Each = append(out.Each, Fold{f.Recordings, f.Rows, Score{MSE: number(f.MSE), NRMSE: number(f.NRMSE), R2: number(f.R2)}, f.Baseline, number(f.Best), f.Failed})
	}
	of := func(figure func(*train.Fold) float64) (mean, sd *float64) {
		v := h.Values(figure)
		if len(v) == 0 {
			return nil, nil
		}
		m, s := num.MeanDeviation(v)
		return number(m), number(s)
	}
	out.Mean.MSE, out.SD.MSE = of(func(f *train.Fold) float64 { return f.MSE })
	out.Mean.NRMSE, out.SD.NRMSE = of(func(f *train.Fold) float64 { return f.NRMSE })
	out.Mean.R2, out.SD.R2 = of(func(f *train.Fold) float64 { return f.R2 })
	out.Baseline, _ = of(func(f *train.Fold) float64 { return f.Best })
	return out
}

// Words say what the folds came to.
func (h *HeldFolds) Words() string {
	n := 0
	for _, f := range h.Each {
		if f.Score.NRMSE != nil {
			n++
		}
	}
	of := fmt.Sprintf("%d folds", h.Folds)
	if n < h.Folds {
		of = fmt.Sprintf("%d of %d folds", n, h.Folds)
	}
	if h.Mean.NRMSE == nil {
		return fmt.Sprintf("%s of %s: no score", of, h.Of)
	}
	text := fmt.Sprintf("%s of %s, each forecast by a model that has not seen it: nrmse %s", of, h.Of, plusMinus(h.Mean.NRMSE, h.SD.NRMSE))
	if h.Mean.R2 != nil {
		text += ", r2 " + plusMinus(h.Mean.R2, h.SD.R2)
	}
	text += ", mse " + plusMinus(h.Mean.MSE, h.SD.MSE)
	if h.SD.NRMSE != nil {
		text += " (± one deviation between folds)"
	}
	if h.Baseline != nil {
		text += "; the best baseline of each has nrmse " + say.Short(*h.Baseline)
	}
	return text
}
