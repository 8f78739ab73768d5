package study

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// windows scores forecasts over Ahead rows, one from each row behind those trained on from which
// so many follow; nil if it is not asked for. why says what ended one early.
func (t *Test) windows(m *model.Model) (score *Score, why string, err error) {
	f, d := &m.Parts.Frame, len(t.Rows.Names)
	if t.Ahead == 0 {
		return nil, "", nil
	}
	if len(f.States) != d || f.Step > 0 {
		return nil, fmt.Sprintf("windows begin at measured rows, which are not all of the %d states", len(f.States)), nil
	}
	k := data.NewScorer(t.Rows.Names, data.NewMoments(t.Rows.Slice(0, t.Trained)).Variance(), t.Rows.Below)
	one := m.First()
	for i := t.Trained; i+t.Ahead < t.Rows.Len(); i++ {
		part := t.Rows.Slice(i, i+t.Ahead+1)
		if slices.ContainsFunc(part.Row(0), math.IsNaN) {
			continue
		}
		start := make([]float64, d)
		for c, v := range part.Row(0) {
			start[c] = f.Scaled(c, v)
		}
		run, err := one.Integrate("", part.T[0], [][]float64{start}, part.T, &part)
		if err != nil {
			return nil, "", fmt.Errorf("test: %w", err)
		}
		if run.Len() < part.Len() {
			return nil, run.Failed, nil
		}
		for j := 1; j < part.Len(); j++ {
			k.Add(run.Row(j), part.Row(j))
		}
	}
	s := k.Scores()
	return newScore(&s), "", nil
}
