package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/entrain-dev/entrain/data"
	formats "github.com/entrain-dev/entrain/internal/tables"
)

// sheetOf splits FILE#SHEET, unless there is a file of the whole name.
func sheetOf(path string) (file, sheet string) {
	if _, err := os.Stat(path); err == nil {
		return path, ""
	}
	file, sheet, _ = strings.Cut(path, "#")
	return file, sheet
}

// shareOfWaste is how much waste may be in memory beside what a table has to keep, in
// percent.
const shareOfWaste = 30

// asText is what r holds as text: r itself, or, if it is a workbook, arrays or lines of
// JSON, the table in it.
func asText(path, sheet string, r io.Reader, limits data.Limits, note func(string)) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if head, _ := b.Peek(formats.Peek); !formats.Known(head) {
		if sheet != "" {
			return nil, fmt.Errorf("%s is no workbook; leave #%s away", path, sheet)
		}
		return b, nil
	}
	head, _ := b.Peek(formats.Peek)
	head = bytes.Clone(head)
	t, err := formats.Read(path, head, b, formats.Options{Sheet: sheet,
		Limits: formats.Limits{Bytes: limits.Bytes, Rows: limits.Rows, Columns: limits.Columns, Cells: limits.Cells}})
	if err != nil {
		return nil, err
	}
	note(t.Note)
	return t.Text(), nil
}
