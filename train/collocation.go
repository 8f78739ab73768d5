package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/opt"
)

// Collocation learns states and parameters together: the trajectory is a piecewise
// polynomial whose pieces meet, the differential equation a set of equations at the
// stages of each piece, and
//
//	mean squared distance to the rows + Decay · Σ (weight of a layer)²
//
// in scaled units is minimised subject to them, by an interior-point method with
// exact second derivatives. Nothing is integrated meanwhile, so a trajectory cannot
// run away from its rows. It begins with smoothed data and a field that is matched
// to their slopes, unless a method goes before. The model is scored by integrating
// it, like that of any other method.
//
// Source: Biegler, Nonlinear Programming (2010), chapter 10; with networks, Shapovalova,
// Tsay, arXiv 2502.15642 (2025). Here with elements in place of one global
// polynomial.
type Collocation struct {
	Elements  int     `json:"elements" yaml:"elements"`   // pieces of each recording; 0 = about a third of its rows, more where states move fast
	Stages    int     `json:"stages" yaml:"stages"`       // points of a piece at which the equation holds, Radau IIA: 1 to 5
	Decay     float64 `json:"decay" yaml:"decay"`         // weight of the squared parameters of layers
	Tolerance float64 `json:"tolerance" yaml:"tolerance"` // residual of the conditions of a minimum at which it is over
}

func init() {
	Methods.Register("collocation", "learn states and parameters together, the equation as a constraint at points in time", func() Method {
		return &Collocation{Stages: 3, Decay: 1e-4, Tolerance: 1e-8}
	})
}

// Figures of the method.
const (
	mostTogether    = 4000 // parameters: they share a dense matrix
	matchingSteps   = 100
	collocationMost = 500  // steps, if nobody says
	apartFrom       = 0.05 // distance of simulated and collocated states, in scaled units, that is told
)

// Fit implements Method.
func (c *Collocation) Fit(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	if on == nil {
		on = func(Event) {}
	}
	l, err := c.prepare(p)
	if err != nil {
		return nil, err
	}
	if from != nil {
		if err := l.check(from); err != nil {
			return nil, err
		}
	}
	switch {
	case from != nil && from.Stage > 0:
		l.resume(from)
	case !l.start(ctx): // it ended before the first step
		on(saving(0, l.budget, l.checkpoint()))
	}
	l.run(ctx, on)
	return l.result(ctx)
}

// prepare checks the settings and makes a program for each member.
func (c *Collocation) prepare(p *Problem) (*collocating, error) {
	switch {
	case p.step() > 0:
		return nil, fmt.Errorf("method collocation needs a differential equation; model=%s takes whole steps in time, choose method=lm or method=vanilla", p.ArchName)
	case c.Elements < 0:
		return nil, fmt.Errorf("elements=%d: the pieces of each recording must be 1 or more, or 0 for a number that suits the rows", c.Elements)
	case c.Stages < 1 || c.Stages > 5:
		return nil, fmt.Errorf("stages=%d: it must be 1 to 5", c.Stages)
	case !(c.Decay >= 0) || math.IsInf(c.Decay, 1):
		return nil, fmt.Errorf("decay=%g: the weight of the squared parameters must be 0 or more", c.Decay)
	case !(c.Tolerance > 0 && c.Tolerance < 1):
		return nil, fmt.Errorf("tolerance=%g: it must lie between 0 and 1", c.Tolerance)
	case len(p.Parts.Theta0) > mostTogether:
		return nil, fmt.Errorf("method collocation holds a dense matrix of all parameters, %d here; it can do with %d: choose a smaller hidden=, or method=homotopy",
			len(p.Parts.Theta0), mostTogether)
	}
	for _, s := range p.Train {
		if s.Len() < 2 {
			return nil, fmt.Errorf("method collocation needs two rows to train on in every recording, and %q has %d; leave it out", s.ID, s.Len())
		}
	}
	l := &collocating{p: p, set: c, budget: p.Budget, keep: p.Keep}
	if l.budget == 0 {
		l.budget = collocationMost
	}
	if l.keep == "" {
		l.keep = "last"
	}
	members := max(1, p.Members)
	var err error
	if l.metric, err = newMetric(p, members); err != nil {
		return nil, err
	}
	if l.begin, err = p.begin(members); err != nil {
		return nil, err
	}
	cfg := *opt.DefaultInteriorPoint()
	cfg.Tol, cfg.Iterations = c.Tolerance, math.MaxInt32
	for range members {
		m := &collocated{nlp: newTranscription(p, c.Elements, c.Stages, c.Decay), best: Kept{K: -1}}
		if m.solver, err = opt.NewInteriorPoint(m.nlp, cfg); err != nil {
			return nil, err
		}
		l.members = append(l.members, m)
	}
	return l, nil
}

// collocating is a fit under way.
type collocating struct {
	p       *Problem
	set     *Collocation
	keep    string
	budget  int
	metric  *metric
	begin   []float64 // θ and starts, a lane a member: where the first step begins
	members []*collocated

	k    int
	past int // field evaluations before the checkpoint that was resumed
}

// collocated is the program of one member.
type collocated struct {
	nlp       *transcription
	solver    *opt.InteriorSolver
	state     *opt.InteriorState // nil before the start
	objective float64
	violation float64
	best      Kept // its K is −1 while there is none
}

// over tells that no step is left to take.
func (m *collocated) over() bool { return m.state.Verdict != opt.Open }

// run steps until all members are done, the budget is spent or ctx ends.
func (l *collocating) run(ctx context.Context, on func(Event)) {
	if l.members[0].state == nil {
		return
	}
	for ; l.k < l.budget && !l.over() && ctx.Err() == nil; l.k++ {
		on(saving(l.k, l.budget, l.checkpoint()))
		e := Event{K: l.k, Of: l.budget, MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN()}
		if l.keep != "last" || l.k%scoreEvery == 0 {
			e.MSE, e.Held = l.score()
		}
		if l.p.tells(l.k) {
			e.Z = append([]float64{}, l.members[0].unknowns(l.p)...)
		}
		par.Map(len(l.members), func(j int) {
			if m := l.members[j]; !m.over() {
				it := m.solver.Step(m.state)
				m.objective, m.violation = it.Objective, it.Violation
			}
		})
		for _, m := range l.members {
			e.Loss += m.objective / float64(len(l.members))
			e.Gap = max(e.Gap, m.violation)
		}
		if l.k == 0 {
			e.Detail = l.sizes()
		}
		on(e)
	}
	l.score() // the last iterate may be the best
	on(saving(l.k, l.budget, l.checkpoint()))
}

// sizes says how large the program of a member is.
func (l *collocating) sizes() string {
	m := l.members[0]
	return fmt.Sprintf("%d elements of %d stages, %d unknowns, %d equations, %s linear algebra", len(m.nlp.elements), l.set.Stages,
		m.nlp.size, len(m.nlp.elements)*l.set.Stages*m.nlp.states, m.solver.Linear())
}

func (l *collocating) over() bool {
	for _, m := range l.members {
		if !m.over() {
			return false
		}
	}
	return true
}

// unknowns are θ and, if they are learnt, the starts of the recordings.
func (m *collocated) unknowns(p *Problem) []float64 {
	z := append([]float64{}, m.state.X[:m.nlp.theta]...)
	if p.Initial == "learn" {
		for _, at := range m.nlp.starts {
			z = append(z, m.state.X[at:at+m.nlp.states]...)
		}
	}
	return z
}

// gather returns the unknowns of all members, a lane a member.
func (l *collocating) gather() []float64 {
	if l.members[0].state == nil {
		return append([]float64{}, l.begin...)
	}
	z := make([]float64, len(l.begin))
	for j, m := range l.members {
		for i, v := range m.unknowns(l.p) {
			z[i*len(l.members)+j] = v
		}
	}
	return z
}

// score simulates the members as they are, keeps the best by the rule of keep and
// returns the mean errors.
func (l *collocating) score() (mse, held float64) {
	n := float64(len(l.members))
	for j, s := range l.metric.eval(l.gather()) {
		m := l.members[j]
		mse, held = mse+s.train.MSE/n, held+s.held.MSE/n
		if v := s.by(l.keep); l.keep != "last" && isNumber(v) && (m.best.K < 0 || v < m.best.Score) {
			m.best = Kept{K: l.k, Score: v, Z: m.unknowns(l.p)}
		}
	}
	return mse, held
}

// saved is the iterate of each member to save, and its iteration.
func (l *collocating) saved() ([]float64, []int) {
	z, ks, n := l.gather(), make([]int, len(l.members)), len(l.members)
	for j, m := range l.members {
		ks[j] = l.k
		if l.keep != "last" && m.best.K >= 0 {
			ks[j] = m.best.K
			for i, v := range m.best.Z {
				z[i*n+j] = v
			}
		}
	}
	return z, ks
}

// result scores what was found by integrating it, and says how it ended.
func (l *collocating) result(ctx context.Context) (*Result, error) {
	z, ks := l.saved()
	r := l.p.result("collocation", l.keep, l.metric, z, ks)
	r.Iterations, r.Evaluations = l.k, l.past+l.metric.evals
	first := l.members[0]
	if first.state == nil {
		r.end(ctx, false, "", "")
		return r, nil
	}
	fail, why := "", fmt.Sprintf("all %d iterations were made; %s", l.budget, l.sizes())
	if l.over() {
		why = fmt.Sprintf("%s It took %d iterations; %s", first.state.Verdict.Sentence(), l.k, l.sizes())
	}
	if !isNumber(r.Train.MSE) {
		fail = "the model that was found cannot be integrated along the rows. " + why
	}
	r.end(ctx, l.k >= l.budget || l.over(), fail, why)
	if r.Status == StatusStopped || r.Status == StatusInterrupted {
		return r, nil
	}
	l.warn(r)
	if r.Status != StatusOK {
		return r, nil
	}
	return r, l.p.tell(r, l.set.Decay)
}

// warn says what keeps the result from being the minimum of a fit of trajectories.
func (l *collocating) warn(r *Result) {
	ended := map[string]int{}
	var order []string
	for _, m := range l.members {
		if m.state.Verdict.Solved() {
			continue
		}
		say := m.state.Verdict.Sentence()
		if m.state.Verdict == opt.Open {
			say = "All iterations were made, and the program is not solved; a larger budget= may help."
		}
		if m.state.Reason != "" && m.state.Verdict == opt.NonFinite {
			say += " (" + m.state.Reason + ")"
		}
		if ended[say]++; ended[say] == 1 {
			order = append(order, say)
		}
	}
	for _, say := range order {
		r.Warnings = append(r.Warnings, fmt.Sprintf("collocation did not end at a minimum for %d of %d members: %s", ended[say], len(l.members), say))
	}
	if len(order) > 0 {
		return
	}
	worst, away := 0.0, 0
	for _, m := range l.members {
		if apart := m.nlp.apart(m.state.X); !(apart <= apartFrom) {
			worst, away = max(worst, apart), away+1
		}
	}
	if away > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("simulated states of %d of %d members leave the collocated ones, by up to %.2g deviations: their equations are unstable on the way, or more elements= or stages= are needed; members= tries several starts, and the best simulation comes first",
			away, len(l.members), worst))
	}
}
