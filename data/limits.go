package data

import (
	"cmp"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Limits bound what Read takes in before it gives up; a zero field stands for
// the default, which lets a million rows of thirty columns pass.
type Limits struct {
	Bytes      int64 // of the text, and of the file it is packed in
	Rows       int
	Columns    int
	Cells      int // rows × columns; text counts by its length, 8 bytes a cell
	Recordings int
}

func (l Limits) orDefault() Limits {
	return Limits{cmp.Or(l.Bytes, budget.Bytes), cmp.Or(l.Rows, budget.Rows), cmp.Or(l.Columns, budget.Columns),
		cmp.Or(l.Cells, budget.Cells), cmp.Or(l.Recordings, budget.Recordings)}
}
