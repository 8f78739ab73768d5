package tables

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/matfile"
	"github.com/entrain-dev/entrain/internal/parquet"
	"github.com/entrain-dev/entrain/internal/sqlitefile"
)

// readParquet reads the columns of a Parquet file, which is kept as it is and unpacked page
// by page.
func readParquet(r io.Reader, o Options, p *purse) (*Table, error) {
	if o.Part != "" {
		return nil, fmt.Errorf("it holds one table; leave #%s away", budget.Cut(o.Part))
	}
	packed, err := readPieces(r, p)
	if err != nil {
		return nil, err
	}
	f, err := parquet.Open(packed, packed.size, parquet.Limits{Hold: p.hold, Shape: func(rows int64, wide int) error {
		return p.shape(int(min(rows, int64(p.Rows)+1)), wide)
	}})
	if err != nil {
		return nil, err
	}
	t := &Table{Names: f.Names, next: f.Next, Note: fmt.Sprintf("a Parquet file, %d rows", f.Rows)}
	if len(f.Left) > 0 {
		t.Note += "; left out, as they hold lists: " + listed(f.Left)
	}
	return t, nil
}

// readMatlab reads the arrays of a MATLAB file that make a table.
func readMatlab(r io.Reader, o Options, p *purse) (*Table, error) {
	all, err := matfile.Read(r, matfile.Limits{Hold: p.hold, Unpack: p.unpack})
	if err != nil {
		return nil, err
	}
	m, err := matfile.Choose(all, o.Part)
	if err != nil {
		return nil, err
	}
	rows := len(m.Columns[0])
	if err := p.shape(rows, len(m.Columns)); err != nil {
		return nil, err
	}
	at := 0
	return &Table{Names: m.Names, Note: m.Note, next: func(dst []string) ([]string, error) {
		if at == rows {
			return dst, io.EOF
		}
		for _, c := range m.Columns {
			dst = append(dst, number(c[at]))
		}
		at++
		return dst, nil
	}}, nil
}

// readSQLite reads a table of an SQLite database, or what a query of one gives.
func readSQLite(r io.Reader, o Options, p *purse) (*Table, error) {
	pages, err := readPieces(r, p)
	if err != nil {
		return nil, err
	}
	d, err := sqlitefile.Open(pages, pages.size, p.hold)
	if err != nil {
		return nil, err
	}
	rows, err := d.Read(o.Part)
	if err != nil {
		return nil, err
	}
	t := &Table{Names: rows.Names, Note: fmt.Sprintf("columns %s of an SQLite database", listed(rows.Names))}
	if d.Logged {
		t.Note += "; rows that are only in the log beside it (-wal) are not seen"
	}
	count := 0
	t.next = func(dst []string) ([]string, error) {
		if count++; p.shape(count, len(rows.Names)) != nil {
			return dst, p.shape(count, len(rows.Names))
		}
		return rows.Next(dst)
	}
	return t, nil
}

// advice is the command that makes a table of what is not understood here.
func advice(file, part string, err error) string {
	if !errors.Is(err, sqlitefile.ErrQuery) {
		return ""
	}
	file, _, _ = strings.Cut(file, "#")
	file, _, _ = strings.Cut(file, "?query=")
	if !strings.Contains(part, " ") {
		part = "SELECT * FROM " + part
	}
	return fmt.Sprintf("; let sqlite3 run it: sqlite3 -header -csv %s %q | entrain check -", budget.Cut(file), part)
}
