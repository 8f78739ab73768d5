package model

import (
	"math"

	"github.com/entrain-dev/entrain/program"
)

// Estimate is what a fit knows of a named parameter or of a start.
type Estimate struct {
	Name  string
	Of    string  // recording of a start; "" if there is one recording, or of a parameter
	Value float64 // of the first member, user units
	SD    float64 // standard error, user units; NaN if there is none
	// Lo and Hi hold the value with a probability of 95 % where the interval is
	// not value ± 2 SD: infinite on a side that is open, NaN where SD says it all.
	Lo, Hi float64
	Note   string // what to know before trusting it, a few words; "" if nothing
}

// NewEstimate is an estimate of which no error is known yet.
func NewEstimate(name string, value float64) Estimate {
	return Estimate{Name: name, Value: value, SD: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
}

// Values are the named parameters of a member in user units.
func (m *Model) Values(member int) []Estimate {
	if m.Parts.Values == nil {
		return nil
	}
	var all []Estimate
	out := make([]float64, len(m.Parts.Named))
	program.NewExec(m.Parts.Values, 1).Run([][]float64{out}, [][]float64{m.Theta[member]})
	for i, q := range m.Parts.Named {
		all = append(all, NewEstimate(q.Name, out[i]))
	}
	return all
}
