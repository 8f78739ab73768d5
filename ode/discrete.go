package ode

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// Discrete is the exact gradient of the computed solution: the transpose of
// every step taken, with the step sizes as they were. It keeps what
// Options.Memory allows and computes the rest again, with the same bits (but
// for the order of the sum over lanes that a shared θ receives). For one lane or
// eight of a field that is a field.Keeper it keeps, with the state of a stage, what the
// field needs to go back from there, so that no stage is evaluated again; for up to 64
// lanes it does so if steps are fixed and it all takes no more than an eighth of Memory.
//
// Source of the idea that recomputed stages make it exact: Hager, Numer. Math.
// 87 (2000) 247–282; Sanz-Serna, SIAM Review 58 (2016) 3–33.
type Discrete struct {
	solver *Solver
	rec    record
	back   back
	leaps  jumpsBack
}

// NewDiscrete allocates for fields of f's shape.
func NewDiscrete(f field.Field, o Options) (*Discrete, error) {
	s, err := NewSolver(f, o)
	if err != nil {
		return nil, err
	}
	if err := s.scheme.mustBend(f); err != nil {
		return nil, err
	}
	if s.delays.any() {
		return nil, fmt.Errorf("the way back does not go through states of earlier times; take adjoint=forward")
	}
	if s.all.roomer == nil {
		return nil, fmt.Errorf("%s cannot be gone back through", s.Solver)
	}
	s.makeRoom(f)
	s.exact = true
	shape := f.Shape()
	d := &Discrete{solver: s, back: newBack(shape)}
	d.rec = newRecord(shape.Lanes, shape.State*shape.Lanes, s.all.room().Len, s.Memory)
	d.back.way(d, shape.Lanes)
	s.watch, s.patient = d, true
	return d, nil
}

// Reserve makes room for that many steps, so that Solve and Pull allocate
// nothing from the first call on. Without it they allocate when an integration
// takes more steps than any before.
func (d *Discrete) Reserve(steps int) { d.rec.reserve(steps) }

// Plan says in words what was kept of the last integration.
func (d *Discrete) Plan() string { return d.rec.plan() }

// Solve integrates p and keeps what Pull needs. p, its Theta and its Input
// must stay unchanged until the last Pull.
func (d *Discrete) Solve(tr *Trajectory, p *IVP) { d.solver.Solve(tr, p) }

func (d *Discrete) begin(s *Solver) {
	d.rec.reset(s.all.room().Len)
	d.rec.joined(s.of)
	d.leaps.forget(len(s.lane))
}

func (d *Discrete) jumped(lane int, j *leap) { d.leaps.note(lane, d.rec.steps, j) }

func (d *Discrete) room() []float64                 { return d.rec.room() }
func (d *Discrete) narrowed(of []int)               { d.rec.joined(of) }
func (d *Discrete) atStart(int, int)                {}
func (d *Discrete) atSave(*Step, int, int, float64) {}
func (d *Discrete) took(s *Step, accept []bool, extended bool) {
	d.rec.took(s, d.solver.of, d.solver.lane, accept, extended)
}

// Pull adds the gradient to g.X and g.Theta (nil parts are skipped). Saved
// states that a failed lane did not reach are left out.
//
// Each lane goes back through its own steps, together with whichever lanes
// have steps left: a step that was repeated in one lane is not waited for in
// the others. What a lane receives does not depend on that, to the last bit;
// the sum over lanes that a shared θ receives is rounded in another order.
func (d *Discrete) Pull(g *field.Point, gtr *Trajectory) {
	b := &d.back
	d.solver.all.bind(d.solver.p) // others may have used the field since
	b.begin(d, g)
	d.leaps.begin(g)
	for hi := d.rec.steps; hi > 0; {
		lo := d.segment(hi)
		if len(b.lane) == 1 || d.solver.marched {
			d.pullMarch(lo, hi, gtr)
			hi = lo
			continue
		}
		for l := range b.lane {
			b.lane[l].below = hi
		}
		for n := b.find(&d.rec, lo); n > 0; n = b.find(&d.rec, lo) {
			d.land()
			d.pull(n, lo, gtr)
		}
		hi = lo
	}
	b.close()
	d.solver.all.settle(g)
	for l := range b.lane {
		d.leaps.pull(d.solver, b.lambda, l, -1)
	}
	d.leaps.close(g)
	d.addStart(gtr)
	d.unsettleStart()
	if g.X.V != nil {
		for i, v := range b.lambda.V {
			g.X.V[i] += v
		}
	}
}

// land pulls the lanes that have a step left through what happened behind it.
func (d *Discrete) land() {
	for l := range d.back.lane {
		if i := d.back.lane[l].at; i >= 0 {
			d.leaps.pull(d.solver, d.back.lambda, l, i)
		}
	}
}

// pull pulls n lanes through one step each.
func (d *Discrete) pull(n, lo int, gtr *Trajectory) {
	w := d.back.gather(d, n)
	d.stages(w, lo)
	for j, i := range w.at {
		if i >= 0 {
			d.addSaved(w, j, gtr)
		}
	}
	w.stepper.Pull(&w.g, &w.step)
	d.unsettle(w)
	d.back.scatter(w)
}

// pullMarch pulls lanes that took all steps together, such as one that has no
// company, through the steps lo … hi−1.
func (d *Discrete) pullMarch(lo, hi int, gtr *Trajectory) {
	b := &d.back
	w := b.way(d, len(b.lane))
	if hi == d.rec.steps {
		b.point(w)
		w.g.From.Theta = b.g.Theta
		w.stepper.rest()
		for l := range w.of {
			w.of[l] = l
		}
	}
	copy(w.g.X.V, b.lambda.V)
	for i := hi - 1; i >= lo; i-- {
		if d.leaps.any {
			d.leaps.pull(d.solver, w.g.X, 0, i)
		}
		d.rec.load(&w.step, 0, 0, i)
		w.step.like()
		w.step.Work = d.kept(i, lo)
		clear(w.g.From.X.V)
		if next := b.lane[0].next; next >= 0 && d.solver.time(next, 0) > w.step.From.T[0] {
			for l := range b.lane {
				d.addSaved(w, l, gtr)
			}
		}
		w.stepper.Pull(&w.g, &w.step)
		d.unsettle(w)
		w.g.X, w.g.From.X = w.g.From.X, w.g.X
	}
	copy(b.lambda.V, w.g.X.V)
}

// unsettle goes back through making states consistent where steps began anew.
func (d *Discrete) unsettle(w *way) {
	if d.begun(w) {
		at := w.step.From
		at.X.V = w.step.Work[:len(at.X.V)]
		d.solver.consistency.back(&w.g.From, w.step.Field, &at, w.step.Input, d.solver.fixed[:w.lanes])
	}
}

// begun marks the lanes whose step begins anew and says whether there are any, if that matters.
func (d *Discrete) begun(w *way) (any bool) {
	if d.solver.consistency == nil {
		return false
	}
	marked := d.solver.fixed[:w.lanes]
	for j, h := range w.step.H {
		marked[j] = h != 0 && w.step.Start[j] == StartFresh
		any = any || marked[j]
	}
	return any
}

// unsettleStart does so at T0, for the states that were saved there.
func (d *Discrete) unsettleStart() {
	s := d.solver
	if s.consistency == nil {
		return
	}
	p := s.p
	for l := range s.fixed {
		s.fixed[l] = true
	}
	s.consistency.fix(p.Field, &field.Point{T: p.T0, X: p.X0, Theta: p.Theta}, p.Input, s.fixed)
	s.consistency.back(&field.Point{X: d.back.lambda, Theta: d.back.g.Theta}, p.Field, &s.consistency.at, p.Input, s.fixed)
}

// like gives all lanes the times of the first.
func (s *Step) like() {
	if len(s.H) == 1 {
		return
	}
	kernel.Fill(s.From.T, s.From.T[0])
	kernel.Fill(s.To, s.To[0])
	kernel.Fill(s.H, s.H[0])
	kernel.Fill(s.Last, s.Last[0])
	for l := range s.Start {
		s.Start[l], s.Way[l] = s.Start[0], s.Way[0]
	}
}

// addSaved adds the cotangents of the states saved in the step in place j.
func (d *Discrete) addSaved(w *way, j int, gtr *Trajectory) {
	l := w.of[j]
	t, to, next := w.step.From.T[j], w.step.To[j], &d.back.lane[l].next
	for ; *next >= 0; *next-- {
		saved := d.solver.time(*next, l)
		if !(saved > t) {
			break
		}
		c := d.back.saved(gtr, *next)
		for from, to := l, j; from < len(c); from, to = from+len(d.back.lane), to+w.lanes {
			w.c.V[to] = c[from]
		}
		if saved < to {
			w.stepper.insider.PullInside(&w.g, &w.step, w.c.V, j, (saved-t)/w.step.H[j])
		} else {
			addLane(w.g.X.V, w.c.V, j, w.lanes)
		}
	}
}

// addStart adds the cotangents of states saved at T0.
func (d *Discrete) addStart(gtr *Trajectory) {
	b := &d.back
	for l := range b.lane {
		for next := &b.lane[l].next; *next >= 0; *next-- {
			c := b.saved(gtr, *next)
			addLane(b.lambda.V, c, l, len(b.lane))
		}
	}
}

func addLane(dst, src []float64, l, lanes int) {
	for i := l; i < len(dst); i += lanes {
		dst[i] += src[i]
	}
}

// segment makes the stages of step hi−1 available and returns the first step
// whose stages are available with it.
func (d *Discrete) segment(hi int) int {
	r := &d.rec
	if r.every == 0 {
		return 0
	}
	lo := (hi - 1) / r.every * r.every
	if lo != r.loaded {
		d.recompute(lo)
	}
	return lo
}

// room of step i, whose segment begins at lo.
func (d *Discrete) kept(i, lo int) []float64 {
	r := &d.rec
	if r.every == 0 {
		return r.slot(&r.pool, i, r.work)
	}
	return r.slot(&r.seg, i-lo, r.work)
}

// equal says that all are the same.
func equal(at []int) bool {
	for _, i := range at {
		if i != at[0] {
			return false
		}
	}
	return true
}

// stages sets the step's Work to the stages of the steps in its places. Those
// of a step that all lanes took together are there already; where a place is
// idle they are copied, because it will be used for something else.
func (d *Discrete) stages(w *way, lo int) {
	if i := w.at[0]; i >= 0 && equal(w.at) && slices.Equal(d.rec.team(i).of, w.of) {
		w.step.Work = d.kept(i, lo)
		return
	}
	w.step.Work = w.work[:w.rows()*w.lanes]
	for j, i := range w.at {
		if i >= 0 {
			t := d.rec.team(i)
			w.copyStages(d.kept(i, lo), j, t.place[w.of[j]], len(t.of), d.rec.extended(i))
		}
	}
}

// recompute repeats the steps of the segment that begins at step first.
func (d *Discrete) recompute(first int) {
	r := &d.rec
	t := r.team(first)
	w := d.back.join(d, t.of)
	s := &w.step
	copy(s.From.X.V, r.slot(&r.pool, first/r.every, r.state)[:len(s.From.X.V)])
	for i := first; i < min(first+r.every, r.steps); i++ {
		if next := r.team(i); next != t {
			w = d.back.follow(d, w, t, next)
			s, t = &w.step, next
		}
		for j, l := range t.of {
			r.load(s, j, l, i)
			if i == first {
				s.Start[j] = StartFresh
			}
		}
		if d.begun(w) && i > first {
			d.solver.consistency.settle(s, d.solver.fixed[:w.lanes])
		}
		s.Work = r.slot(&r.seg, i-first, r.work)
		s.Again = true
		w.stepper.Step(s)
		if r.extended(i) {
			w.stepper.insider.Extend(s, nil)
		}
		for j, h := range s.H {
			if h != 0 {
				copyLane(s.From.X.V, s.X.V, j, w.lanes)
				d.leaps.again(s.From.X, j, t.of[j], i)
			}
		}
	}
	r.loaded = first
}
