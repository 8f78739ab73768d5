package train

import (
	"math"

	"github.com/entrain-dev/entrain/train/misfit"
)

// LossScore is the loss that was minimised where that is not the squared distance: its mean over
// observed values, in the units of training (for gaussian and student those of a likelihood).
type LossScore struct {
	Name  string   // as loss= names it
	Train float64  // along the fitted trajectories of the saved model, over the rows it was fitted to
	Held  float64  // of the forecasts from the last training rows; NaN without held-out rows
	Share *Divided // of loss=quantile; else nil
}

// Divided says how large a share of values lies at or below what a quantile's model predicts.
type Divided struct {
	Asked       float64
	Train, Held float64 // NaN: there are none
}

// meanLoss is a mean of losses under way.
type meanLoss struct {
	rowMisfit
	scale             []float64
	sum, below, count float64
}

// add counts errors, rows × columns, prediction less row if sign is 1, in user units.
func (m *meanLoss) add(errs []float64, sign float64) {
	for i, e := range errs {
		if math.IsNaN(e) {
			continue
		}
		c := i % len(m.scale)
		v, _, _ := m.at(c, sign*e/m.scale[c])
		m.sum, m.count = m.sum+v, m.count+1
		if sign*e >= 0 {
			m.below++
		}
	}
}

// lossScore is what the loss of a problem comes to; nil where that is the squared distance or a
// likelihood.
func (p *Problem) lossScore(r *Result) *LossScore {
	if p.squares() || p.noise != nil {
		return nil
	}
	scale := p.Parts.Frame.Scale[:len(p.Train[0].Names)]
	fit, held := &meanLoss{rowMisfit: p.misfit(), scale: scale}, &meanLoss{rowMisfit: p.misfit(), scale: scale}
	for _, run := range p.residuals(r) {
		fit.add(run, -1)
	}
	if a := r.Assessment; a != nil && a.Held != nil {
		first := map[int]bool{}
		for _, w := range a.Held.Windows {
			if !first[w.Rec] {
				held.add(w.Err, 1)
			}
			first[w.Rec] = true
		}
	}
	out := &LossScore{Name: p.Loss, Train: fit.sum / fit.count, Held: held.sum / held.count}
	if share, ok := misfit.Share(p.Loss); ok {
		out.Share = &Divided{share, fit.below / fit.count, held.below / held.count}
	}
	return out
}

// quantiles tells that the trajectories of a problem are those of a quantile, not of a centre.
func (p *Problem) quantiles() bool {
	_, ok := misfit.Share(p.Loss)
	return ok
}
