package field

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/program"
)

// Limit is an inequality that a model has to keep, written as text in user units:
//
//	glucose >= 0
//	a + b <= 1
//	0 <= valve <= 3.5
//
// Names are those of states, inputs, the time t and pi; in a model of equations also its
// parameters, definitions and networks. It says low ≤ expression ≤ high, where one of the
// two may be infinite.
type Limit struct {
	Text      string
	Low, High float64
	expr      *program.Expr
}

// ParseLimit reads an inequality. Of two signs the outer expressions have to be
// numbers. Strict signs mean the same as others.
func ParseLimit(text string) (Limit, error) {
	l := Limit{Text: strings.Join(strings.Fields(text), " "), Low: math.Inf(-1), High: math.Inf(1)}
	parts, signs, err := compared(text)
	if err == nil {
		err = l.read(parts, signs)
	}
	if err != nil {
		return l, fmt.Errorf("constraint %q: %w", l.Text, err)
	}
	return l, nil
}

// compared cuts a text at its signs, which are < or > each.
func compared(text string) (parts []string, signs []rune, err error) {
	text = strings.NewReplacer("≤", "<", "≥", ">", "<=", "<", ">=", ">", "=<", "<", "=>", ">").Replace(text)
	if strings.Contains(text, "=") {
		return nil, nil, errors.New("= is no inequality; write <= or >=, and what always holds as an equation of the model")
	}
	at := 0
	for i, r := range text {
		if r == '<' || r == '>' {
			parts, signs = append(parts, text[at:i]), append(signs, r)
			at = i + 1
		}
	}
	if len(signs) == 0 {
		return nil, nil, errors.New("there is no <= or >= in it, as in glucose >= 0 or a + b <= 1")
	}
	if len(signs) > 2 || len(signs) == 2 && signs[0] != signs[1] {
		return nil, nil, errors.New("write it as in 0 <= x <= 1, or as several constraints")
	}
	return append(parts, text[at:]), signs, nil
}

func (l *Limit) read(parts []string, signs []rune) error {
	exprs, numbers := make([]*program.Expr, len(parts)), make([]bool, len(parts))
	values := make([]float64, len(parts))
	for i, s := range parts {
		var err error
		if exprs[i], err = program.ParseExpr(s); err != nil {
			return err
		}
		if len(exprs[i].Calls()) == 0 || len(exprs[i].Names()) == 0 {
			v, err := exprs[i].Eval(nil, nil)
			values[i], numbers[i] = v, err == nil
		}
	}
	below := signs[0] == '<' // the first is the least
	if len(parts) == 3 {
		if !numbers[0] || !numbers[2] {
			return errors.New("of two signs the outer sides have to be numbers; write two constraints")
		}
		if !below {
			values[0], values[2] = values[2], values[0]
		}
		l.expr, l.Low, l.High = exprs[1], values[0], values[2]
		if l.Low > l.High {
			return fmt.Errorf("nothing lies between %g and %g", l.Low, l.High)
		}
		return l.constant()
	}
	switch {
	case numbers[1]:
		l.expr = exprs[0]
		l.bound(values[1], below)
	case numbers[0]:
		l.expr = exprs[1]
		l.bound(values[0], !below)
	default:
		l.expr = &program.Expr{Form: program.Difference, Args: exprs}
		l.bound(0, below)
	}
	return l.constant()
}

func (l *Limit) bound(v float64, above bool) {
	if above {
		l.High = v
	} else {
		l.Low = v
	}
}

func (l *Limit) constant() error {
	if len(l.expr.Names()) == 0 && len(l.expr.Calls()) == 0 {
		return errors.New("there is no name in it that a model could change")
	}
	return nil
}

// String is the text.
func (l Limit) String() string { return l.Text }

// limiting finds what the names of limits stand for.
type limiting struct {
	frame  *Frame
	params []Parameter
	lines  []equationLine // definitions
	nets   []equationNet
	known  []string
}

func newLimiting(p *Parts, lines []equationLine, nets []equationNet) *limiting {
	c := &limiting{frame: &p.Frame, params: p.Named, lines: lines, nets: nets}
	c.known = slices.Concat(p.Frame.States, p.Frame.Inputs, []string{"t", "pi"})
	for _, q := range p.Named {
		c.known = append(c.known, q.Name)
	}
	for _, l := range lines {
		if !l.derivative {
			c.known = append(c.known, l.name)
		}
	}
	return c
}

// check reports a name that nothing stands for.
func (c *limiting) check(l Limit) error {
	for _, name := range l.expr.Names() {
		if onlySeen(c.lines, name) {
			return fmt.Errorf("constraint %q: %s is what is seen of the states, and none of them; write what it is made of", l.Text, name)
		}
		if !slices.Contains(c.known, name) && name != "π" {
			hint := "states, inputs, t, parameters and definitions of the model can stand in it"
			if near, ok := registry.Suggest(name, c.known); ok {
				hint = "did you mean " + near + "?"
			}
			return fmt.Errorf("constraint %q: there is no %s here; %s", l.Text, name, hint)
		}
	}
	return nil
}

// definition is the line that defines a name; nil: none.
func (c *limiting) definition(name string) *equationLine {
	if slices.Contains(c.frame.States, name) || slices.Contains(c.frame.Inputs, name) || name == "t" {
		return nil
	}
	for k := range c.lines {
		if l := &c.lines[k]; !l.derivative && l.name == name {
			return l
		}
	}
	return nil
}

// mentions are the names that an expression depends on, definitions looked through, and
// whether it calls something that is not elementary.
func (c *limiting) mentions(e *program.Expr) (names []string, calls bool) {
	for _, f := range e.Calls() {
		calls = calls || !slices.Contains(program.Functions(), f)
	}
	for _, name := range e.Names() {
		if d := c.definition(name); d != nil {
			more, called := c.mentions(d.expr)
			names, calls = append(names, more...), calls || called
			continue
		}
		names = append(names, name)
	}
	return names, calls
}

// Affine is a sum of multiples of names and a number.
type Affine struct {
	Of    map[string]float64
	Const float64
}

// affine returns what an expression is, and false if it is not affine in states,
// parameters, inputs and t.
func (c *limiting) affine(e *program.Expr) (Affine, bool) {
	switch e.Form {
	case program.Number:
		return Affine{Const: e.Value}, true
	case program.Name:
		if d := c.definition(e.Name); d != nil {
			return c.affine(d.expr)
		}
		if e.Name == "pi" || e.Name == "π" {
			return Affine{Const: math.Pi}, true
		}
		return Affine{Of: map[string]float64{e.Name: 1}}, true
	case program.Neg:
		a, ok := c.affine(e.Args[0])
		return a.times(-1), ok
	case program.Sum, program.Difference, program.Product, program.Quotient:
		a, ok := c.affine(e.Args[0])
		b, too := c.affine(e.Args[1])
		if !ok || !too {
			return a, false
		}
		return a.combined(b, e.Form)
	}
	if names, calls := c.mentions(e); len(names) == 0 && !calls {
		v, err := e.Eval(nil, nil)
		return Affine{Const: v}, err == nil
	}
	return Affine{}, false
}

func (a Affine) times(by float64) Affine {
	out := Affine{Of: map[string]float64{}, Const: by * a.Const}
	for name, v := range a.Of {
		out.Of[name] = by * v
	}
	return out
}

func (a Affine) combined(b Affine, f program.Form) (Affine, bool) {
	switch {
	case f == program.Product && len(b.Of) == 0:
		return a.times(b.Const), true
	case f == program.Product && len(a.Of) == 0:
		return b.times(a.Const), true
	case f == program.Quotient && len(b.Of) == 0 && b.Const != 0:
		return a.times(1 / b.Const), true
	case f == program.Product, f == program.Quotient:
		return a, false
	}
	sign := 1.0
	if f == program.Difference {
		sign = -1
	}
	out := a.times(1)
	out.Const += sign * b.Const
	for name, v := range b.Of {
		if out.Of[name] += sign * v; out.Of[name] == 0 {
			delete(out.Of, name)
		}
	}
	return out, true
}
