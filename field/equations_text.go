package field

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/program"
)

// EquationError says what is wrong with equations written as text, where, and
// what may have been meant.
type EquationError struct {
	Line, Column int    // from 1; the column in runes
	Observed     string // the data column whose expression is wrong; "": a line of the text
	Source       string // the line itself
	Msg          string // what is wrong
	Suggestion   string // what to try; may be empty
}

// Error is one sentence: the place, what is wrong and what to try.
func (e *EquationError) Error() string {
	s := fmt.Sprintf("equations, line %d, column %d: %s", e.Line, e.Column, e.Msg)
	if e.Observed != "" {
		s = fmt.Sprintf("observe: %s, column %d: %s", e.Observed, e.Column, e.Msg)
	}
	if e.Suggestion != "" {
		s += "; " + e.Suggestion
	}
	return s
}

// equationLine is one statement: name' = expr, name = expr or 0 = expr.
type equationLine struct {
	line       int
	source     string
	name       string
	column     int         // of name
	derivative bool        // also of algebraic ones: no line that defines a name
	algebraic  bool        // 0 = expr
	observed   bool        // it says what a column shows; derivative is set, since it defines no name
	own        bool        // it stands for a parameter that every recording has for itself; derivative is set
	event      *eventPlace // it says what an event does to a state; derivative is set, since it defines no name
	expr       *program.Expr
	offset     int // columns before expr's first
}

// moves tells that it is the derivative of a state.
func (l *equationLine) moves() bool {
	return l.derivative && !l.algebraic && !l.observed && !l.own && l.event == nil
}

func (l *equationLine) errorAt(column int, suggestion, format string, args ...any) error {
	if l.event != nil {
		return l.eventError(column, fmt.Sprintf(format, args...), suggestion)
	}
	e := &EquationError{Line: l.line, Column: column, Source: l.source, Msg: fmt.Sprintf(format, args...), Suggestion: suggestion}
	if l.observed {
		e.Observed = l.name
	}
	return e
}

// locate turns the place of an error in l's expression into one in the text.
func (l *equationLine) locate(err error) error {
	var s *program.SyntaxError
	if errors.As(err, &s) {
		return l.errorAt(s.Column+l.offset, s.Suggestion, "%s", s.Msg)
	}
	return err
}

// parse reads the text and what is observed.
func (e *Equations) parse() ([]equationLine, error) {
	lines, err := parseEquations(e.Text)
	if err != nil {
		return nil, err
	}
	if _, err := e.impulses(lines); err != nil {
		return nil, err
	}
	if err := e.infuse(lines); err != nil {
		return nil, err
	}
	own, err := e.ofRecordings()
	if err != nil {
		return nil, err
	}
	seen, err := e.observations()
	if err != nil {
		return nil, err
	}
	happens, err := e.eventLines()
	return slices.Concat(lines, own, seen, happens), err
}

// parseEquations reads the lines of a text; comments start with #. It returns
// the errors of all lines.
func parseEquations(text string) ([]equationLine, error) {
	if len(text) > budget.ConfigBytes {
		return nil, errLongText
	}
	var lines []equationLine
	var errs []error
	for i, source := range strings.Split(text, "\n") {
		code, _, _ := strings.Cut(strings.TrimRight(source, "\r"), "#")
		if strings.TrimSpace(code) == "" {
			continue
		}
		l := equationLine{line: i + 1, source: source}
		if err := l.parse(code); err != nil {
			errs = append(errs, err)
		}
		lines = append(lines, l)
	}
	if len(lines) == 0 {
		return nil, errors.New("equations: there are none; write one line for each state, such as x' = a*x")
	}
	return lines, errors.Join(errs...)
}

func (l *equationLine) parse(code string) error {
	indent := len(code) - len(strings.TrimLeft(code, " \t"))
	l.column = indent + 1
	left, right, found := strings.Cut(code, "=")
	if !found {
		return l.errorAt(l.column, "write name' = … for a state, name = … for a definition", "there is no = in this line")
	}
	l.offset = utf8.RuneCountInString(left) + 1
	if err := l.head(strings.TrimSpace(left)); err != nil {
		return err
	}
	e, err := program.ParseExpr(right)
	if err != nil {
		return l.locate(err)
	}
	l.expr = e
	return nil
}

// head reads what stands left of the =: x', d x/dt, dx/dt, x or 0.
func (l *equationLine) head(s string) error {
	if s == "0" {
		l.derivative, l.algebraic = true, true
		return nil
	}
	s = strings.NewReplacer("’", "'", "′", "'").Replace(s)
	name, primed := strings.CutSuffix(s, "'")
	if before, after, ok := strings.Cut(s, "/"); ok {
		over := strings.TrimSpace(after)
		if name, primed = strings.CutPrefix(before, "d"); !primed || over != "dt" {
			return l.errorAt(l.column, "write d x/dt = … or x' = …", "%q is not a derivative by t", s)
		}
	}
	l.name, l.derivative = strings.TrimSpace(name), primed
	if strings.HasSuffix(l.name, "'") {
		return l.errorAt(l.column, "write two lines, as in x' = v and v' = …", "a second derivative")
	}
	if !program.IsName(l.name) {
		return l.errorAt(l.column, "a name has letters, digits and _", "%q left of = is not a name", s)
	}
	return nil
}
