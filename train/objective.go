package train

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// tracking is what losses of trajectories are made of: it integrates a rollout, compares
// it with the training rows and goes back. The loss of a member is the mean misfit, in scaled
// units, of its trajectories; that of all is their sum, so each member's gradient is its own.
type tracking struct {
	r     *rollout
	solve ode.Adjoint
	gtr   ode.Trajectory
	g     field.Point
	times []float64     // of the rows; a steer moves those of ivp
	steer *steer        // nil: none
	loss  []float64     // of each member; +Inf if it failed
	noisy *concentrated // nil: the misfit is one of distances
	evals int
}

func newTracking(r *rollout) (*tracking, error) {
	o := &tracking{r: r, times: r.ivp.Times, loss: make([]float64, r.members), noisy: newConcentrated(r.p)}
	var err error
	if o.solve, err = newAdjoint("", r); err != nil {
		return nil, err
	}
	o.gtr = *ode.NewTrajectory(r.rows, r.states, r.lanes)
	o.g = field.Point{X: program.NewBatch(r.states, r.lanes), Theta: r.theta}
	if r.wide.V != nil {
		o.g.Theta = program.NewBatch(r.theta.Rows, r.lanes)
	}
	return o, nil
}

// trajectoryLoss is the misfit of whole trajectories.
type trajectoryLoss struct{ *tracking }

func newTrajectoryLoss(r *rollout) (*trajectoryLoss, error) {
	c, err := newTracking(r)
	return &trajectoryLoss{c}, err
}

// Size implements opt.Objective.
func (o *trajectoryLoss) Size() int { return o.r.size() }

// Eval implements opt.Objective. k matters to a steer only.
func (o *trajectoryLoss) Eval(grad, z []float64, k int) opt.Loss { return o.lossOf(grad, z, k) }

// plan says what memory the last gradient took.
func (o *tracking) plan() string {
	if d, ok := o.solve.(*ode.Parallel); ok {
		return "gradient: " + d.Plan()
	}
	return ""
}

// lossOf is that of the unknowns z of the rollout; its gradient is in grad if that is not nil.
func (o *tracking) lossOf(grad, z []float64, k int) opt.Loss {
	o.r.bind(z)
	o.follow(k)
	if grad != nil {
		o.pull(grad)
	}
	return o.total()
}

// follow integrates what the rollout is bound to and compares it.
func (o *tracking) follow(k int) {
	r := o.r
	if o.steer != nil {
		o.steer.move(r, o.times, k)
	}
	o.solve.Solve(&r.tr, &r.ivp)
	o.evals += countEvals(&r.tr, r.used())
	o.compare()
}

// pull sets grad to the pull-back of the cotangents of the trajectory.
func (o *tracking) pull(grad []float64) {
	r := o.r
	clear(grad)
	clear(o.g.X.V)
	if r.wide.V == nil {
		o.g.Theta.V = grad[:r.theta.Rows*r.members]
	} else {
		clear(o.g.Theta.V)
	}
	o.solve.Pull(&o.g, &o.gtr)
	r.scatter(grad, &o.g)
	if b, ok := o.solve.(*ode.Backsolve); ok {
		o.lose(b.Status)
	}
}

// lose fails the members of lanes that could not be integrated backwards.
func (o *tracking) lose(status []ode.Status) {
	for l, s := range status {
		if o.r.real(l) && s != ode.StatusOK {
			o.loss[o.r.member(l)] = math.Inf(1)
		}
	}
}

// compare computes each member's loss and the cotangents of the trajectory.
func (o *tracking) compare() {
	r := o.r
	clear(o.gtr.X)
	for m := range o.loss {
		o.loss[m] = 0
		if r.failure(m) != "" {
			o.loss[m] = math.Inf(1)
		}
	}
	if o.noisy != nil {
		o.noisy.compare(o)
		return
	}
	for k := range r.rows {
		for c := range r.columns {
			for l := range r.used() {
				m, want := r.member(l), r.target[r.value(k, c, r.record(l))]
				if math.IsNaN(want) || math.IsInf(o.loss[m], 1) {
					continue
				}
				at := r.number(k, c, l)
				value, slope, _ := r.misfit.at(c, r.tr.X[at]-want)
				o.loss[m] += value / r.count
				o.gtr.X[at] = slope / r.count
			}
		}
	}
}

func (o *tracking) total() opt.Loss {
	var loss opt.Loss
	for m, v := range o.loss {
		loss.Value += v
		if math.IsInf(v, 0) || math.IsNaN(v) {
			if loss.Fail = o.r.failure(m); loss.Fail == "" {
				loss.Fail = "the loss is not a finite number, or the way back to its gradient fails"
			}
		}
	}
	return loss
}

// countEvals sums the field evaluations of the first n lanes.
func countEvals(tr *ode.Trajectory, n int) int {
	sum := 0
	for _, e := range tr.Stats.Evals[:n] {
		sum += e
	}
	return sum
}

func (o *tracking) losses() []float64 { return o.loss }
func (o *tracking) evaluations() int  { return o.evals }
