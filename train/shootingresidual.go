package train

import (
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// shootingResidual are the distances of rows and segments, and behind them those
// of the augmented Lagrangian at the joints, √ρ·(gap + y/ρ), a state each. Its
// unknowns are those of shots.
type shootingResidual struct {
	r   *trajectoryResidual // each segment has the first row of the next, which does not count
	rho float64
	y   []float64 // multipliers
	gap []float64 // where it was evaluated last

	shots []shot
	outer unknowns
	first [][]float64 // start of each recording, where that is known
	full  []float64   // unknowns of the trajectories: θ and the start of every segment
	rows  int         // residuals that are distances
}

// shootingResidual cuts the recordings into as many segments as count says, given
// their rows.
func (p *Problem) shootingResidual(count func(rows int) int) (*shootingResidual, error) {
	o := &shootingResidual{first: p.startGuess()}
	o.shots, o.outer = p.shots(count)
	var segs []segment
	for _, s := range o.shots {
		segs = append(segs, s.segment)
	}
	gaps := joints(o.shots) * o.outer.states
	o.gap, o.y = make([]float64, gaps), make([]float64, gaps)
	unit := make([]float64, len(p.Train[0].Names))
	for c := range unit {
		unit[c] = 1
	}
	q := p.changed(func(q *Problem) { q.Initial = "learn" }) // every segment has a start of its own
	var err error
	if o.r, err = newTrajectoryResidual(q, segs, unit, false); err != nil {
		return nil, err
	}
	o.forgetShared()
	o.rows = o.r.count
	o.full = make([]float64, o.r.u.size())
	return o, nil
}

// forgetShared makes the rows that two segments share count once, in the second.
func (o *shootingResidual) forgetShared() {
	for i, s := range o.r.segs {
		if i+1 == len(o.r.segs) || !o.shots[i+1].follow {
			continue
		}
		shared := s.target[len(s.target)-o.r.columns:]
		for c := range shared {
			if !math.IsNaN(shared[c]) {
				shared[c] = math.NaN()
				o.r.count--
			}
		}
	}
}

// begin sets the starts of segments that follow another to the splines.
func (o *shootingResidual) begin(z []float64) {
	starts := o.r.starts()
	for i, s := range o.shots {
		if s.follow {
			copy(z[s.at:s.at+o.r.states], starts[i*o.r.states:])
		}
	}
}

// stopWhen implements stoppable.
func (o *shootingResidual) stopWhen(stop func() bool) { o.r.stopWhen(stop) }

// Size implements opt.Residual.
func (o *shootingResidual) Size() (m, n int) { return o.rows + len(o.gap), o.outer.size() }

// Residuals implements opt.Residual. k does not matter.
func (o *shootingResidual) Residuals(res, jac, z []float64, k int) (fail string) {
	size := o.outer.size()
	copy(o.r.theta.V, z)
	copy(o.full, o.r.u.thetaOf(z))
	for i, s := range o.shots {
		start := o.first[s.rec]
		if s.at >= 0 {
			start = z[s.at : s.at+o.r.states]
		}
		copy(o.r.u.startOf(o.full, i), start)
	}
	zero(jac)
	row, joint := 0, 0
	for i, s := range o.r.segs {
		if o.r.stopped() {
			return opt.WasStopped
		}
		if fail := o.r.integrate(s, i, o.full, jac != nil); fail != "" {
			return fail
		}
		for j, want := range s.target {
			if math.IsNaN(want) {
				continue
			}
			at := j/o.r.columns*o.r.states + j%o.r.columns
			off, slope := o.r.misfit.Residual(s.tr.X[at]-want, o.r.misfit.width[j%o.r.columns])
			res[row] = off
			if jac != nil {
				o.slopes(jac[row*size:(row+1)*size], i, at, slope)
			}
			row++
		}
		if i+1 < len(o.r.segs) && o.shots[i+1].follow {
			o.join(res, jac, i, joint)
			joint += o.r.states
		}
	}
	return ""
}

// slopes adds w times the derivative of number at of segment i's trajectory.
func (o *shootingResidual) slopes(jac []float64, i, at int, w float64) {
	width := o.r.u.theta + o.r.states
	from := o.r.slope[at*width : (at+1)*width]
	for j, v := range o.r.u.thetaOf(from) {
		jac[j] += w * v
	}
	if to := o.shots[i].at; to >= 0 {
		for j, v := range from[o.r.u.theta:] {
			jac[to+j] += w * v
		}
	}
}

// join computes the gaps between segment i and the next, the first of which
// has the number joint.
func (o *shootingResidual) join(res, jac []float64, i, joint int) {
	s, root, next := o.r.segs[i], math.Sqrt(o.rho), o.r.u.startOf(o.full, i+1)
	size := o.outer.size()
	end := (s.rows() - 1) * o.r.states
	for c := range o.r.states {
		at := o.rows + joint + c
		gap := s.tr.X[end+c] - next[c]
		o.gap[joint+c] = gap
		res[at] = root*gap + o.y[joint+c]/root
		if jac != nil {
			line := jac[at*size : (at+1)*size]
			o.slopes(line, i, end+c, root)
			line[o.shots[i+1].at+c] -= root
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
