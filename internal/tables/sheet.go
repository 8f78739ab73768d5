package tables

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// xmlText ends where there is more between two brackets than any tag or text of a workbook
// has, as the decoder would keep it all.
type xmlText struct {
	r    io.Reader
	run  int
	name string
}

// longestRun is how many bytes may stand between two brackets.
const longestRun = 16 * budget.Field

// Read implements io.Reader.
func (t *xmlText) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for _, b := range p[:n] {
		if t.run++; b == '<' || b == '>' {
			t.run = 0
		}
		if t.run > longestRun {
			return 0, fmt.Errorf("%s: it holds a text or a tag longer than %s", t.name, budget.Size(longestRun))
		}
	}
	return n, err
}

// deepestXML is how many elements may stand in one another.
const deepestXML = 64

// walk calls begin at each element with its path from the root (names without spaces), text
// with what stands in it, and end behind it.
func walk(name string, r io.Reader, begin func(path []string, e xml.StartElement) error, text func(path []string, b []byte) error, end func(path []string) error) error {
	d := xml.NewDecoder(&xmlText{r: r, name: name})
	var path []string
	for {
		t, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if path = append(path, t.Name.Local); len(path) > deepestXML {
				return fmt.Errorf("%s: elements are nested more than %d deep", name, deepestXML)
			}
			err = begin(path, t)
		case xml.CharData:
			err = text(path, t)
		case xml.EndElement:
			err = end(path)
			path = path[:len(path)-1]
		}
		if err != nil {
			return err
		}
	}
}

// under tells that the path ends so.
func under(path []string, names ...string) bool {
	return len(path) >= len(names) && slices.Equal(path[len(path)-len(names):], names)
}

// shared reads the texts that cells share.
func (w *workbook) shared() error {
	const name = "xl/sharedStrings.xml"
	r, err := w.open(name)
	if r == nil || err != nil {
		return err
	}
	var one strings.Builder
	return walk(name, r,
		func(path []string, _ xml.StartElement) error {
			if under(path, "sst", "si") {
				one.Reset()
			}
			return nil
		},
		func(path []string, b []byte) error {
			if !under(path, "si", "t") && !under(path, "si", "r", "t") {
				return nil
			}
			if one.Len()+len(b) > budget.Field {
				return long(fmt.Sprintf("text %d that cells share", len(w.strings)))
			}
			one.Write(b)
			return nil
		},
		func(path []string) error {
			if !under(path, "sst", "si") {
				return nil
			}
			if err := w.p.hold(int64(one.Len() + 32)); err != nil {
				return err
			}
			w.strings = append(w.strings, one.String())
			return nil
		})
}

// cell is one that is being read.
type cell struct {
	ref, kind     string
	row, at       int // from 1; from 0
	style         int
	value, inline strings.Builder
	formula       bool
}

// name is the reference of a cell, for messages.
func (c *cell) name() string {
	if c.ref != "" {
		return budget.Plain(budget.Cut(c.ref))
	}
	return fmt.Sprintf("%d of row %d", c.at+1, c.row)
}

// sheetRows reads the cells of a sheet.
type sheetRows struct {
	w       *workbook
	c       cell
	row     []string
	size    int      // bytes of the row
	names   []string // the first row that is not empty
	spool   *spool
	unknown string // a cell with a formula without a value
	merged  string
}

// sheet reads the cells of a sheet: the first row that is not empty has the names.
func (w *workbook) sheet(file string) (*Table, error) {
	r, err := w.open(file)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fmt.Errorf("the workbook lacks the part %s", budget.Quote(file))
	}
	s := &sheetRows{w: w, spool: &spool{p: w.p}}
	if err := walk(file, r, s.begin, s.text, s.end); err != nil {
		return nil, err
	}
	switch {
	case s.unknown != "":
		return nil, fmt.Errorf("cell %s has a formula whose value was never computed; open it in a spreadsheet program and save it", s.unknown)
	case s.spool.rows == 0:
		return nil, fmt.Errorf("the sheet has no rows under its names")
	}
	for len(s.names) < s.spool.wide {
		s.names = append(s.names, "")
	}
	t := &Table{Names: s.names, sheet: true, next: s.spool.next, Note: fmt.Sprintf("%d rows", s.spool.rows)}
	if s.merged != "" {
		t.Note += fmt.Sprintf("; cells %s are merged, their value stands in the first", s.merged)
	}
	return t, nil
}

func (s *sheetRows) begin(path []string, e xml.StartElement) error {
	switch {
	case under(path, "sheetData", "row"):
		s.row, s.size, s.c.row, s.c.at = s.row[:0], 0, s.c.row+1, -1
	case under(path, "row", "c"):
		s.c.ref, s.c.kind, s.c.style, s.c.formula = "", "", 0, false
		s.c.value.Reset()
		s.c.inline.Reset()
		s.c.at++
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "r":
				s.c.ref, s.c.at = a.Value, columnOf(a.Value)
			case "t":
				s.c.kind = a.Value
			case "s":
				s.c.style, _ = strconv.Atoi(a.Value)
			}
		}
		if s.c.at < 0 || s.c.at >= s.w.p.Columns {
			return fmt.Errorf("cell %s lies outside the first %d columns; %s", budget.Quote(s.c.ref), s.w.p.Columns, budget.Hint("columns", 4*int64(s.w.p.Columns)))
		}
	case under(path, "c", "f"):
		s.c.formula = true
	case under(path, "mergeCells", "mergeCell"):
		for _, a := range e.Attr {
			if a.Name.Local == "ref" && s.merged == "" {
				s.merged = budget.Cut(a.Value)
			}
		}
	}
	return nil
}

func (s *sheetRows) text(path []string, b []byte) error {
	to := &s.c.value
	switch {
	case under(path, "c", "v"):
	case under(path, "is", "t"), under(path, "is", "r", "t"):
		to = &s.c.inline
	default:
		return nil
	}
	if to.Len()+len(b) > budget.Field {
		return long("cell " + s.c.name())
	}
	to.Write(b)
	return nil
}

func (s *sheetRows) end(path []string) error {
	switch {
	case under(path, "row", "c"):
		if s.c.formula && s.c.value.Len() == 0 && s.unknown == "" {
			s.unknown = s.c.name()
		}
		text, err := s.w.text(&s.c)
		if err != nil {
			return err
		}
		for len(s.row) <= s.c.at {
			s.row = append(s.row, "")
		}
		if s.size += len(text); s.size > budget.Line {
			return fmt.Errorf("row %d is longer than %s", s.c.row, budget.Size(budget.Line))
		}
		s.row[s.c.at] = text
	case under(path, "sheetData", "row"):
		if !slices.ContainsFunc(s.row, func(v string) bool { return strings.TrimSpace(v) != "" }) {
			return nil
		}
		if s.names == nil {
			s.names = slices.Clone(s.row)
			return nil
		}
		return s.spool.add(s.row)
	}
	return nil
}
