package model

import (
	"fmt"
	"math"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// inconsistent says how far from the equations 0 = … the algebraic states of a start of the
// first member remain.
func (m *Model) inconsistent(t0 float64, start []float64, inputs *data.Series) error {
	at := m.startOf(t0, start, inputs)
	near, _ := ode.Consistent(m.Parts.NewField(1, false), &at)
	if near <= keptTo {
		return fmt.Errorf("the equations 0 = … do not determine %s at the start: they hold, but are singular there (the index is above one, or two lines say the same); "+
			"take another start, or differentiate the line that does not contain them", strings.Join(m.Parts.AlgebraicNames(), ", "))
	}
	return fmt.Errorf("no start of %s satisfies the equations 0 = … with the other states as they are: %.3g is left; give other guesses under algebraic:, or other starts. "+
		"Where no guess helps, the equations do not determine them there (the index is above one)", strings.Join(m.Parts.AlgebraicNames(), ", "), near)
}

// startOf is a scaled start of the first member.
func (m *Model) startOf(t0 float64, start []float64, inputs *data.Series) field.Point {
	f := &m.Parts.Frame
	at := field.Point{T: []float64{(t0 - f.T0) / f.Time}, X: program.NewBatch(len(start), 1), U: program.NewBatch(len(f.Inputs), 1),
		Theta: field.Batch{V: m.Theta[0], Rows: len(m.Theta[0]), Lanes: 1}}
	copy(at.X.V, start)
	if in := m.Input(inputs); in != nil {
		in.At(at.U, at.T)
	}
	return at
}

// keptTo is how far from zero, relative to its terms, what a start has to satisfy may be.
const keptTo = 1e-6

// unkept is the error of a start that violates an equation 0 = … of states alone, which nothing
// makes up for.
func (m *Model) unkept(t0 float64, start []float64, inputs *data.Series) error {
	if m.Parts.Kept == nil {
		return nil
	}
	at, f := m.startOf(t0, start, inputs), field.New(m.Parts.Kept, 1, false)
	most := 0.0
	for _, x := range start {
		most = max(most, math.Abs(x))
	}
	var lines, orders []int
	for _, r := range m.Parts.Reduced {
		for k := range r.Times {
			if r.Follows == "" {
				lines, orders = append(lines, r.Line), append(orders, k)
			}
		}
	}
	g, one := program.NewBatch(len(lines), 1), program.NewBatch(len(lines), 1)
	f.Eval(g, &at)
	for i, v := range g.V {
		by := field.Point{X: program.NewBatch(len(start), 1)}
		clear(one.V)
		one.V[i] = 1
		f.VJP(&by, &at, one)
		size := 0.0
		for j, s := range by.X.V {
			size += math.Abs(s) * max(math.Abs(start[j]), 1e-3*most)
		}
		if !(math.Abs(v) <= keptTo*size) {
			what := "equation"
			if orders[i] > 0 {
				what = "derivative by time of the equation"
			}
			return fmt.Errorf("the start does not satisfy the %s 0 = … in line %d, in which states stand alone: it is %.3g there; give a start with which it is zero", what, lines[i], v)
		}
	}
	return nil
}
