package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// Auto needs no choices. Each of a few candidate models is started by
// gradient matching, followed by Levenberg–Marquardt while a coupling to the
// data is let go of, and regularised by maximising the evidence; library
// terms that are not worth keeping are dropped. The candidate that forecasts
// the held-out rows best is fitted to all rows with its regularisation as it
// is, and randomised refits make an ensemble around it.
type Auto struct{}

func init() {
	Methods.Register("auto", "try several models, choose by the held-out rows, refit, and say how sure it is", func() Method { return &Auto{} })
}

const (
	autoMembers   = 8
	autoSteps     = 1000 // Levenberg–Marquardt steps of a candidate
	autoFewest    = 100  // of them: the ladder of couplings alone takes 60
	memberSteps   = 15
	refitWorsened = 1.5
)

// Fit implements Method.
func (Auto) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if err := (Auto{}).refuses(p); err != nil {
		return nil, err
	}
	if p.parametric() {
		return p.fitEquations(ctx, from, on)
	}
	a := &search{ctx: ctx, p: p}
	p.knownLaws().stop = func() bool { return ctx.Err() != nil }
	var err error
	if a.list, err = p.candidates(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // laws may be missing: from such a beginning nothing can go on
		from, on = nil, withoutCheckpoints(on)
	}
	a.limit()
	a.relay = newRelay(len(a.list), on, from)
	if err := a.prepare(from); err != nil {
		return nil, err
	}
	order := a.order()
	par.Map(len(order), func(k int) { a.pursue(order[k], k == 0) })
	return a.conclude(), nil
}

// order is that in which candidates are taken: laws that need no search first, so that a search
// which ends early has them to choose from. What comes out does not depend on it.
func (a *search) order() []int {
	turn := func(i int) int {
		switch c := a.list[i]; {
		case c.plain:
			return 0
		case c.law != nil:
			return 1
		}
		return 2
	}
	order := make([]int, len(a.list))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return turn(i) - turn(j) })
	return order
}

// withoutCheckpoints tells events without what would be saved of them.
func withoutCheckpoints(on func(Event)) func(Event) {
	if on == nil {
		return nil
	}
	return func(e Event) {
		if e.Checkpoint == nil {
			on(e)
		}
	}
}

// search is one run of Auto.
type search struct {
	ctx   context.Context
	p     *Problem
	list  []*candidate
	relay *relay
}

// budget is the number of steps of a candidate.
func (a *search) budget(p *Problem) int {
	if p.Budget > 0 {
		return p.Budget
	}
	segs := some(p.cut(), p.searched())
	return max(autoFewest, min(autoSteps, int(searchTime/p.stepCost(rowsOf(segs), len(segs)))))
}

func (a *search) prepare(from *Checkpoint) error {
	if from != nil {
		if err := from.of("auto"); err != nil {
			return err
		}
		if len(from.Nested) != len(a.list) {
			return errMisfit
		}
	}
	for i, c := range a.list {
		phase := 0
		if from != nil {
			phase = from.Nested[i].Stage
		}
		c.budget = a.budget(c.p)
		if err := c.prepare(phase, c.budget); err != nil {
			return err
		}
		if from != nil {
			if err := c.resume(from.Nested[i]); err != nil {
				return err
			}
		}
		a.relay.queue[i].saved = c.checkpoint()
		c.b.stop = func() bool { return a.ctx.Err() != nil }
		c.b.on = func(b *bayes, stage string, lambda float64) {
			a.relay.send(i, b.event(c.name+": "+stage, lambda))
		}
	}
	return nil
}

// pursue takes candidate i through its phases and scores it; the first has a score in any case.
func (a *search) pursue(i int, first bool) {
	c := a.list[i]
	for c.phase < phases && a.ctx.Err() == nil && c.b.fail == "" {
		if err := c.run(); err != nil {
			c.b.fail = err.Error()
		}
		if a.ctx.Err() == nil && c.b.fail == "" { // a failure is better found again than forgotten
			a.relay.save(i, c.checkpoint())
		}
	}
	if a.ctx.Err() == nil && c.b.fail == "" {
		c.whole = c.b.weigh() && c.phase == phases
	}
	c.judge(first || a.ctx.Err() == nil)
	if a.ctx.Err() != nil {
		a.relay.cut()
	} else {
		c.roll(c.model(c.b.z))
	}
	e := c.b.event(c.name, math.NaN())
	e.MSE, e.Held, e.Text = c.scored.train.MSE, finiteOrNaN(c.scored.held.MSE), c.name+": "+c.why()
	if c.scored.fail == noTurn { // nothing moved on
		e.Of = 0
	}
	a.relay.send(i, e)
	a.relay.done(i)
}

// judge scores a candidate. Where there is no more time, one that nobody has fitted is not looked
// at.
func (c *candidate) judge(time bool) {
	if !time && c.b.iters == 0 {
		c.scored = scored{train: unknownScores(), held: unknownScores(), fail: noTurn}
		return
	}
	if c.scored = c.score(c.model(c.b.z)); c.b.fail != "" && c.scored.fail == "" {
		c.scored.fail = c.b.fail
	}
}

// noTurn is why a candidate was not tried.
const noTurn = "the search ended before its turn"

// finiteOrNaN turns what is not finite into NaN, "not computed".
func finiteOrNaN(v float64) float64 {
	if !isNumber(v) {
		return math.NaN()
	}
	return v
}

// checkpoint is the state between two phases.
func (c *candidate) checkpoint() *Checkpoint {
	out := newCheckpoint(c.name, c.phase, c.b.iters)
	out.Z = slices.Clone(c.b.z)
	settled := 0.0
	if c.b.settled {
		settled = 1
	}
	out.put("precisions", c.b.prec...)
	out.put("noise", c.b.sigma...)
	out.put("centres", c.b.centre...)
	out.put("cost", c.b.cost, settled)
	return out
}

func (c *candidate) resume(from *Checkpoint) error {
	if from.Method != c.name || len(from.Z) != len(c.b.z) {
		return fmt.Errorf("the checkpoint is of another model than %q", c.name)
	}
	how := make([]float64, 2)
	if err := from.takeAll(map[string][]float64{"precisions": c.b.prec, "noise": c.b.sigma, "centres": c.b.centre, "cost": how}); err != nil {
		return err
	}
	copy(c.b.z, from.Z)
	c.b.cost, c.b.settled = how[0], how[1] == 1
	c.phase, c.b.iters = from.Stage, from.K
	return nil
}

// conclude chooses, refits and surrounds the choice with an ensemble.
func (a *search) conclude() *Result {
	r := &Result{Method: "auto", Members: 1, Status: ending(a.ctx, false), Tried: a.tried()}
	a.compare(r)
	best, final, others := a.decide(r)
	for i, c := range a.list {
		r.Tried[i].Kept = c == best && c.scored.fail == ""
	}
	a.tellOfSegments(r, best)
	if r.Status == StatusOK && (final != best || a.p.Held == nil) {
		if !best.plain {
			final.lengthen()
		}
		r.Status = ending(a.ctx, false)
	}
	a.assemble(r, best, final)
	if r.Status == StatusOK {
		r.Parameters = final.p.besideNetworks(r.Model, estimateDecay)
		a.tellOfChoice(r, best, final, others)
		r.Warnings = append(r.Warnings, a.noteLibrary(best)...)
	}
	if final.scored.wild {
		r.Warnings = append(r.Warnings, "the forecast leaves the neighbourhood of the data soon after the last row; do not trust it far")
	}
	if r.Status == StatusOK {
		final.p.lookFar(r)
	}
	for _, c := range a.list {
		r.Evaluations += c.b.evaluations()
	}
	if final != best {
		r.Evaluations += final.b.free.evals
	}
	return r
}

// assemble puts the model into the result, with the numbers that belong to it: held-out
// rows are scored by best, all else is of final.
func (a *search) assemble(r *Result, best, final *candidate) {
	if r.Status == StatusOK {
		r.Terms = final.terms()
	}
	r.Iterations, r.Train = best.b.iters, final.scored.train
	if a.p.Held != nil {
		held := best.scored.held
		r.Held = &held
	}
	zs := a.ensemble(r, final)
	if r.Status == StatusOK && final.exact() { // members differ by more than it gains
		zs[0], r.Terms, r.Train = final.b.z, final.terms(), final.scored.train
	}
	r.Members = len(zs)
	r.Model = final.model(zs...)
	if r.BestK = final.b.iters; final != best {
		r.Chosen = best.model(best.b.z)
	}
	for c, s := range final.b.sigma {
		r.Noise = append(r.Noise, s*final.p.Parts.Frame.Scale[c])
	}
}

// tried tells of every candidate how it ended.
func (a *search) tried() (all []Tried) {
	for _, c := range a.list {
		t := Tried{Method: c.name, Why: c.why()}
		if c.scored.fail == "" {
			s := c.scored
			t.Train = &s.train
			if a.p.Held != nil {
				t.Held = &s.held
			}
		}
		all = append(all, t)
	}
	return all
}

// ensemble are the unknowns of all members: those of the choice, and of randomised refits
// around it if all is well.
func (a *search) ensemble(r *Result, final *candidate) [][]float64 {
	zs := [][]float64{final.b.z}
	n := a.members(final)
	if n <= 1 || r.Status != StatusOK {
		return zs
	}
	zs = append(zs, final.b.posterior(n-1, memberSteps, func(j int, dst []float64) {
		s := num.Stream(a.p.Seed, "posterior", uint64(j))
		for i := range dst {
			dst[i] = s.NormFloat64()
		}
	})...)
	if r.Status = ending(a.ctx, false); r.Status != StatusOK { // some members are half done
		zs = zs[:1]
	} else if len(zs) < n {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d members of the ensemble could not be fitted and are left out", n-len(zs), n))
	}
	return zs
}

// tellOfSegments warns where not all of a long recording was fitted.
func (a *search) tellOfSegments(r *Result, best *candidate) {
	if used, all := len(best.b.free.segments()), len(best.p.cut()); used < all {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the recordings are long: of %d segments %d were fitted, evenly spread; between them trajectories go on from the last one fitted", all, used))
	}
}

// members is how many members there are to be: those asked for, or eight if
// that takes not much longer than the search.
func (a *search) members(final *candidate) int {
	if a.p.Members > 0 {
		return a.p.Members
	}
	if a.p.long() && final.p.piece > 0 { // so many rows tell the numbers of a law far better than it tells the rows
		return 1
	}
	segs := final.b.free.segments()
	one := memberSteps * final.p.stepCost(rowsOf(segs), len(segs))
	return max(1, min(autoMembers, 1+int(memberSearches*searchTime/one)))
}
