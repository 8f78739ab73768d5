package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/opt"
)

// attempt is one start of a member. It is relaxed first, unless it begins near a
// solution: what violates the equation is penalised, ever more. Then the program is
// solved, and solved again while elements are cut. See collocationdirect.go for what
// begins near one.
type attempt struct {
	p      *Problem
	lane   int
	nlp    *transcription
	solver *opt.InteriorSolver
	loose  *opt.RelaxedSolver

	relaxed   *opt.RelaxedState
	state     *opt.InteriorState // nil while it is relaxed; both are there while it is tried without
	rounds    int                // cuts of elements
	weighings int                // changes of the weights of layers
	exchanges int                // additions of times at which inequalities are kept
	between   [][]float64        // those times, of each recording, scaled

	objective, violation float64
	figures              ProgramFigures // of the last step
}

// decay is the weight of the squared parameters with which a fit begins.
func (c *Collocation) decay() float64 {
	if c.Decay > 0 {
		return c.Decay
	}
	return firstDecay
}

// satisfied is the violation of an equation that counts as none, in the tolerance:
// along a trajectory violations add up.
const satisfied = 1e-2

// deltaRest: reduced Hessians of networks have negative directions for most of the way.
const deltaRest = 4

// newAttempt allocates the program of a start, whose inequalities are kept at times between nodes too.
func (l *collocating) newAttempt(lane int, mesh, between [][]float64) (*attempt, error) {
	c := l.set
	cfg := *opt.DefaultInteriorPoint()
	cfg.Tol, cfg.Iterations = c.Tolerance, exactSteps
	cfg.Violation, cfg.Rest = satisfied*c.Tolerance, deltaRest
	a := &attempt{p: l.p, lane: lane, between: between, nlp: newTranscription(l.p, mesh, c.rule(), c.decay(), pieces{c.Batches.Batches, c.Batches.Join})}
	a.nlp.limit()
	a.nlp.between(between)
	var err error
	if a.solver, err = opt.NewInteriorPoint(a.nlp, cfg); err != nil {
		return nil, err
	}
	loose := *opt.DefaultRelaxed()
	loose.Weight = make([]float64, a.nlp.rows())
	for j := range loose.Weight {
		if j >= a.nlp.dynamics {
			loose.Weight[j] = a.nlp.furtherWeight(j)
			continue
		}
		loose.Weight[j] = 1 / a.nlp.step(j/(len(a.nlp.rule.C)*a.nlp.states))
	}
	if a.nlp.limits != nil {
		loose.Bound = a.nlp.meanStep()
	}
	a.loose, err = opt.NewRelaxed(a.solver, loose)
	return a, err
}

// x are all unknowns of the program.
func (a *attempt) x() []float64 {
	if a.state == nil {
		return a.relaxed.X
	}
	return a.state.X[:a.nlp.size]
}

// unknowns are θ and, if they are learnt, the starts of the recordings.
func (a *attempt) unknowns() []float64 { return a.unknownsOf(a.x()) }

// unknownsOf are those of x.
func (a *attempt) unknownsOf(x []float64) []float64 {
	u := a.p.ofRecordings()
	z := make([]float64, u.size())
	copy(z, u.thetaOf(x))
	for i := range u.starts {
		copy(u.startOf(z, i), x[a.nlp.starts[i]:])
	}
	return z
}

// step takes a step, if one is left.
func (a *attempt) step() {
	switch {
	case a.state == nil && !a.relaxed.Over:
		it := a.loose.Step(a.relaxed)
		a.objective, a.violation, a.figures = it.Objective, it.Violation, relaxedFigures(it)
	case a.state != nil && a.state.Verdict == opt.Open:
		it := a.solver.Step(a.state)
		a.objective, a.violation, a.figures = it.Objective, it.Violation, exactFigures(it)
	}
}

// advance makes members go on whose stage is over, and says what is worth a line.
func (l *collocating) advance(ctx context.Context) (text string) {
	for _, m := range l.members {
		switch a := m.tries[0]; {
		case m.over:
		case !m.chosen && l.settle(m):
			text = "a start solved without a relaxation does not lead along the rows; it is relaxed"
		case !m.chosen && m.relaxed():
			if say := l.choose(ctx, m); say != "" {
				text = say
			}
		case m.chosen && a.state.Verdict != opt.Open:
			say := l.weigh(a)
			if say == "" {
				say = l.cut(m)
			}
			if say == "" {
				say = l.exchange(m)
			}
			if say != "" {
				text = say
			}
		}
	}
	return text
}

// relaxed tells that all starts are, or need not be.
func (m *collocated) relaxed() bool {
	for _, a := range m.tries {
		if a.direct() && a.state.Verdict == opt.Open || !a.direct() && !a.relaxed.Over {
			return false
		}
	}
	return true
}

// suitedNoise is the mean square of the distances to rows, in that of their noise, up to
// which no further start is tried.
const suitedNoise = 2

// choose goes on with the start whose simulation is best, or adds starts if there
// may be more and those so far are poor.
func (l *collocating) choose(ctx context.Context, m *collocated) (text string) {
	last := m.tries[len(m.tries)-1]
	if l.set.Starts == 0 && len(m.tries) < l.starts && !l.contents(m, last) && !l.contents(m, m.tries[max(0, len(m.tries)-togetherStarts)]) {
		before := len(m.tries)
		l.add(ctx, m, min(l.starts, before+togetherStarts))
		if ctx.Err() != nil {
			m.tries = m.tries[:before]
			return ""
		}
		return fmt.Sprintf("%s not lead along the rows; %d more tried", map[bool]string{true: "1 start does", false: fmt.Sprintf("%d starts do", before)}[before == 1], len(m.tries)-before)
	}
	best, least := 0, math.MaxFloat64 // a number: checkpoints are written as JSON
	for i, a := range m.tries {
		if v := l.simulated(a); v < least {
			best, least = i, v
		}
	}
	a := m.tries[best]
	m.tries, m.chosen = []*attempt{a}, true
	m.loose = Iterate{K: l.course.k + 1, Score: least, Z: a.unknowns()}
	if a.direct() {
		m.loose.Z = a.unknownsOf(a.relaxed.X)
		m.loose.Score = l.scoreOf(m.loose.Z)
	} else {
		a.state = a.solver.Warm(a.relaxed.X, nil, a.firstMu(l.set.Tolerance))
	}
	a.relaxed = nil
	return ""
}

// firstMu is the barrier parameter after a relaxation, which does not know which
// inequalities will be active: far below what they cost together.
func (a *attempt) firstMu(tolerance float64) float64 {
	if a.nlp.limits == nil {
		return tolerance
	}
	return max(tolerance, barrierFirst*a.objective/float64(max(1, len(a.nlp.limits.place))))
}

// barrierFirst is the first barrier, in the objective, shared among the nodes.
const barrierFirst = 0.1

// suits tells that a start follows the rows to about their noise, and its simulation
// follows it.
func (l *collocating) suits(a *attempt) bool { return l.follows(a, suitedNoise) }

// follows tells so of another multiple of the noise.
func (l *collocating) follows(a *attempt, most float64) bool {
	noise, n := 0.0, 0.0
	for c, s := range l.p.NoiseEstimate() {
		s = max(s/l.p.Parts.Frame.Scale[c], leastNoise)
		noise, n = noise+s*s, n+1
	}
	return a.nlp.misfit(a.x()) <= most*noise/n && a.nlp.apart(a.x()) <= apartFrom
}

// simulated is the error of a start's simulation, over the held-out rows if there
// are any.
func (l *collocating) simulated(a *attempt) float64 { return l.scoreOf(a.unknowns()) }

// scoreOf is that of unknowns.
func (l *collocating) scoreOf(z []float64) float64 {
	if l.lone == nil {
		var err error
		if l.lone, err = newMetric(l.p, 1); err != nil {
			return math.Inf(1)
		}
	}
	s := l.lone.eval(z)[0]
	if l.p.Held != nil && isNumber(s.held.MSE) {
		return s.held.MSE
	}
	return infinite(s.train.MSE)
}

// add begins starts of a member until it has count. The beginnings are drawn each. They
// follow a simulation, but for the last of several, which follows the smoothed data.
func (l *collocating) add(ctx context.Context, m *collocated, count int) {
	from := len(m.tries)
	var lanes []int
	for s := from; s < count; s++ {
		lanes = append(lanes, s*len(l.members)+m.first)
	}
	z := l.match(ctx, lanes)
	if ctx.Err() != nil {
		return
	}
	made := make([]*attempt, len(lanes))
	par.Map(len(lanes), func(i int) {
		a, err := l.newAttempt(lanes[i], l.mesh, nil)
		if err != nil {
			return
		}
		follows := a.begin(ofMembers(z, len(lanes)).Lane(nil, i), from+i == 0 || from+i+1 < l.starts)
		if follows && a.relaxed != nil {
			a.tryDirect(l.set.Tolerance)
		}
		made[i] = a
	})
	for _, a := range made {
		if a != nil {
			m.tries = append(m.tries, a)
			m.chosen = a.relaxed == nil // it goes on from a model that can be followed
		}
	}
}
