package data

import (
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// blanks as a separator stands for one or more spaces or tabs.
const blanks = ' '

// cut splits a line at a separator and appends its fields, without the space
// around them, to dst. open tells that a quoted field goes on in the next line.
// why is not empty if a quotation mark is in a wrong place.
func cut(line string, sep byte, dst []string) (fields []string, open bool, why string) {
	for {
		line = skipSpace(line, sep)
		if sep == blanks && line == "" {
			return dst, false, ""
		}
		if strings.HasPrefix(line, `"`) {
			field, after, open, why := cutQuoted(line[1:], sep)
			if open || why != "" {
				return dst, open, why
			}
			if dst = append(dst, strings.TrimSpace(field)); after == "" {
				return dst, false, ""
			}
			if line = after; sep != blanks {
				line = after[1:]
			}
			continue
		}
		end := strings.IndexByte(line, sep)
		if sep == blanks {
			end = strings.IndexAny(line, " \t")
		}
		field, last := line, end < 0
		if !last {
			field, line = line[:end], line[end+1:]
		}
		if strings.IndexByte(field, '"') >= 0 {
			return dst, false, "a quotation mark is misplaced"
		}
		dst = append(dst, strings.TrimSpace(field))
		if last {
			return dst, false, ""
		}
	}
}

// cutQuoted takes a field up to its closing quotation mark, which the line may lack:
// then it is open. What follows begins with the separator.
func cutQuoted(line string, sep byte) (field, after string, open bool, why string) {
	field, rest, closed := unquote(line)
	if !closed {
		return "", "", true, ""
	}
	after = skipSpace(rest, sep)
	if after != "" && after[0] != sep && !(sep == blanks && len(after) < len(rest)) {
		return "", "", false, "a quotation mark is misplaced"
	}
	return field, after, false, ""
}

// skipSpace leaves out blanks, but not a tab that separates.
func skipSpace(s string, sep byte) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t' && sep != '\t') {
		s = s[1:]
	}
	return s
}

// unquote reads up to the closing quotation mark; two of them stand for one.
func unquote(s string) (field, rest string, closed bool) {
	i := strings.IndexByte(s, '"')
	if i < 0 {
		return "", "", false
	}
	if !strings.HasPrefix(s[i+1:], `"`) {
		return s[:i], s[i+1:], true
	}
	var b strings.Builder
	for i >= 0 && strings.HasPrefix(s[i+1:], `"`) {
		b.WriteString(s[:i+1])
		s = s[i+2:]
		i = strings.IndexByte(s, '"')
	}
	if i < 0 {
		return "", "", false
	}
	b.WriteString(s[:i])
	return b.String(), s[i+1:], true
}

// headLine is a line that was read to guess the dialect.
type headLine struct {
	text   string
	number int
}

// records hands out rows of fields: the lines that were looked at first, then
// those of the stream.
type records struct {
	lines  *lines
	head   []headLine // not yet handed out
	sep    byte
	line   int // where the row begins
	fields []string
}

// next returns the fields of the next row, valid until the call after; io.EOF behind the last.
// Blank lines and comments are left out.
func (r *records) next() ([]string, error) {
	for {
		line, number, err := r.nextLine()
		if err != nil {
			return nil, err
		}
		if isBlank(line) || isComment(line) {
			continue
		}
		r.line = number
		return r.split(line)
	}
}

func (r *records) split(line string) ([]string, error) {
	first := len(line)
	for number := r.line; ; {
		fields, open, why := cut(line, r.sep, r.fields[:0])
		r.fields = fields
		if why != "" {
			return nil, at(r.lines.file, number, "", "%s; it begins and ends a field, and inside one it is doubled", why)
		}
		if !open {
			return fields, r.checkFields()
		}
		more, n, err := r.nextLine()
		if err != nil {
			if _, ok := err.(*ParseError); ok {
				return nil, err
			}
			return nil, at(r.lines.file, number, "", "a quotation mark is never closed (it opens in line %d)", r.line)
		}
		number = n
		if len(line)+len(more)-first > budget.Field {
			return nil, at(r.lines.file, r.line, "", "a quotation mark opens a field of more than %d KiB; it may never be closed", budget.Field>>10)
		}
		line += "\n" + more
	}
}

func (r *records) checkFields() error {
	for c, f := range r.fields {
		if len(f) > budget.Field {
			return at(r.lines.file, r.line, "", "field %d is longer than %d KiB; it is no number", c+1, budget.Field>>10)
		}
	}
	return nil
}

func (r *records) nextLine() (string, int, error) {
	if len(r.head) > 0 {
		h := r.head[0]
		r.head = r.head[1:]
		return h.text, h.number, nil
	}
	line, err := r.lines.next()
	return string(line), r.lines.number, err
}

func isBlank(line string) bool   { return strings.TrimSpace(line) == "" }
func isComment(line string) bool { return strings.HasPrefix(line, "#") }
