package train

import (
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// shootingResidual are the distances of rows and segments, and behind them those
// of the augmented Lagrangian at the joints, √ρ·(gap + y/ρ), a state each. The
// unknowns are θ, the starts of recordings if they are learnt, and the starts
// of all segments that follow another.
type shootingResidual struct {
	*trajectoryResidual // each segment has the first row of the next, which does not count
	rho                 float64
	y                   []float64 // multipliers
	gap                 []float64 // where it was evaluated last

	at     []int // where the start of each segment lies among the unknowns; −1: it is known
	follow []bool
	first  [][]float64 // known start of each segment that has one
	full   []float64   // θ and the start of every segment
	size   int
	rows   int // residuals that are distances
}

// shootingResidual cuts the recordings into as many segments as count says, given
// their rows.
func (p *Problem) shootingResidual(count func(rows int) int) (*shootingResidual, error) {
	o := &shootingResidual{size: len(p.Parts.Theta0)}
	n := len(p.Parts.Frame.States)
	if p.learnsStarts() {
		o.size += n * len(p.Train)
	}
	var segs []segment
	guess := p.startGuess()
	for rec, s := range p.Train {
		for i, one := range evenly(rec, s.Len(), count(s.Len())) {
			segs = append(segs, one)
			at := -1
			switch {
			case i > 0:
				at = o.size
				o.size += n
			case p.learnsStarts():
				at = len(p.Parts.Theta0) + rec*n
			}
			o.at, o.follow, o.first = append(o.at, at), append(o.follow, i > 0), append(o.first, guess[rec])
			if i > 0 {
				o.gap = append(o.gap, make([]float64, n)...)
			}
		}
	}
	o.y = make([]float64, len(o.gap))
	unit := make([]float64, len(p.Train[0].Names))
	for c := range unit {
		unit[c] = 1
	}
	q := p.changed(func(q *Problem) { q.Initial = "learn" }) // every segment has a start of its own
	var err error
	if o.trajectoryResidual, err = newTrajectoryResidual(q, segs, unit, false); err != nil {
		return nil, err
	}
	o.forgetShared()
	o.rows = o.count
	_, all := o.trajectoryResidual.Size()
	o.full = make([]float64, all)
	return o, nil
}

// forgetShared makes the rows that two segments share count once, in the second.
func (o *shootingResidual) forgetShared() {
	for i, s := range o.segs {
		if i+1 == len(o.segs) || !o.follow[i+1] {
			continue
		}
		shared := s.target[len(s.target)-o.columns:]
		for c := range shared {
			if !math.IsNaN(shared[c]) {
				shared[c] = math.NaN()
				o.count--
			}
		}
	}
}

// begin sets the starts of segments that follow another to the splines.
func (o *shootingResidual) begin(z []float64) {
	starts := o.starts()
	for i, at := range o.at {
		if o.follow[i] {
			copy(z[at:at+o.states], starts[i*o.states:])
		}
	}
}

// Size implements opt.Residual.
func (o *shootingResidual) Size() (m, n int) { return o.rows + len(o.gap), o.size }

// Residuals implements opt.Residual. k does not matter.
func (o *shootingResidual) Residuals(res, jac, z []float64, k int) (fail string) {
	size := o.theta.Rows
	copy(o.theta.V, z)
	copy(o.full, z[:size])
	for i, at := range o.at {
		start := o.first[i]
		if at >= 0 {
			start = z[at : at+o.states]
		}
		copy(o.full[size+i*o.states:size+(i+1)*o.states], start)
	}
	zero(jac)
	row, joint := 0, 0
	for i, s := range o.segs {
		if o.stopped() {
			return opt.WasStopped
		}
		if fail := o.integrate(s, i, o.full, jac != nil); fail != "" {
			return fail
		}
		for j, want := range s.target {
			if math.IsNaN(want) {
				continue
			}
			at := j/o.columns*o.states + j%o.columns
			off, slope := o.misfit.Residual(s.tr.X[at]-want, o.misfit.width[j%o.columns])
			res[row] = off
			if jac != nil {
				o.slopes(jac[row*o.size:(row+1)*o.size], i, at, slope)
			}
			row++
		}
		if i+1 < len(o.segs) && o.follow[i+1] {
			o.join(res, jac, i, joint)
			joint += o.states
		}
	}
	return ""
}

// slopes adds w times the derivative of number at of segment i's trajectory.
func (o *shootingResidual) slopes(jac []float64, i, at int, w float64) {
	size := o.theta.Rows
	width := size + o.states
	from := o.slope[at*width : (at+1)*width]
	for j, v := range from[:size] {
		jac[j] += w * v
	}
	if o.at[i] >= 0 {
		for j, v := range from[size:] {
			jac[o.at[i]+j] += w * v
		}
	}
}

// join computes the gaps between segment i and the next, the first of which
// has the number joint.
func (o *shootingResidual) join(res, jac []float64, i, joint int) {
	s, root := o.segs[i], math.Sqrt(o.rho)
	end := (s.rows() - 1) * o.states
	for c := range o.states {
		at := o.rows + joint + c
		gap := s.tr.X[end+c] - o.full[o.theta.Rows+(i+1)*o.states+c]
		o.gap[joint+c] = gap
		res[at] = root*gap + o.y[joint+c]/root
		if jac != nil {
			line := jac[at*o.size : (at+1)*o.size]
			o.slopes(line, i, end+c, root)
			line[o.at[i+1]+c] -= root
		}
	}
}

// largest is the largest gap at z; +Inf if it cannot be integrated there.
func (o *shootingResidual) largest(z []float64) float64 {
	m, _ := o.Size()
	if o.Residuals(make([]float64, m), nil, z, 0) != "" {
		return math.Inf(1)
	}
	most := 0.0
	for _, v := range o.gap {
		most = max(most, math.Abs(v))
	}
	return most
}

// lift updates the multipliers with the gaps of the last evaluation.
func (o *shootingResidual) lift() {
	for i, v := range o.gap {
		o.y[i] += o.rho * v
	}
}
