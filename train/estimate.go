package train

import (
	"math"

	"github.com/entrain-dev/entrain/program"
)

// Estimate is what a fit knows of a named parameter.
type Estimate struct {
	Name  string
	Value float64 // of the first member, user units
	SD    float64 // standard error, user units; NaN if there is none
	Note  string  // what to know before trusting it, a few words; "" if nothing
}

// values are the named parameters of a member, without errors.
func (m *Model) values(member int) []Estimate {
	if m.Parts.Values == nil {
		return nil
	}
	out := make([]float64, len(m.Parts.Named))
	program.NewExec(m.Parts.Values, 1).Run([][]float64{out}, [][]float64{m.Theta[member]})
	all := make([]Estimate, len(out))
	for i, q := range m.Parts.Named {
		all[i] = Estimate{Name: q.Name, Value: out[i], SD: math.NaN()}
	}
	return all
}
