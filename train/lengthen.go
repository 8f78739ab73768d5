package train

import "github.com/entrain-dev/entrain/opt"

// Short segments lead a search to the law of a recording, but tell little of its
// numbers: what a wrong number does to a trajectory grows with time, in chaos as
// errors of its start do, and each segment has a start of its own to make up for it.
// So what follows the rows in short segments is fitted again in longer ones, from
// rung to rung, for as long as these are followed as well.
//
// rungs say how long: errors grow by e to this over a segment, and it is so many
// times as long as those of the search may be.
var rungs = []struct{ growth, times float64 }{{5, 2}, {7, 4}, {9, 8}, {11, 16}}

const (
	longerSteps = 30
	asWell      = 1.1 // times the mean squared residuals of the shorter segments that are as good
)

// lengthen fits what was chosen in longer segments. It does nothing where the
// recordings were not cut.
func (c *candidate) lengthen() {
	if len(c.b.free.segs) == len(c.p.Train) || c.p.piece > 0 || c.b.fail != "" || !c.b.weigh() {
		return
	}
	first := c.b
	for _, r := range rungs {
		segs := c.p.longer(r.growth, r.times, c.b)
		if len(segs) >= len(c.b.free.segs) || c.p.slopes(segs) > mostResiduals || !c.p.light(segs) {
			continue
		}
		b := c.b.inSegments(segs)
		if b == nil || c.b.stop() || !b.asWellAs(c.b) {
			break
		}
		b.budget = max(b.budget, c.b.budget)
		c.b = b
	}
	if c.b != first {
		c.scored = c.score(c.model(c.b.z))
	}
}

// asWellAs fits b and tells whether it follows the rows as well as shorter segments do.
func (b *bayes) asWellAs(shorter *bayes) bool {
	b.budget = b.iters + longerSteps
	out := b.minimise(b.free, longerSteps, "longer segments", 0)
	return out.Status != opt.Failed && b.settled && !b.stop() && b.weigh() && b.unexplained() <= asWell*max(1, shorter.unexplained())
}

// unexplained is the mean squared residual where the fit was last weighed, in
// units of the noise, by what is left of the degrees of freedom.
func (b *bayes) unexplained() float64 {
	sum := 0.0
	for _, v := range b.resid {
		sum += v * v
	}
	return sum / max(1, float64(len(b.resid))-b.determined)
}

// longer are segments over the same rows as those of b, begun anew where errors
// in its field have grown by e^growth, and not longer than so many times what is
// usual.
func (p *Problem) longer(growth, times float64, b *bayes) []segment {
	var segs []segment
	old := b.free.segments()
	for i := 0; i < len(old); {
		j := i + 1
		for j < len(old) && old[j].rec == old[i].rec && old[j].from == old[j-1].to {
			j++
		}
		rec, from, to := old[i].rec, old[i].from, old[j-1].to
		begins := []int{from}
		if steps := p.growth(rec, from, b.free.u.thetaOf(b.z)); steps != nil {
			steps = steps[:min(to, len(steps))]
			begins = goOnCutting(anchors(steps, from, growth), from, len(steps), to)
		}
		for _, one := range begunAt(rec, begins, to) {
			segs = append(segs, p.shortened(one, times)...)
		}
		i = j
	}
	return segs
}

// inSegments goes on from b in other segments over the same rows; each begins
// where b's trajectory is there. It is nil where that is impossible.
func (b *bayes) inSegments(segs []segment) *bayes {
	if b.free.Residuals(b.resid, nil, b.z, 0) != "" || b.free.u.starts == 0 {
		return nil
	}
	out, err := newBayes(b.p, segs, b.free.u.thetaOf(b.z))
	if err != nil {
		return nil
	}
	out.adopt(b)
	n := b.free.states
	for i, s := range out.free.segs {
		for _, t := range b.free.segs {
			if k := s.from - t.from; s.rec == t.rec && k >= 0 && s.from < t.to {
				copy(out.free.u.startOf(out.z, i), t.tr.X[k*n:])
			}
		}
	}
	return out
}
