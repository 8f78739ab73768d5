// Package tables answers: what if a file of data is not text?
//
// It knows files by their first bytes. Workbooks, arrays of NumPy and lines of JSON become
// a table, which is handed on as text in the way that data.Read reads it. Everything is
// the standard library.
package tables

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Table has names and rows of text, as a file of text has them.
type Table struct {
	Names []string
	Rows  [][]string
	Note  string // what was understood; "" if nothing has to be told
}

// Options say what to take of a file that holds several things.
type Options struct {
	Sheet string // of a workbook; "" is the only one
}

// Peek is how many bytes at the start tell what a file is.
const Peek = 512

// kind is a format: what it is called, how it begins, and how it is read.
type kind struct {
	name string
	is   func(head []byte) bool
	read func(text []byte, o Options) (*Table, error)
}

func begins(with string) func([]byte) bool {
	return func(head []byte) bool { return bytes.HasPrefix(head, []byte(with)) }
}

var kinds = []kind{
	{"a zipped file", begins("PK\x03\x04"), readZip},
	{"a NumPy array", begins("\x93NUMPY"), readNPY},
	{"lines of JSON", beginsJSON, readJSONLines},
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

// Read reads a whole file. Its errors are for the user: what the file is and what is
// wrong with it.
func Read(file string, text []byte, o Options) (*Table, error) {
	for _, k := range kinds {
		if !k.is(text[:min(len(text), Peek)]) {
			continue
		}
		t, err := k.read(text, o)
		if err != nil {
			return nil, fmt.Errorf("%s is %s: %w", file, k.name, err)
		}
		return t, nil
	}
	return nil, fmt.Errorf("%s is no table that is known", file)
}

// CSV writes the table as text.
func (t *Table) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(t.Names); err != nil {
		return err
	}
	for _, row := range t.Rows {
		full := make([]string, len(t.Names))
		copy(full, row)
		if len(full) == 1 && full[0] == "" {
			full[0] = "NaN" // an empty line would be passed over
		}
		if err := c.Write(full); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// number writes a value so that it reads back to the same bits; NaN is empty.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
