package train

// modelOf makes a model of the unknowns zs of members that were fitted to the
// segments of free.
func (p *Problem) modelOf(free *trajectoryResidual, zs ...[]float64) *Model {
	segs := free.segs
	m := p.untrained("auto")
	size, n := len(p.Parts.Theta0), len(p.Parts.Frame.States)
	for _, z := range zs {
		m.Theta = append(m.Theta, append([]float64{}, z[:size]...))
	}
	for rec, s := range p.rows(true) {
		r := newRecord(&s)
		for i, seg := range segs {
			if seg.rec != rec {
				continue
			}
			var starts [][]float64
			for _, z := range zs {
				x := free.fixed[rec]
				if free.learnt() {
					x = z[size+i*n : size+(i+1)*n]
				}
				starts = append(starts, append([]float64{}, x...))
			}
			if seg.from == 0 {
				r.Start = starts
			} else {
				r.Anchors = append(r.Anchors, Anchor{T: s.T[seg.from], State: starts})
			}
		}
		for range len(zs) - len(r.Start) { // its first segment was not fitted
			r.Start = append(r.Start, append([]float64{}, free.fixed[rec]...))
		}
		m.Records = append(m.Records, r)
	}
	return m
}
