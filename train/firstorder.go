package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/opt"
)

// Descent is the part of the configuration that first-order methods share.
type Descent struct {
	Optimiser   string  `json:"optimiser" yaml:"optimiser"`       // what makes a step of a gradient: adamw, adam (no weight decay), sgd, adabelief, or lbfgs, which finds its own steps: rate, schedule, decay and clipping are not its
	LR          float64 `json:"lr" yaml:"lr"`                     // learning rate
	Schedule    string  `json:"schedule" yaml:"schedule"`         // constant or cosine
	WeightDecay float64 `json:"weight_decay" yaml:"weight_decay"` // decoupled, times lr each step
	Clip        float64 `json:"clip" yaml:"clip"`                 // largest norm of a member's gradient; 0 = any
	Adjoint     string  `json:"adjoint" yaml:"adjoint"`           // gradient: discrete, symplectic, backsolve, forward
	Warm        int     `json:"warm" yaml:"warm"`                 // iterations in which the learning rate rises
	// Average is the weight of the past in a running mean of the unknowns, 0.99 and the like, which
	// is what is scored and saved; 0 = they are as the last step left them. Source: Polyak, Juditsky,
	// SIAM J. Control Optim. 30 (1992) 838–855.
	Average float64 `json:"average" yaml:"average"`
	// Patience ends training after so many iterations without a better score of the kind that keep
	// names, best-heldout or best-train; 0 = there is no end but that of the budget.
	Patience int `json:"patience" yaml:"patience"`
	// Folds are parts of the labelled recordings to train on, each left out by a model of its own, that
	// tell when to stop: 0 = 5, and of more than 200 recordings one of them; 1 = none, the budget ends it.
	Folds int `json:"folds" yaml:"folds"`
	// Steer moves every row but the first in time, in each iteration anew, by up
	// to so many times the shorter way to the rows beside it: at most 0.5; 0 = none.
	Steer float64 `json:"steer" yaml:"steer"`
}

// equip gives a loss the chosen way to the gradient, and moving rows.
func (d Descent) equip(o *tracking) (err error) {
	if o.r.p.step() > 0 && (d.Steer != 0 || d.Adjoint == "backsolve") {
		return errors.New("steer and adjoint=backsolve need a differential equation; this model takes whole steps")
	}
	if o.steer, err = newSteer(d.Steer, o.r); err != nil {
		return err
	}
	o.solve, err = newAdjoint(d.Adjoint, o.r)
	return err
}

// downhill is what a method that follows gradients has to say of its objective.
type downhill struct {
	objective func(members int) (objective, error) // of so many members at once
	// level is the number of the part of the way that an iteration belongs to, of levels: the
	// objective is the same all along it. nil: there is one.
	level  func(k int) int
	levels int
	stage  func(k int) (name string, lambda float64) // the part of the way in words; nil: there is one
	moves  string                                    // why the objective changes from step to step; "" if it does not
	warm   int                                       // the method's own warm, which short trials need not change
	batch  int                                       // recordings an iteration, of labelled ones; 0: all
	anchor func() opt.Transform                      // added to the update, once there is an objective; nil: nothing is
}

// optimiser are the settings of the one that was asked for.
func (d Descent) optimiser() (opt.Settings, error) {
	if d.Optimiser == "" {
		return opt.Optimisers.Lookup("adamw")
	}
	return opt.Optimisers.Lookup(d.Optimiser)
}

// descend takes a course downhill with the optimiser that was asked for.
func (d Descent) descend(ctx context.Context, c *course, down downhill, from *Checkpoint, on func(Event)) (*Result, error) {
	s, err := d.optimiser()
	if err != nil {
		return nil, err
	}
	if err := d.checkEnd(c, &down); err != nil {
		return nil, err
	}
	if r, done, err := d.byFolds(ctx, c, down, from, on); done {
		return r, err
	}
	c.patience, c.early = d.Patience, max(d.Warm, int(earlyPart*float64(c.budget)))
	if q, ok := s.(*opt.LBFGS); ok {
		if d.Warm > 0 || d.Average > 0 {
			return nil, fmt.Errorf("optimiser=lbfgs finds its own steps: warm=%d and average=%g are for adamw, adam, sgd and adabelief", d.Warm, d.Average)
		}
		return d.quasiNewton(ctx, c, q, down, from, on)
	}
	obj, err := down.objective(c.members)
	if err != nil {
		return nil, err
	}
	if _, ok := obj.(choosing); ok && d.Average > 0 {
		return nil, fmt.Errorf("average=%g: method=%s chooses which of its iterates is saved; leave it out", d.Average, c.method)
	}
	var more []opt.Transform
	if down.anchor != nil {
		more = append(more, down.anchor())
	}
	rule, err := d.transform(c.p, c.members, c.budget, more...)
	if err != nil {
		return nil, err
	}
	z, err := c.p.begin(c.members)
	if err != nil {
		return nil, err
	}
	z = append(z, make([]float64, max(0, obj.Size()-len(z)))...) // what a method adds begins at zero
	driver := newDescent(obj, rule, c.members, z)
	driver.stage = down.stage
	driver.remember(d.Average)
	return c.descend(ctx, driver, from, on)
}

// byFolds is descend of labelled recordings that are enough for folds; done tells that these are.
func (d Descent) byFolds(ctx context.Context, c *course, down downhill, from *Checkpoint, on func(Event)) (r *Result, done bool, err error) {
	if c.p.labels == nil || d.Optimiser == "lbfgs" {
		return nil, false, nil
	}
	folds, of, err := c.p.foldsOf(d.Folds)
	if err != nil || folds == 0 {
		return nil, err != nil, err
	}
	r, err = d.labelled(ctx, c, down, folds, of, from, on)
	return r, true, err
}

// direction is what the optimiser makes of a gradient, and whether weights decay.
func (d Descent) direction() (rule opt.Transform, decays bool, err error) {
	s, err := d.optimiser()
	if err != nil {
		return nil, false, err
	}
	r, ok := s.(opt.Director)
	if !ok {
		return nil, false, fmt.Errorf("optimiser=%s does not follow gradients; "+
			"take adamw, adam, sgd, adabelief or lbfgs here, or method=lm, which is made of Levenberg–Marquardt steps", d.Optimiser)
	}
	return r.Direction(), d.Optimiser != "adam", nil
}

// transform is the optimiser with the schedule and clipping chosen. Weights of layers
// decay; named parameters and starts do not, zero is no special value of theirs.
// What a method has to add to the update comes before the learning rate.
func (d Descent) transform(p *Problem, members, budget int, more ...opt.Transform) (opt.Transform, error) {
	switch {
	case !(d.LR > 0) || math.IsInf(d.LR, 1):
		return nil, fmt.Errorf("lr=%g: the learning rate must be a number above 0", d.LR)
	case !(d.WeightDecay >= 0):
		return nil, fmt.Errorf("weight_decay=%g: it must be 0 or more", d.WeightDecay)
	case !(d.Clip >= 0):
		return nil, fmt.Errorf("clip=%g: it must be 0 (off) or more", d.Clip)
	}
	var rate opt.Schedule
	switch d.Schedule {
	case "constant", "":
		rate = opt.ConstantRate(d.LR)
	case "cosine":
		rate = opt.CosineRate(d.LR, 0, budget)
	default:
		return nil, fmt.Errorf("schedule=%q: it is constant or cosine", d.Schedule)
	}
	var chain []opt.Transform
	if d.Clip > 0 {
		chain = append(chain, opt.ClipLanes(d.Clip, members))
	}
	rule, decays, err := d.direction()
	if err != nil {
		return nil, err
	}
	chain = append(chain, rule)
	for _, l := range p.Parts.Layers {
		if l.Plain || !decays {
			continue
		}
		chain = append(chain, opt.Segment(l.W*members, (l.W+l.Rows*l.Cols)*members, opt.Decay(d.WeightDecay)))
		if l.B >= 0 {
			chain = append(chain, opt.Segment(l.B*members, (l.B+l.Rows)*members, opt.Decay(d.WeightDecay)))
		}
	}
	chain = append(chain, more...)
	if d.Warm > 0 {
		chain = append(chain, opt.Rate(d.warming))
	}
	return opt.Chain(append(chain, opt.Rate(rate))...), nil
}

// warming takes the part of a step that the first iterations have; the sign is taken back by the rate.
func (d Descent) warming(k int) float64 { return -min(1, float64(k+1)/float64(d.Warm)) }

// checkEnd refuses what has no meaning of the settings that begin and end training.
func (d Descent) checkEnd(c *course, down *downhill) error {
	switch {
	case d.Warm < 0:
		return fmt.Errorf("warm=%d: it is the number of iterations in which the learning rate rises, 0 or more", d.Warm)
	case d.Warm > c.budget && d.Warm != down.warm:
		return fmt.Errorf("warm=%d: the learning rate would still be rising when training ends, after %s; give warm a part of them, or a longer budget", d.Warm, words.Several(c.budget, "iteration"))
	case !(d.Average >= 0 && d.Average < 1):
		return fmt.Errorf("average=%g: the weight of the past is 0 (off) or more and below 1, such as 0.99", d.Average)
	case d.Patience < 0:
		return fmt.Errorf("patience=%d: it must be 0 (off) or more", d.Patience)
	case d.Folds != 0 && c.p.labels == nil:
		return fmt.Errorf("folds=%d: by folds labelled recordings (label=) end training; leave it out", d.Folds)
	case d.Patience > 0 && c.keep == "last" && (c.p.labels == nil || d.Folds == 1):
		return fmt.Errorf("patience=%d needs a score to wait for: add keep=best-heldout, or keep=best-train", d.Patience)
	case d.Patience > 0 && down.levels > 1:
		return fmt.Errorf("patience=%d would end method=%s before its last level, which is what counts; leave it out", d.Patience, c.method)
	}
	return nil
}

// begin returns the unknowns that members start from: θ drawn by the
// initialiser, starts as guessed, unless the members of a model go before.
func (p *Problem) begin(members int) ([]float64, error) {
	if err := p.refusePriors(); err != nil {
		return nil, err
	}
	u := p.ofRecordings()
	z := make([]float64, u.size()*members)
	all, one := ofMembers(z, members), make([]float64, u.size())
	guess := p.startGuess()
	for m := range members {
		theta, err := p.draw(m)
		if err != nil {
			return nil, err
		}
		start := func(rec int) []float64 { return guess[rec] }
		p.regressed(theta, nil)
		if p.warm != nil && m < len(p.warm.Theta) {
			theta, start = p.warm.Theta[m], func(rec int) []float64 { return p.warm.Records[rec].Start[m] }
		}
		copy(u.thetaOf(one), theta)
		for rec := range u.starts {
			copy(u.startOf(one, rec), start(rec))
		}
		all.SetLane(m, one)
	}
	return z, nil
}

// tells says that an event of iteration k has the unknowns.
func (p *Problem) tells(k int) bool { return p.Path > 0 && k%p.Path == 0 }

// inputs are the known inputs of the lanes of a rollout; nil if there are none.
func (p *Problem) inputs(members int, held bool) field.Input {
	all := p.rows(held)
	var lanes []*data.Series
	grid := newLaneGrid(len(all), members)
	for l := range grid.used() {
		lanes = append(lanes, &all[grid.record(l)])
	}
	return model.NewInput(p.Parts, lanes, grid.lanes, p.Hold)
}

// result makes a model of the iterates z to save, a lane a member, which are
// those of iterations ks, and scores it. The member that fits best by the rule
// of keep comes first; those whose trajectories cannot be followed are left
// out, unless there is no other.
func (p *Problem) result(method, keep string, m *metric, z []float64, ks []int) *Result {
	scores, members := m.eval(z), len(ks)
	first := 0
	var kept []int
	for j, s := range scores {
		if infinite(s.by(keep)) < infinite(scores[first].by(keep)) {
			first = j
		}
		if isNumber(s.train.MSE) {
			kept = append(kept, j)
		}
	}
	kept = slices.DeleteFunc(kept, func(j int) bool { return j == first })
	kept = append([]int{first}, kept...)
	r := &Result{Method: method, Members: len(kept), Noise: p.NoiseEstimate(), Model: p.model(method, z, members, kept)}
	r.BestK, r.Train, r.equal = ks[first], scores[first].train, p.Weights == "equal"
	if p.Held != nil {
		r.Held = &scores[first].held
	}
	if lost := members - len(kept); lost > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the trajectories of %d of %d members diverge; these members are left out", lost, members))
	}
	return r
}

// equalWeights is what is said where they were asked for.
const equalWeights = "; all columns have equal weights in their own units"

// end says how the fit ended: done tells that nothing was left to do, fail why
// it could not go on, why what made it stop if all is well.
func (r *Result) end(ctx context.Context, done bool, fail, why string) {
	r.Status = ending(ctx, done)
	switch {
	case fail != "":
		r.Status, why = StatusFailed, fail
	case r.Status == StatusStopped:
		why = context.Cause(ctx).Error()
	case r.Status == StatusInterrupted:
		why = "it was interrupted"
	}
	if r.equal && why != "" {
		why += equalWeights
	}
	r.Tried = []Tried{{Method: r.Method, Why: why, Kept: true, Train: &r.Train, Held: r.Held}}
}

// ending is the status of a fit whose context may have ended.
func ending(ctx context.Context, done bool) string {
	switch {
	case done || ctx.Err() == nil:
		return StatusOK
	case errors.Is(context.Cause(ctx), ErrLimit), errors.Is(context.Cause(ctx), ErrMemory):
		return StatusStopped
	}
	return StatusInterrupted
}
