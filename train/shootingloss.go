package train

import (
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/opt"
)

// shootingLoss is the objective of multiple shooting: the trajectory loss of
// the segments that recordings are cut into, and the penalty on the gaps. Its
// unknowns, a lane a member, are those of a rollout over whole recordings,
// then the shift of the start of every later segment from its base.
type shootingLoss struct {
	*trajectoryLoss // of the segments, as if each were a recording
	beta            float64
	shifts          int // unknowns of a member before the shifts
	size            int // unknowns of a member
	every           int // iterations between two updates of the multipliers; 0: there are none

	y []float64 // multiplier of each gap, joints × states × members

	segs     []segmentStart
	gaps     float64   // segments with one before them × states
	apart    float64   // sum of squared gaps of the members whose trajectories did not fail
	compared float64   // how many gaps that are
	full     []float64 // unknowns of the rollout over segments: θ, start of each
	grad     []float64 // of these
}

// segmentStart is where a segment of a recording starts.
type segmentStart struct {
	at     int       // where its start, or the shift of it, lies among the unknowns; −1: it is known
	base   []float64 // what a shift is added to; nil: the unknown is the start itself
	follow bool      // the segment before belongs to the same recording
	last   int       // row of the segment before at which this one starts
	target []float64 // what the end of the segment before is to meet, without the shift
}

func newShootingLoss(p *Problem, members int, s *MultipleShooting) (*shootingLoss, error) {
	o := &shootingLoss{beta: s.Beta, every: s.Multipliers, shifts: len(p.Parts.Theta0)}
	n := len(p.Parts.Frame.States)
	if p.learnsStarts() {
		o.shifts += n * len(p.Train)
	}
	o.size = o.shifts
	q := p.changed(func(q *Problem) { q.Train, q.Held, q.Splines, q.Initial = nil, nil, nil, "learn" })
	for rec := range p.Train {
		for _, one := range o.cut(p, rec, s) {
			q.Train, q.Splines = append(q.Train, one), append(q.Splines, p.Splines[rec])
		}
	}
	if o.every > 0 {
		o.y = make([]float64, int(o.gaps)*members)
	}
	r := newRollout(q, q.Parts.Field, q.inputs(members, false), members, false)
	o.forgetShared(r)
	var err error
	o.trajectoryLoss, err = newTrajectoryLoss(r)
	o.full, o.grad = make([]float64, r.size()*members), make([]float64, r.size()*members)
	return o, err
}

// cut adds the segments of a recording and returns their rows; every one but
// the last has the first row of the next as well.
func (o *shootingLoss) cut(p *Problem, rec int, s *MultipleShooting) []data.Series {
	all, n := &p.Train[rec], len(p.Parts.Frame.States)
	first := p.startGuess()[rec]
	var out []data.Series
	for i, seg := range evenly(rec, all.Len(), s.segments(all.Len())) {
		one := segmentStart{at: -1, base: first}
		switch {
		case i > 0:
			one = segmentStart{at: o.size, base: p.stateAt(rec, seg.from, s.Free), follow: true, last: out[i-1].Len() - 1}
			one.target = one.base
			if s.Slip {
				one.target = p.stateAt(rec, seg.from+1, s.Free)
			}
			o.size += n
			o.gaps += float64(n)
		case p.learnsStarts():
			one = segmentStart{at: len(p.Parts.Theta0) + rec*n}
		}
		o.segs = append(o.segs, one)
		out = append(out, all.Slice(seg.from, seg.to))
	}
	return out
}

// stateAt is the scaled state of a recording at a row: the values of the row,
// or of the spline if smooth is asked for or a value is missing. Hidden
// states are as the architecture starts them.
func (p *Problem) stateAt(rec, row int, smooth bool) []float64 {
	f, s := &p.Parts.Frame, &p.Train[rec]
	x := make([]float64, len(f.States))
	d := len(s.Names)
	for i := range x {
		switch {
		case i >= d:
			x[i] = (p.Parts.Start[i-d] - f.Shift[i]) / f.Scale[i]
		case smooth || math.IsNaN(s.Row(row)[i]):
			x[i] = p.smoothed(rec, i, (s.T[row]-f.T0)/f.Time)
		default:
			x[i] = (s.Row(row)[i] - f.Shift[i]) / f.Scale[i]
		}
	}
	return x
}

// forgetShared makes the rows that two segments share count once, in the second.
func (o *shootingLoss) forgetShared(r *rollout) {
	recs := len(o.segs)
	for i, one := range o.segs {
		if !one.follow {
			continue
		}
		for c := range r.columns {
			at := (one.last*r.columns+c)*recs + i - 1
			if !math.IsNaN(r.target[at]) {
				r.target[at] = math.NaN()
				r.count--
			}
		}
	}
}

func (o *shootingLoss) Size() int { return o.size * o.r.members }

// Eval implements opt.Objective. k matters to the multipliers only: where they
// are due the gaps at z update them first.
func (o *shootingLoss) Eval(grad, z []float64, k int) opt.Loss {
	r := o.r
	o.place(z)
	r.bind(o.full)
	o.solve.Solve(&r.tr, &r.ivp)
	o.evals += countEvals(&r.tr, len(r.train)*r.members)
	o.compare()
	if grad != nil {
		clear(grad)
	}
	if o.every > 0 && k > 0 && k%o.every == 0 {
		o.lift(z)
	}
	o.meet(grad, z)
	if grad != nil {
		o.pull(o.grad)
		o.collect(grad)
	}
	return o.total()
}

// place computes the start of every segment.
func (o *shootingLoss) place(z []float64) {
	m, n, size := o.r.members, o.r.states, o.r.theta.Rows
	copy(o.full, z[:size*m])
	for i, one := range o.segs {
		for s := range n {
			for j := range m {
				v := 0.0
				if one.base != nil {
					v = one.base[s]
				}
				if one.at >= 0 {
					v += z[(one.at+s)*m+j]
				}
				o.full[(size+i*n+s)*m+j] = v
			}
		}
	}
}

// meet adds the penalty on gaps and what their multipliers say to the losses,
// its derivative by the ends of segments to the cotangents of trajectories, and
// that by shifts to grad.
func (o *shootingLoss) meet(grad, z []float64) {
	r := o.r
	o.apart, o.compared = 0, 0
	m, joint := r.members, 0
	for i, one := range o.segs {
		if !one.follow {
			continue
		}
		for s := range r.states {
			for j := range m {
				if math.IsInf(o.loss[j], 1) {
					continue
				}
				gap, y := o.open(z, i, s, j), 0.0
				if o.y != nil {
					y = o.y[(joint*r.states+s)*m+j]
				}
				o.apart, o.compared = o.apart+gap*gap, o.compared+1
				o.loss[j] += (o.beta*gap + y) * gap / o.gaps
				slope := (2*o.beta*gap + y) / o.gaps
				o.gtr.X[o.end(i, s, j)] = slope
				if grad != nil {
					grad[(one.at+s)*m+j] -= slope
				}
			}
		}
		joint++
	}
}

// end is the place of state s of member j where segment i takes over.
func (o *shootingLoss) end(i, s, j int) int {
	return (o.segs[i].last*o.r.states+s)*o.r.lanes + (i-1)*o.r.members + j
}

// open is the gap in state s of member j before segment i.
func (o *shootingLoss) open(z []float64, i, s, j int) float64 {
	one := &o.segs[i]
	return o.r.tr.X[o.end(i, s, j)] - one.target[s] - z[(one.at+s)*o.r.members+j]
}

// near is the root mean square gap, in scaled units, from which on multipliers
// grow: those of segments that are far apart only say that nothing is learnt yet.
const near = 0.1

// lift makes the multipliers of the members whose segments are near each other
// grow by the gaps.
func (o *shootingLoss) lift(z []float64) {
	m, n := o.r.members, o.r.states
	for j := range m {
		square, joint := 0.0, 0
		for i, one := range o.segs {
			for s := 0; one.follow && s < n; s++ {
				gap := o.open(z, i, s, j)
				square += gap * gap
			}
		}
		if !(square <= near*near*o.gaps) { // or not a number
			continue
		}
		for i, one := range o.segs {
			if !one.follow {
				continue
			}
			for s := range n {
				o.y[(joint*n+s)*m+j] += 2 * o.beta * o.open(z, i, s, j)
			}
			joint++
		}
	}
}

// state implements stateful.
func (o *shootingLoss) state() []float64 { return append([]float64{}, o.y...) }

// restore implements stateful.
func (o *shootingLoss) restore(s []float64) { copy(o.y, s) }

// gap is the root mean square gap of the last Eval, scaled units.
func (o *shootingLoss) gap() float64 { return math.Sqrt(o.apart / max(1, o.compared)) }

// collect adds the gradient by the starts of segments to that of what they are
// made of.
func (o *shootingLoss) collect(grad []float64) {
	m, n, size := o.r.members, o.r.states, o.r.theta.Rows
	copy(grad[:size*m], o.grad[:size*m])
	for i, one := range o.segs {
		if one.at < 0 {
			continue
		}
		for s := range n {
			for j := range m {
				grad[(one.at+s)*m+j] += o.grad[(size+i*n+s)*m+j]
			}
		}
	}
}
