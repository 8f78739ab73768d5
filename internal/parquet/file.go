package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Limits are asked before memory is taken and before columns are read.
type Limits struct {
	Hold  func(bytes int64) error          // bytes more are kept, or fewer if below 0
	Shape func(rows int64, wide int) error // a table of so many rows and columns is read
}

// File is a file that is read row by row.
type File struct {
	Names []string // of the columns, those in groups a.b
	Left  []string // columns that hold lists, which are not read
	Rows  int64

	r       io.ReaderAt
	size    int64
	limits  Limits
	leaves  []element
	groups  []group
	cursors []cursor // of the group that is being read
	left    int64    // rows of it
}

const magic = "PAR1"

// pandasIndex is the name that pandas gives to an index without one.
const pandasIndex = "__index_level_0__"

// Open reads the description at the end of a file.
//
// Errors: what is no Parquet file, encrypted, damaged, or beyond the limits.
func Open(r io.ReaderAt, size int64, limits Limits) (*File, error) {
	end := make([]byte, 8)
	if size < 12 {
		return nil, errors.New("it is cut short")
	}
	if _, err := r.ReadAt(end, size-8); err != nil {
		return nil, err
	}
	n := int64(binary.LittleEndian.Uint32(end))
	switch {
	case string(end[4:]) == "PARE":
		return nil, errors.New("its columns are encrypted")
	case string(end[4:]) != magic || n > size-12:
		return nil, errors.New("it is damaged or cut short: its description, which stands at the end, is missing")
	}
	if err := limits.Hold(n); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, size-8-n); err != nil {
		return nil, err
	}
	m, err := readMeta(b, limits.Hold)
	if err != nil {
		return nil, err
	}
	f := &File{r: r, size: size, limits: limits, groups: m.groups}
	if f.leaves, f.Left, err = leaves(m.schema); err != nil {
		return nil, err
	}
	return f, f.check(m)
}

// check compares what is described with the limits and itself.
func (f *File) check(m *meta) error {
	for i := range f.groups {
		if f.groups[i].rows < 0 || f.Rows+f.groups[i].rows < f.Rows {
			return errThrift
		}
		f.Rows += f.groups[i].rows
	}
	if err := f.limits.Shape(f.Rows, len(f.leaves)); err != nil {
		return err
	}
	if len(f.leaves) == 0 || f.Rows == 0 {
		return errors.New("it has no rows of plain columns")
	}
	for i := range f.leaves {
		e := &f.leaves[i]
		if err := e.check(); err != nil {
			return err
		}
		e.name = f.plainName(e.name)
		f.Names = append(f.Names, e.name)
		for k := range f.groups {
			g := &f.groups[k]
			if e.first >= len(g.chunks) {
				return errThrift
			}
			if c := &g.chunks[e.first]; c.other {
				return fmt.Errorf("column %s lies in another file", budget.Quote(e.name))
			} else if c.physical != e.physical || c.values != g.rows {
				return errThrift
			}
		}
	}
	return nil
}

// plainName is what a column is called: the index of pandas is no more than that, unless another
// column has this name.
func (f *File) plainName(name string) string {
	if name == pandasIndex && !slices.ContainsFunc(f.leaves, func(o element) bool { return o.name == "index" }) {
		return "index"
	}
	return name
}

// Next appends the values of the next row to dst as text; a missing one is empty. io.EOF
// stands behind the last row.
func (f *File) Next(dst []string) ([]string, error) {
	for f.left == 0 {
		if len(f.groups) == 0 {
			return dst, io.EOF
		}
		if err := f.open(&f.groups[0]); err != nil {
			return dst, err
		}
		f.groups = f.groups[1:]
	}
	f.left--
	for i := range f.cursors {
		text, err := f.cursors[i].next()
		if err != nil {
			return dst, fmt.Errorf("column %s: %w", budget.Quote(f.leaves[i].name), err)
		}
		dst = append(dst, text)
	}
	return dst, nil
}

// open begins a group of rows.
func (f *File) open(g *group) error {
	for i := range f.cursors {
		f.cursors[i].release()
	}
	f.cursors = make([]cursor, len(f.leaves))
	f.left = g.rows
	for i := range f.cursors {
		e := &f.leaves[i]
		c := &g.chunks[e.first]
		from := c.at
		if c.dict > 0 && c.dict < from {
			from = c.dict
		}
		if from < 0 || c.packed < 0 || from > f.size || c.packed > f.size-from {
			return fmt.Errorf("column %s lies outside the file; it is damaged or cut short", budget.Quote(e.name))
		}
		f.cursors[i] = cursor{leaf: e, codec: c.codec, left: c.values, hold: f.limits.Hold, r: io.NewSectionReader(f.r, from, c.packed)}
	}
	return nil
}
