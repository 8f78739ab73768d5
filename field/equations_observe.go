package field

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/program"
)

// What is measured need not be a state: a line of Observe says what a data column shows of
// the states. In the state vector such a column has a place, so that measured columns are
// the first components everywhere, but nothing moves it: its derivative is zero, no equation
// may use it, and Parts.Observe puts into it what is seen.

// observations are the lines of Observe, in alphabetical order. The errors are those of all.
func (e *Equations) observations() (lines []equationLine, err error) {
	var errs []error
	for _, name := range sortedKeys(e.Observe) {
		l := equationLine{source: e.Observe[name], name: name, derivative: true, observed: true}
		if err := l.readObserved(); err != nil {
			errs = append(errs, err)
			continue
		}
		lines = append(lines, l)
	}
	return lines, errors.Join(errs...)
}

// readObserved parses an expression of Observe, which is not quite like those of the text.
func (l *equationLine) readObserved() (err error) {
	if strings.TrimSpace(l.source) == "" {
		return fmt.Errorf("observe: %s: nothing is written; say what the column shows of the states, as in %s: 2*a", l.name, l.name)
	}
	if l.expr, err = program.ParseExpr(l.source); err == nil && len(l.expr.Names()) == 0 && len(l.expr.Calls()) == 0 {
		return fmt.Errorf("observe: %s: %s is a number, the same at all times; say what the column shows of the states, as in %s: 2*a", l.name, l.source, l.name)
	}
	at, ok := l.locate(err).(*EquationError)
	if !ok {
		return err
	}
	runes := []rune(l.source)
	if at.Column > len(runes) {
		return at
	}
	switch runes[at.Column-1] {
	case '\'', '’', '′':
		at.Msg, at.Suggestion = "a derivative has no name here", "give its right-hand side a name in a line of the text, as in rate = …, and write that"
	case '=':
		at.Suggestion = "write only what stands right of it"
	case ';':
		at.Suggestion = "a column shows one expression"
	}
	return at
}

// resolveObserved gives the columns that Observe explains their lines.
func (m *equationModel) resolveObserved(measured int) error {
	var errs []error
	for k := range m.lines {
		if m.lines[k].observed {
			errs = append(errs, m.observedColumn(k, measured))
		}
	}
	if err := errors.Join(errs...); err != nil { // else a wrong name would be blamed where it is used
		return err
	}
	for k := range m.lines {
		l := &m.lines[k]
		if !l.observed {
			continue
		}
		if other := slices.IndexFunc(l.expr.Names(), m.onlySeen); other >= 0 {
			return fmt.Errorf("observe: %s: %s is what is seen of the states, and none of them; write what it is made of", l.name, l.expr.Names()[other])
		}
	}
	return nil
}

// observedColumn gives a measured column to line k of Observe, or says what its name is instead.
func (m *equationModel) observedColumn(k, measured int) error {
	l, columns := &m.lines[k], m.frame.States[:measured]
	i := slices.Index(m.frame.States, l.name)
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("observe: %s "+format, append([]any{l.name}, args...)...)
	}
	_, isParameter := m.unknown[l.name]
	_, isAlgebraic := m.config.Algebraic[l.name]
	defined := slices.IndexFunc(m.lines, func(d equationLine) bool { return !d.derivative && d.name == l.name })
	switch {
	case i >= 0 && i < measured && m.equation[i] < 0 && !isAlgebraic:
		m.equation[i] = k
		return nil
	case i >= 0 && i < measured && m.equation[i] >= 0:
		return wrong("has an equation in line %d; a column is a state or shows some, not both", m.lines[m.equation[i]].line)
	case i >= measured:
		return wrong("is not a measured column but a hidden state, of line %d; name the data column that shows it", m.lines[m.equation[i]].line)
	case slices.Contains(m.frame.Inputs, l.name):
		return wrong("is an input, which is known at all times and shows no state; leave it out here, or do not name it under inputs")
	case l.name == "t":
		return wrong("is the time, and no column that shows states; leave it out")
	case isAlgebraic:
		return wrong("is an algebraic unknown; leave it out here, or under algebraic")
	case isParameter:
		return wrong("is a parameter, and no data column; name the column that is measured")
	case defined >= 0:
		return wrong("is a name of line %d, and no data column; name the column that shows it, with %s as its expression", m.lines[defined].line, l.name)
	}
	if bare, _, unit := strings.Cut(strings.NewReplacer("(", "[").Replace(l.name), "["); unit && slices.Contains(columns, strings.TrimSpace(bare)) {
		return wrong("is no data column; write it without its unit: %s", strings.TrimSpace(bare))
	}
	if s := meant(l.name, columns); s != "" {
		return fmt.Errorf("observe: there is no data column %s%s", l.name, s)
	}
	return fmt.Errorf("observe: there is no data column %s; the columns are %s", l.name, budget.List(columns))
}

// observed tells which states are columns that Observe explains; nil: none.
func (m *equationModel) observed() []bool {
	return m.marked(func(l *equationLine) bool { return l.observed })
}

// observe is the program of what is seen, in scaled units: of every state its own value, of
// the columns that Observe explains that of their expression; nil where there are none.
func (m *equationModel) observe() (*program.Program, error) {
	if m.observed() == nil {
		return nil, nil
	}
	p := m.declare()
	seen := p.components()
	err := p.lower(func(l *equationLine) bool { return l.observed }, func(k int, v program.Value) { // others are told by field
		i := slices.Index(m.equation, k)
		seen[i] = p.scaled(i, v)
	})
	if err != nil {
		return nil, err
	}
	p.b.Output("dx", p.b.Spread(p.b.Concat(seen...)))
	return p.b.Done()
}

// onlySeen tells that a name is a column that shows states and is none of them.
func (m *equationModel) onlySeen(name string) bool { return onlySeen(m.lines, name) }

func onlySeen(lines []equationLine, name string) bool {
	return slices.ContainsFunc(lines, func(l equationLine) bool { return l.observed && l.name == name })
}
