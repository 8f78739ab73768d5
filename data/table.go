package data

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
)

// table is a file as text: a header and rows of equally many fields.
type table struct {
	file         string
	names, units []string   // header, brackets taken off
	rows         [][]string // fields, surrounding space taken off
	lines        []int      // line of the file each row starts on
	decimalComma bool       // 3,14 is a number: the file separates by semicolons
}

// tabulate cuts text into fields: separators are guessed from the header,
// lines starting with # and blank lines are left out.
func tabulate(text []byte, file string) (*table, error) {
	comma := separator(text)
	t := &table{file: file, decimalComma: comma == ';'}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.Comment, r.FieldsPerRecord = comma, '#', -1
	r.TrimLeadingSpace = true
	headerLine := 0
	for {
		fields, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, quoteFailure(file, err)
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		line, _ := r.FieldPos(0)
		switch {
		case len(fields) == 1 && fields[0] == "":
			continue
		case t.names == nil:
			headerLine = line
			err = t.setHeader(fields, line)
		case len(fields) != len(t.names):
			err = at(file, line, "", "%s, but the header has %d; every row needs one field per column",
				plural(len(fields), "field"), len(t.names))
		default:
			t.rows, t.lines = append(t.rows, fields), append(t.lines, line)
		}
		if err != nil {
			return nil, err
		}
	}
	return t, t.checkShape(headerLine)
}

func (t *table) checkShape(headerLine int) error {
	switch {
	case t.names == nil:
		return at(t.file, 0, "", "the file holds no text; it needs a header line and rows of numbers")
	case len(t.rows) == 0:
		return at(t.file, headerLine, "", "there are no rows below the header")
	}
	return t.dropRowCounter(headerLine)
}

// setHeader takes the column names and units from the first line.
func (t *table) setHeader(fields []string, line int) error {
	values := 0
	for _, f := range fields {
		if _, ok := t.number(f); !ok && !isTimestamp(f) {
			values = -1
			break
		} else if !isMissing(f) {
			values++
		}
	}
	if values > 0 {
		return at(t.file, line, "", "there is no header: the first line holds only numbers; "+
			"put a line with column names above it, such as t,x,y (without # in front)")
	}
	seen := map[string]int{}
	for i, f := range fields {
		name, unit := splitUnit(f)
		if strings.ContainsFunc(f, invisible) {
			return at(t.file, line, "", "the name of column %d holds a line break or control character", i+1)
		}
		if first, ok := seen[name]; ok && name != "" {
			return at(t.file, line, name, "columns %d and %d have the same name; rename one", first, i+1)
		}
		seen[name] = i + 1
		t.names, t.units = append(t.names, name), append(t.units, unit)
	}
	return nil
}

// invisible reports characters that would not survive in names: control
// characters and byte-order marks.
func invisible(r rune) bool { return unicode.IsControl(r) || r == '\ufeff' }

// dropRowCounter leaves out an unnamed first column that counts the rows
// (as spreadsheets and data frames write it) and unnamed empty columns;
// another column without a name is an error.
func (t *table) dropRowCounter(headerLine int) error {
	var keep []int
	for c, name := range t.names {
		switch {
		case name != "":
			keep = append(keep, c)
		case !t.isEmpty(c) && !(c == 0 && t.countsRows(c)):
			return at(t.file, headerLine, "", "column %d has no name; give it one in the header", c+1)
		}
	}
	if len(keep) < len(t.names) {
		t.names, t.units = pick(t.names, keep), pick(t.units, keep)
		for i, row := range t.rows {
			t.rows[i] = pick(row, keep)
		}
	}
	return nil
}

// pick returns the given entries of v.
func pick(v []string, keep []int) []string {
	out := make([]string, len(keep))
	for k, c := range keep {
		out[k] = v[c]
	}
	return out
}

func (t *table) isEmpty(c int) bool {
	for _, row := range t.rows {
		if row[c] != "" {
			return false
		}
	}
	return true
}

func (t *table) countsRows(c int) bool {
	first, ok := t.number(t.rows[0][c])
	if !ok || first != 0 && first != 1 {
		return false
	}
	for i, row := range t.rows {
		if v, ok := t.number(row[c]); !ok || v != first+float64(i) {
			return false
		}
	}
	return true
}

// separator returns the commonest of tab, semicolon and comma in the header
// line, outside quotes; the earlier in this list on a tie.
func separator(text []byte) rune {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		var count [3]int
		quoted := false
		for _, b := range line {
			switch {
			case b == '"':
				quoted = !quoted
			case quoted:
			case b == '\t':
				count[0]++
			case b == ';':
				count[1]++
			case b == ',':
				count[2]++
			}
		}
		if n := max(count[0], count[1], count[2]); n == 0 {
			return ','
		} else if count[0] == n {
			return '\t'
		} else if count[1] == n {
			return ';'
		}
		return ','
	}
	return ','
}

// splitUnit splits "speed [m/s]" into "speed" and "m/s".
func splitUnit(field string) (name, unit string) {
	open := strings.LastIndexByte(field, '[')
	if open < 0 || !strings.HasSuffix(field, "]") {
		return field, ""
	}
	unit = strings.TrimSpace(field[open+1 : len(field)-1])
	if unit == "" {
		return field, ""
	}
	return strings.TrimSpace(field[:open]), unit
}

func quoteFailure(file string, err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return at(file, p.Line, "", "a quotation mark is misplaced or never closed (%w)", p.Err)
	}
	return readFailure(file, err)
}
