package train

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// impulses couple trajectories to the rows at the rows alone: what a coupling
// of gain g does in the time h since the row before is done all at once,
//
//	x ← x + a·(row − x),  a = 1 − exp(−g·h),
//
// for every value that was measured. a = 1 is teacher forcing. A trajectory is
// what arrives at the rows, before it is moved. It is an ode.Adjoint made of one
// for the stretches between rows; the way back integrates each again.
//
// Source of the idea: Ko et al. (2023), section 6, as future work; Williams,
// Zipser, Neural Computation 1 (1989) 270–280.
type impulses struct {
	r     *rollout
	in    *strength
	inner ode.Adjoint
	to    []float64 // what trajectories are moved to, in the order of the rows; nil: the rows

	one    ode.IVP         // of a stretch
	end    *ode.Trajectory // of a stretch
	gend   ode.Trajectory
	g      field.Point
	starts []float64 // rows × states × lanes: where the stretch to each row begins
	times  []float64 // rows × lanes; NaN = the lane has ended, or failed before
}

// newImpulseLoss is the coupled loss with impulses instead of a coupling at all
// times.
func newImpulseLoss(p *Problem, members int, gain func(k int) float64, d Descent) (*coupledLoss, error) {
	switch {
	case d.Adjoint != "" && d.Adjoint != "discrete" && d.Adjoint != "symplectic":
		return nil, fmt.Errorf("adjoint=%s does not know how to go back through impulses; take discrete or symplectic", d.Adjoint)
	case p.step() > 0:
		return nil, errors.New("impulse is for differential equations; models in discrete time have forcing=full or scheduled with method=vanilla")
	}
	t, err := newTracking(newRollout(p, p.Parts.Field, p.inputs(members, false), members, false))
	if err != nil {
		return nil, err
	}
	if err := d.equip(t); err != nil {
		return nil, err
	}
	c := &coupledLoss{t, &strength{}, gain, newBehind(members)}
	t.solve = newImpulses(t.solve, t.r, c.in)
	return c, nil
}

func newImpulses(inner ode.Adjoint, r *rollout, in *strength) *impulses {
	i := &impulses{r: r, in: in, inner: inner, end: ode.NewTrajectory(1, r.states, r.lanes), gend: *ode.NewTrajectory(1, r.states, r.lanes),
		starts: make([]float64, r.rows*r.states*r.lanes), times: make([]float64, r.rows*r.lanes)}
	i.one = ode.IVP{X0: program.NewBatch(r.states, r.lanes), T0: make([]float64, r.lanes)}
	i.g.X = program.NewBatch(r.states, r.lanes)
	return i
}

// Solve implements ode.Adjoint.
func (i *impulses) Solve(tr *ode.Trajectory, p *ode.IVP) {
	r, n := i.r, i.r.states*i.r.lanes
	i.one.Field, i.one.Input, i.one.Theta = p.Field, p.Input, p.Theta
	clear(tr.X)
	for l := range r.lanes {
		tr.Status[l], tr.Stats.Evals[l], tr.Stats.Accepted[l], tr.Stats.Rejected[l] = ode.StatusOK, 0, 0, 0
	}
	copy(i.times, p.Times)
	copy(i.starts, p.X0.V)
	for k := range r.rows {
		i.stretch(k, p.T0)
		copy(tr.X[k*n:(k+1)*n], i.end.X)
		i.count(tr, k)
		if k+1 < r.rows {
			i.move(k, p.T0)
		}
	}
}

// stretch integrates to row k from where the stretch begins.
func (i *impulses) stretch(k int, t0 []float64) {
	lanes, n := i.r.lanes, i.r.states*i.r.lanes
	copy(i.one.X0.V, i.starts[k*n:(k+1)*n])
	for l := range lanes {
		i.one.T0[l] = i.before(k, l, t0)
	}
	i.one.Times = i.times[k*lanes : (k+1)*lanes]
	i.inner.Solve(i.end, &i.one)
}

// before is the time at which the stretch to row k begins.
func (i *impulses) before(k, l int, t0 []float64) float64 {
	if k > 0 {
		if t := i.times[(k-1)*i.r.lanes+l]; !math.IsNaN(t) {
			return t
		}
	}
	return t0[l]
}

// count adds what a stretch took to the statistics, and ends lanes that failed.
func (i *impulses) count(tr *ode.Trajectory, k int) {
	lanes := i.r.lanes
	for l, s := range i.end.Status {
		if math.IsNaN(i.times[k*lanes+l]) {
			continue
		}
		tr.Stats.Evals[l] += i.end.Stats.Evals[l]
		tr.Stats.Accepted[l] += i.end.Stats.Accepted[l]
		tr.Stats.Rejected[l] += i.end.Stats.Rejected[l]
		if tr.Status[l] = s; s == ode.StatusOK {
			continue
		}
		for row := k; row < i.r.rows; row++ {
			i.times[row*lanes+l] = math.NaN()
		}
	}
}

// move sets where the stretch to the row after k begins.
func (i *impulses) move(k int, t0 []float64) {
	r := i.r
	now, next := i.starts[k*r.states*r.lanes:], i.starts[(k+1)*r.states*r.lanes:]
	for s := range r.states {
		for l := range r.lanes {
			at := s*r.lanes + l
			next[at] = now[at]
			if t := i.times[k*r.lanes+l]; !math.IsNaN(t) {
				next[at] = i.end.X[at]
				if a, row := i.pull(k, s, l, t0); a > 0 {
					next[at] += a * (row - next[at])
				}
			}
		}
	}
}

// pull is the part of the way that state s of lane l is moved at row k, and the
// row's value.
func (i *impulses) pull(k, s, l int, t0 []float64) (a, row float64) {
	r := i.r
	if s >= r.columns {
		return 0, 0
	}
	to := i.to
	if to == nil {
		to = r.target
	}
	row = to[r.value(k, s, r.record(l))]
	if math.IsNaN(row) {
		return 0, 0
	}
	gain := i.in.of(l, s)
	h := i.times[k*r.lanes+l] - i.before(k, l, t0)
	return -math.Expm1(-gain * h), row
}

// Pull implements ode.Adjoint.
func (i *impulses) Pull(g *field.Point, gtr *ode.Trajectory) {
	r, n := i.r, i.r.states*i.r.lanes
	t0 := r.ivp.T0
	clear(i.g.X.V)
	i.g.Theta = g.Theta
	for k := r.rows - 1; k >= 0; k-- {
		for at := range n {
			s, l := at/r.lanes, at%r.lanes
			i.gend.X[at] = 0
			if !math.IsNaN(i.times[k*r.lanes+l]) {
				a, _ := i.pull(k, s, l, t0)
				i.gend.X[at] = (1-a)*i.g.X.V[at] + gtr.X[k*n+at]
			}
		}
		i.stretch(k, t0)
		clear(i.g.X.V)
		i.inner.Pull(&i.g, &i.gend)
	}
	for at, v := range i.g.X.V {
		g.X.V[at] += v
	}
}
