package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/opt"
)

// quasiNewton takes the steps of limited-memory BFGS, with a line search, for all
// members at the same time, each on an objective of its own. Where the objective becomes
// another one, at the next level of a schedule, what is known of its curvature is
// forgotten. It is the driver of a course.
type quasiNewton struct {
	down downhill
	fits []*quasiFit
	at   int // level of the last step
}

// quasiFit is the fit of one member.
type quasiFit struct {
	obj    objective
	solver *opt.LBFGSSolver
	state  *opt.LBFGSState
	z      []float64
	status opt.Status // at this level
	why    string
}

// quasiNewton takes a course downhill by limited-memory BFGS.
func (d Descent) quasiNewton(ctx context.Context, c *course, set *opt.LBFGS, down downhill, from *Checkpoint, on func(Event)) (*Result, error) {
	if d.Steer != 0 {
		down.moves = "steer= moves the rows"
	}
	if down.moves != "" {
		return nil, fmt.Errorf("optimiser=lbfgs needs a loss that stays the same from step to step, and here %s; take adamw, adam, sgd or adabelief", down.moves)
	}
	if on == nil {
		on = func(Event) {}
	}
	begin, err := c.p.begin(c.members)
	if err != nil {
		return nil, err
	}
	q := &quasiNewton{down: down}
	for j := range c.members {
		f := &quasiFit{}
		if f.obj, err = down.objective(1); err != nil {
			return nil, err
		}
		f.z = make([]float64, f.obj.Size()) // what a method adds begins at zero
		copy(f.z, ofMembers(begin, c.members).Lane(nil, j))
		f.solver = opt.NewLBFGS(len(f.z), *set)
		f.state = f.solver.NewState()
		q.fits = append(q.fits, f)
	}
	c.drive, c.saveEvery, c.scoreEvery = q, every, scoreEvery
	if from != nil {
		if err := c.resume(from); err != nil {
			return nil, err
		}
	}
	fail := c.run(ctx, on)
	why := fmt.Sprintf("all %d iterations were made", c.budget)
	if c.k < c.budget {
		why = fmt.Sprintf("%s after %d iterations", q.fits[0].why, c.k)
	}
	r := c.result(ctx, c.k >= c.budget || q.over(), fail, why)
	if r.Status != StatusOK {
		return r, nil
	}
	return r, c.p.tell(r, estimateDecay)
}

// level is that of an iteration; the last one is levels − 1.
func (d *downhill) levelOf(k int) int {
	if d.level == nil {
		return 0
	}
	return d.level(k)
}

// step implements driver.
func (q *quasiNewton) step(_ context.Context, k int, e *Event) (fail string, cut bool) {
	if now := q.down.levelOf(k); now != q.at {
		q.at = now
		for _, f := range q.fits {
			f.renew()
		}
	}
	par.Map(len(q.fits), func(j int) {
		if f := q.fits[j]; f.status == opt.Going {
			f.step(k)
		}
	})
	n, gaps := 0.0, 0.0
	for _, f := range q.fits {
		if f.status != opt.Failed {
			n++
			e.Loss += f.state.Cost
			if g, ok := f.obj.(interface{ gap() float64 }); ok {
				gaps += g.gap()
			}
		}
	}
	e.Loss, e.Gap = e.Loss/max(1, n), gaps/max(1, n)
	if q.down.stage != nil {
		e.Stage, e.Lambda = q.down.stage(k)
	}
	if n == 0 {
		fail = q.fits[0].why
	}
	return fail, false
}

// renew goes on with an objective that is another one.
func (f *quasiFit) renew() {
	if f.status != opt.Failed {
		f.state.Known, f.state.Count, f.status, f.why = false, 0, opt.Going, ""
	}
}

// step takes one step. Where the objective cannot be evaluated, what has been made harder
// is taken back, as far as it can be.
func (f *quasiFit) step(k int) {
	y, yields := f.obj.(yielding)
	out := f.solver.Step(f.obj, f.z, f.state, k)
	for out.Status == opt.Failed && yields && y.yield(0) {
		f.state.Known, f.state.Count = false, 0
		out = f.solver.Step(f.obj, f.z, f.state, k)
	}
	f.status, f.why = out.Status, out.Reason
	if out.Status == opt.Failed || !yields {
		return
	}
	if y.lags(0) { // the next step has less of the coupling
		f.status, f.state.Known = opt.Going, false
	}
	y.went(0)
}

func (q *quasiNewton) iterate() []float64 {
	z := make([]float64, len(q.fits)*len(q.fits[0].z))
	for j, f := range q.fits {
		ofMembers(z, len(q.fits)).SetLane(j, f.z)
	}
	return z
}

func (q *quasiNewton) evaluations() int {
	n := 0
	for _, f := range q.fits {
		n += f.obj.evaluations()
	}
	return n
}

// over implements driver: at the last level nobody has a step left.
func (q *quasiNewton) over() bool {
	if q.at < q.down.levels-1 {
		return false
	}
	return !slices.ContainsFunc(q.fits, func(f *quasiFit) bool { return f.status == opt.Going })
}

func (q *quasiNewton) lives(member int) bool { return q.fits[member].status != opt.Failed }

// save implements driver.
func (q *quasiNewton) save(c *Checkpoint) {
	c.put("level", float64(q.at))
	for j, f := range q.fits {
		known := 0.0
		if f.state.Known {
			known = 1
		}
		of := func(name string) string { return fmt.Sprint(name, " of member ", j) }
		c.put(of("state"), known, f.state.Cost, float64(f.state.Count), float64(f.state.Next), float64(f.status))
		c.put(of("gradient"), f.state.Grad...)
		c.put(of("steps"), f.state.S...)
		c.put(of("changes"), f.state.Y...)
		c.put(of("scales"), f.state.Rho...)
		if o, ok := f.obj.(stateful); ok {
			c.put(of("objective"), o.state()...)
		}
	}
}

// load implements driver.
func (q *quasiNewton) load(c *Checkpoint) error {
	level := make([]float64, 1)
	if err := c.take("level", level); err != nil {
		return err
	}
	q.at = int(level[0])
	for j, f := range q.fits {
		of := func(name string) string { return fmt.Sprint(name, " of member ", j) }
		state, own := make([]float64, 5), []float64(nil)
		o, remembers := f.obj.(stateful)
		if remembers {
			own = make([]float64, len(o.state()))
		}
		if err := c.takeAll(map[string][]float64{of("state"): state, of("gradient"): f.state.Grad, of("steps"): f.state.S,
			of("changes"): f.state.Y, of("scales"): f.state.Rho, of("objective"): own}); err != nil {
			return err
		}
		f.state.Known, f.state.Cost, f.status = state[0] == 1, state[1], opt.Status(state[4])
		f.state.Count, f.state.Next = int(state[2]), int(state[3])
		ofMembers(c.Z, len(q.fits)).Lane(f.z, j)
		if remembers {
			o.restore(own)
		}
	}
	return nil
}
