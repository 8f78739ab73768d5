package field

import (
	"math"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// withValues writes the lines of the text with named parameters replaced by
// their values, to four digits.
func (m *equationModel) withValues(values map[string]float64) []string {
	var lines []string
	for _, l := range m.lines {
		if l.event != nil {
			continue
		}
		right := m.lagged(l.expr, func(lag *program.Expr) *program.Expr { return substituted(lag, values) })
		lines = append(lines, l.left()+" = "+signed(substituted(right, values)).String())
	}
	for _, h := range m.delays.history {
		lines = append(lines, m.frame.States[h.state]+" before the start: "+signed(substituted(h.expr, values)).String())
	}
	return append(lines, m.eventWords(func(e *program.Expr) *program.Expr { return signed(substituted(e, values)) })...)
}

// substituted is e with names replaced by numbers; a factor 1 is left out.
func substituted(e *program.Expr, values map[string]float64) *program.Expr {
	if v, ok := values[e.Name]; ok && e.Form == program.Name {
		v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
		return &program.Expr{Form: program.Number, Value: v}
	}
	if len(e.Args) == 0 {
		return e
	}
	c := *e
	c.Args = make([]*program.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = substituted(a, values)
	}
	if c.Form == program.Product && c.Args[1].Form == program.Number && c.Args[1].Value == 1 && e.Args[1].Form == program.Name {
		return c.Args[0]
	}
	if a := c.Args[0]; c.Form == program.Product && a.Form == program.Number && math.Abs(a.Value) == 1 && e.Args[0].Form == program.Name {
		if a.Value < 0 {
			return &program.Expr{Form: program.Neg, Args: c.Args[1:]}
		}
		return c.Args[1]
	}
	return &c
}

// signed moves the signs of terms into the sums they stand in.
func signed(e *program.Expr) *program.Expr {
	c := *e
	c.Args = make([]*program.Expr, len(e.Args))
	for i, a := range e.Args {
		c.Args[i] = signed(a)
	}
	if e.Form != program.Sum && e.Form != program.Difference {
		return &c
	}
	if positive, ok := negated(c.Args[1]); ok {
		c.Args[1] = positive
		c.Form = program.Sum + program.Difference - c.Form
	}
	return &c
}

// negated is −e, if e is plainly negative: a number or a product with one.
func negated(e *program.Expr) (*program.Expr, bool) {
	switch e.Form {
	case program.Number:
		if e.Value < 0 {
			return &program.Expr{Form: program.Number, Value: -e.Value}, true
		}
	case program.Neg:
		return e.Args[0], true
	case program.Product, program.Quotient:
		if first, ok := negated(e.Args[0]); ok {
			c := *e
			c.Args = []*program.Expr{first, e.Args[1]}
			return &c, true
		}
	}
	return nil, false
}

// explainValues is the text with its parameters as θ has them; "" without any.
func (m *equationModel) explainValues(p *Parts, theta []float64) string {
	if p.Values == nil {
		return ""
	}
	out := make([]float64, len(p.Named))
	program.NewExec(p.Values, 1).Run([][]float64{out}, [][]float64{theta})
	values := map[string]float64{}
	for i, q := range p.Named {
		values[q.Name] = out[i]
	}
	return strings.Join(m.withValues(values), "\n")
}
