package train

// soFar is the choice of a search that is stopped: of the candidates that converged before, as
// if there had been no others, unless one that did not is clearly better. Where none
// converged it is the best of all.
func (a *search) soFar() *candidate {
	var done, others []*candidate
	for _, c := range a.list {
		switch {
		case c.finished():
			done = append(done, c)
		case c.scored.fail == "":
			others = append(others, c)
		}
	}
	if len(done) == 0 {
		return equals(a.list)[0]
	}
	best := equals(done)[0]
	for _, c := range others {
		if c.clearlyBetter(best) {
			best = c
		}
	}
	return best
}

// finished tells whether a candidate came to its end, converged, and can be compared with others.
func (c *candidate) finished() bool {
	return c.whole && c.b.settled && c.scored.fail == "" && (c.p.Held == nil || c.scored.rolling != nil)
}

// clearlyBetter tells whether what is known of a candidate that did not come to its end
// makes it better than another one: free runs over the held-out rows, else over those it
// was fitted to, that are off by less than half as much, and those it was fitted to no worse.
func (c *candidate) clearlyBetter(other *candidate) bool {
	mine, its := &c.scored, &other.scored
	if mine.wild && !its.wild {
		return false
	}
	clear := twice * twice * mine.train.MSE
	if c.p.Held != nil {
		clear = twice * twice * mine.held.MSE
		return clear < its.held.MSE && mine.train.MSE <= alike*alike*its.train.MSE
	}
	return clear < its.train.MSE
}

// tellOfStop says of the candidate that a stopped search keeps why it is that one.
func (a *search) tellOfStop(r *Result, best *candidate) {
	done := 0
	for _, c := range a.list {
		if c.finished() {
			done++
		}
	}
	for i, c := range a.list {
		switch {
		case c != best || done == 0 || c.scored.fail != "":
		case c.finished():
			r.Tried[i].Why += "; kept because of what had converged when the search was stopped it is the best"
		default:
			r.Tried[i].Why += "; kept because it is clearly better than what had converged when the search was stopped"
		}
	}
}
