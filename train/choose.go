package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/model"
)

// The rule by which candidates are chosen is written in docs/decisions/025-choice.md.
//
// alike is how much larger an error on the held-out rows may be and still say
// nothing: so much a handful of rows is worth. twice is how much larger it may be
// at most, whatever its standard error; fine an error that is as good as none, in
// deviations.
const (
	alike = 1.25
	twice = 2
	fine  = 1e-3
)

// NoForecast is an error, in deviations, from which on nothing was forecast: over all
// rows, always saying their mean has 1.
const NoForecast = 0.7

// mostRefits is how many candidates are refitted to all rows to compare their
// evidence there, and outclassed how far behind the best in evidence before that
// one may be to be among them.
const (
	mostRefits = 3
	outclassed = 15
)

// eligible are the candidates that may win: those that could be fitted, of these
// those that converged, and of these those that stay near the data; each only if
// there are any.
func eligible(list []*candidate) []*candidate {
	list = prefer(list, func(c *candidate) bool { return !c.plain })
	list = prefer(list, func(c *candidate) bool { return c.scored.fail == "" })
	list = prefer(list, func(c *candidate) bool { return c.b.settled })
	return prefer(list, func(c *candidate) bool { return !c.scored.wild })
}

// prefer keeps those for whom ok holds, or all if it holds for none.
func prefer(list []*candidate, ok func(*candidate) bool) []*candidate {
	var some []*candidate
	for _, c := range list {
		if ok(c) {
			some = append(some, c)
		}
	}
	if some == nil {
		return list
	}
	return some
}

// equals are the eligible candidates whose forecasts of the held-out rows cannot
// be told from the best: not by more than the standard error of the difference
// over origins. Errors count up to the largest horizon at which somebody can
// forecast at all; the rest of it is chance. Where nothing was held out all are
// equal. The one with most evidence comes first.
//
// A law that stands for a baseline wins only where all of them forecast the held-out
// rows worse.
func equals(all []*candidate) []*candidate {
	list := eligible(all)
	if h, ok := horizonOf(list); ok {
		best, least := []float64(nil), math.Inf(1)
		for _, c := range list {
			c.scored.errors = c.scored.rolling.errors(h, c.scored.variance)
			if v := mean(c.scored.errors); best == nil || v < least {
				best, least = c.scored.errors, v
			}
		}
		list = prefer(list, func(c *candidate) bool { return asGood(c.scored.errors, best) })
		if plain := simplest(all); plain != nil {
			more := moreLikely(all)
			list = slices.DeleteFunc(slices.Clone(list), func(c *candidate) bool { return plain.outdoes(c, h, more) })
			if len(list) == 0 {
				return byEvidence(asPlain(all, plain))[:1]
			}
		}
	}
	return byEvidence(list)
}

// simplest is the law standing for a baseline with the least error over all held-out
// rows; nil if there is none.
func simplest(list []*candidate) *candidate {
	var best *candidate
	for _, c := range list {
		if c.simple() && (best == nil || c.offBy() < best.offBy()) {
			best = c
		}
	}
	return best
}

// asPlain are the laws standing for a baseline that forecast the held-out rows as well as the best
// of them. Their evidences tell them apart: a level that follows what another law explains
// forecasts alike where little happens.
func asPlain(list []*candidate, best *candidate) []*candidate {
	out := []*candidate{best}
	for _, c := range list {
		if c != best && c.simple() && isNumber(c.b.logEvidence) && c.offBy() <= alike*alike*best.offBy() {
			out = append(out, c)
		}
	}
	return out
}

// simple tells that a candidate stands for a baseline and forecast the held-out rows.
func (c *candidate) simple() bool {
	return c.plain && c.scored.fail == "" && !c.scored.wild && c.scored.rolling != nil
}

// moreLikely is by how much more evidence the likeliest law that stands for a baseline has
// than the likeliest of the others that may win.
func moreLikely(all []*candidate) float64 {
	most := func(list []*candidate) float64 {
		v := math.Inf(-1)
		for _, c := range list {
			if c.scored.fail == "" && isNumber(c.b.logEvidence) {
				v = max(v, c.b.logEvidence)
			}
		}
		return v
	}
	var plain []*candidate
	for _, c := range all {
		if c.plain {
			plain = append(plain, c)
		}
	}
	return most(plain) - most(eligible(all))
}

// lostPhase is the relative error, squared, of an orbit that has nothing to do with the
// rows but moves as they do; more than that is not chance.
const lostPhase = 2

// outdoes tells whether a law that stands for a baseline is to be preferred to c, by the
// evidence that such laws have more than others. Where they have much more, noise drives
// the states: then if it forecasts the held-out rows as well, or c does not. Where they
// have much less, only if c is further away than an orbit that has merely lost its phase.
// In between, if its error is smaller by so much that it matters and not larger up to
// horizon h.
func (plain *candidate) outdoes(c *candidate, h, more float64) bool {
	mine, its := plain.offBy(), c.offBy()
	switch better := its > aboutAsGood*aboutAsGood*mine+negligible*negligible; {
	case more > outclassed:
		return mine <= alike*alike*its || its > NoForecast*NoForecast
	case !better || more < -outclassed:
		return better && its > lostPhase
	}
	near := mean(plain.scored.rolling.errors(h, plain.scored.variance))
	return its > lostPhase || near <= alike*alike*mean(c.scored.errors)
}

// offBy is the mean squared relative error over all held-out rows and origins.
func (c *candidate) offBy() float64 {
	return mean(c.scored.rolling.errors(math.Inf(1), c.scored.variance))
}

// byEvidence sorts candidates: those with most evidence first, of neighbours
// between which there is not much the simpler one.
func byEvidence(list []*candidate) []*candidate {
	left := slices.Clone(list)
	var out []*candidate
	for len(left) > 0 {
		most := math.Inf(-1)
		for _, c := range left {
			most = max(most, c.b.logEvidence)
		}
		near := prefer(left, func(c *candidate) bool { return c.b.logEvidence >= most-simpler })
		best := near[0]
		for _, c := range near[1:] {
			if c.b.determined < best.b.determined {
				best = c
			}
		}
		out = append(out, best)
		left = slices.DeleteFunc(left, func(c *candidate) bool { return c == best })
	}
	return out
}

// horizonOf is the largest distance from an origin at which one of the
// candidates can forecast; +Inf where that is all or none. ok is false where not
// all of them have forecasts of held-out rows.
func horizonOf(list []*candidate) (h float64, ok bool) {
	for _, c := range list {
		if c.scored.rolling == nil {
			return 0, false
		}
		if c.scored.rolling.Rolling.NRMSE < NoForecast {
			h = math.Inf(1)
		}
		for _, bin := range c.scored.rolling.Horizons {
			if bin.Scores.NRMSE < NoForecast {
				h = max(h, bin.To)
			}
		}
	}
	if h == 0 {
		h = math.Inf(1)
	}
	return h, true
}

// lostError is the squared relative error of a row that a forecast did not reach.
const lostError = 1e4

// errors are the mean squared errors of each window up to horizon h, relative to
// variance.
func (w *HeldOut) errors(h float64, variance []float64) []float64 {
	var out []float64
	d := len(variance)
	for _, win := range w.Windows {
		sum, n := 0.0, 0.0
		for i, t := range win.T {
			if t-win.Origin > h*(1+1e-9) {
				break
			}
			for c, e := range win.Err[i*d : (i+1)*d] {
				switch {
				case win.ended(i, d):
					sum, n = sum+lostError, n+1
				case isNumber(e) && variance[c] > 0:
					sum, n = sum+min(lostError, e*e/variance[c]), n+1
				}
			}
		}
		if n > 0 {
			out = append(out, sum/n)
		}
	}
	return out
}

// asGood tells whether the errors of windows cannot be told from those of the
// best.
func asGood(errors, best []float64) bool {
	a, b := mean(errors), mean(best)
	switch {
	case a <= alike*alike*b || a <= fine*fine:
		return true
	case !(a <= twice*twice*b) || len(errors) != len(best):
		return false
	}
	more := make([]float64, len(best))
	for i := range more {
		more[i] = errors[i] - best[i]
	}
	return mean(more) <= scatter(more)
}

// mean is +Inf of nothing.
func mean(v []float64) float64 {
	if len(v) == 0 {
		return math.Inf(1)
	}
	sum := 0.0
	for _, x := range v {
		sum += x / float64(len(v))
	}
	return sum
}

// compare tells of every candidate the error by which they are compared.
func (a *search) compare(r *Result) {
	for i, c := range a.list {
		if c.scored.rolling != nil && c.scored.fail == "" {
			r.Tried[i].Rolling, r.Tried[i].RollingTo = math.Sqrt(mean(a.errors(c))), a.horizon()
		}
	}
}

// roll forecasts the held-out rows from several origins.
func (c *candidate) roll(m *model.Model) {
	if c.p.Held == nil || c.scored.fail != "" {
		return
	}
	variance := variances(c.p.rows(true))
	if h, err := c.p.heldOut(modelForecaster{m.First()}, variance); err == nil {
		c.scored.rolling, c.scored.variance = h, variance
	}
}

// reason says in a sentence why best was kept of the candidates it was compared
// with on all rows.
func (a *search) reason(best *candidate, compared []*candidate) string {
	switch {
	case best.plain && moreLikely(a.list) > outclassed:
		return "kept because laws whose states are driven by noise make these rows far likelier than any other, and of them it has the least error over all held-out rows"
	case best.plain:
		return "kept because nothing else forecasts the held-out rows as well as this simplest of laws"
	case !best.b.settled:
		return "kept because no candidate converged, and of them it is the best"
	case a.p.Held == nil && len(a.list) > 1:
		return "kept because of those that converged it " + likeliest(compared)
	case len(a.list) == 1:
		return "kept because nothing else was tried"
	case len(compared) > 1:
		return fmt.Sprintf("kept because of %d that forecast the held-out rows alike it %s on all rows", len(compared), likeliest(compared))
	}
	return a.besideForecasts(best)
}

// besideForecasts says why best was kept with regard to the errors of forecasts that are
// told of every candidate.
func (a *search) besideForecasts(best *candidate) string {
	first := a.bestForecaster()
	switch {
	case first == best || first == nil:
		return "kept because it forecasts the held-out rows best"
	case sameLaw(first, []*candidate{best}):
		return "kept because of those that forecast the held-out rows best, and came to the same law, it has the most evidence or is the simplest"
	case best.scored.rolling != nil && slices.Contains(eligible(a.list), first) && asGood(a.errors(best), a.errors(first)):
		return "kept because of those that forecast the held-out rows alike it has the most evidence or is the simplest"
	}
	return "kept because those that forecast the held-out rows better did not converge, leave the data or have far less evidence"
}

// likeliest says by what the first of several candidates was put before the others (see
// byEvidence).
func likeliest(list []*candidate) string {
	for _, c := range list[min(1, len(list)):] {
		if c.b.logEvidence > list[0].b.logEvidence {
			return fmt.Sprintf("is the simplest of those within %d of the most log evidence", simpler)
		}
	}
	return "has the most evidence"
}

// bestForecaster is the candidate with the least error of those that are told, but for laws
// that stand for a baseline; nil if there is none.
func (a *search) bestForecaster() *candidate {
	var best *candidate
	for _, c := range a.list {
		if !c.plain && c.scored.rolling != nil && c.scored.fail == "" && (best == nil || mean(a.errors(c)) < mean(a.errors(best))) {
			best = c
		}
	}
	return best
}

// horizon is the distance from the origins up to which candidates are compared.
func (a *search) horizon() float64 {
	h, _ := horizonOf(eligible(prefer(a.list, func(c *candidate) bool { return c.scored.rolling != nil })))
	return h
}

// errors are those of the windows of a candidate up to that horizon.
func (a *search) errors(c *candidate) []float64 {
	return c.scored.rolling.errors(a.horizon(), c.scored.variance)
}
