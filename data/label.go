package data

import (
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// labels gives each recording the value of its column of labels, which rows may lack, but not all
// of a recording.
func (t *table) labels(all []Series, use *roles, keep []bool) error {
	if use.label < 0 {
		return nil
	}
	first := make([]int, len(all)) // row that said it, from 1 on
	column, name := &t.columns[use.label], t.names[use.label]
	for i := range t.lines {
		if keep != nil && !keep[i] {
			continue
		}
		n := use.rows.of[i]
		label := strings.TrimSpace(column.field(i))
		switch s := &all[n]; {
		case isMissing(label):
		case strings.ContainsFunc(label, invisible) || len(label) > budget.Name:
			return t.at(i, name, "a label holds a control character, or is longer than %d characters", budget.Name)
		case first[n] == 0:
			s.Label, first[n] = label, i+1
		case s.Label != label:
			return t.at(i, name, "the label%s changes to %s; it was %s on line %d: a recording has one label, so name the column that tells recordings apart with id=, or give each state a column",
				ofRecording(s.ID), budget.Quote(label), budget.Quote(s.Label), t.lines[first[n]-1])
		}
	}
	if n := slices.Index(first, 0); n >= 0 {
		row := slices.Index(use.rows.of, int32(n))
		return t.at(row, name, "no row%s has a label; fill it in, or leave the recording out", ofRecording(all[n].ID))
	}
	return nil
}

func ofRecording(id string) string {
	if id == "" {
		return " of the recording"
	}
	return " of recording " + budget.Quote(id)
}
