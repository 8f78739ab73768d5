package train

import (
	"slices"

	"github.com/entrain-dev/entrain/opt"
)

// nearEnough is the share of the spread of the values up to which distances of a simulation
// to rows are those of one that need not be relaxed.
const nearEnough = 1

// tryDirect makes a start that follows a simulation begin with the program itself, if that
// simulation lies near the rows and the field is a network. Where it leads nowhere it is
// relaxed after all.
func (a *attempt) tryDirect(tolerance float64) {
	x := a.relaxed.X
	if a.p.parametric() || a.nlp.limits != nil || !(a.nlp.misfit(x) <= nearEnough*a.nlp.spread()) {
		return
	}
	a.state = a.solver.Warm(x, nil, tolerance)
}

// direct tells that it is tried without a relaxation.
func (a *attempt) direct() bool { return a.state != nil && a.relaxed != nil }

// settle relaxes starts of a member after all that were tried without and came to no
// minimum or, if there may be more starts, to one that does not suit. One that nearly does waits
// for what others come to. It tells whether there are any.
func (l *collocating) settle(m *collocated) (any bool) {
	for _, a := range m.tries {
		if !a.direct() || a.state.Verdict == opt.Open && a.state.K < directSteps {
			continue
		}
		if a.state.Verdict.Solved() && (l.set.Starts > 0 && a.nlp.misfit(a.x()) <= a.nlp.misfit(a.relaxed.X) || l.contents(m, a)) {
			continue
		}
		if l.awaits(m, a) {
			continue
		}
		a.state, any = nil, true
	}
	return any
}

// Figures of minima that several starts come to.
const (
	nearlySuited = 4   // as suitedNoise, of a minimum that suits if another start comes to it too
	sameMisfit   = 1.1 // quotient of the distances to rows of minima that are about the same
)

// contents tells that a start suits, or nearly does and another one comes to about the same: few
// rows hide how much noise they have, and minima that several starts find are not improved by more.
func (l *collocating) contents(m *collocated, a *attempt) bool {
	if l.suits(a) {
		return true
	}
	if !a.ended() || !l.follows(a, nearlySuited) {
		return false
	}
	for _, b := range m.tries {
		if b == a || !b.ended() || !l.follows(b, nearlySuited) {
			continue
		}
		if q := a.nlp.misfit(a.x()) / b.nlp.misfit(b.x()); q <= sameMisfit && q >= 1/sameMisfit {
			return true
		}
	}
	return false
}

// ended tells that a start came to a minimum, or was relaxed to the end.
func (a *attempt) ended() bool {
	if a.state == nil {
		return a.relaxed.Over
	}
	return a.state.Verdict.Solved()
}

// awaits tells that a start whose minimum nearly suits waits for those of others.
func (l *collocating) awaits(m *collocated, a *attempt) bool {
	if l.set.Starts > 0 || !a.state.Verdict.Solved() || !l.follows(a, nearlySuited) {
		return false
	}
	open := func(b *attempt) bool { return b.direct() && b.state.Verdict == opt.Open }
	return len(m.tries) == 1 && l.starts > 1 || slices.ContainsFunc(m.tries, open)
}

// spread is the mean square of the distances of values to the mean of their column, scaled.
func (c *transcription) spread() float64 {
	n, sum, square := make([]float64, c.states), make([]float64, c.states), 0.0
	for e := range c.elements {
		for _, o := range c.elements[e].seen {
			n[o.column], sum[o.column], square = n[o.column]+1, sum[o.column]+o.value, square+o.value*o.value
		}
	}
	for i, v := range sum {
		square -= v * v / max(1, n[i])
	}
	return square / max(1, c.count)
}
