package field

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// Limits are inequalities of a built model.
type Limits struct {
	All []Limit
	// Program maps t, x, u and theta to the expressions, one row each, in the output dx as
	// a right-hand side has it; each divided by its Unit.
	Program *program.Program
	Unit    []float64 // about how much the expression changes when states and parameters change by their units
	// Constant tells those that depend on parameters alone.
	Constant []bool
	// Affine are those that are affine in states and parameters; nil: not, or they
	// depend on inputs or time. User units.
	Affine []*Affine
}

// NewLimits compiles inequalities for a model that was built by a. Its errors are for
// the user.
func NewLimits(a Architecture, p *Parts, all []Limit) (*Limits, error) {
	if e, ok := a.(*Equations); ok {
		return e.limits(p, all)
	}
	c := newLimiting(p, nil, nil)
	m := &equationModel{frame: p.Frame, lines: limitLines(all), size: len(p.Theta0)}
	return c.compile(m.declare(), all)
}

// limits compiles inequalities whose names are those of the text.
func (e *Equations) limits(p *Parts, all []Limit) (*Limits, error) {
	measured := p.Frame
	measured.States = measured.States[:len(measured.States)-len(p.Start)]
	measured.Shift, measured.Scale = measured.Shift[:len(measured.States)], measured.Scale[:len(measured.States)]
	lines, err := e.parse()
	if err != nil {
		return nil, err
	}
	m, err := e.resolve(measured, lines)
	if err != nil {
		return nil, err
	}
	c := newLimiting(p, m.lines, m.nets)
	m.lines = append(slices.Clone(m.lines), limitLines(all)...)
	q := m.declare()
	defines := func(l *equationLine) bool { return !l.derivative }
	if err := q.lower(defines, func(int, program.Value) {}); err != nil {
		return nil, err
	}
	return c.compile(q, all)
}

// limitLines are the expressions as lines, for what looks at all lines.
func limitLines(all []Limit) []equationLine {
	var lines []equationLine
	for _, l := range all {
		lines = append(lines, equationLine{source: l.Text, expr: l.expr, derivative: true})
	}
	return lines
}

// compile makes the program and says what kind each is.
func (c *limiting) compile(q *equationProgram, all []Limit) (*Limits, error) {
	out := &Limits{All: all}
	var rows []program.Value
	for _, l := range all {
		if err := c.check(l); err != nil {
			return nil, err
		}
		v, err := l.expr.Lower(q.b, q.env)
		if err != nil {
			return nil, fmt.Errorf("constraint %q: %w", l.Text, err)
		}
		names, calls := c.mentions(l.expr)
		constant, varies := !calls, false
		for _, name := range names {
			parameter := slices.ContainsFunc(c.params, func(q Parameter) bool { return q.Name == name })
			constant = constant && (parameter || name == "pi" || name == "π")
			varies = varies || name == "t" || slices.Contains(c.frame.Inputs, name)
		}
		var affine *Affine
		if a, ok := c.affine(l.expr); ok && !varies {
			affine = &a
		}
		unit := c.unit(l.expr)
		out.Unit, out.Constant, out.Affine = append(out.Unit, unit), append(out.Constant, constant), append(out.Affine, affine)
		rows = append(rows, q.b.Scale(1/unit, v))
	}
	q.b.Output("dx", q.b.Spread(q.b.Concat(rows...)))
	p, err := q.b.Done()
	out.Program = p
	return out, err
}

// unit is about how much an expression changes when each name and each output of a
// network changes by its unit: the root of the summed squares, 1 if that cannot be told.
func (c *limiting) unit(e *program.Expr) float64 {
	m := &equationModel{frame: *c.frame, params: c.params, lines: c.lines}
	units := m.spread()
	for _, q := range c.params {
		units[q.Name] = magnitude(q.Start)
	}
	at := func(name string, by float64, net string, output int) float64 {
		call := func(x *program.Expr) (float64, bool) {
			if x.Name == net && max(x.Index, 0) == output {
				return by, true
			}
			return 0, true
		}
		v := m.centre()
		if net == "" {
			v[name] += by
		}
		x, err := e.Eval(m.defined(v, call), call)
		if err != nil {
			return math.NaN()
		}
		return x
	}
	size := 0.0
	names, _ := c.mentions(e)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if u, ok := units[name]; ok {
			size = math.Hypot(size, at(name, u/2, "", 0)-at(name, -u/2, "", 0))
		}
	}
	for _, n := range c.nets {
		for o, u := range n.scale {
			size = math.Hypot(size, at("", u, n.name, o)-at("", 0, n.name, o))
		}
	}
	if !(size > 0) || math.IsInf(size, 0) {
		return 1
	}
	return size
}

// Bounded is e with the bounds of parameters that inequalities of a single parameter say,
// and the inequalities that are left. Its errors are for the user.
func (e *Equations) Bounded(all []Limit) (*Equations, []Limit, error) {
	lines, err := e.parse()
	if err != nil {
		return e, all, nil // Build tells
	}
	c := &limiting{frame: &Frame{}, lines: lines}
	out, left := *e, []Limit(nil)
	out.Parameters = map[string]Unknown{}
	for name, u := range e.Parameters {
		out.Parameters[name] = u
	}
	for _, l := range all {
		a, ok := c.affine(l.expr)
		name := ""
		for n := range a.Of {
			name = n
		}
		u, parameter := out.Parameters[name]
		if !ok || len(a.Of) != 1 || !parameter {
			left = append(left, l)
			continue
		}
		if out.Parameters[name], err = u.within(l, name, (l.Low-a.Const)/a.Of[name], (l.High-a.Const)/a.Of[name]); err != nil {
			return nil, nil, err
		}
	}
	return &out, left, nil
}

// within is u between two bounds more.
func (u Unknown) within(l Limit, name string, low, high float64) (Unknown, error) {
	if low > high {
		low, high = high, low
	}
	before := u
	if !math.IsInf(low, 0) && (u.Min == nil || low > *u.Min) {
		u.Min = &low
	}
	if !math.IsInf(high, 0) && (u.Max == nil || high < *u.Max) {
		u.Max = &high
	}
	if u.Min != nil && u.Max != nil && *u.Min >= *u.Max {
		return u, fmt.Errorf("constraint %q leaves no room for %s, which lies between %s and %s", l.Text, name, boundWords(before.Min), boundWords(before.Max))
	}
	u = u.started()
	if !u.inside(u.Start) {
		return u, fmt.Errorf("constraint %q: the start of %s is %g; start strictly inside", l.Text, name, u.Start)
	}
	return u, nil
}

func boundWords(v *float64) string {
	if v == nil {
		return "anything"
	}
	return fmt.Sprintf("%g", *v)
}
