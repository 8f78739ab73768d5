package train

import "slices"

// Whole trajectories of equations say most of their numbers, and can be followed
// through some thousandfold growth of errors; beyond, the cost has more valleys
// than rows, and nothing finds the deepest. Recordings in which errors grow by more
// than e^hopelessGrowth in the field that gradient matching finds are cut where they
// have grown by e^segmentGrowth.
const (
	hopelessGrowth = 9
	segmentGrowth  = 5
)

// equationSegments are the recordings, those cut that are too chaotic to be followed
// whole.
func (p *Problem) equationSegments(stop func() bool) []segment {
	whole := p.wholeSegments()
	if !p.learnsStarts() || len(p.Parts.Start) > 0 || !p.Parts.Plain() || p.Parts.Algebraic != nil || p.step() > 0 || p.jacobian(whole) > mostResiduals {
		return whole
	}
	b, err := newBayes(p, whole, slices.Clone(p.Parts.Theta0))
	if err != nil {
		return whole
	}
	b.budget, b.stop = matchSteps, stop
	if b.match(); !isNumber(b.cost) {
		return whole
	}
	var segs []segment
	for _, s := range whole {
		steps := p.growth(s.rec, 0, b.z[:len(p.Parts.Theta0)])
		begins := []int{0}
		part := float64(len(steps)-1) / float64(s.to-1) // of the rows were followed
		if steps != nil && totalGrowth(steps) > hopelessGrowth*part {
			begins = goOnCutting(anchors(steps, 0, segmentGrowth), 0, len(steps), s.to)
		}
		segs = append(segs, begunAt(s.rec, begins, s.to)...)
	}
	return segs
}

// startsIn are the unknowns z of an estimator in other segments: those of recordings
// and segments that begin alike are kept, others begin at the smoothed rows.
func (e *estimator) startsIn(z []float64, old *estimator) []float64 {
	out := append(slices.Clone(e.u.thetaOf(z)), e.free.starts()...)
	out = append(out, old.own(z)...)
	if e.u.starts == 0 {
		return out
	}
	for i, s := range e.segs {
		for j, t := range old.segs {
			if s.beginsAs(t) {
				copy(e.u.startOf(out, i), old.u.startOf(z, j))
			}
		}
	}
	return out
}
