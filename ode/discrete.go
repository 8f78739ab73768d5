package ode

import "github.com/entrain-dev/entrain/field"

// Discrete is the exact gradient of the computed solution: the transpose of
// every step taken, with the step sizes as they were. It keeps what
// Options.Memory allows and computes the rest again, with the same bits.
//
// Source of the idea that recomputed stages make it exact: Hager, Numer. Math.
// 87 (2000) 247–282; Sanz-Serna, SIAM Review 58 (2016) 3–33.
type Discrete struct {
	solver *Solver
	rec    record
	step   Step // the step that is pulled back
	g      Step // its cotangents
	next   []int
	c      []float64 // cotangent of one saved state
}

// NewDiscrete allocates for fields of f's shape.
func NewDiscrete(f field.Field, o Options) (*Discrete, error) {
	s, err := NewSolver(f, o)
	if err != nil {
		return nil, err
	}
	shape := f.Shape()
	d := &Discrete{solver: s, step: newStep(shape), g: newStep(shape)}
	d.rec = newRecord(shape.Lanes, shape.State*shape.Lanes, s.stepper.Room(), s.Memory)
	d.next = make([]int, shape.Lanes)
	d.c = make([]float64, shape.State*shape.Lanes)
	s.watch = d
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

func (d *Discrete) begin(*Solver)                   { d.rec.reset() }
func (d *Discrete) room() []float64                 { return d.rec.room() }
func (d *Discrete) atStart(int, int)                {}
func (d *Discrete) atSave(*Step, int, int, float64) {}
func (d *Discrete) took(s *Step, accept []bool, extended bool) {
	d.rec.took(s, d.solver.lane, accept, extended)
}

// Pull adds the gradient to g.X and g.Theta (nil parts are skipped). Saved
// states that a failed lane did not reach are left out.
func (d *Discrete) Pull(g *field.Point, gtr *Trajectory) {
	s, p := d.solver, d.solver.p
	d.step.Field, d.step.Input, d.step.From.Theta = p.Field, p.Input, p.Theta
	d.g.From.Theta = g.Theta
	clear(d.g.X.V)
	for l := range d.next {
		d.next[l] = s.lane[l].next - 1
	}
	s.stepper.Rest()
	for i := d.rec.steps - 1; i >= 0; i-- {
		d.restore(i)
		d.rec.load(&d.step, i)
		clear(d.g.From.X.V)
		d.addSaved(gtr)
		s.stepper.Pull(&d.g, &d.step)
		d.g.X, d.g.From.X = d.g.From.X, d.g.X
	}
	d.addStart(gtr)
	if g.X.V != nil {
		for i, v := range d.g.X.V {
			g.X.V[i] += v
		}
	}
}

// addSaved adds the cotangents of the states saved in the step.
func (d *Discrete) addSaved(gtr *Trajectory) {
	for l := range d.next {
		t, to := d.step.From.T[l], d.step.To[l]
		for ; d.next[l] >= 0; d.next[l]-- {
			saved := d.solver.time(d.next[l], l)
			if !(saved > t) {
				break
			}
			d.cotangent(gtr, l)
			if saved < to {
				d.solver.insider.PullInside(&d.g, &d.step, d.c, l, (saved-t)/d.step.H[l])
			} else {
				addLane(d.g.X.V, d.c, l, len(d.next))
			}
		}
	}
}

// addStart adds the cotangents of states saved at T0.
func (d *Discrete) addStart(gtr *Trajectory) {
	for l := range d.next {
		for ; d.next[l] >= 0; d.next[l]-- {
			d.cotangent(gtr, l)
			addLane(d.g.X.V, d.c, l, len(d.next))
		}
	}
}

// cotangent copies that of lane l's next saved state to c.
func (d *Discrete) cotangent(gtr *Trajectory, l int) {
	n := len(d.c)
	copyLane(d.c, gtr.X[d.next[l]*n:(d.next[l]+1)*n], l, len(d.next))
}

func addLane(dst, src []float64, l, lanes int) {
	for i := l; i < len(dst); i += lanes {
		dst[i] += src[i]
	}
}

// restore sets the step's Work to the stages of step i, which it computes
// again, a segment at a time, where they were not kept.
func (d *Discrete) restore(i int) {
	r := &d.rec
	if r.every == 0 {
		d.step.Work = r.slot(&r.pool, i, r.work)
		return
	}
	first := i - i%r.every
	if first != r.loaded {
		d.recompute(first)
	}
	d.step.Work = r.slot(&r.seg, i-first, r.work)
}

// recompute repeats the steps of the segment that begins at step first.
func (d *Discrete) recompute(first int) {
	r, s := &d.rec, &d.step
	copy(s.From.X.V, r.slot(&r.pool, first/r.every, r.state))
	for i := first; i < min(first+r.every, r.steps); i++ {
		r.load(s, i)
		if i == first {
			for l := range s.Start {
				s.Start[l] = StartFresh
			}
		}
		s.Work = r.slot(&r.seg, i-first, r.work)
		d.solver.stepper.Step(s)
		if r.extended(i) {
			d.solver.insider.Extend(s, nil)
		}
		for l, h := range s.H {
			if h != 0 {
				copyLane(s.From.X.V, s.X.V, l, r.lanes)
			}
		}
	}
	r.loaded = first
}
