package train

import (
	"math"

	"github.com/entrain-dev/entrain/model/noise"
)

// concentrated is the misfit of trajectories by the likelihood of their noise, whose own numbers
// are always the most likely ones: as the likelihood is flat along them there, its slope is that
// with the numbers held. The loss of a member is the mean over values of −log likelihood.
//
// Source: Seber, Wild, Nonlinear Regression (1989), section 2.2.3.
type concentrated struct {
	columns []*columnNoise
	y, mu   []float64
	s       noise.Score
}

// newConcentrated is nil where least squares, or another measure of distance, is the misfit.
func newConcentrated(p *Problem) *concentrated {
	if p.noise == nil {
		return nil
	}
	return &concentrated{columns: withSpace(p.noise)}
}

// compare adds the losses of members and sets the cotangents of the trajectory.
func (n *concentrated) compare(o *tracking) {
	for m := range o.loss {
		for c := range n.columns {
			if math.IsInf(o.loss[m], 1) {
				break
			}
			n.column(o, m, c)
		}
	}
}

func (n *concentrated) column(o *tracking, m, c int) {
	r, f, one := o.r, &o.r.p.Parts.Frame, n.columns[c]
	n.y, n.mu = n.y[:0], n.mu[:0]
	each := func(do func(at int, y, mu float64)) {
		for k := range r.rows {
			for l := range r.used() {
				want := r.target[r.value(k, c, r.record(l))]
				if r.member(l) == m && !math.IsNaN(want) {
					at := r.number(k, c, l)
					do(at, f.Shift[c]+f.Scale[c]*want, f.Shift[c]+f.Scale[c]*r.tr.X[at])
				}
			}
		}
	}
	each(func(_ int, y, mu float64) { n.y, n.mu = append(n.y, y), append(n.mu, mu) })
	if len(n.y) == 0 {
		return
	}
	_, own, _ := one.fit(n.y, n.mu, f.Scale[c])
	each(func(at int, y, mu float64) {
		one.at(&n.s, y, mu, own)
		o.loss[m] += n.s.Value / r.count
		o.gtr.X[at] = n.s.Slope[0] * f.Scale[c] / r.count
	})
	if math.IsNaN(o.loss[m]) {
		o.loss[m] = math.Inf(1)
	}
}
