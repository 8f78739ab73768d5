package page

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// foldSections have the scores of each fold; nil without folds.
func foldSections(h *study.HeldFolds) []report.Section {
	if h == nil {
		return nil
	}
	g := report.Grid{Head: []string{"", "Held out", "NRMSE", "R²", "MSE", "Best baseline"}}
	add := func(cells ...string) {
		var row []report.GridCell
		for _, c := range cells {
			row = append(row, report.GridCell{Text: c})
		}
		g.Rows = append(g.Rows, row)
	}
	for i, f := range h.Each {
		held := words.Several(f.Rows, "row")
		if h.Of == "recordings" {
			held = words.Several(f.Recordings, "recording") + ", " + held
		}
		best := f.Baseline
		if f.Best != nil {
			best += ", " + words.Short(*f.Best)
		}
		short := func(v *float64) string {
			if v == nil {
				return "—"
			}
			return words.Short(num.FromNull(v))
		}
		add(fmt.Sprintf("Fold %d", i+1), held, short(f.Score.NRMSE), short(f.Score.R2), short(f.Score.MSE), best)
	}
	return []report.Section{{Title: "Folds", Hint: words.Sentence(h.Words()) +
		". Free runs begin at the first rows, a tenth of each part. The model that is saved has seen all rows.", Tables: []report.Grid{g}}}
}
