package data

import (
	"io"
	"strings"
)

// dialect is how a text writes a table.
type dialect struct {
	sep      byte // blanks: any number of them
	preamble int  // lines before the header
	header   bool // the first line names the columns
	units    bool // a line of units follows the header
	comma    mark // what a comma in a number means
	seen     bool // there are such commas
}

// mark is the meaning of a comma inside a number.
type mark uint8

const (
	noComma   mark = iota // no comma was seen
	decimal               // 3,14
	thousands             // 1,234,567.8
	unclear               // 1,234 and nothing else that would tell
)

// As much of a text is looked at to guess its dialect.
const (
	headLines = 200
	headBytes = 1 << 18
)

// readHead reads the first lines, comments and blank ones too.
func (l *lines) readHead() (head []headLine, err error) {
	size := 0
	for len(head) < headLines && size < headBytes {
		line, err := l.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return head, err
		}
		size += len(line)
		head = append(head, headLine{string(line), l.number})
	}
	return head, nil
}

// newRecords guesses the dialect of the lines and goes to the first row.
func newRecords(l *lines, o *ReadOptions) (*records, dialect, error) {
	head, err := l.readHead()
	if err != nil {
		return nil, dialect{}, err
	}
	var d dialect
	rows := head
	if first, sep, ok := separatorLine(head); ok {
		d.sep, rows = sep, head[first+1:]
		head = rows
		l.note("the line sep=%c names the separator", sep)
	}
	d.guess(rows, o)
	r := &records{lines: l, head: head, sep: d.sep}
	for n := d.preamble; n > 0; {
		line, _, err := r.nextLine()
		if err != nil {
			return nil, d, err
		}
		if isBlank(line) || isComment(line) {
			continue
		}
		n--
		for _, open, _ := cut(line, r.sep, nil); open; _, open, _ = cut(line, r.sep, nil) {
			more, _, err := r.nextLine()
			if err != nil {
				break // the reader says what is wrong
			}
			line += "\n" + more
		}
	}
	return r, d, nil
}

// separatorLine finds the line sep=; that Excel writes and reads.
func separatorLine(head []headLine) (line int, sep byte, ok bool) {
	for i, h := range head {
		if isBlank(h.text) {
			continue
		}
		text := strings.TrimRight(strings.Trim(h.text, `"`), ",; ")
		if rest, found := strings.CutPrefix(strings.ToLower(strings.Trim(h.text, `"`)), "sep="); found {
			if rest = strings.TrimRight(rest, " "); len(rest) == 1 && strings.ContainsAny(rest, ",;\t|") {
				return i, rest[0], true
			}
			return i, ',', text == "sep="
		}
		return 0, 0, false
	}
	return 0, 0, false
}

// shape is what a separator makes of the first lines.
type shape struct {
	rows   [][]string
	fields int     // of most rows
	share  float64 // of the rows that have as many
	values float64 // share of their fields, the first row apart, that are numbers or times
}

func (s *shape) score() float64 {
	if s.fields < 2 {
		return 0
	}
	return s.share * (0.1 + s.values)
}

// guess looks at the first lines; d.sep is kept if it is given.
func (d *dialect) guess(head []headLine, o *ReadOptions) {
	var s shape
	switch {
	case d.sep != 0:
		s = newShape(head, d.sep)
	default:
		s = shape{}
		d.sep = ','
		for _, sep := range []byte{'\t', ';', ','} {
			if n := newShape(head, sep); n.score() > s.score() || n.score() == s.score() && n.fields > s.fields && s.fields > 1 {
				s, d.sep = n, sep
			}
		}
		d.rarer(head, &s)
		if s.fields < 2 {
			s, d.sep = newShape(head, ','), ','
		}
	}
	d.place(&s)
	if d.comma = o.comma(); d.comma == noComma {
		d.comma, d.seen = s.commas(d.sep)
	}
}

// rarer takes bars or blanks for the separator where the usual ones make no columns, or, with decimal
// commas between bars, worse ones.
func (d *dialect) rarer(head []headLine, s *shape) {
	for _, sep := range []byte{'|', blanks} {
		n := newShape(head, sep)
		usual := s.fields < 2 && n.share >= 0.9 && n.values >= 0.5
		bars := sep == '|' && d.sep == ',' && n.share > s.share && n.values > s.values
		if n.fields > 1 && (usual || bars) {
			*s, d.sep = n, sep
		}
	}
}

func newShape(head []headLine, sep byte) shape {
	s := shape{}
	for i := 0; i < len(head); i++ {
		if isBlank(head[i].text) || isComment(head[i].text) {
			continue
		}
		row, open, why := cut(head[i].text, sep, nil)
		for text, k := head[i].text, i+1; open && k < len(head); k++ { // a name of several lines
			text += "\n" + head[k].text
			if row, open, why = cut(text, sep, nil); !open {
				i = k
			}
		}
		if open || why != "" {
			continue // the reader says what is wrong
		}
		s.rows = append(s.rows, row)
	}
	count := map[int]int{}
	least := fullWidth(s.rows)
	for i, row := range s.rows {
		for len(row) > least && row[len(row)-1] == "" {
			row = row[:len(row)-1] // trailing separators; see also narrow
		}
		s.rows[i] = row
		if count[len(row)]++; count[len(row)] > count[s.fields] || s.fields == 0 {
			s.fields = len(row)
		}
	}
	if len(s.rows) == 0 {
		return s
	}
	s.share = float64(count[s.fields]) / float64(len(s.rows))
	s.values = s.shareOfValues()
	return s
}

// fullWidth is how many fields most rows have, if the last of them is not empty in one of those: then
// a row that ends in a separator lacks a value; 1 if it never is, and ends in nothing.
func fullWidth(rows [][]string) int {
	count, most := map[int]int{}, 0
	for _, row := range rows {
		if count[len(row)]++; count[len(row)] > count[most] {
			most = len(row)
		}
	}
	for _, row := range rows {
		if len(row) == most && row[most-1] != "" {
			return most
		}
	}
	return 1
}

// shareOfValues is that of values among the fields of all whole rows but the first.
func (s *shape) shareOfValues() float64 {
	first, values, all := true, 0, 0
	for _, row := range s.rows {
		if len(row) != s.fields {
			continue
		}
		if !first {
			all += len(row)
			for _, f := range row {
				if isValue(f) {
					values++
				}
			}
		}
		first = false
	}
	if all == 0 {
		return 1
	}
	return float64(values) / float64(all)
}

// place finds the header: the first row of the usual width, unless rows
// without any number stand between it and the numbers.
func (d *dialect) place(s *shape) {
	first, last := s.textRows()
	if first < 0 {
		d.header = true
		return
	}
	d.header = !allValues(s.rows[first])
	switch {
	case first > 0 && !d.header: // a header of another width: the reader says so
		d.header = true
		return
	case last == len(s.rows)-1 && last > first:
		last = first // there are no numbers at all
	}
	d.preamble = first
	if last > first {
		at := s.headerRow(first, last)
		d.preamble, d.units = at, at == last-1
	}
}

// textRows are the first and the last of the whole rows of text before the numbers, the
// first row of numbers among them if it is the only one; −1 if there are none.
func (s *shape) textRows() (first, last int) {
	first, last = -1, -1
	for i, row := range s.rows {
		if len(row) != s.fields {
			if first >= 0 {
				break
			}
			continue
		}
		if hasNumber(row) && first >= 0 {
			break
		}
		if first < 0 {
			first = i
		}
		last = i
		if hasNumber(row) {
			break
		}
	}
	return first, last
}

// headerRow is the row of text that names time, else the first.
func (s *shape) headerRow(first, last int) int {
	for i := first; i <= last; i++ {
		if namesTime(s.rows[i]) {
			return i
		}
	}
	return first
}

func hasNumber(row []string) bool {
	for _, f := range row {
		if isValue(f) && !isMissing(f) {
			return true
		}
	}
	return false
}

func allValues(row []string) bool {
	for _, f := range row {
		if !isValue(f) {
			return false
		}
	}
	return hasNumber(row)
}

func namesTime(row []string) bool {
	for _, f := range row {
		if name, _ := splitUnit(f); timeRank(name) >= 0 {
			return true
		}
	}
	return false
}

// isValue tells a number, date, time or missing value from a name.
func isValue(field string) bool {
	if isMissing(field) {
		return true
	}
	if number, ok := cutBelow(field); ok {
		field = number
	} else if number, ok := cutAbove(field); ok {
		field = number
	}
	if _, ok := parseNumber(field, noComma); ok {
		return true
	}
	if strings.Contains(field, ",") {
		if _, ok := parseNumber(field, decimal); ok {
			return true
		}
		if _, ok := parseNumber(field, thousands); ok {
			return true
		}
	}
	return isTime(field)
}

// commas tells what commas in numbers mean, from the first rows, and whether there are any. Where
// nothing tells and columns are not separated by commas they are read as decimal ones, until
// settleMarks has seen all rows.
func (s *shape) commas(sep byte) (m mark, seen bool) {
	points := false
	for _, row := range s.rows {
		for _, f := range row {
			points = points || isDecimalPoint(f)
			if !strings.Contains(f, ",") {
				continue
			}
			_, asDecimal := parseNumber(f, decimal)
			_, asThousands := parseNumber(f, thousands)
			switch {
			case asDecimal && !asThousands:
				return decimal, true
			case asThousands && !asDecimal:
				return thousands, true
			case asDecimal:
				m = unclear
			}
		}
	}
	switch {
	case sep != ',':
		return decimal, m != noComma // may come later
	case m == unclear && points:
		return thousands, true
	}
	return m, m != noComma
}

// isDecimalPoint tells a number with a decimal point.
func isDecimalPoint(f string) bool {
	if !strings.Contains(f, ".") {
		return false
	}
	_, ok := parseNumber(f, noComma)
	return ok
}
