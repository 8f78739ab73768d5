package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/entrain-dev/entrain/data"
	formats "github.com/entrain-dev/entrain/internal/tables"
)

// shareOfWaste is how much waste may be in memory beside what a table has to keep, in
// percent.
const shareOfWaste = 30

// asText is what r holds as text: r itself, or, if it is a workbook, arrays, a database or
// the like, the table in it.
func asText(path, part string, r io.Reader, limits data.Limits, note func(string)) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if head, _ := b.Peek(formats.Peek); !formats.Known(head) {
		if part != "" {
			return nil, fmt.Errorf("%s is no workbook nor anything else with parts; leave #%s away", path, part)
		}
		return b, nil
	}
	head, _ := b.Peek(formats.Peek)
	head = bytes.Clone(head)
	t, err := formats.Read(path, head, b, formats.Options{Part: part,
		Limits: formats.Limits{Bytes: limits.Bytes, Rows: limits.Rows, Columns: limits.Columns, Cells: limits.Cells}})
	if err != nil {
		return nil, err
	}
	note(t.Note)
	return t.Text(), nil
}
