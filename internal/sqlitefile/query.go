package sqlitefile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// word is a piece of a statement.
type word struct {
	text   string
	quoted bool // a name in quotes
	value  bool // a number, or text in single quotes
}

// is tells a keyword or sign.
func (w *word) is(text string) bool { return !w.quoted && !w.value && strings.EqualFold(w.text, text) }

// lex cuts a statement into words.
func lex(s string) ([]word, error) {
	if len(s) > budget.Field {
		return nil, fmt.Errorf("a statement is longer than %s", budget.Size(budget.Field))
	}
	var out []word
	for s != "" {
		switch c := s[0]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			s = s[1:]
		case strings.HasPrefix(s, "--"):
			_, s, _ = strings.Cut(s, "\n")
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s, "*/")
		case strings.IndexByte("'\"`[", c) >= 0:
			text, rest, ok := unquote(s)
			if !ok {
				return nil, fmt.Errorf("a quotation mark is never closed: %s", budget.Quote(s))
			}
			out, s = append(out, word{text: text, quoted: c != '\'', value: c == '\''}), rest
		default:
			n := wordLength(s)
			out, s = append(out, word{text: s[:n], value: isNumber(s)}), s[n:]
		}
	}
	return out, nil
}

// wordLength is that of the name, number or sign that a text begins with.
func wordLength(s string) int {
	n := 1
	switch {
	case isLetter(s[0]):
		for n < len(s) && (isLetter(s[n]) || isDigit(s[n])) {
			n++
		}
	case isNumber(s):
		for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '.' || strings.IndexByte("+-", s[n]) >= 0 && strings.IndexByte("eE", s[n-1]) >= 0) {
			n++
		}
	case len(s) > 1 && slices.Contains([]string{"<=", ">=", "<>", "!=", "=="}, s[:2]):
		n = 2
	}
	return n
}

// isNumber tells a text that begins with a number, with a sign perhaps.
func isNumber(s string) bool {
	return isDigit(s[0]) || strings.IndexByte("+-.", s[0]) >= 0 && len(s) > 1 && isDigit(s[1])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

// unquote reads a text in quotes, which are doubled within it.
func unquote(s string) (text, rest string, ok bool) {
	end := s[0]
	if end == '[' {
		end = ']'
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != end {
			b.WriteByte(s[i])
			continue
		}
		if i+1 == len(s) || s[i+1] != end || end == ']' {
			return b.String(), s[i+1:], true
		}
		b.WriteByte(end)
		i++
	}
	return "", "", false
}

// query is a statement that is understood.
type query struct {
	columns, names []string // none: all
	table          string
	where          []condition
	by             []order
	limit          int64 // −1: none
}

// condition compares a column with a value.
type condition struct {
	column, sign string // IS and IS NOT: with no value
	value        value
}

type order struct {
	column string
	down   bool
}

// parser goes through the words of a query.
type parser struct {
	words []word
	err   error
}

func (p *parser) take(text string) bool {
	if len(p.words) > 0 && p.words[0].is(text) {
		p.words = p.words[1:]
		return true
	}
	return false
}

// name takes a name, in quotes or not.
func (p *parser) name() string {
	if len(p.words) == 0 || p.words[0].value || !p.words[0].quoted && !isLetter(p.words[0].text[0]) {
		p.fail()
		return ""
	}
	w := p.words[0]
	p.words = p.words[1:]
	return w.text
}

func (p *parser) fail() {
	if p.err == nil {
		p.err = ErrQuery
		if len(p.words) > 0 {
			p.err = fmt.Errorf("%w; %s is not understood here", ErrQuery, budget.Quote(p.words[0].text))
		}
	}
	p.words = nil
}

// parse reads SELECT columns FROM table WHERE … AND … ORDER BY … LIMIT n.
func parse(text string) (*query, error) {
	words, err := lex(text)
	if err != nil {
		return nil, err
	}
	p, q := &parser{words: words}, &query{limit: -1}
	p.want("SELECT")
	for !p.take("*") {
		name := p.name()
		as := name
		if p.take("AS") {
			as = p.name()
		}
		q.columns, q.names = append(q.columns, name), append(q.names, as)
		if !p.take(",") {
			break
		}
	}
	p.want("FROM")
	q.table = p.name()
	if p.take("WHERE") {
		for q.where = append(q.where, p.condition()); p.take("AND"); {
			q.where = append(q.where, p.condition())
		}
	}
	if p.take("ORDER") {
		p.want("BY")
		for q.by = append(q.by, p.order()); p.take(","); {
			q.by = append(q.by, p.order())
		}
	}
	if p.take("LIMIT") {
		v := p.value()
		if q.limit = v.whole; v.kind != wholeValue || q.limit < 0 {
			p.fail()
		}
	}
	p.take(";")
	if len(p.words) > 0 {
		p.fail()
	}
	return q, p.err
}

func (p *parser) want(text string) {
	if !p.take(text) {
		p.fail()
	}
}

func (p *parser) order() order {
	o := order{column: p.name()}
	if o.down = p.take("DESC"); !o.down {
		p.take("ASC")
	}
	return o
}

func (p *parser) condition() condition {
	c := condition{column: p.name()}
	if p.take("IS") {
		c.sign = "IS"
		if p.take("NOT") {
			c.sign = "IS NOT"
		}
		if !p.take("NULL") {
			p.fail()
		}
		return c
	}
	for _, sign := range []string{"<=", ">=", "<>", "!=", "==", "=", "<", ">"} {
		if p.take(sign) {
			c.sign, c.value = sign, p.value()
			return c
		}
	}
	p.fail()
	return c
}

func (p *parser) value() value {
	if len(p.words) == 0 || !p.words[0].value {
		p.fail()
		return value{}
	}
	w := p.words[0].text
	p.words = p.words[1:]
	if n, err := strconv.ParseInt(w, 10, 64); err == nil {
		return value{kind: wholeValue, whole: n}
	}
	if x, err := strconv.ParseFloat(w, 64); err == nil {
		return value{kind: realValue, real: x}
	}
	return value{kind: textValue, text: w}
}
