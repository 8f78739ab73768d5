package field

import (
	"errors"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// What is measured need not be a state: a line of Observe says what a data column shows of
// the states. In the state vector such a column has a place, so that measured columns are
// the first components everywhere, but nothing moves it: its derivative is zero, no equation
// may use it, and Parts.Observe puts into it what is seen.

// observations are the lines of Observe, in alphabetical order.
func (e *Equations) observations() (lines []equationLine, err error) {
	for _, name := range sortedKeys(e.Observe) {
		l := equationLine{source: e.Observe[name], name: name, derivative: true, observed: true}
		if l.expr, err = program.ParseExpr(l.source); err != nil {
			return nil, l.locate(err)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// resolveObserved gives the columns that Observe explains their lines.
func (m *equationModel) resolveObserved(measured int) error {
	for k := range m.lines {
		l := &m.lines[k]
		if !l.observed {
			continue
		}
		if other := slices.IndexFunc(l.expr.Names(), m.onlySeen); other >= 0 {
			return fmt.Errorf("observe: %s: %s is what is seen of the states, and none of them; write what it is made of", l.name, l.expr.Names()[other])
		}
		switch i := slices.Index(m.frame.States, l.name); {
		case i >= measured || i < 0 && slices.Contains(m.frame.Inputs, l.name):
			return fmt.Errorf("observe: %s is not a measured column; name the column that shows it", l.name)
		case i < 0:
			return fmt.Errorf("observe: there is no data column %s%s", l.name, meant(l.name, m.frame.States[:measured]))
		case m.equation[i] >= 0:
			return fmt.Errorf("observe: %s has an equation in line %d; a column is a state or shows some, not both", l.name, m.lines[m.equation[i]].line)
		default:
			m.equation[i] = k
		}
	}
	return nil
}

// observed tells which states are columns that Observe explains; nil: none.
func (m *equationModel) observed() []bool {
	return m.marked(func(l *equationLine) bool { return l.observed })
}

// observe is the program of what is seen, in scaled units: of every state its own value, of
// the columns that Observe explains that of their expression; nil where there are none.
func (m *equationModel) observe() (*program.Program, error) {
	is := m.observed()
	if is == nil {
		return nil, nil
	}
	p, f := m.declare(), &m.frame
	seen := make([]program.Value, len(m.equation))
	for i := range seen {
		seen[i] = p.b.Slice(p.x, i, 1, 1)
	}
	for k := range m.lines {
		l := &m.lines[k]
		if l.derivative && !l.observed {
			continue
		}
		v, err := l.expr.Lower(p.b, p.env)
		if err != nil {
			return nil, p.explain(l, err)
		}
		if !l.observed {
			p.env.Values[l.name] = v
			continue
		}
		i := slices.Index(m.equation, k)
		seen[i] = p.b.Scale(1/f.Scale[i], p.b.Add(v, p.b.Const(-f.Shift[i], 1, 1)))
	}
	p.b.Output("dx", p.b.Spread(p.b.Concat(seen...)))
	return p.b.Done()
}

// observationError says what is wrong in a line of Observe.
func (l *equationLine) observationError(column int, msg, suggestion string) error {
	s := fmt.Sprintf("observe: %s, column %d: %s", l.name, column, msg)
	if suggestion != "" {
		s += "; " + suggestion
	}
	return errors.New(s)
}

// onlySeen tells that a name is a column that shows states and is none of them.
func (m *equationModel) onlySeen(name string) bool { return onlySeen(m.lines, name) }

func onlySeen(lines []equationLine, name string) bool {
	return slices.ContainsFunc(lines, func(l equationLine) bool { return l.observed && l.name == name })
}
