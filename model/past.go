package model

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// PastOf fills dst with what an encoder sees that tells the state at row at of a recording (see
// field.Past.Features). in gives the scaled inputs of one lane, nil if there are none.
// It returns false where there are too few rows before, or behind.
func PastOf(dst []float64, p *field.Past, f *field.Frame, rows *data.Series, in field.Input, at int) bool {
	at += p.Lead
	first := at - p.Rows + 1
	if first < 0 || at >= rows.Len() {
		return false
	}
	d, m := len(rows.Names), len(f.Inputs)
	value, seen := make([]float64, d), make([]float64, d)
	for c := range d { // before anything is known: the mean, since ever
		seen[c] = rows.T[first]
	}
	u := program.NewBatch(m, 1)
	for k := first; k <= at; k++ {
		row := dst[(k-first)*(2*d+m):]
		for c, v := range rows.Row(k) {
			if !math.IsNaN(v) {
				value[c], seen[c] = f.Scaled(c, v), rows.T[k]
			}
			row[c], row[d+c] = value[c], (rows.T[at]-seen[c])/f.Time
		}
		if in != nil {
			in.At(u, []float64{(rows.T[k] - f.T0) / f.Time})
			copy(row[2*d:], u.V)
		}
	}
	return true
}

// Tell is the scaled state of a member at row at of a recording as its encoder tells
// it from the rows about it; nil if it has none, or there are too few rows.
func (m *Model) Tell(member int, rows *data.Series, in field.Input, at int) []float64 {
	p := m.Parts.Past
	if p == nil {
		return nil
	}
	x := program.NewBatch(p.Features(len(rows.Names), len(m.Parts.Frame.Inputs)), 1)
	if !PastOf(x.V, p, &m.Parts.Frame, rows, in, at) {
		return nil
	}
	out := program.NewBatch(len(m.Parts.Frame.States), 1)
	field.New(p.Program, 1, false).Eval(out, &field.Point{X: x, Theta: field.Batch{V: m.Theta[member], Rows: len(m.Theta[member]), Lanes: 1}})
	for _, v := range out.V {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
	}
	return out.V
}
