package train

import (
	"math"

	"github.com/entrain-dev/entrain/opt"
)

// shootingLoss is the objective of multiple shooting: the trajectory loss of
// the segments that recordings are cut into, and the penalty on the gaps. Its
// unknowns, a lane a member, are those of shots; what is added is the shift of the
// start of every later segment from its base.
type shootingLoss struct {
	*tracking // of the segments, as if each were a recording
	beta      float64
	outer     unknowns
	every     int // iterations between two updates of the multipliers; 0: there are none

	y []float64 // multiplier of each gap, joints × states, a lane a member

	segs     []segmentStart
	gaps     float64   // segments with one before them × states
	apart    float64   // sum of squared gaps of the members whose trajectories did not fail
	compared float64   // how many gaps that are
	full     []float64 // unknowns of the rollout over segments: θ, start of each
	grad     []float64 // of these
}

// segmentStart is where a segment of a recording starts.
type segmentStart struct {
	shot             // the unknown is the start or the shift of it
	base   []float64 // what a shift is added to; nil: the unknown is the start itself
	last   int       // row of the segment before at which this one starts
	target []float64 // what the end of the segment before is to meet, without the shift
}

func newShootingLoss(p *Problem, members int, s *MultipleShooting) (*shootingLoss, error) {
	o := &shootingLoss{beta: s.Beta, every: s.Multipliers}
	shots, u := p.shots(s.segments)
	o.outer, o.gaps = u, float64(joints(shots)*u.states)
	q := p.changed(func(q *Problem) { q.Train, q.Held, q.Splines, q.Initial = nil, nil, nil, "learn" })
	guess := p.startGuess()
	for i, seg := range shots {
		one := segmentStart{shot: seg}
		switch {
		case seg.follow:
			one.base, one.last = p.stateAt(seg.rec, seg.from, s.Free), shots[i-1].rows()-1
			one.target = one.base
			if s.Slip {
				one.target = p.stateAt(seg.rec, seg.from+1, s.Free)
			}
		case seg.at < 0:
			one.base = guess[seg.rec]
		}
		o.segs = append(o.segs, one)
		q.Train, q.Splines = append(q.Train, p.Train[seg.rec].Slice(seg.from, seg.to)), append(q.Splines, p.Splines[seg.rec])
	}
	if o.every > 0 {
		o.y = make([]float64, int(o.gaps)*members)
	}
	r := newRollout(q, q.Parts.Field, q.inputs(members, false), members, false)
	o.forgetShared(r)
	var err error
	o.tracking, err = newTracking(r)
	o.full, o.grad = make([]float64, r.size()), make([]float64, r.size())
	return o, err
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
			x[i] = f.Scaled(i, s.Row(row)[i])
		}
	}
	return x
}

// forgetShared makes the rows that two segments share count once, in the second.
func (o *shootingLoss) forgetShared(r *rollout) {
	for i, one := range o.segs {
		if !one.follow {
			continue
		}
		for c := range r.columns {
			at := r.value(one.last, c, i-1)
			if !math.IsNaN(r.target[at]) {
				r.target[at] = math.NaN()
				r.count--
			}
		}
	}
}

// Size implements opt.Objective.
func (o *shootingLoss) Size() int { return o.outer.size() * o.r.members }

// Eval implements opt.Objective. k matters to the multipliers only: where they
// are due the gaps at z update them first.
func (o *shootingLoss) Eval(grad, z []float64, k int) opt.Loss {
	o.place(z)
	o.r.bind(o.full)
	o.follow(k)
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
	m, u := o.r.members, o.r.u
	all, full := ofMembers(z, m), ofMembers(o.full, m)
	copy(o.full, z[:u.theta*m])
	for i, one := range o.segs {
		for s := range u.states {
			for j := range m {
				v := 0.0
				if one.base != nil {
					v = one.base[s]
				}
				if one.at >= 0 {
					v += all.At(one.at+s, j)
				}
				full.Set(u.start(i)+s, j, v)
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
					y = ofMembers(o.y, m).At(joint*r.states+s, j)
				}
				o.apart, o.compared = o.apart+gap*gap, o.compared+1
				o.loss[j] += (o.beta*gap + y) * gap / o.gaps
				slope := (2*o.beta*gap + y) / o.gaps
				o.gtr.X[o.end(i, s, j)] = slope
				if grad != nil {
					ofMembers(grad, m).Row(one.at + s)[j] -= slope
				}
			}
		}
		joint++
	}
}

// end is the place of state s of member j where segment i takes over.
func (o *shootingLoss) end(i, s, j int) int {
	return o.r.number(o.segs[i].last, s, o.r.lane(i-1, j))
}

// open is the gap in state s of member j before segment i.
func (o *shootingLoss) open(z []float64, i, s, j int) float64 {
	one := &o.segs[i]
	return o.r.tr.X[o.end(i, s, j)] - one.target[s] - ofMembers(z, o.r.members).At(one.at+s, j)
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
				ofMembers(o.y, m).Row(joint*n + s)[j] += 2 * o.beta * o.open(z, i, s, j)
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
	m, u := o.r.members, o.r.u
	all, full := ofMembers(grad, m), ofMembers(o.grad, m)
	copy(grad[:u.theta*m], o.grad[:u.theta*m])
	for i, one := range o.segs {
		for s := 0; one.at >= 0 && s < u.states; s++ {
			to, from := all.Row(one.at+s), full.Row(u.start(i)+s)
			for j, v := range from {
				to[j] += v
			}
		}
	}
}
