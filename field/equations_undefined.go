package field

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

// Partial is an Architecture whose formulas need not have a value everywhere.
type Partial interface {
	Architecture
	// Undefined says which part of which formula has no finite value or slope at a point of
	// one lane in scaled units, for what numbers, and what to try; "" where all have.
	Undefined(p *Parts, at *Point) string
}

// Undefined implements Partial. What networks give is not known to it.
func (e *Equations) Undefined(p *Parts, at *Point) string {
	if len(at.Theta.V) != len(p.Theta0) || len(at.X.V) != len(p.Frame.States) {
		return ""
	}
	m := e.again(p)
	if m == nil {
		return ""
	}
	values := m.userValues(p, at)
	for k := range m.lines {
		l := &m.lines[k]
		part, why, x := l.expr.Undefined(values)
		if part != nil && (why == program.LackSlope) == finiteAt(p, at, false) && !finiteAt(p, at, true) {
			return m.lacks(l, part, why, x, values)
		}
		if l.derivative || part != nil {
			continue
		}
		if v, err := l.expr.Eval(values, nil); err == nil {
			values[l.name] = v
		}
	}
	return ""
}

// again resolves a text for parts that were built of it; nil if they were not.
func (e *Equations) again(p *Parts) *equationModel {
	lines, err := e.parse()
	if err != nil {
		return nil
	}
	f, measured := p.Frame, len(p.Frame.States)-len(p.Start)
	f.States, f.Shift, f.Scale = f.States[:measured], f.Shift[:measured], f.Scale[:measured]
	m, err := e.resolve(f, lines)
	if err != nil {
		return nil
	}
	return m
}

// userValues are the values of the names of the text at a point, in user units.
func (m *equationModel) userValues(p *Parts, at *Point) map[string]float64 {
	f := &p.Frame
	values := map[string]float64{"t": f.T0 + f.Time*at.T[0]}
	for i, name := range f.States {
		if !m.onlySeen(name) {
			values[name] = f.Shift[i] + f.Scale[i]*at.X.V[i]
		}
	}
	for i, d := range m.delays.seen {
		if row := m.delayRow() + i; row < len(at.U.V) {
			values[d.name] = f.Shift[d.state] + f.Scale[d.state]*at.U.V[row]
		}
	}
	for i, name := range f.Inputs {
		if i < len(at.U.V) {
			values[name] = f.UShift[i] + f.UScale[i]*at.U.V[i]
		}
	}
	for i := range p.Named {
		values[p.Named[i].Name], _ = p.Named[i].Value(at.Theta.V[p.Named[i].Theta])
	}
	return values
}

// finiteAt tells that the field and what is seen are finite at a point, with their slopes if
// these are asked for.
func finiteAt(p *Parts, at *Point, slopes bool) bool {
	for _, of := range []*program.Program{p.Field, p.Observe} {
		if of == nil {
			continue
		}
		f, out := New(of, 1, false), program.NewBatch(len(p.Frame.States), 1)
		if f.Eval(out, at); !num.AllFinite(out.V) {
			return false
		}
		if !slopes {
			continue
		}
		v := Point{X: program.NewBatch(len(at.X.V), 1), Theta: program.NewBatch(len(at.Theta.V), 1)}
		for _, unit := range [][]float64{v.X.V, v.Theta.V} {
			for i := range unit {
				unit[i] = 1
				if f.JVP(out, at, &v); !num.AllFinite(out.V) {
					return false
				}
				unit[i] = 0
			}
		}
	}
	return true
}

// lackWords say what is wrong and what has to become of the argument.
var lackWords = map[program.Lack][2]string{
	program.LackPositive: {"has no value", "stays positive"},
	program.LackRoot:     {"has no value", "is never negative"},
	program.LackDivisor:  {"divides by zero", "stays away from zero"},
	program.LackRange:    {"is beyond the largest number", "stays small enough"},
	program.LackSlope:    {"has no finite slope", "stays above zero"},
}

// lacks is the sentence about a part of a line.
func (m *equationModel) lacks(l *equationLine, part *program.Expr, why program.Lack, x float64, values map[string]float64) string {
	blamed := part
	if len(part.Args) > 0 {
		blamed = part.Args[0]
	}
	if part.Form == program.Quotient {
		blamed = part.Args[1]
	}
	where := []string{fmt.Sprintf("t = %.4g", values["t"])}
	names := blamed.Names()
	if blamed.Form != program.Name {
		where = append(where, equals(blamed.String(), x, 3))
	}
	for _, name := range names {
		if v, ok := values[name]; ok && name != "t" {
			where = append(where, equals(name, v, 4))
		}
	}
	words := lackWords[why]
	err := l.errorAt(l.offset+part.Column, m.keepsAway(blamed, words[1]), "%v %s at %s", part, words[0], strings.Join(where, ", "))
	return err.Error()
}

// equals says what a name or an expression is, in so many digits.
func equals(what string, v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return what + " without a value"
	case math.IsInf(v, 0):
		return what + " beyond the largest number"
	}
	return fmt.Sprintf("%s = %.*g", what, digits, v)
}

// keepsAway is what to try so that an argument stays where there are values.
func (m *equationModel) keepsAway(blamed *program.Expr, so string) string {
	var params, starts []string
	for _, name := range m.dependsOn(blamed) {
		_, isParameter := m.unknown[name]
		switch i := slices.Index(m.frame.States, name); {
		case isParameter:
			params = append(params, name)
		case i >= len(m.frame.States)-len(m.start):
			starts = append(starts, name)
		}
	}
	var try []string
	if params != nil {
		try = append(try, fmt.Sprintf("begin %s elsewhere or give bounds (min:, max:)", strings.Join(params, ", ")))
	}
	if starts != nil {
		try = append(try, fmt.Sprintf("begin %s elsewhere (start:)", strings.Join(starts, ", ")))
	}
	if try == nil {
		return fmt.Sprintf("write it so that %v %s, as with max(%v, 1e-6)", blamed, so, blamed)
	}
	return fmt.Sprintf("%s, so that %v %s", strings.Join(try, ", "), blamed, so)
}
