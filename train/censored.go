package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

// Below is, of each measured state, the limit at or below which its values are known only not to
// be above it: that of the setting censored, else that of the file; NaN where there is none, nil
// if there is none at all.
func (p *Problem) Below() []float64 {
	names := p.Train[0].Names
	out, any := nans(len(names)), false
	for c, name := range names {
		limit := data.LimitOf(p.Train[0].Below, c)
		if q, said := p.Censored[name]; said {
			limit = q.Below
		}
		out[c], any = limit, any || !math.IsNaN(limit)
	}
	if !any {
		return nil
	}
	return out
}

// scorer compares rows of p with predictions, in what was measured at their times.
func (p *Problem) scorer(variance []float64) *data.Scorer {
	return data.NewScorer(p.Train[0].Names, variance, p.Below()).First(p.Train[0].Measured())
}

// observed counts the values of column c in rows, and those of which only a limit is known.
func observed(rows []data.Series, c int, limit float64) (values, below int) {
	for _, s := range rows {
		for k := range s.T {
			switch v := s.Row(k)[c]; {
			case math.IsNaN(v):
				continue
			case data.IsBelow(v, limit):
				below++
			}
			values++
		}
	}
	return values, below
}

// exactShare is the share of the training values of each column that is known itself: those below
// a limit, which add nothing to an error, say nothing of noise. It is 1 where none is known.
func (p *Problem) exactShare() []float64 {
	limits := p.Below()
	out := make([]float64, len(p.Train[0].Names))
	for c := range out {
		out[c] = 1
		if values, below := observed(p.Train, c, data.LimitOf(limits, c)); values > below {
			out[c] = 1 - float64(below)/float64(values)
		}
	}
	return out
}

// heldBelow counts the held-out values, and those of which only a limit is known.
func (p *Problem) heldBelow() (values, below int) {
	limits := p.Below()
	for c := range p.Train[0].Names {
		v, b := observed(slices.Concat(p.Held, p.Apart), c, data.LimitOf(limits, c))
		values, below = values+v, below+b
	}
	return values, below
}
