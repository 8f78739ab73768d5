package model

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// consistent are starts whose algebraic states satisfy the equations 0 = …; they are
// guesses otherwise.
func (m *Model) consistent(t0 float64, starts [][]float64, inputs *data.Series) ([][]float64, error) {
	if m.Parts.Algebraic == nil {
		return starts, nil
	}
	f := &m.Parts.Frame
	one := field.NewAlgebraic(m.Parts.Field, 1, false, m.Parts.Algebraic)
	out := make([][]float64, len(starts))
	for member, x := range starts {
		at := field.Point{T: []float64{(t0 - f.T0) / f.Time}, X: program.NewBatch(len(x), 1), U: program.NewBatch(len(f.Inputs), 1),
			Theta: program.NewBatch(len(m.Theta[member]), 1)}
		copy(at.X.V, x)
		copy(at.Theta.V, m.Theta[member])
		if len(f.Inputs) > 0 {
			NewMeasured([]*data.Series{inputs}, f, 1, m.Hold).At(at.U, at.T)
		}
		if near, ok := ode.Consistent(one, &at); !ok {
			var names []string
			for i, name := range f.States {
				if m.Parts.Algebraic[i] {
					names = append(names, name)
				}
			}
			return nil, fmt.Errorf("no start of %s satisfies the equations 0 = … with the other states as they are: %.3g is left; give other guesses under algebraic:, or other starts. "+
				"Where no guess helps, the equations do not determine them there (the index is above one)", strings.Join(names, ", "), near)
		}
		out[member] = at.X.V
	}
	return out, nil
}
