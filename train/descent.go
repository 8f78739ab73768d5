package train

import (
	"context"
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/opt"
)

// objective is what methods that follow gradients minimise: a sum over members of
// their own losses.
type objective interface {
	opt.Objective
	// losses are those of the last Eval, one a member; +Inf where it failed.
	losses() []float64
	evaluations() int
}

// yielding is an objective that becomes harder with k and can take that back
// for one member.
type yielding interface {
	// yield makes it easier for member j, which cannot be evaluated where it
	// was well before; false: there is nothing left to take back.
	yield(j int) bool
	// lags tells that something of member j was taken back and is not given again yet.
	lags(j int) bool
	// went is called for every member that could be evaluated.
	went(j int)
	stateful
}

// stateful is an objective that remembers more than z and k.
type stateful interface {
	// state is what a resumed run needs to know, of fixed length.
	state() []float64
	restore(state []float64)
}

// settling is an objective that knows when nothing is left to gain.
type settling interface{ settled() bool }

// choosing is an objective that says which of the iterates it has seen, the last
// one z among them, is to be saved.
type choosing interface{ chosen(z []float64) []float64 }

// descent is gradient descent with the transforms of the field, for all members
// at once. A member whose trajectory fails is put back to where it last was
// well and goes on with smaller steps; if it fails there as well, what the
// objective has made harder since is taken back in part (see yielding), and a
// member that has no way back is given up.
// Nobody else notices. It is the driver of a course.
type descent struct {
	obj     objective
	rule    opt.Transform
	members int
	stage   func(k int) (name string, lambda float64) // nil: none

	// what a checkpoint has of it
	z      []float64
	good   []float64 // the last z of each member that could be evaluated
	grow   []float64 // step factor of each member, ≤ 1; 0 = it was given up
	opt    []float64
	undone int       // updates that had to be taken back
	mean   []float64 // running mean of z; nil: z itself is what counts
	past   float64   // weight of the past in it

	begun       bool // it has taken a step since it began or was resumed
	well, moved []bool
	last        []score // of z in the end
}

const (
	regrow   = 1.05      // a shortened step grows back to full length in about 14 good ones
	shortest = 1.0 / 256 // a shorter step is not worth trying: back to where it was well
)

// newDescent begins at z.
func newDescent(obj objective, rule opt.Transform, members int, z []float64) *descent {
	d := &descent{obj: obj, rule: rule, members: members, z: z, good: slices.Clone(z), grow: make([]float64, members),
		opt: make([]float64, rule.StateSize(len(z))), well: make([]bool, members), moved: make([]bool, members)}
	for j := range d.grow {
		d.grow[j] = 1
	}
	return d
}

// descend takes a course down an objective and makes its result.
func (c *course) descend(ctx context.Context, d *descent, from *Checkpoint, on func(Event)) (*Result, error) {
	if on == nil {
		on = func(Event) {}
	}
	c.drive, c.saveEvery, c.scoreEvery = d, every, scoreEvery
	if from != nil {
		if err := c.resume(from); err != nil {
			return nil, err
		}
	}
	fail := c.run(ctx, on)
	d.last = c.metric.eval(d.shown())
	why := fmt.Sprintf("all %d iterations were made", c.budget)
	if c.k < c.budget && c.idle() {
		why = fmt.Sprintf("after %d iterations, %d of them without a better score (%s)", c.k, c.patience, c.keep)
	}
	r := c.result(ctx, c.k >= c.budget || c.idle() || c.watch != nil && c.watch.enough(c.k), fail, why)
	if r.Status == StatusOK {
		if err := c.p.tell(r, estimateDecay); err != nil {
			return nil, err
		}
	}
	if d.undone > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d updates made a trajectory diverge and were undone with a smaller step", d.undone))
	}
	return r, nil
}

// remember makes a running mean what is scored and saved, if the past has any weight.
func (d *descent) remember(past float64) {
	if past > 0 {
		d.past, d.mean = past, slices.Clone(d.z)
	}
}

// shown implements averaging.
func (d *descent) shown() []float64 {
	if d.mean == nil {
		return d.z
	}
	return d.mean
}

// follow takes z after step k into the mean. At first the past has less weight, so that where
// training began is soon forgotten; members that did not go on have no say.
func (d *descent) follow(k int) {
	if d.mean == nil {
		return
	}
	past := min(d.past, float64(1+k)/float64(10+k))
	for i, v := range d.z {
		if d.well[i%d.members] {
			d.mean[i] = past*d.mean[i] + (1-past)*v
		}
	}
}

func (d *descent) iterate() []float64    { return d.z }
func (d *descent) evaluations() int      { return d.obj.evaluations() }
func (d *descent) over() bool            { return d.settled() }
func (d *descent) lives(member int) bool { return d.grow[member] > 0 }

func (d *descent) settled() bool {
	o, ok := d.obj.(settling)
	return ok && o.settled()
}

// instead is what the objective chooses, or the last iterate that could be followed, if
// the last one cannot.
func (d *descent) instead(member, k int) Iterate {
	if o, ok := d.obj.(choosing); ok {
		return Iterate{K: k, Z: ofMembers(o.chosen(d.z), d.members).Lane(nil, member)}
	}
	if d.last[member].fail == "" && d.grow[member] > 0 {
		return nowhere()
	}
	return Iterate{K: k, Z: ofMembers(d.good, d.members).Lane(nil, member)}
}

// save implements driver.
func (d *descent) save(c *Checkpoint) {
	c.put("optimiser", d.opt...)
	c.put("step factors", d.grow...)
	c.put("last well", d.good...)
	c.put("undone", float64(d.undone))
	if d.mean != nil {
		c.put("mean", d.mean...)
	}
	if o, ok := d.obj.(stateful); ok {
		c.put("objective", o.state()...)
	}
}

// load implements driver.
func (d *descent) load(c *Checkpoint) error {
	undone, own := make([]float64, 1), []float64(nil)
	o, remembers := d.obj.(stateful)
	if remembers {
		own = make([]float64, len(o.state()))
	}
	all := map[string][]float64{"optimiser": d.opt, "step factors": d.grow, "last well": d.good, "undone": undone, "objective": own}
	if d.mean != nil {
		all["mean"] = d.mean
	}
	if err := c.takeAll(all); err != nil {
		return err
	}
	copy(d.z, c.Z)
	d.undone = int(undone[0])
	if remembers {
		o.restore(own)
	}
	return nil
}

// step implements driver.
func (d *descent) step(_ context.Context, k int, e *Event) (fail string, cut bool) {
	u := make([]float64, len(d.z))
	if fail = d.obj.Eval(u, d.z, k).Fail; fail == "" {
		fail = "the gradient is not a finite number"
	}
	e.Loss = d.loss()
	if g, ok := d.obj.(interface{ gap() float64 }); ok {
		e.Gap = g.gap()
	}
	if o, ok := d.obj.(interface{ plan() string }); ok && !d.begun {
		e.Detail, d.begun = o.plan(), true
	}
	if d.stage != nil {
		e.Stage, e.Lambda = d.stage(k)
	}
	if d.settled() {
		return "", false
	}
	undone, alive := d.update(u, k)
	d.follow(k)
	if undone > 0 {
		e.Text = "a step is undone: " + fail
	}
	if alive {
		fail = ""
	}
	return fail, false
}

// loss is the mean loss of the members that were not given up.
func (d *descent) loss() float64 {
	sum, n := 0.0, 0
	for j, v := range d.obj.losses() {
		if d.grow[j] > 0 {
			sum, n = sum+v, n+1
		}
	}
	return sum / float64(max(n, 1))
}

// update takes the step whose gradient is u for the members that are well,
// and goes half the way back for the others. It returns how many had to go
// back, and whether any member can go on.
func (d *descent) update(u []float64, k int) (undone int, alive bool) {
	m := d.members
	for j, v := range d.obj.losses() {
		d.well[j], d.moved[j] = isNumber(v) && d.grow[j] > 0, false
	}
	for i, v := range u {
		d.well[i%m] = d.well[i%m] && isNumber(v)
	}
	for i := range u {
		if !d.well[i%m] {
			u[i] = 0
		}
	}
	d.rule.Apply(u, d.opt, d.z, k)
	for i := range d.z {
		d.move(i, i%m, u[i])
	}
	for j := range m {
		if d.answer(j) {
			undone++
		}
		alive = alive || d.grow[j] > 0
	}
	d.undone += undone
	return undone, alive
}

// move takes place i of member j along its update, or half the way back.
func (d *descent) move(i, j int, u float64) {
	switch {
	case d.well[j]:
		d.good[i] = d.z[i]
		d.z[i] += d.grow[j] * u
	case d.grow[j] > 0:
		back := d.good[i]
		if d.grow[j] > shortest {
			back += (d.z[i] - d.good[i]) / 2
		}
		d.moved[j] = d.moved[j] || back != d.z[i]
		d.z[i] = back
	}
}

// answer makes the steps of member j longer or shorter after an update, or gives it up. It
// tells whether the member had to go back.
func (d *descent) answer(j int) (back bool) {
	y, yields := d.obj.(yielding)
	switch {
	case d.well[j]:
		if yields {
			y.went(j)
		}
		d.grow[j] = min(1, regrow*d.grow[j])
	case d.grow[j] == 0: // given up before
	case d.moved[j]:
		d.grow[j] /= 2
		return true
	case yields && y.yield(j):
		d.grow[j] = 1
		return true
	default:
		d.giveUp(j)
	}
	return false
}

// giveUp leaves member j where all its unknowns are zero: most fields stand
// still there, and nobody has to wait for it.
func (d *descent) giveUp(j int) {
	d.grow[j] = 0
	for i := j; i < len(d.z); i += d.members {
		d.z[i] = 0
	}
}
