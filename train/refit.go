package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// decide chooses the candidate and what of it is saved: its refit to all rows,
// or, if that is dropped, itself. Those that forecast the held-out rows alike are
// all refitted, and the evidence on all rows decides. others are what the choice
// was between, as final is.
func (a *search) decide(r *Result) (best, final *candidate, others []*candidate) {
	if r.Status != StatusOK {
		best = a.soFar()
		a.tellOfStop(r, best)
		return best, best, nil
	}
	order := equals(a.list)
	best = order[0]
	if best.scored.fail != "" && a.ctx.Err() == nil {
		r.Status = StatusFailed
		r.Warnings = append(r.Warnings, "no candidate could be fitted; the last one tried says: "+best.scored.fail)
		return best, best, nil
	}
	if a.p.Held == nil {
		return best, best, order
	}
	of := map[*candidate]*candidate{} // the candidate of each refit
	var again []*candidate
	dropped := ""
	for i, c := range order {
		if i == mostRefits || c.b.logEvidence < best.b.logEvidence-outclassed || c.scored.fail != "" {
			break
		}
		if i > 0 && sameLaw(c, order[:i]) {
			continue
		}
		refit, why := a.refit(c, best)
		if a.ctx.Err() != nil {
			r.Status = ending(a.ctx, false)
			best = a.soFar()
			a.tellOfStop(r, best)
			return best, best, nil
		}
		if why == "" {
			again, of[refit] = append(again, refit), c
		} else if dropped == "" {
			dropped = why
		}
	}
	if len(again) == 0 {
		r.Warnings = append(r.Warnings, "the refit to all rows was dropped: "+dropped)
		return best, best, order[:min(len(order), mostRefits)]
	}
	again = byEvidence(prefer(again, func(c *candidate) bool { return c.b.settled }))
	r.Refit = true
	return of[again[0]], again[0], again
}

// sameLaw tells whether a candidate came to what one of the others came to: as
// much evidence from as many parameters.
func sameLaw(c *candidate, others []*candidate) bool {
	const same = 0.05
	for _, o := range others {
		if math.Abs(c.b.logEvidence-o.b.logEvidence) < same && math.Abs(c.b.determined-o.b.determined) < same {
			return true
		}
	}
	return false
}

// tellOfChoice says why what was kept was kept, and what of it is uncertain.
func (a *search) tellOfChoice(r *Result, best, final *candidate, others []*candidate) {
	for i, c := range a.list {
		if c == best {
			r.Tried[i].Why += "; " + a.reason(best, others)
		}
	}
	if !final.b.settled {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictUnconverged, Text: fmt.Sprintf("the fit did not converge in %s; allow more with budget=", words.Several(final.b.budget, "step"))})
	}
	if best.plain {
		why := "the rows may move at random, or what drives them is not among the columns"
		if best.law.season {
			why = "what comes goes on as it went, and why it does the rows do not say"
		}
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictPlain, Text: "no law was found that forecasts the held-out rows better than this simplest one (" + best.name + "): " + why})
	}
	if r.Apart = a.apart(final, others); r.Apart == nil {
		return
	}
	all := a.p.rows(true)
	span := 0.0
	for _, s := range all {
		span = max(span, s.T[s.Len()-1]-s.T[0])
	}
	if v := sizeOf(r.Apart, span/2, data.NewMoments(asBand(&model.Band{Log: final.p.Parts.Frame.Log}, all)...).SD); v > disagree {
		r.Verdicts = append(r.Verdicts, Verdict{Code: VerdictDisagree, Text: fmt.Sprintf(
			"%d models that fit the rows alike differ by %.2g deviations over the next %.3g units of time: what comes after the last row is not known", len(others), v, span/2)})
	}
}

// VerdictDisagree is the code of models that fit alike and forecast differently.
const VerdictDisagree = "models-disagree"

// refit fits a candidate to all rows, from where it is and with its
// regularisation as it is, in the segments that first allows. why says why the
// result should be dropped, "" if it should not.
func (a *search) refit(old, first *candidate) (again *candidate, why string) {
	b, err := a.onAllRows(old, first)
	if err != nil {
		return nil, err.Error()
	}
	again = &candidate{name: old.name, p: b.p, b: b, phase: phases}
	b.iters, b.past, b.budget = 0, 0, max(settleSteps, old.b.iters)
	b.on = func(b *bayes, _ string, _ float64) { a.relay.on(b.event("refit to all rows", math.NaN())) }
	if b.p.piece > 0 {
		b.goOn(old.b)
		b.budget = pieceSettle
	} else if b.p.process == nil && (len(b.free.segs) > len(old.b.free.segs) || old.scored.wild) {
		b.ease()
		b.budget = max(b.budget, b.iters+settleSteps)
	}
	b.minimise(b.free, b.budget, "", 0)
	// Scored as the selected model was: on the rows that were not held out.
	m := again.model(b.z)
	before := (&candidate{p: old.p, b: b}).score(m)
	again.scored = again.score(m)
	switch {
	case before.fail != "" || worsened(&before, &again.scored, &old.scored):
		return nil, "it fits the rows that were not held out much worse"
	case again.scored.fail != "" || !b.weigh():
		return nil, "it cannot be followed to the last row"
	case before.wild && !old.scored.wild:
		return nil, "its forecast leaves the neighbourhood of the data"
	}
	return again, ""
}

// worsened tells whether a refit fits the rows that were not held out so much
// worse that they were better without it: by more than refitWorsened, unless its
// error is nothing, or far smaller on all rows together than that of the fit it
// goes on from.
func worsened(before, all, old *scored) bool {
	if before.train.MSE <= refitWorsened*old.train.MSE || before.train.NRMSE <= fine {
		return false
	}
	return !(old.held.NRMSE < NoForecast && all.train.NRMSE < old.held.NRMSE/4)
}

// onAllRows prepares the refit. The last segment of each recording goes on into
// the rows that were held out, as far as errors allow; the rest of them become
// segments of their own.
func (a *search) onAllRows(best, first *candidate) (*bayes, error) {
	q, err := best.p.onAllRows()
	if err != nil {
		return nil, err
	}
	theta := best.b.z[:len(q.Parts.Theta0)]
	if first.p.Parts.Frame.Log != nil || q.Parts.Frame.Log != nil { // splines and field are to have the same units
		first = best
	}
	f := first.p.changed(func(f *Problem) { // its field says how long segments may be
		f.Train, f.Held, f.Splines = q.Train, nil, q.Splines
	})
	var segs []segment
	old := best.b.free.segments()
	for i, s := range old {
		if last := i+1 == len(old) || old[i+1].rec != s.rec; last {
			segs = append(segs, f.goOn(s, first.b.z[:len(f.Parts.Theta0)])...)
		} else {
			segs = append(segs, s)
		}
	}
	if segs, err = q.fits(segs); err != nil {
		return nil, err
	}
	b, err := newBayes(q, segs, theta)
	if err == nil {
		b.adopt(best.b)
	}
	return b, err
}

// goOn is the segment s up to the last row of its recording: itself made
// longer, and others behind it where it would be too long or errors in the field
// with the given θ would grow too much.
func (p *Problem) goOn(s segment, theta []float64) []segment {
	all := p.Train[s.rec].Len()
	begins := []int{s.from}
	if p.begins != nil && p.begins[s.rec] != nil {
		steps := p.growth(s.rec, s.from, theta)
		begins = goOnCutting(anchors(steps, s.from, mostGrowth), s.from, len(steps), all)
	}
	var segs []segment
	for _, one := range begunAt(s.rec, begins, all) {
		most := max(segmentRows, p.piece)
		for ; one.rows() >= most*3/2 && !p.whole; one.from += most {
			segs = append(segs, segment{s.rec, one.from, one.from + most})
		}
		segs = append(segs, one)
	}
	return segs
}
