package model

import (
	"fmt"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/ode"
)

// toldPresents are the scaled states of all members at time t where an encoder alone tells
// starts: each begins where that has it as many rows before the last as it sees, and is
// followed to t.
func (m *Model) toldPresents(rows *data.Series, t float64, inputs *data.Series) (states [][]float64, err error) {
	need := m.Parts.Past.Rows
	at := rows.Len() - need
	if at < 0 {
		return nil, fmt.Errorf("before time %g there are %s, but the encoder sees %d (window=): give more rows", t, words.Several(rows.Len(), "row"), need)
	}
	in := m.Input(inputs)
	for j := range m.Theta {
		x := m.Tell(j, rows, in, at)
		if x == nil {
			return nil, fmt.Errorf("the encoder tells no state from the last rows before time %g", t)
		}
		end, status, err := m.Orbit(j, rows.T[at], x, []float64{t}, inputs)
		if err != nil || status != ode.StatusOK {
			return nil, fmt.Errorf("the model cannot be followed through the last rows before time %g", t)
		}
		states = append(states, end)
	}
	return states, nil
}
