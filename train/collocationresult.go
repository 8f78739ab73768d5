package train

import (
	"context"
	"fmt"

	"github.com/entrain-dev/entrain/opt"
)

// result scores what was found by integrating it, and says how it ended.
func (l *collocating) result(ctx context.Context) (*Result, error) {
	c, first := l.course, l.members[0]
	if len(first.tries) == 0 {
		return c.result(ctx, false, "", ""), nil
	}
	why := fmt.Sprintf("all %d iterations were made; %s", c.budget, l.sizes())
	if l.over() {
		why = fmt.Sprintf("%s It took %d iterations; %s", first.tries[0].state.Verdict.Sentence(), c.k, l.sizes())
	}
	done := c.k >= c.budget || l.over()
	r := c.result(ctx, done, "", why)
	if !isNumber(r.Train.MSE) {
		r.end(ctx, done, "the model that was found cannot be integrated along the rows. "+why, "")
	}
	if r.Status == StatusStopped || r.Status == StatusInterrupted {
		return r, nil
	}
	l.warn(r)
	if l.tellLimits(r, c.end) || r.Status != StatusOK {
		return r, nil
	}
	return r, l.p.tell(r, l.set.decay())
}

// warn says what keeps the result from being the minimum of a fit of trajectories.
func (l *collocating) warn(r *Result) {
	ended := map[string]int{}
	var order []string
	for _, m := range l.members {
		st := m.tries[0].state
		if st != nil && st.Verdict.Solved() {
			continue
		}
		say := "All iterations were made, and the program is not solved; a larger budget= may help."
		if st != nil && st.Verdict != opt.Open {
			say = st.Verdict.Sentence()
		}
		if st != nil && st.Reason != "" && st.Verdict == opt.NonFinite {
			say += " (" + st.Reason + ")"
		}
		if ended[say]++; ended[say] == 1 {
			order = append(order, say)
		}
	}
	for _, say := range order {
		r.Warnings = append(r.Warnings, fmt.Sprintf("collocation did not end at a minimum for %d of %d members: %s", ended[say], len(l.members), say))
	}
	if len(order) == 0 {
		l.warnOfDepartures(r)
	}
}

// warnOfDepartures says which simulated states leave the collocated ones.
func (l *collocating) warnOfDepartures(r *Result) {
	worst, away := departure{}, 0
	var of *attempt
	for _, m := range l.members {
		a := m.tries[0]
		if d := a.nlp.departs(a.x()); !(d.most <= max(apartFrom, l.agrees)) {
			if away++; of == nil || d.most > worst.most {
				worst, of = d, a
			}
		}
	}
	if away > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("simulated states of %d of %d members leave the collocated ones%s, and shorter elements do not help: their equations are unstable on the way, as those of a model are that lacks an input or a state; starts= tries more beginnings, members= keeps several",
			away, len(l.members), of.nlp.told(worst)))
	}
}

// told says where and how far simulated states leave.
func (c *transcription) told(d departure) string {
	f := &c.p.Parts.Frame
	if d.node < 0 {
		return " (the simulation breaks down)"
	}
	where := fmt.Sprintf(", %s first, at %.4g", f.States[d.state], f.T0+f.Time*c.time(d.node))
	if len(c.starts) > 1 {
		where += fmt.Sprintf(" of recording %q", c.p.Train[c.elements[d.node/len(c.rule.C)].rec].ID)
	}
	where += fmt.Sprintf(", by up to %.2g deviations", d.most)
	if noise := c.p.NoiseEstimate(); d.state < len(noise) && noise[d.state] > 0 {
		where += fmt.Sprintf(" or %.2g times the noise", d.most*f.Scale[d.state]/noise[d.state])
	}
	return where
}
