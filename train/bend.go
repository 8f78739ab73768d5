package train

import (
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// What a law leaves over is no noise: it goes on for many rows, so the evidence would
// take every wiggle of it for a law of its own. How far a field may bend away from the
// linear one is therefore decided by the rows held out: the precision of all that bends
// it is lowered step by step, and the bend with the best free run behind the training
// rows is kept.
const (
	bendFirst = 1000. // precision of a coefficient that bends the law, at first
	bendLast  = 0.1
	bendStep  = 4.    // by which it is lowered
	bendSteps = 12    // Levenberg–Marquardt steps each
	bendWorse = 2     // so many precisions without a better free run end it
	bendNet   = 0.003 // precision of a weight of the network, relative to that of a coefficient
	lawWeight = 1e-4  // precision of the linear law
	lawFixed  = 1e14  // of one that is left as it is
)

// bend takes a candidate from its linear law to the bend that forecasts best.
func (c *candidate) bend() {
	b := c.b
	at, weight := c.bends()
	if len(at) == 0 {
		if out := b.minimise(b.free, c.budget/2, "from the linear law", math.NaN()); out.Status == opt.Failed {
			b.fail = out.Reason
		}
	} else if !c.loosen(at, weight) {
		return
	}
	if c.law.fixed || !b.weigh() {
		return
	}
	old := append([]float64{}, b.sigma...)
	b.renoise()
	ratio := 0.0
	for i, s := range b.sigma {
		ratio += math.Log(old[i]/s) * 2 / float64(len(old))
	}
	for i := range b.group { // the same weight beside the rows as before
		b.prec[i] *= math.Exp(ratio)
	}
}

// loosen lowers the precision of what bends the law; false if it cannot be followed.
func (c *candidate) loosen(at []int, weight []float64) bool {
	b := c.b
	best, kept, worse := math.Inf(1), b.snapshot(), 0
	first := bendFirst
	if c.p.piece > 0 {
		first = pieceBend
	}
	for bend := first; bend >= bendLast && worse < bendWorse && !b.stop(); bend /= bendStep {
		for k, w := range weight {
			b.prec[at[k]] = bend * w
		}
		out := b.minimise(b.free, bendSteps, "bending the linear law", math.NaN())
		if out.Status == opt.Failed && bend == first {
			b.fail = out.Reason
			return false
		}
		if v := c.bendError(); v < best {
			best, kept, worse = v, b.snapshot(), 0
		} else {
			worse++
		}
	}
	b.restore(kept)
	return true
}

// bends are the entries of θ that bend the law, the polynomial's of higher degree and
// the network's, and their weights among each other.
func (c *candidate) bends() (at []int, weight []float64) {
	b := c.b
	for k, l := range b.p.Parts.Layers {
		entry := func(i int) {
			b.centre[i] = 0
			switch {
			case k == 0 && c.law.fixed:
				b.prec[i], b.centre[i] = lawFixed, b.z[i]
			case k == 0 || l.Plain:
				b.prec[i] = lawWeight
			case l.Sparse && !l.Plain:
				b.z[i] = 0
				at, weight = append(at, i), append(weight, 1)
			default:
				at, weight = append(at, i), append(weight, bendNet)
			}
		}
		for i := l.W; i < l.W+l.Rows*l.Cols; i++ {
			entry(i)
		}
		for i := l.B; l.B >= 0 && i < l.B+l.Rows; i++ {
			entry(i)
		}
	}
	return at, weight
}

// bendError is the error of the forecast of the rows held out; where there are none, how
// little evidence there is.
func (c *candidate) bendError() float64 {
	if c.p.Held == nil {
		if !c.b.weigh() {
			return math.Inf(1)
		}
		return -c.b.logEvidence
	}
	s := c.score(c.model(c.b.z))
	if v := s.held.NRMSE; s.fail == "" && isNumber(v) {
		return v
	}
	return math.Inf(1)
}
