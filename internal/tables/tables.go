// Package tables answers: what if a file of data is not text?
//
// It knows files by their first bytes. Workbooks, arrays of NumPy, lines of JSON, Parquet,
// MATLAB's files and SQLite databases become a table, which is handed on as text in the way
// that data.Read reads it, row by row. What has to be kept in memory is counted before it is.
package tables

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/matfile"
	"github.com/entrain-dev/entrain/internal/sqlitefile"
)

// Table has names and rows of text, as a file of text has them.
type Table struct {
	Names []string
	Note  string // what was understood; "" if nothing has to be told

	sheet bool // the names are those of its first row

	next func(dst []string) ([]string, error) // the fields of the next row, fewer than names perhaps; io.EOF behind the last
}

// Options say what to take of a file that holds several things, and how much of it.
type Options struct {
	Part   string // the sheet, variables, table or query that is meant; "" is the only one
	Limits Limits
}

// Peek is how many bytes at the start tell what a file is.
const Peek = 512

// kind is a format: what it is called, how it begins, and how it is read.
type kind struct {
	name string
	is   func(head []byte) bool
	read func(r io.Reader, o Options, p *purse) (*Table, error)
}

func begins(with string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

var kinds = []kind{
	{"a zipped file", begins("PK\x03\x04"), readZip},
	{"a zipped file", begins("PK\x05\x06"), readEmptyZip},
	{"a NumPy array", begins("\x93NUMPY"), readNPY},
	{"lines of JSON", beginsJSON, readJSONLines},
	{"a Parquet file", begins("PAR1"), readParquet},
	{"a MATLAB file", begins(matfile.Magic), readMatlab},
	{"an SQLite database", begins(sqlitefile.Magic), readSQLite},
}

func beginsJSON(head []byte) bool {
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	return len(text) > 1 && text[0] == '{' && bytes.IndexByte(text, '"') > 0
}

// Known tells whether a file that begins so is one of those that this package is for.
func Known(head []byte) bool {
	for _, k := range kinds {
		if k.is(head) {
			return true
		}
	}
	return false
}

// Ending is the usual ending of the name of a file that begins so: .csv if it is text.
func Ending(head []byte) string {
	switch {
	case begins("PK\x03\x04")(head) && bytes.Contains(head, []byte(".npy")):
		return ".npz"
	case begins("PK\x03\x04")(head):
		return ".xlsx"
	case begins("\x93NUMPY")(head):
		return ".npy"
	case beginsJSON(head):
		return ".jsonl"
	case begins("PAR1")(head):
		return ".parquet"
	case begins(matfile.Magic)(head):
		return ".mat"
	case begins(sqlitefile.Magic)(head):
		return ".db"
	}
	return ".csv"
}

// Read reads a file of which head are the first Peek bytes, as far as it has them, and r is
// the whole. Its errors are for the user: what the file is and what is wrong with it. r may
// be read from until the last row was taken from the table.
func Read(file string, head []byte, r io.Reader, o Options) (*Table, error) {
	for _, k := range kinds {
		if !k.is(head) {
			continue
		}
		explain := func(err error) error {
			return fmt.Errorf("%s is %s: %w%s", file, k.name, err, advice(file, o.Part, err))
		}
		t, err := k.read(r, o, newPurse(o.Limits))
		if err != nil {
			return nil, explain(err)
		}
		next := t.next
		t.next = func(dst []string) ([]string, error) {
			row, err := next(dst)
			if err != nil && err != io.EOF {
				err = explain(err)
			}
			return row, err
		}
		return t, nil
	}
	return nil, fmt.Errorf("%s is no table that is known", file)
}

// Text is the table as CSV, made while it is read, once.
func (t *Table) Text() io.Reader {
	s := &text{t: t}
	s.w = csv.NewWriter(&s.ready)
	s.put(t.Names)
	return s
}

// Headed tells that the first line is no row: names stand there that the table had elsewhere.
func (s *text) Headed() bool { return !s.t.sheet }

type text struct {
	t     *Table
	w     *csv.Writer
	ready bytes.Buffer
	row   []string
	err   error
}

func (s *text) put(fields []string) {
	if len(fields) == 1 && fields[0] == "" {
		fields[0] = "NaN" // an empty line would be passed over
	}
	if err := s.w.Write(fields); s.err == nil {
		s.err = err
	}
	s.w.Flush()
}

// Read implements io.Reader.
func (s *text) Read(p []byte) (int, error) {
	for s.ready.Len() == 0 && s.err == nil {
		var row []string
		if row, s.err = s.t.next(s.row[:0]); s.err != nil {
			break
		}
		for len(row) < len(s.t.Names) {
			row = append(row, "")
		}
		s.row = row
		s.put(row)
	}
	if s.ready.Len() > 0 {
		return s.ready.Read(p)
	}
	return 0, s.err
}

// number writes a value so that it reads back to the same bits; NaN is empty.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// errNoRows is what a table without rows is refused with.
var errNoRows = errors.New("it has no rows")

// long is a value for messages.
func long(what string) error {
	return fmt.Errorf("%s is longer than %s, the most that a value may be", what, budget.Size(budget.Field))
}

// listed are names for a message.
func listed(names []string) string { return strings.TrimSpace(budget.List(names)) }
