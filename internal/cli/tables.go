package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
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

// asText is what r holds as text: r itself, or, if it is a workbook, arrays or lines of
// JSON, the table in it.
func asText(path, sheet string, r io.Reader, limit int64, note func(string)) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if head, _ := b.Peek(formats.Peek); !formats.Known(head) {
		if sheet != "" {
			return nil, fmt.Errorf("%s is no workbook; leave #%s away", path, sheet)
		}
		return b, nil
	}
	whole, err := io.ReadAll(io.LimitReader(b, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, reason(err))
	}
	if int64(len(whole)) > limit {
		return nil, fmt.Errorf("%s holds more than %d MiB, the limit; %s", path, limit>>20, budget.Hint("bytes", limit*2))
	}
	t, err := formats.Read(path, whole, formats.Options{Sheet: sheet})
	if err != nil {
		return nil, err
	}
	note(t.Note)
	var text bytes.Buffer
	err = t.CSV(&text)
	return &text, err
}
