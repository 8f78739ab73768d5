package program

import (
	"strconv"
	"strings"
	"unicode"
)

// token is a piece of an expression. kind is the operator or bracket itself,
// 'n' for a number, 'a' for a name, 0 for the end.
type token struct {
	kind   rune
	column int
	text   string
	value  float64
	index  bool // the digits alone, as an output's number
}

// scanner cuts an expression into tokens.
type scanner struct {
	src []rune
	at  int
}

// signs maps typographic signs to the ones of the grammar.
var signs = map[rune]rune{'−': '-', '–': '-', '·': '*', '×': '*', '⋅': '*', '∗': '*', '÷': '/'}

func (s *scanner) next() (token, *SyntaxError) {
	for s.at < len(s.src) && unicode.IsSpace(s.src[s.at]) {
		s.at++
	}
	t := token{column: s.at + 1}
	if s.at == len(s.src) {
		return t, nil
	}
	r := s.src[s.at]
	switch {
	case isDigit(r) || r == '.' && s.digitAt(s.at+1):
		return s.number()
	case isNameStart(r):
		return s.name(), nil
	}
	if sign, ok := signs[r]; ok {
		r = sign
	}
	if !strings.ContainsRune("+-*/^(),[]", r) {
		return t, stray(r, t.column)
	}
	s.at++
	if r == '*' && s.at < len(s.src) && s.src[s.at] == '*' {
		return t, wrong(t.column, "use ^ for powers", "** is not an operator")
	}
	t.kind, t.text = r, string(r)
	return t, nil
}

func (s *scanner) name() token {
	start := s.at
	for s.at < len(s.src) && isNamePart(s.src[s.at]) {
		s.at++
	}
	return token{kind: 'a', column: start + 1, text: string(s.src[start:s.at])}
}

func (s *scanner) number() (token, *SyntaxError) {
	start := s.at
	s.digits()
	whole := s.at
	if s.at < len(s.src) && s.src[s.at] == '.' {
		s.at++
		s.digits()
	}
	s.exponent()
	t := token{kind: 'n', column: start + 1, text: string(s.src[start:s.at]), index: s.at == whole}
	v, err := strconv.ParseFloat(t.text, 64)
	if err != nil {
		return t, wrong(t.column, "", "the number %s is too large", shorten(t.text))
	}
	t.value = v
	return t, nil
}

func (s *scanner) digits() {
	for s.digitAt(s.at) {
		s.at++
	}
}

// exponent reads e, a sign and digits, or nothing if they are not all there.
func (s *scanner) exponent() {
	if s.at >= len(s.src) || s.src[s.at] != 'e' && s.src[s.at] != 'E' {
		return
	}
	i := s.at + 1
	if i < len(s.src) && (s.src[i] == '+' || s.src[i] == '-') {
		i++
	}
	if s.digitAt(i) {
		s.at = i
		s.digits()
	}
}

func (s *scanner) digitAt(i int) bool { return i < len(s.src) && isDigit(s.src[i]) }

func isDigit(r rune) bool     { return '0' <= r && r <= '9' }
func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }
func isNamePart(r rune) bool {
	return isNameStart(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// IsName tells whether an expression can mention s as a name: letters of any
// script, digits and _, not starting with a digit.
func IsName(s string) bool {
	for i, r := range s {
		if i == 0 && !isNameStart(r) || !isNamePart(r) {
			return false
		}
	}
	return s != ""
}

// shorten keeps messages readable.
func shorten(s string) string {
	if r := []rune(s); len(r) > 24 {
		return string(r[:24]) + "…"
	}
	return s
}

// stray explains a character that no expression contains.
func stray(r rune, column int) *SyntaxError {
	hint := ""
	switch r {
	case '²', '³':
		hint = "write ^2 or ^3 for powers"
	case '=':
		hint = "an expression has no ="
	case '{', '}':
		hint = "use ( and )"
	case ';':
		hint = "put each equation on a line of its own"
	case '\'', '’', '′':
		hint = "derivatives stand left of =; to use one again, give it a name"
	case '%':
		hint = "divide by 100"
	case '<', '>', '&', '|', '!', '?':
		hint = "there are no conditions; use relu, abs, min, max or sigmoid"
	case '"', '`':
		hint = "names need no quotes"
	}
	return wrong(column, hint, "the character %q has no meaning here", r)
}
