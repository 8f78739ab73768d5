package train

import "math"

// decide chooses the candidate and what of it is saved: its refit to all rows,
// or, if that is dropped, itself. Where nobody could forecast the held-out
// rows, that the refit succeeds says more than they do, and the candidates are
// refitted in turn until one does.
func (a *search) decide(r *Result) (best, final *candidate) {
	order := preference(a.list)
	best = order[0]
	if best.scored.fail != "" && a.ctx.Err() == nil {
		r.Status = StatusFailed
		r.Warnings = append(r.Warnings, "no candidate could be fitted; the last one tried says: "+best.scored.fail)
	}
	if r.Status != StatusOK || a.p.Held == nil {
		return best, best
	}
	if best.scored.held.NRMSE < noForecast {
		order = order[:1]
	}
	dropped := ""
	for _, c := range order {
		if c.scored.fail != "" {
			break
		}
		again, why := a.refit(c)
		if a.ctx.Err() != nil {
			r.Status = ending(a.ctx, false)
			return best, best
		}
		if why == "" {
			r.Refit = true
			return c, again
		}
		if dropped == "" {
			dropped = why
		}
	}
	r.Warnings = append(r.Warnings, "the refit to all rows was dropped: "+dropped)
	return best, best
}

// preference orders the candidates by choosing again among those that are left.
func preference(list []*candidate) []*candidate {
	var order []*candidate
	for left := append([]*candidate{}, list...); len(left) > 0; {
		c := choose(left)
		order = append(order, c)
		for i := range left {
			if left[i] == c {
				left = append(left[:i], left[i+1:]...)
				break
			}
		}
	}
	return order
}

// refit fits a candidate to all rows, from where it is and with its
// regularisation as it is. why says why the result should be dropped, "" if it
// should not.
func (a *search) refit(old *candidate) (again *candidate, why string) {
	b, err := a.onAllRows(old)
	if err != nil {
		return nil, err.Error()
	}
	again = &candidate{name: old.name, p: b.p, b: b, phase: phases}
	b.iters, b.past, b.budget = 0, 0, old.b.iters
	b.on = func(b *bayes, _ string, _ float64) { a.relay.on(b.event("refit to all rows", math.NaN())) }
	if len(b.free.segs) > len(old.b.free.segs) || old.scored.wild {
		b.ease()
	}
	b.minimise(b.free, b.budget, "", 0)
	// Scored as the selected model was: on the rows that were not held out.
	m := again.model(b.z)
	before := (&candidate{p: old.p, b: b}).score(m)
	again.scored = again.score(m)
	switch {
	case before.fail != "" || before.train.MSE > refitWorsened*old.scored.train.MSE:
		return nil, "it fits the rows that were not held out much worse"
	case again.scored.fail != "":
		return nil, "it cannot be followed to the last row"
	case before.wild && !old.scored.wild:
		return nil, "its forecast leaves the neighbourhood of the data"
	}
	return again, ""
}

// onAllRows prepares the refit. The last segment of each recording goes on into
// the rows that were held out, as far as errors allow; the rest of them become
// segments of their own.
func (a *search) onAllRows(best *candidate) (*bayes, error) {
	q := *best.p
	q.Train, q.Held = best.p.rows(true), nil
	var err error
	if q.Splines, err = q.smooth(&q.Parts.Frame); err != nil {
		return nil, err
	}
	theta := best.b.z[:len(q.Parts.Theta0)]
	var segs []segment
	old := best.b.segments()
	for i, s := range old {
		if last := i+1 == len(old) || old[i+1].rec != s.rec; last {
			segs = append(segs, q.goOn(s, theta)...)
		} else {
			segs = append(segs, s)
		}
	}
	b, err := newBayes(&q, segs, theta)
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
		begins = anchors(p.growth(s.rec, theta), s.from)
	}
	var segs []segment
	for i, from := range begins {
		to := all
		if i+1 < len(begins) {
			to = begins[i+1]
		}
		for ; to-from > segmentRows; from += segmentRows {
			if to-from < segmentRows*3/2 {
				break
			}
			segs = append(segs, segment{rec: s.rec, from: from, to: from + segmentRows})
		}
		segs = append(segs, segment{rec: s.rec, from: from, to: to})
	}
	return segs
}
