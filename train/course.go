package train

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
)

// driver is what takes the iterations of a course: gradient descent, quasi-Newton or
// Levenberg–Marquardt steps, a nonlinear program.
type driver interface {
	// step takes iteration k and fills in what it knows of the event. fail says
	// why no member can go on, "" if one can; cut that ctx ended in the middle, so that
	// the iteration does not count.
	step(ctx context.Context, k int, e *Event) (fail string, cut bool)
	// over tells that no member has a step left to take.
	over() bool
	// lives tells whether a member is followed at all.
	lives(member int) bool
	// iterate is z of all members, a lane each.
	iterate() []float64
	// evaluations counts those of the field since the course began or was resumed.
	evaluations() int
	// save adds to a checkpoint what it needs to go on, and load takes that back; its
	// error is that the checkpoint is of something else.
	save(c *Checkpoint)
	load(c *Checkpoint) error
}

// substitute is a driver that may know of a better iterate to save than the last one
// where no best one was kept.
type substitute interface {
	instead(member, k int) Iterate // k is the last iteration; its Z is nil if there is none
}

// watcher looks at the unknowns of members before each iteration, and says when it has seen enough.
type watcher interface {
	look(k int, z []float64, members int)
	enough(k int) bool
	save(c *Checkpoint)
	load(c *Checkpoint) error
}

// averaging is a driver that scores and saves something else than its last iterate.
type averaging interface{ shown() []float64 }

// course takes the members of a fit through their iterations: it counts them against
// the budget, scores members, keeps their best iterates by the rule of keep, tells
// events and hands out checkpoints. What an iteration is is up to the driver.
type course struct {
	p       *Problem
	method  string
	keep    string // last, best-train or best-heldout
	budget  int
	members int
	metric  *metric
	drive   driver

	patience   int     // iterations without a better score after which it ends; 0: it does not
	early      int     // iterations up to which a model is nearly untrained; 0: not known
	scoreEvery int     // iterations between two scores that only serve the eye
	saveEvery  int     // iterations between two checkpoints
	watch      watcher // nil: nobody looks

	k    int
	past int       // evaluations before the checkpoint that was resumed
	best []Iterate // of each member
	end  []float64 // z of what result saves, a lane a member
}

const (
	every      = 25 // iterations between two checkpoints, where they are cheap
	scoreEvery = 10 // iterations between two scores that only serve the eye
)

// newCourse is one with the problem's choices or the method's defaults.
func (p *Problem) newCourse(method string, budget int, keep string) (*course, error) {
	if err := cmp.Or(p.onlyRows(method), p.onlyTold(method)); err != nil {
		return nil, err
	}
	c := &course{p: p, method: method, budget: p.Budget, keep: p.Keep, members: p.memberCount(), scoreEvery: 1, saveEvery: 1}
	if c.budget == 0 {
		c.budget = budget
	}
	if c.keep == "" {
		c.keep = keep
		if p.labels != nil || p.Parts.Told() { // scores of all recordings cost more than the steps
			c.keep = "last"
		}
	}
	for range c.members {
		c.best = append(c.best, nowhere())
	}
	var err error
	c.metric, err = newMetric(p, c.members)
	return c, err
}

// memberCount is how many members there are to be: those asked for, or one; of few labelled
// recordings some, as the mean of what they say is better than what one says.
func (p *Problem) memberCount() int {
	if p.Members == 0 && p.labels != nil && len(p.Train) <= manyLabelled {
		return labelMembers
	}
	return max(1, p.Members)
}

// evaluations counts those of the field from the very beginning.
func (c *course) evaluations() int { return c.past + c.metric.evals + c.drive.evaluations() }

// checkpoint copies the state.
func (c *course) checkpoint() *Checkpoint {
	out := newCheckpoint(c.method, 0, c.k)
	out.Z, out.Evaluations = slices.Clone(c.drive.iterate()), c.evaluations()
	if slices.ContainsFunc(c.best, func(b Iterate) bool { return b.K >= 0 }) {
		out.Best = slices.Clone(c.best)
	}
	c.drive.save(out)
	if c.watch != nil {
		c.watch.save(out)
	}
	return out
}

// resume goes on from a checkpoint of the same method on the same problem.
func (c *course) resume(from *Checkpoint) error {
	if err := from.of(c.method); err != nil {
		return err
	}
	n := len(c.drive.iterate())
	if len(from.Z) != n || len(from.Best) != 0 && len(from.Best) != c.members {
		return errMisfit
	}
	for j := range c.best {
		c.best[j] = nowhere()
		if len(from.Best) == 0 || from.Best[j].K < 0 {
			continue
		}
		if c.best[j] = from.Best[j]; len(c.best[j].Z)*c.members != n {
			return errMisfit
		}
	}
	c.k, c.past = from.K, from.Evaluations
	if c.watch != nil {
		if err := c.watch.load(from); err != nil {
			return err
		}
	}
	return c.drive.load(from)
}

// run iterates until the budget is spent, no member has a step left or ctx ends; a step
// in whose middle it ends does not count. It returns "", or why no member can go on.
func (c *course) run(ctx context.Context, on func(Event)) (fail string) {
	for ; !c.over() && ctx.Err() == nil; c.k++ {
		var before *Checkpoint
		if c.k%c.saveEvery == 0 {
			before = c.checkpoint()
			on(saving(c.k, c.budget, before))
		}
		if c.watch != nil {
			c.watch.look(c.k, c.shown(), c.members)
		}
		e := Event{K: c.k, Of: c.budget, MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN()}
		if c.keep != "last" || c.k%c.scoreEvery == 0 && c.p.labels == nil {
			e.MSE, e.Held = c.score()
		}
		if c.p.labels != nil { // of logarithms of probabilities it tells nobody anything
			e.MSE, e.Held = math.NaN(), math.NaN()
		}
		if c.p.watches(c.k) {
			e.Modes = c.p.watch(c.shown(), c.members)
		}
		if c.p.tells(c.k) {
			e.Z = ofMembers(c.shown(), c.members).Lane(nil, 0)[:c.p.ofRecordings().size()]
		}
		fail, cut := c.drive.step(ctx, c.k, &e)
		if cut {
			return c.undo(before, on)
		}
		on(e)
		if fail != "" {
			return fail
		}
	}
	if c.over() || ctx.Err() == nil { // whether it was whole does not depend on when ctx ends
		c.score() // the last iterate may be the best
	}
	on(saving(c.k, c.budget, c.checkpoint()))
	return ""
}

// shown is z of all members as it is scored and saved.
func (c *course) shown() []float64 {
	if d, ok := c.drive.(averaging); ok {
		return d.shown()
	}
	return c.drive.iterate()
}

// over tells that no iteration is left to take.
func (c *course) over() bool {
	return c.k >= c.budget || c.drive.over() || c.idle() || c.watch != nil && c.watch.enough(c.k)
}

// idle tells that no member that can go on has had a better score for as long as is waited for one.
func (c *course) idle() bool {
	if c.patience == 0 {
		return false
	}
	for j, b := range c.best {
		if c.drive.lives(j) && c.k-max(b.K, 0) <= c.patience {
			return false
		}
	}
	return true
}

// undo goes back to before the iteration that was cut short.
func (c *course) undo(before *Checkpoint, on func(Event)) (fail string) {
	past := c.past
	err := c.resume(before)
	c.past = past
	on(saving(c.k, c.budget, before))
	if err != nil {
		return err.Error()
	}
	return ""
}

// saving is the event that carries a checkpoint and nothing else.
func saving(k, of int, c *Checkpoint) Event {
	nan := math.NaN()
	return Event{K: k, Of: of, Loss: nan, MSE: nan, Held: nan, Lambda: nan, Checkpoint: c}
}

// score scores the members as they are, keeps those that are their best so far and
// returns the mean errors. Members that are not followed do not count.
func (c *course) score() (mse, held float64) {
	z, n := c.shown(), 0.0
	for j, s := range c.metric.eval(c.followed(z)) {
		if !c.drive.lives(j) {
			continue
		}
		n++
		mse, held = mse+s.train.MSE, held+s.held.MSE
		if v := s.by(c.keep); c.keep != "last" && isNumber(v) && (c.best[j].K < 0 || v < c.best[j].Score) {
			c.best[j] = Iterate{K: c.k, Score: v, Z: ofMembers(z, c.members).Lane(nil, j)}
		}
	}
	return mse / max(n, 1), held / max(n, 1)
}

// followed is z with zeros for the members that are not followed: most fields stand
// still there, and nobody has to wait for them.
func (c *course) followed(z []float64) []float64 {
	out := slices.Clone(z)
	for i := range out {
		if !c.drive.lives(i % c.members) {
			out[i] = 0
		}
	}
	return out
}

// result makes the model of a run that ended with fail and scores it; done tells that
// nothing was left to do, why what made it stop if all is well.
func (c *course) result(ctx context.Context, done bool, fail, why string) *Result {
	z, ks := c.saved()
	c.end = z
	r := c.p.result(c.method, c.keep, c.metric, z, ks)
	r.Iterations, r.Evaluations = c.k, c.evaluations()
	r.end(ctx, done, fail, why)
	c.lookEarly(r)
	return r
}

// lookEarly tells of a model that was kept before it was trained.
func (c *course) lookEarly(r *Result) {
	if c.keep == "last" || r.BestK >= c.k || r.BestK >= c.early || !(r.Train.NRMSE > poorFit) {
		return
	}
	r.untrained = fmt.Sprintf("the model that was kept (%s) is that of iteration %d of %d and nearly untrained: %s", c.keep, r.BestK, c.k, c.longer())
	r.Warnings = append(r.Warnings, r.untrained)
}

// poorFit is the error at the training rows, in deviations, from which on a model kept early was
// not trained; below it, it learnt fast.
const poorFit = 0.3

// earlyPart is the part of a budget in which a model has hardly been trained.
const earlyPart = 0.1

// longer says how to have a model that is trained further.
func (c *course) longer() string {
	var all []string
	if c.patience > 0 && c.k < c.budget {
		all = append(all, fmt.Sprintf("wait longer (patience above %d)", c.patience))
	}
	if c.keep == "best-heldout" {
		all = append(all, "keep=best-train")
	}
	return "try " + strings.Join(append(all, "a smaller learning rate (lr=)"), ", or ")
}

// saved is the iterate of each member to save, and its iteration.
func (c *course) saved() ([]float64, []int) {
	z, ks := slices.Clone(c.shown()), make([]int, c.members)
	other, knows := c.drive.(substitute)
	for j := range ks {
		one := c.best[j]
		if one.K < 0 && knows {
			one = other.instead(j, c.k)
		}
		if ks[j] = c.k; one.Z != nil {
			ks[j] = one.K
			ofMembers(z, c.members).SetLane(j, one.Z)
		}
	}
	return z, ks
}
