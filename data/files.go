package data

import (
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// File is one of several texts that hold recordings of one system.
type File struct {
	Name string // for messages
	ID   string // of its recording, or of all of them together
	Open func() (io.ReadCloser, error)
}

// ReadFiles reads files one after another, as Read reads one of them: each is a recording
// called ID, or, if a column tells recordings apart, holds some that are called ID/name. Their
// separators, encodings and units lines may differ; their columns are the same, in any
// order. Dates are read in one order and counted from the earliest of all. The limits are for
// all files together.
//
// Errors: those of Read, and *ParseError for a column or unit that the first file does not have.
func ReadFiles(files []File, o ReadOptions) ([]Series, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &table{limits: o.Limits.orDefault()}
	t.unread = t.limits.Bytes
	for _, f := range files {
		t.file = f.Name
		t.parts = append(t.parts, part{name: f.Name, id: f.ID, first: len(t.lines)})
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		err = t.read(r, &o)
		r.Close()
		if err != nil {
			return nil, err
		}
	}
	t.file = o.File
	if err := t.finish(); err != nil {
		return nil, err
	}
	series, err := t.understand(&o)
	if err != nil || o.Embed == nil {
		return series, err
	}
	return o.Embed.Embed(series)
}

// part is what a file has given to a table.
type part struct {
	name, id string
	first    int // row
}

// partOf is the part of row i.
func (t *table) partOf(i int) int {
	if len(t.parts) < 2 {
		return 0
	}
	return sort.Search(len(t.parts), func(k int) bool { return t.parts[k].first > i }) - 1
}

// at is an error in row i.
func (t *table) at(i int, column, format string, args ...any) error {
	file := t.file
	if len(t.parts) > 1 {
		file = t.parts[t.partOf(i)].name
	}
	return at(file, int(t.lines[i]), column, format, args...)
}

// recordingName is that of a recording which its file calls so; "" if it says nothing.
func (t *table) recordingName(part int, field string) string {
	switch {
	case len(t.parts) < 2:
		return field
	case field == "":
		return t.parts[part].id
	}
	return t.parts[part].id + "/" + field
}

// match finds the columns of t in another file; −1 is one that it may lack. For the first file,
// whose columns they are, it is nil.
func (t *table) match(own *table, o *ReadOptions) (from []int, err error) {
	for _, text := range own.told {
		t.note("%s", text)
	}
	if len(t.parts) == 1 {
		t.header, t.names, t.headers, t.units, t.columns = own.header, own.names, own.headers, own.units, own.columns
		for c := range t.columns {
			t.columns[c].keep = o.mayBeText(t.names[c], t.headers[c])
		}
		return nil, nil
	}
	first := t.parts[0].name
	for c, name := range t.names {
		k := slices.Index(own.names, name)
		if from = append(from, k); k < 0 && !o.unused(name, t.headers[c]) {
			return nil, at(t.file, own.header, "", "there is no column %s, which %s has; files of one fit have the same columns (here: %s)",
				budget.Quote(name), first, budget.List(own.names))
		}
		if k < 0 || own.units[k] == t.units[c] {
			continue
		}
		if own.units[k] != "" && t.units[c] != "" {
			return nil, at(t.file, own.header, name, "the unit is %s, but %s in %s; convert one of them",
				budget.Quote(own.units[k]), budget.Quote(t.units[c]), first)
		}
		t.units[c] += own.units[k]
	}
	for k, name := range own.names {
		if slices.Contains(t.names, name) {
			continue
		}
		t.passed = append(t.passed, name)
		if !o.unused(name, own.headers[k]) {
			return nil, at(t.file, own.header, name, "the column is not in %s (columns: %s); leave it out of both with ignore=%s",
				first, budget.List(t.names), budget.Cut(name))
		}
	}
	return from, nil
}

// unused tells a column that the options leave out.
func (o *ReadOptions) unused(name, header string) bool {
	in := func(names []string) bool { return slices.Contains(names, name) || slices.Contains(names, header) }
	if in(o.Ignore) {
		return true
	}
	return len(o.States) > 0 && o.Time != "" && !in(o.States) && !in(o.Inputs) && !in([]string{o.Time, o.ID}) && !slices.Contains(idNames, strings.ToLower(name))
}

// arranged appends the fields of a row in the order of the first file to dst.
func (t *table) arranged(dst, fields []string, from []int, line int) ([]string, error) {
	for len(fields) > len(t.names) && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	if len(fields) == 1 && fields[0] == "" && len(t.names) > 1 {
		return append(dst, ""), nil
	}
	if len(fields) != len(t.names) {
		return nil, t.ragged(fields, line)
	}
	for _, k := range from {
		if k < 0 {
			dst = append(dst, "")
		} else {
			dst = append(dst, fields[k])
		}
	}
	return dst, nil
}
