package ode

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
)

// crossings find where a condition becomes true: where a value e(t, x; θ) of a lane rises through
// zero inside a step. The step is then taken again so that it ends there, by Newton's method on
// its end, until the time is that of the crossing to rounding. So the state there is that of a
// step, and whoever goes back needs to know nothing else. A value that rises and falls between
// two of the places looked at goes unnoticed.
type crossings struct {
	all  []field.Switch // as the input has them
	when []field.Field  // of one lane
	by   []field.Field
	law  field.Field // that of the problem, of one lane
	own  field.Field // whose law it is
	lane []crossing

	x0, x1, f0, f1 []float64 // of the step of one lane
	out            Batch
	value          Batch
	along          field.Point
}

// crossing is where one lane stands.
type crossing struct {
	armed   []bool // of each switch: the condition is false, so that it may become true
	after   []bool // behind the step under way
	on      bool   // the next step is to end at hit
	arrived bool   // the step under way ends at the crossing
	of      int    // which switch
	hit     float64
	lo, hi  float64 // the crossing lies between
	off     float64 // how far the last try was off
	whole   float64 // length of the step in which it was found
	rest    float64 // what is left of the value
	tries   int
	last    float64 // time of the last crossing
	fired   []int   // switches that acted then
	count   int
	near    int // crossings that followed at once, one after another
}

const (
	looks      = 5      // places of a step that are looked at, the end is the last
	mostTries  = 60     // steps to a crossing
	mostEvents = 10_000 // of a lane
	// Crossings nearer than this part of the span, so many in a row, are said to pile up.
	tooNear    = 1e-10
	nearInARow = 16
	// tie is how far from zero a value may be that has just crossed it, in units of what it moves
	// by in the least step of time.
	tie = 64
	// sameTime is how near, in parts of the step, crossings of two values count as one.
	sameTime = 1e-9
)

// begin prepares for the switches of a problem.
func (c *crossings) begin(s *Solver, q *jumps) {
	all := q.in.Switches()
	if len(all) == 0 {
		c.all = nil
		return
	}
	shape := s.p.Field.Shape()
	same := len(c.all) == len(all) && c.own != nil && alike(c.own, s.p.Field)
	for i := 0; same && i < len(all); i++ {
		same = c.all[i] == all[i]
	}
	if same {
		return
	}
	c.all, c.own, c.law = all, s.p.Field, s.p.Field
	if s.field.copier != nil {
		c.law = s.field.copier.Copy(1)
	} else if shape.Lanes > 1 {
		panic("ode: conditions in several lanes need a field that can be copied")
	}
	c.when, c.by, c.lane = nil, nil, make([]crossing, shape.Lanes)
	for _, sw := range all {
		c.when, c.by = append(c.when, field.New(sw.When, 1, false)), append(c.by, q.mapping(sw.Map))
	}
	row := func() []float64 { return make([]float64, shape.State) }
	c.x0, c.x1, c.f0, c.f1 = row(), row(), row(), row()
	c.out, c.value = newBatch(shape.State, 1), newBatch(1, 1)
	c.along = field.Point{T: []float64{1}, X: c.out}
}

// enter looks at a lane at its start: a condition that is true already has to become false first.
func (c *crossings) enter(s *Solver, q *jumps, l int) {
	if len(c.all) == 0 {
		return
	}
	n := len(c.all)
	k := &c.lane[l]
	*k = crossing{armed: sizedBools(k.armed, n), after: sizedBools(k.after, n), fired: k.fired[:0], last: math.Inf(-1)}
	c.settle(s, q, l, l, nil)
}

func sizedBools(v []bool, n int) []bool {
	if cap(v) < n {
		return make([]bool, n)
	}
	return v[:n]
}

// settle notes which conditions are false where lane l, in place j, stands now. Of a value that
// is zero to rounding the slope decides.
func (c *crossings) settle(s *Solver, q *jumps, j, l int, just []int) {
	q.place(s, j, l)
	for i := range c.all {
		e := c.at(q, i)
		k := &c.lane[l]
		if k.armed[i] = e < 0; e == 0 || slices.Contains(just, i) {
			rate := c.rate(q, i)
			if math.Abs(e) <= c.least(q.at.T[0], rate)+8*k.rest {
				k.armed[i] = rate < 0
			}
		}
	}
}

// least is what counts as zero of a value that moves at a rate.
func (c *crossings) least(t, rate float64) float64 { return instant(t) * math.Abs(rate) }

// instant is how far from t a time may be that is the same to rounding.
func instant(t float64) float64 {
	return tie * (math.Nextafter(math.Abs(t), math.Inf(1)) - math.Abs(t))
}

// justNow tells that the last crossing was at t, to rounding.
func (k *crossing) justNow(t float64) bool { return t-k.last <= instant(t) }

// at is the value of switch i where q stands.
func (c *crossings) at(q *jumps, i int) float64 {
	c.when[i].Eval(c.value, &q.at)
	return c.value.V[0]
}

// rate is how fast it moves there.
func (c *crossings) rate(q *jumps, i int) float64 {
	c.law.Eval(c.out, &q.at)
	c.when[i].JVP(c.value, &q.at, &c.along)
	return c.value.V[0]
}

// place goes to where lane l, in place j, is.
func (q *jumps) place(s *Solver, j, l int) {
	x := s.step.From.X
	q.stand(s.p, l, s.step.From.T[j])
	for i := range x.Rows {
		q.at.X.V[i] = x.V[i*x.Lanes+j]
	}
}

// hit is where the next step of a lane is to end, if it has come upon a crossing.
func (q *jumps) hit(l int) (float64, bool) {
	if q.in == nil || len(q.cross.all) == 0 || !q.cross.lane[l].on {
		return 0, false
	}
	return q.cross.lane[l].hit, true
}

// look looks for crossings in the steps that were accepted. One that goes beyond a crossing is
// taken again.
func (q *jumps) look(s *Solver) {
	if q.in == nil || len(q.cross.all) == 0 {
		return
	}
	c := &q.cross
	for j, l := range s.of {
		k := &c.lane[l]
		switch {
		case s.step.H[j] == 0:
		case !s.accept[j]: // its error was too large
			k.on = false
		case c.again(s, q, j, l):
			s.accept[j] = false
			s.tr.Stats.Accepted[l]--
			s.tr.Stats.Rejected[l]++
		default:
			k.on = false
			copy(k.armed, k.after)
		}
	}
}

// again tells that the step of lane l, in place j, has to be taken again, and where it ends then.
func (c *crossings) again(s *Solver, q *jumps, j, l int) bool {
	st, k := &s.step, &c.lane[l]
	from, to := st.From.T[j], st.To[j]
	c.ends(s, q, j, l)
	except := -1
	if k.on {
		except = k.of
	}
	k.arrived = false
	due := len(q.due[l]) > 0 && q.due[l][0].T <= to
	if f, ok := c.find(q, k, from, to, except, due); ok && (!k.on || f.hit < to-sameTime*(to-from)) {
		k.on, k.off, k.tries, k.whole = true, math.Inf(1), 0, max(k.whole, to-from)
		k.of, k.lo, k.hi = f.of, f.lo, f.hi
		k.hit = min(to, max(f.hit, math.Nextafter(from, math.Inf(1))))
		return true
	}
	return k.on && c.refine(q, k, from, to)
}

// refine tells that the step from one time to another does not end at the crossing that a lane
// has come upon, and where one would; else the lane has arrived.
func (c *crossings) refine(q *jumps, k *crossing, from, to float64) bool {
	copy(q.at.X.V, c.x1)
	q.at.T[0] = to
	e, rate := c.at(q, k.of), c.rate(q, k.of)
	if e >= 0 {
		k.hi = min(k.hi, to)
	} else {
		k.lo = max(k.lo, to)
	}
	off, unit := -e/rate, math.Nextafter(max(math.Abs(to), to-from), math.Inf(1))-max(math.Abs(to), to-from)
	next := to + off
	if !(next > k.lo && next < k.hi) {
		next = k.lo + (k.hi-k.lo)/2
	}
	k.tries++
	settled := k.tries > 6 && !(math.Abs(off) < k.off/2) && math.Abs(off) < sameTime*k.whole
	k.off, k.rest = math.Abs(off), math.Abs(e)
	if math.Abs(off) <= unit || settled || next == to || !(next > from) || k.tries > mostTries {
		k.arrived = true
		return false
	}
	k.hit = next
	return true
}

// ends takes down where the step of a lane begins and ends, with the slopes there.
func (c *crossings) ends(s *Solver, q *jumps, j, l int) {
	st := &s.step
	lane := func(dst []float64, x Batch) {
		for i := range dst {
			dst[i] = x.V[i*x.Lanes+j]
		}
	}
	lane(c.x0, st.From.X)
	lane(c.x1, st.X)
	slope := func(dst, x []float64, t float64) {
		q.stand(s.p, l, t)
		copy(q.at.X.V, x)
		c.law.Eval(c.out, &q.at)
		copy(dst, c.out.V)
	}
	slope(c.f0, c.x0, st.From.T[j])
	slope(c.f1, c.x1, st.Last[j])
}

// inside goes to the part a of the step from t on, by the cubic through both ends.
func (c *crossings) inside(q *jumps, t, h, a float64) {
	if q.at.T[0] = t + a*h; a == 1 {
		copy(q.at.X.V, c.x1)
		return
	}
	b := 1 - a
	w0, w1, v0, v1 := (1+2*a)*b*b, a*a*(3-2*a), h*a*b*b, -h*a*a*b
	for i := range c.x0 {
		q.at.X.V[i] = w0*c.x0[i] + w1*c.x1[i] + v0*c.f0[i] + v1*c.f1[i]
	}
}

// found is a crossing of switch of at hit, between lo and hi.
type found struct {
	of          int
	hit, lo, hi float64
}

// find looks for the first crossing in a step, but of one switch, and notes which conditions are
// false behind the step. Where a known jump is due at its end, a value that is zero there to rounding
// has crossed: what becomes true at that time acts before the jump, on whichever side the rounding is.
func (c *crossings) find(q *jumps, k *crossing, from, to float64, except int, due bool) (first found, any bool) {
	h := to - from
	for i := range c.all {
		if i == except {
			k.after[i] = k.armed[i]
			continue
		}
		armed, before := k.armed[i], 0.0
		for n := 1; n <= looks; n++ {
			a := float64(n) / looks
			c.inside(q, from, h, a)
			e := c.at(q, i)
			if armed && (e >= 0 || due && n == looks && c.rises(q, i, e)) {
				if t := from + h*c.bisect(q, i, from, h, before, a); !any || t < first.hit {
					first, any = found{i, t, from + before*h, from + a*h}, true
				}
				break
			}
			armed, before = e < 0 && (armed || !c.rises(q, i, e)), a
		}
		k.after[i] = armed
	}
	return first, any
}

// rises tells that value i, which is e where q stands, goes up through zero there, to rounding.
func (c *crossings) rises(q *jumps, i int, e float64) bool {
	rate := c.rate(q, i)
	return rate > 0 && math.Abs(e) <= c.least(q.at.T[0], rate)
}

// bisect is where value i rises through zero on the cubic, between parts lo and hi of the step.
func (c *crossings) bisect(q *jumps, i int, t, h, lo, hi float64) float64 {
	for range 60 {
		mid := lo + (hi-lo)/2
		if mid == lo || mid == hi {
			break
		}
		if c.inside(q, t, h, mid); c.at(q, i) >= 0 {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// happen does what happens to lane l, in place j, if it has arrived at a crossing: the switch,
// and any other whose value crosses at the same time.
func (c *crossings) happen(s *Solver, q *jumps, j, l int) {
	if len(c.all) == 0 || !c.lane[l].arrived {
		return
	}
	k, t := &c.lane[l], s.step.From.T[j]
	k.arrived = false
	if why := k.counts(t, s.lane[l].end-s.p.T0[l]); why != StatusOK {
		s.fail(l, why)
		return
	}
	was := append([]bool(nil), k.armed...)
	first := k.of
	fired := []int{first}
	c.leap(s, q, j, l, first)
	for i := range c.all {
		if i == first || !was[i] || !s.lane[l].active {
			continue
		}
		q.place(s, j, l)
		e := c.at(q, i)
		rate := c.rate(q, i)
		switch near := math.Abs(e) <= c.least(t, rate)+2*sameTime*k.whole*math.Abs(rate); {
		case near && rate > 0:
			fired = append(fired, i)
			c.leap(s, q, j, l, i)
		case e >= 0 && !near:
			s.fail(l, StatusChain)
			return
		}
	}
	if s.lane[l].active {
		k.fired = append(k.fired, fired...)
		c.settle(s, q, j, l, k.fired)
	}
	s.lane[l].size, k.whole = min(s.lane[l].size, k.whole), 0
}

// leap takes a lane through switch i, at whose crossing it is.
func (c *crossings) leap(s *Solver, q *jumps, j, l, i int) {
	q.leap(s, j, l, leap{by: c.by[i], when: c.when[i], law: c.law})
}

// counts counts a crossing.
func (k *crossing) counts(t, span float64) Status {
	if k.near++; t-k.last > tooNear*span {
		k.near = 0
	}
	if !k.justNow(t) {
		k.fired = k.fired[:0]
	}
	k.last = t
	k.count++
	switch {
	case k.near >= nearInARow:
		return StatusPiledUp
	case k.count > mostEvents:
		return StatusManyEvents
	}
	return StatusOK
}

// follow does what a jump at a known time sets off: conditions that were false and are true
// behind it, in their order.
func (c *crossings) follow(s *Solver, q *jumps, j, l int) {
	if len(c.all) == 0 || !s.lane[l].active {
		return
	}
	k := &c.lane[l]
	for any := true; any && s.lane[l].active; {
		any = false
		for i := range c.all {
			if q.place(s, j, l); !k.armed[i] || !(c.at(q, i) > 0) {
				continue
			}
			if why := k.counts(s.step.From.T[j], s.lane[l].end-s.p.T0[l]); why != StatusOK {
				s.fail(l, why)
				return
			}
			q.leap(s, j, l, leap{by: c.by[i]})
			any, k.armed[i] = true, false
		}
	}
	if !s.lane[l].active {
		return
	}
	var just []int
	if k.justNow(s.step.From.T[j]) {
		just = k.fired
	}
	c.settle(s, q, j, l, just)
}
