package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/opt"
)

// equationFit is auto on equations without networks: nothing is regularised
// and nothing chosen, the numbers are estimated. First on the training rows, for
// a score on those held out, then on all rows, which is what is saved.
type equationFit struct {
	ctx  context.Context
	p    *Problem // as it was given
	on   func(Event)
	name string

	stiff bool // the solver was changed for stiff equations

	phase int
	e     *estimator // of the phase
	found founded
	conv  Convergence
	first *equationStage // the fit to the training rows, once there is a refit
	past  int            // evaluations of earlier phases
	steps int            // steps of earlier phases
}

// equationStage is a finished fit.
type equationStage struct {
	e    *estimator
	z    []float64
	from string
	conv Convergence
}

// The phases of an equationFit.
const (
	searchTraining = iota
	polishTraining
	polishAll // from where the training rows led
	searchAll // if that is not a good fit
	againAll
	equationsDone
)

// equationSteps is the number of steps of a phase that nobody limits.
const equationSteps = 2000

// fitEquations implements Method for equations without networks.
func (p *Problem) fitEquations(ctx context.Context, from *Checkpoint, on func(Event)) (*Result, error) {
	if on == nil {
		on = func(Event) {}
	}
	f := &equationFit{ctx: ctx, p: p.eased(false), on: on, name: p.ArchName}
	f.stiff = f.p != p
	if err := f.begin(f.p, f.segments(f.p)); err != nil {
		return nil, err
	}
	if from != nil {
		if err := f.resume(from); err != nil {
			return nil, err
		}
	}
	for f.phase < equationsDone && ctx.Err() == nil {
		if err := f.advance(); err != nil {
			return nil, err
		}
		if ctx.Err() == nil {
			f.on(saving(f.e.steps, f.e.budget, f.checkpoint()))
		}
	}
	if ctx.Err() != nil {
		f.on(saving(f.e.steps, f.e.budget, f.checkpoint()))
	}
	return f.result()
}

// begin prepares an estimator for a phase.
func (f *equationFit) begin(p *Problem, segs []segment) error {
	budget := p.Budget
	if budget == 0 {
		budget = max(2*autoFewest, min(equationSteps, int(searchTime/p.stepCost(rowsOf(segs), len(segs)))))
	}
	if f.e != nil {
		f.past, f.steps = f.past+f.e.evaluations(), f.steps+f.e.steps
	}
	var err error
	f.e, err = newEstimator(p, segs, budget, func() bool { return f.ctx.Err() != nil })
	if err != nil {
		return err
	}
	m, _ := f.e.free.Size()
	f.e.on = func(stage string, lambda, cost float64) {
		f.on(Event{Stage: stage, K: f.e.steps, Of: budget, Loss: finiteOrNaN(2 * cost / float64(max(1, m))), MSE: math.NaN(), Held: math.NaN(), Lambda: lambda})
	}
	return nil
}

func (f *equationFit) segments(p *Problem) []segment {
	return p.equationSegments(func() bool { return f.ctx.Err() != nil })
}

// advance does the next part of the present phase.
func (f *equationFit) advance() error {
	switch f.phase {
	case searchTraining, searchAll:
		return f.search()
	case polishTraining, againAll:
		return f.polish()
	case polishAll:
		f.polishRefit()
	}
	return nil
}

// search makes one attempt; behind the last one the phase is over.
func (f *equationFit) search() error {
	if f.e.search(&f.found) || f.ctx.Err() != nil {
		return nil
	}
	if f.found.z == nil && !f.stiff && f.p.Undefined() == "" { // perhaps they are stiff where they should be
		return f.ease()
	}
	f.phase++
	return nil
}

// polish brings what a search has found to its minimum. After the first time all rows
// are next, if some were held out.
func (f *equationFit) polish() error {
	if f.found.z != nil {
		if f.conv = f.e.polish(f.found.z); f.ctx.Err() != nil {
			return nil
		}
	}
	if f.phase = equationsDone; f.first == nil && f.p.Held != nil && f.found.z != nil {
		f.phase = polishAll
		f.first = &equationStage{f.e, f.found.z, f.found.from, f.conv}
		return f.refit()
	}
	return nil
}

// polishRefit goes on from the training rows to the minimum on all rows. Where that does not
// explain them, another search is made.
func (f *equationFit) polishRefit() {
	f.found.cost = math.Inf(1)
	if f.conv = f.e.polish(f.found.z); f.ctx.Err() != nil {
		return
	}
	copy(f.e.sigma, f.e.guess)
	f.found.cost = f.e.cost(f.e.free, f.found.z)
	if f.phase = againAll; !f.e.explains(&f.found) && f.found.from != attempts[len(attempts)-1].name {
		f.phase = searchAll
	}
}

// refit prepares the fit to all rows, which begins where the one to the training
// rows ended.
func (f *equationFit) refit() error {
	q, err := f.p.onAllRows()
	if err != nil {
		return err
	}
	if err := f.begin(q, f.segments(q)); err != nil {
		return err
	}
	f.e.spread(f.first.e.spreads())
	z := f.e.startsIn(f.first.z, f.first.e)
	f.found = founded{z: z, from: f.first.from}
	return nil
}

// ease begins the search anew with a solver for stiff equations.
func (f *equationFit) ease() error {
	f.stiff = true
	if q := f.p.eased(true); q != f.p {
		f.p, f.found = q, founded{}
		return f.begin(q, f.segments(q))
	}
	return nil
}

// checkpoint is the state between two parts.
func (f *equationFit) checkpoint() *Checkpoint {
	c := newCheckpoint("auto", f.phase, f.e.steps)
	if f.first != nil {
		c.Nested = append(c.Nested, f.first.checkpoint())
	}
	c.Nested = append(c.Nested, (&equationStage{f.e, f.found.z, f.found.from, f.conv}).checkpoint())
	stiff := 0.0
	if f.stiff {
		stiff = 1
	}
	c.put("search", float64(f.found.attempt), f.found.cost, float64(f.past), float64(f.steps), stiff)
	return c
}

func (s *equationStage) checkpoint() *Checkpoint {
	c := newCheckpoint("equations", 0, s.e.steps)
	c.Z, c.Words = slices.Clone(s.z), []string{s.from, s.conv.Why}
	converged := 0.0
	if s.conv.Converged {
		converged = 1
	}
	c.put("noise", s.e.sigma...)
	if s.e.groups != nil {
		c.put("spread", s.e.spreads()...)
	}
	c.put("convergence", converged, s.conv.Gradient)
	return c
}

// resume takes back how a stage stood; its estimator is the one of the phase.
func (s *equationStage) resume(c *Checkpoint) error {
	conv := make([]float64, 2)
	if len(c.Z) != 0 && len(c.Z) != s.e.n || len(c.Words) != 2 {
		return errMisfit
	}
	want, spreads := map[string][]float64{"noise": s.e.sigma, "convergence": conv}, s.e.spreads()
	if spreads != nil {
		want["spread"] = spreads
	}
	if err := c.takeAll(want); err != nil {
		return err
	}
	s.e.spread(spreads)
	s.e.steps, s.z, s.from = c.K, nil, c.Words[0]
	s.conv = Convergence{Converged: conv[0] == 1, Gradient: conv[1], Why: c.Words[1]}
	if len(c.Z) > 0 {
		s.z = slices.Clone(c.Z)
	}
	return nil
}

func (f *equationFit) resume(from *Checkpoint) error {
	if err := from.of("auto"); err != nil {
		return err
	}
	search, n := make([]float64, 5), len(from.Nested)
	if err := from.take("search", search); err != nil || n < 1 || n > 2 {
		return errMisfit
	}
	if search[4] == 1 && !f.stiff {
		if err := f.ease(); err != nil {
			return err
		}
	}
	for i, c := range from.Nested {
		s := &equationStage{e: f.e}
		if err := s.resume(c); err != nil {
			return err
		}
		f.found.z, f.found.from, f.conv = s.z, s.from, s.conv
		if i+1 < n {
			f.first = s
			if err := f.refit(); err != nil {
				return err
			}
		}
	}
	f.phase, f.found.attempt, f.found.cost = from.Stage, int(search[0]), search[1]
	f.past, f.steps = int(search[2]), int(search[3])
	return nil
}

// result is what came out.
func (f *equationFit) result() (r *Result, err error) {
	if f.stiff && f.p.Solver.Solver == stiffSolver && f.p.fastest() > stiffFrom {
		defer func() { r.Warnings = append(r.Warnings, f.stiffness()) }()
	}
	r = &Result{Method: "auto", Members: 1, Status: ending(f.ctx, false), Refit: f.first != nil && f.ctx.Err() == nil}
	last := &equationStage{f.e, f.found.z, f.found.from, f.conv}
	if f.ctx.Err() != nil && f.first != nil {
		last = f.first
	}
	if last.z == nil {
		return f.hopeless(r, last)
	}
	z, zs := last.z, [][]float64(nil)
	if r.Status == StatusOK {
		if err := f.judge(r, last); err != nil {
			return nil, err
		}
		zs = f.around(last, r)
	}
	r.Model = f.p.modelOf(last.e.free, append([][]float64{z}, zs...)...)
	r.Members = len(r.Model.Theta)
	r.Iterations, r.BestK = f.steps+f.e.steps, last.e.steps
	for c, s := range last.e.sigma {
		r.Noise = append(r.Noise, s*f.p.Parts.Frame.Scale[c])
	}
	f.p.tellNoise(r, last.e, z)
	if last.e.groups != nil {
		r.Model.Population = last.e.commons(z, last.e.uncertainty(z))
	}
	f.score(r, last)
	r.Evaluations = f.past + f.e.evaluations()
	return r, nil
}

// stiffness says what was done about it.
func (f *equationFit) stiffness() string {
	return fmt.Sprintf("the equations are stiff: the fastest disturbance dies within one part in %.2g of the record; solver=%s was taken instead of an explicit one", f.p.fastest(), stiffSolver)
}

// judge finds the errors at the minimum. Where a profile leads to a better fit,
// that is taken.
func (f *equationFit) judge(r *Result, s *equationStage) error {
	if s.e.likely != nil && s.e.u.added > 0 { // as a function of z, whether it was polished here or before
		s.e.likely.restrict(s.z)
	}
	for range 4 {
		var better []float64
		s.e.budget = s.e.steps + mostTelling
		if r.Parameters, r.Starts, r.Determined, better = s.e.estimates(s.z); better == nil || f.ctx.Err() != nil {
			break
		}
		copy(s.z, better)
		s.e.budget = s.e.steps + equationSteps
		s.conv = s.e.polish(s.z)
	}
	if r.Status = ending(f.ctx, false); r.Status == StatusOK {
		conv := s.conv
		r.Convergence = &conv
	}
	return nil
}

// around are refits of the other members: to data with fresh noise.
func (f *equationFit) around(s *equationStage, r *Result) [][]float64 {
	n := f.p.Members
	if n == 0 {
		one := memberSteps * s.e.p.stepCost(rowsOf(s.e.segs), len(s.e.segs))
		n = max(1, min(autoMembers, 1+int(memberSearches*searchTime/one)))
	}
	out := make([][]float64, max(0, n-1))
	par.Map(len(out), func(j int) { out[j] = s.e.randomised(s.z, uint64(j+1)) })
	if r.Status = ending(f.ctx, false); r.Status != StatusOK {
		return nil
	}
	var good [][]float64
	for _, z := range out {
		if z != nil {
			good = append(good, z)
		}
	}
	if lost := len(out) - len(good); lost > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d of %d members of the ensemble could not be fitted and are left out", lost, n))
	}
	return good
}

// randomised is the best fit to the data with fresh noise, from z, or where the noise
// is not constant to values drawn around the trajectories of z; nil if there is none.
//
// Source: Bardsley, Solonen, Haario, Laine, SIAM J. Sci. Comput. 36 (2014)
// A1895–A1910 (randomise-then-optimise).
func (e *estimator) randomised(z []float64, member uint64) []float64 {
	g, err := newEstimator(e.p, e.segs, mostTelling, e.stop)
	if err != nil {
		return nil
	}
	copy(g.sigma, e.sigma)
	m, _ := g.free.Size()
	stream := num.Stream(e.p.Seed, "posterior", member)
	if g.likely != nil {
		if math.IsInf(g.cost(g.likely, z), 1) {
			return nil
		}
		g.likely.draw(stream)
	} else {
		g.free.noise = make([]float64, m)
		for i := range g.free.noise {
			g.free.noise[i] = stream.NormFloat64()
		}
	}
	g.spread(e.spreads())
	for range len(e.p.Parts.Named) + e.grouped() {
		g.doubt = append(g.doubt, stream.NormFloat64())
	}
	z = append([]float64{}, z...)
	out := g.minimise(g.final(), z, g.coordinates(z, true), g.all(), descendSteps, closeEnough, 1e-6, "", 0)
	if out.Status == opt.Failed || out.Firm > 1 {
		return nil
	}
	return z
}

// score rates the saved model on its rows and the one before the refit on those
// held out, and says how the fit ended.
func (f *equationFit) score(r *Result, last *equationStage) {
	saved := (&candidate{p: last.e.p}).score(r.Model.First())
	r.Train = saved.train
	t := Tried{Method: f.name, Why: last.why(), Kept: true, Train: &r.Train}
	if f.p.Held != nil {
		before := last
		if f.first != nil {
			before = f.first
		}
		if before != last {
			r.Chosen = f.p.modelOf(before.e.free, before.z)
			r.Chosen.Population = before.e.commons(before.z, nil)
		}
		held := (&candidate{p: f.p}).score(f.p.modelOf(before.e.free, before.z)).held
		r.Held, t.Held = &held, &held
	}
	if f.p.Weights == "equal" {
		t.Why += equalWeights
	}
	r.Tried = []Tried{t}
	if saved.wild {
		r.Warnings = append(r.Warnings, "the forecast leaves the neighbourhood of the data soon after the last row; do not trust it far")
	}
	if r.Status == StatusOK && !last.conv.Converged {
		r.Warnings = append(r.Warnings, last.conv.Why)
	}
}

func (s *equationStage) why() string {
	return words.Several(s.e.steps, "step") + ", begun by " + s.from
}

// hopeless is the result of equations that no start can be found for.
func (f *equationFit) hopeless(r *Result, last *equationStage) (*Result, error) {
	why := f.found.fail
	if why == "" {
		why = "no start led to a trajectory"
	}
	if f.p.Undefined() != "" {
		why = "a formula has no value at the numbers they begin with"
	}
	z := last.e.given()
	r.Model = f.p.modelOf(last.e.free, z)
	r.Train, r.Iterations, r.Refit = unknownScores(), f.e.steps, false
	if f.p.Held != nil {
		held := unknownScores()
		r.Held = &held
	}
	if r.Status == StatusOK {
		r.Status = StatusFailed
		r.Warnings = append(r.Warnings, "the equations could not be fitted: "+why)
	}
	r.Tried = []Tried{{Method: f.name, Why: "failed: " + why}}
	r.Evaluations = f.past + f.e.evaluations()
	return r, nil
}
