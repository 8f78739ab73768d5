package data

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// table is a text as columns of equal length.
type table struct {
	file    string // being read, or all of them
	parts   []part
	comma   mark
	names   []string // of the columns, brackets taken off
	headers []string // as written
	units   []string
	columns []tableColumn
	lines   []uint32 // line of the file each row starts on
	header  int      // line of the header; 0 if there is none
	limits  Limits
	cells   int   // held so far
	unread  int64 // bytes that may be read yet
	commas  bool  // in numbers: decimal ones or of thousands
	// thousands tells that commas of a column are of thousands though they are decimal ones at first.
	thousands bool
	// pointGroups tells that points of a column are of thousands.
	pointGroups bool
	passed      []string  // columns of other files than the first that are left out
	marks       []float64 // numbers that stand for a missing value
	words       []string  // and words
	told        []string
}

// tableColumn is the fields below one name: numbers, or text where they are none.
// The first rows are kept as both.
type tableColumn struct {
	number []float64 // NaN where missing or no number; nil for a column of text
	text   []byte    // of all rows, or of the first, one after another
	ends   []int     // of the text of each row
	keep   bool      // as text whatever it holds
	bad    int       // first row that is no number, from 1; 0: none
	what   string    // its field

	written written // numbers with points and commas
	doubt   error   // which of two numbers a field means; nil: it is known
	below   open    // limits that stand for values below them
}

// first rows of a column are kept as text, numbers too: they say what it is.
const firstRows = 1000

// note tells the user what was assumed of the text, once.
func (t *table) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(t.told, text) {
		t.told = append(t.told, text)
	}
}

// Headed is a text whose header was put before its rows, as that of a table that had none: rows
// are counted from 1.
type Headed interface{ Headed() bool }

// read puts the rows of a text below those that are there.
func (t *table) read(r io.Reader, o *ReadOptions) error {
	l, err := newLines(r, t.file, t.unread, t.limits.Bytes, t.note)
	if err != nil {
		return err
	}
	if h, ok := r.(Headed); ok && h.Headed() {
		l.number = -1
	}
	rows, d, err := newRecords(l, o)
	if err != nil {
		return err
	}
	t.commas = t.commas || d.seen
	t.mean(d.comma, o.Missing)
	own := &table{file: t.file, limits: t.limits}
	if err := own.readHeader(rows, &d); err != nil {
		return err
	}
	before := len(t.lines)
	from, err := t.match(own, o)
	if err != nil {
		return err
	}
	var row []string
	for {
		fields, err := rows.next()
		if err == nil && from != nil {
			row, err = own.arranged(row[:0], fields, from, rows.line)
			fields = row
		}
		if err == io.EOF {
			break
		}
		if err == nil {
			err = t.add(fields, rows.line)
		}
		if err != nil {
			return err
		}
	}
	if len(t.lines) == before {
		return at(t.file, t.header, "", "there are no rows below the header")
	}
	t.settleMarks(o, d.sep, before)
	t.unread = l.left()
	return nil
}

// mean sets what commas and marks of missing values are from here on.
func (t *table) mean(comma mark, missing []string) {
	t.comma, t.marks, t.words = comma, nil, nil
	for _, text := range missing {
		if v, ok := parseNumber(text, comma); ok {
			t.marks = append(t.marks, v)
		} else {
			t.words = append(t.words, text)
		}
	}
}

// readHeader takes names and units from the first row, or makes names.
func (t *table) readHeader(rows *records, d *dialect) error {
	if !d.header {
		return t.nameColumns(rows)
	}
	fields, err := rows.next()
	if err == io.EOF {
		return at(t.file, 0, "", "the file holds no text; it needs a header line and rows of numbers")
	}
	if err != nil {
		return err
	}
	if d.preamble > 0 {
		t.note("%s before the header, line %d, are left out", words.Several(d.preamble, "line"), rows.line)
	}
	t.header = rows.line
	if err := t.setHeader(slices.Clone(fields)); err != nil || !d.units {
		return err
	}
	if fields, err = rows.next(); err != nil {
		return err
	}
	for c := range min(len(fields), len(t.units)) {
		unit := strings.Trim(fields[c], "[](){}<> ")
		if strings.ContainsFunc(unit, invisible) || len(unit) > budget.Name {
			return at(t.file, rows.line, t.names[c], "the unit %s is too long or holds a control character", budget.Quote(unit))
		}
		if !strings.ContainsAny(unit, "[]") { // it would not survive being written
			t.units[c] = unit
		}
	}
	t.note("line %d holds units", rows.line)
	return nil
}

// nameColumns makes names for a text without a header: those of a comment
// with as many words just above the rows, else c1, c2, ….
func (t *table) nameColumns(rows *records) error {
	width, comment := 0, ""
	for _, h := range rows.head {
		if isComment(h.text) {
			comment = h.text
		} else if !isBlank(h.text) {
			fields, _, _ := cut(h.text, rows.sep, nil)
			for len(fields) > 1 && fields[len(fields)-1] == "" {
				fields = fields[:len(fields)-1]
			}
			width = len(fields)
			break
		}
	}
	if names, _, why := cut(strings.TrimLeft(comment, "#% "), rows.sep, nil); comment != "" && why == "" && len(names) == width {
		t.note("the names of the columns are those of the comment above them")
		return t.setHeader(names)
	}
	names := make([]string, width)
	for c := range names {
		names[c] = fmt.Sprintf("c%d", c+1)
	}
	t.note("there is no header; the columns are called %s", budget.List(names))
	return t.setHeader(names)
}

// setHeader takes the column names and units from the header.
func (t *table) setHeader(fields []string) error {
	if len(fields) > t.limits.Columns {
		return at(t.file, t.header, "", "the file has %d columns; %d is the limit; %s", len(fields), t.limits.Columns,
			budget.Hint("columns", int64(len(fields))))
	}
	seen := map[string]int{}
	for i, f := range fields {
		if strings.ContainsAny(f, "\r\n") {
			f = strings.Join(strings.Fields(f), " ")
			t.note("a line break in the name of column %d is read as a blank: %s", i+1, budget.Quote(f))
		}
		name, unit := splitUnit(f)
		if strings.ContainsFunc(f, invisible) {
			return at(t.file, t.header, "", "the name of column %d holds a line break or control character", i+1)
		}
		if len(f) > budget.Name {
			return at(t.file, t.header, "", "the name of column %d is longer than %d characters; it begins %s", i+1, budget.Name, budget.Quote(f))
		}
		if first, ok := seen[name]; ok && name != "" {
			return at(t.file, t.header, name, "columns %d and %d have the same name; rename one", first, i+1)
		}
		seen[name] = i + 1
		t.names, t.units, t.headers = append(t.names, name), append(t.units, unit), append(t.headers, f)
	}
	t.columns = make([]tableColumn, len(fields))
	return nil
}

// invisible reports characters that would not survive in names: control
// characters and byte-order marks.
func invisible(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' }

// add appends a row. Empty fields behind the last column are left out, as are
// rows of empty fields, which spreadsheets write below a table.
func (t *table) add(fields []string, line int) error {
	for len(fields) > len(t.names) && fields[len(fields)-1] == "" {
		fields = fields[:len(fields)-1]
	}
	if len(fields) != len(t.names) {
		if len(fields) == 1 && fields[0] == "" {
			return nil
		}
		return t.ragged(fields, line)
	}
	if !slices.ContainsFunc(fields, func(f string) bool { return f != "" }) {
		return nil
	}
	if len(t.lines) >= t.limits.Rows {
		return at(t.file, line, "", "the file has more than %d rows, which is the limit; %s", t.limits.Rows, budget.Hint("rows", 4*int64(t.limits.Rows)))
	}
	for c := range fields {
		t.cells += t.columns[c].add(t, fields[c], len(t.lines))
	}
	if t.cells > t.limits.Cells {
		return at(t.file, line, "", "the file has more than %d cells (rows × columns), which is the limit; %s", t.limits.Cells,
			budget.Hint("cells", 4*int64(t.limits.Cells)))
	}
	t.lines = append(t.lines, uint32(line))
	return nil
}

// ragged is the error of a row of another width.
func (t *table) ragged(fields []string, line int) error {
	return at(t.file, line, "", "%s, but the header has %d; every row needs one field per column", words.Several(len(fields), "field"), len(t.names))
}

// add appends the field of a row and returns how many cells it takes.
func (c *tableColumn) add(t *table, field string, row int) (cells int) {
	if row == firstRows && c.bad > 0 {
		c.keep, c.number = true, nil // a column of text
	}
	if c.number != nil || row < firstRows {
		v, ok := t.number(field)
		number := field
		if !ok {
			if v, number, ok = t.belowLimit(field); ok {
				c.below.add(row, field)
			}
		}
		if !ok {
			v = math.NaN()
			if c.bad == 0 {
				c.bad, c.what = row+1, strings.Clone(field)
			}
		} else if t.comma == decimal || t.comma == noComma && !c.written.point {
			c.written.see(number, row)
		}
		c.number = append(c.number, v)
		cells++
	}
	if c.keep || row < firstRows {
		c.text = append(c.text, field...)
		c.ends = append(c.ends, len(c.text))
		cells += (len(field) + 4) / 8
	}
	return cells
}

// field is the text of row i; a number that was not kept as text is written anew.
func (c *tableColumn) field(i int) string {
	switch {
	case i < len(c.ends):
		from := 0
		if i > 0 {
			from = c.ends[i-1]
		}
		return string(c.text[from:c.ends[i]])
	case c.bad == i+1:
		return c.what
	}
	return formatNumber(c.number[i])
}

// isNumber tells a column of numbers only.
func (c *tableColumn) isNumber() bool { return c.bad == 0 && c.number != nil }

// missing is the first row without a value, -1 if there is none.
func (c *tableColumn) missing() int {
	if c.number != nil {
		return slices.IndexFunc(c.number, func(v float64) bool { return v != v })
	}
	for i := range c.ends {
		if isMissing(c.field(i)) {
			return i
		}
	}
	return -1
}

// finish settles what each column is when all rows are there, and leaves out
// what is none.
func (t *table) finish() error {
	for c := range t.columns {
		t.columns[c].settle(t, c)
	}
	return t.dropRowCounter()
}

// settle makes numbers of True and False.
func (c *tableColumn) settle(t *table, k int) {
	if c.bad == 0 || len(c.ends) < len(t.lines) {
		return
	}
	values := make([]float64, 0, len(t.lines))
	for i := range t.lines {
		switch field := c.field(i); {
		case strings.EqualFold(field, "true"):
			values = append(values, 1)
		case strings.EqualFold(field, "false"):
			values = append(values, 0)
		case isMissing(field):
			values = append(values, math.NaN())
		default:
			return
		}
	}
	c.number, c.bad = values, 0
	t.note("column %s: True is read as 1, False as 0", budget.Quote(t.names[k]))
}

// dropRowCounter leaves out an unnamed first column that counts the rows
// (as spreadsheets and data frames write it) and unnamed empty columns;
// another column without a name is an error.
func (t *table) dropRowCounter() error {
	var keep []int
	for c, name := range t.names {
		switch {
		case name != "":
			keep = append(keep, c)
		case !t.columns[c].isEmpty() && !(c == 0 && t.columns[c].countsRows(t.parts)):
			return at(t.file, t.header, "", "column %d has no name; give it one in the header", c+1)
		}
	}
	if len(keep) < len(t.names) {
		t.names, t.units, t.headers = pick(t.names, keep), pick(t.units, keep), pick(t.headers, keep)
		t.columns = pick(t.columns, keep)
	}
	return nil
}

// pick returns the given entries of v.
func pick[T any](v []T, keep []int) []T {
	out := make([]T, len(keep))
	for k, c := range keep {
		out[k] = v[c]
	}
	return out
}

func (c *tableColumn) isEmpty() bool {
	return c.isNumber() && !slices.ContainsFunc(c.number, func(v float64) bool { return v == v })
}

// countsRows tells that a column counts the rows of each file.
func (c *tableColumn) countsRows(parts []part) bool {
	if !c.isNumber() || c.number[0] != 0 && c.number[0] != 1 {
		return false
	}
	first := 0
	for i, v := range c.number {
		if len(parts) > 0 && parts[0].first == i {
			first, parts = i, parts[1:]
		}
		if v != c.number[0]+float64(i-first) {
			return false
		}
	}
	return true
}

// splitUnit splits "speed [m/s]" or "speed (m/s)" into "speed" and "m/s"; f(x) is a name.
func splitUnit(field string) (name, unit string) {
	if field == "" {
		return field, ""
	}
	kind := strings.IndexByte("])}>", field[len(field)-1])
	if kind < 0 {
		return field, ""
	}
	open := strings.LastIndexByte(field, "[({<"[kind])
	if open < 0 || kind > 0 && (open < 2 || field[open-1] != ' ') {
		return field, ""
	}
	unit = strings.TrimSpace(field[open+1 : len(field)-1])
	if unit == "" || kind > 0 && strings.ContainsAny(unit, "[]") {
		return field, ""
	}
	return strings.TrimSpace(field[:open]), unit
}
