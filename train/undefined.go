package train

import (
	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/program"
)

// Undefined says which formula has no value where the fit begins: at the starts of the first
// recordings and, where no state is hidden, along their rows, with the numbers that parameters
// begin with. "" if all have.
func (p *Problem) Undefined() string {
	arch, ok := p.Arch.(field.Partial)
	if !ok || p.warm != nil || len(p.Train) == 0 {
		return ""
	}
	f := &p.Parts.Frame
	starts := p.startGuess()
	at := field.Point{T: make([]float64, 1), U: program.NewBatch(len(f.Inputs), 1), X: program.NewBatch(len(f.States), 1),
		Theta: program.Batch{V: p.Parts.Theta0, Rows: len(p.Parts.Theta0), Lanes: 1}}
	for rec := range min(probes, len(p.Train)) {
		s := &p.Train[rec]
		var known field.Input
		if at.U.Rows > 0 {
			known = model.NewMeasured([]*data.Series{s}, f, 1, p.Hold)
		}
		copy(at.X.V, starts[rec])
		rows := 1
		if len(p.Parts.Start) == 0 {
			rows = min(probes, s.Len())
		}
		for k := range rows {
			row := k * s.Len() / rows
			if at.T[0] = (s.T[row] - f.T0) / f.Time; row > 0 {
				for c := range s.Names {
					at.X.V[c] = p.smoothed(rec, c, at.T[0])
				}
			}
			if known != nil {
				known.At(at.U, at.T)
			}
			if why := arch.Undefined(p.Parts, &at); why != "" {
				return why
			}
		}
	}
	return ""
}
