package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// Filled returns the recordings with a value of every input in every row, see data.FillInputs. In
// columns of doses an empty cell is no dose. Its errors are for the user.
func (s *Settings) Filled(series []data.Series, arch field.Architecture) ([]data.Series, error) {
	hold, err := s.Holding(series[0].Inputs)
	if err != nil {
		return nil, err
	}
	return data.FillInputs(FillDoses(series, arch), hold), nil
}

// FillDoses returns the recordings with no dose where columns of doses have empty cells. What
// needs no filling is not copied.
func FillDoses(series []data.Series, arch field.Architecture) []data.Series {
	out := append([]data.Series{}, series...)
	for n := range out {
		s := &out[n]
		if doses := doseColumns(arch, s.Inputs); doses != nil {
			s.U = append([]float64{}, s.U...)
			for i, v := range s.U {
				if doses[i%len(s.Inputs)] && math.IsNaN(v) {
					s.U[i] = 0
				}
			}
		}
	}
	return out
}

// doseColumns tells which inputs are columns of doses; nil: none.
func doseColumns(arch field.Architecture, inputs []string) (is []bool) {
	e, ok := arch.(*field.Equations)
	if !ok {
		return nil
	}
	for _, column := range e.DoseColumns() {
		for c, name := range inputs {
			if name == column {
				if is == nil {
					is = make([]bool, len(inputs))
				}
				is[c] = true
			}
		}
	}
	return is
}

// manyEvents are so many that they, not the rows, are what a trajectory costs.
const manyEvents = 10_000

// happenings is how often events with known times happen in all recordings.
func (p *Problem) happenings() (n float64) {
	if p.Parts.Events == nil {
		return 0
	}
	for i := range p.Parts.Events.Planned {
		for rec := range p.Train {
			t0, t1 := p.span(rec)
			n += model.Happens(&p.Parts.Events.Planned[i], t0, t1)
		}
	}
	return n
}

// bounded refuses events that happen too often in a recording.
func (p *Problem) bounded() error {
	for rec := range p.Train {
		t0, t1 := p.span(rec)
		if err := model.Bounded(p.Parts, t0, t1); err != nil {
			return err
		}
	}
	return nil
}

// span is from when to when a recording has rows.
func (p *Problem) span(rec int) (t0, t1 float64) {
	last := &p.Train[rec]
	if p.Held != nil && p.Held[rec].Len() > 0 {
		last = &p.Held[rec]
	}
	return p.Train[rec].T[0], last.T[last.Len()-1]
}

// Covariates are the inputs that are constant in each of several recordings and not the same in all.
func (p *Problem) Covariates() (names []string) {
	var all []*data.Series
	for i := range p.Train {
		all = append(all, &p.Train[i])
	}
	for c, is := range model.Constant(p.Parts, all) {
		if is {
			names = append(names, p.Parts.Frame.Inputs[c])
		}
	}
	return names
}

// EventNotes says which events lie before or behind all rows, where nothing tells of them, and that
// there are very many.
func (p *Problem) EventNotes() (told []string) {
	if p.Parts.Events == nil {
		return nil
	}
	first, last := math.Inf(1), math.Inf(-1)
	for rec := range p.Train {
		t0, t1 := p.span(rec)
		first, last = min(first, t0), max(last, t1)
	}
	for _, v := range p.Parts.Events.Planned {
		for _, t := range v.At {
			switch {
			case t < first && (v.Every == 0 || v.Times > 0 && t+float64(v.Times-1)*v.Every < first) && t+v.For <= first:
				told = append(told, fmt.Sprintf("%s: time %g lies before the first row at %g, where trajectories begin: it does nothing", v.Entry, t, first))
			case t >= last:
				told = append(told, fmt.Sprintf("%s: time %g does not lie before the last row at %g: no row tells of it", v.Entry, t, last))
			}
		}
	}
	if n := p.happenings(); n > manyEvents {
		told = append(told, fmt.Sprintf("events happen %.3g times in the rows, and each ends a step of the solver: fits and forecasts take long; where they are that near, add their mean to the equation", n))
	}
	return told
}
