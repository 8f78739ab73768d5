package model

import (
	"fmt"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// inconsistent says how far from the equations 0 = … the algebraic states of a start of the
// first member remain.
func (m *Model) inconsistent(t0 float64, start []float64, inputs *data.Series) error {
	f := &m.Parts.Frame
	at := field.Point{T: []float64{(t0 - f.T0) / f.Time}, X: program.NewBatch(len(start), 1), U: program.NewBatch(len(f.Inputs), 1),
		Theta: field.Batch{V: m.Theta[0], Rows: len(m.Theta[0]), Lanes: 1}}
	copy(at.X.V, start)
	if in := m.Input(inputs); in != nil {
		in.At(at.U, at.T)
	}
	near, _ := ode.Consistent(m.Parts.NewField(1, false), &at)
	return fmt.Errorf("no start of %s satisfies the equations 0 = … with the other states as they are: %.3g is left; give other guesses under algebraic:, or other starts. "+
		"Where no guess helps, the equations do not determine them there (the index is above one)", strings.Join(m.Parts.AlgebraicNames(), ", "), near)
}
