package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// start finds where the programs begin. It returns false if ctx ended meanwhile;
// then nothing has begun.
func (l *collocating) start(ctx context.Context) bool {
	for _, m := range l.members {
		l.add(ctx, m, max(1, l.set.Starts))
	}
	if ctx.Err() == nil {
		return true
	}
	for _, m := range l.members {
		m.tries = nil
	}
	return false
}

// match fits the fields of some lanes to the slopes of the smoothed data. What goes
// before in a chain is kept as it is, and hidden states have no slopes, but for algebraic ones, which
// follow from the others.
func (l *collocating) match(ctx context.Context, lanes []int) []float64 {
	p, all := l.p, len(l.members)*l.starts
	begin := make([]float64, len(l.begin)/all*len(lanes))
	for j, at := range lanes {
		ofMembers(begin, len(lanes)).SetLane(j, ofMembers(l.begin, all).Lane(nil, at))
	}
	if p.warm != nil || len(p.Parts.Start) > 0 && !p.matchesHidden() || len(p.Parts.Theta0) == 0 {
		return begin
	}
	q := p.changed(func(q *Problem) { q.Path, q.Members = 0, len(lanes) })
	m, err := q.newLeastSquares("gradient-matching", matchingSteps, l.set.decay(), func() (opt.Residual, func() int, error) {
		r, err := q.wholeResidual(false)
		if err != nil {
			return nil, nil, err
		}
		s := newMatching(r)
		if s.apart {
			return nil, nil, fmt.Errorf("no time has values of all columns")
		}
		s.thin(max(fewestMatched, matchedPerWeight*len(p.Parts.Theta0)))
		s.sigma = 1
		if p.matchesHidden() {
			return newConsistentMatching(s), func() int { return 0 }, nil
		}
		if len(p.Splines[0]) == s.r.states {
			s.together()
		}
		return s, func() int { return 0 }, nil
	})
	if err != nil { // there is nothing to match: the field stays as drawn
		return begin
	}
	for j, f := range m.fits {
		copy(f.z, ofMembers(begin, len(lanes)).Lane(nil, j))
	}
	m.course.budget, m.course.keep, m.course.scoreEvery = p.matchingSteps(), "last", matchingSteps+1
	if p.matchesHidden() { // the slopes of few rows mislead; the way to them may pass a better law
		m.course.keep = "best-train"
	}
	m.stop = func() bool { return ctx.Err() != nil }
	m.course.run(ctx, func(Event) {})
	best, _ := m.course.saved()
	return best
}

// matchingSteps are those of a matching. The slopes of smoothed data need not be followed to
// the end by a network, which would learn their errors.
func (p *Problem) matchingSteps() int {
	if p.parametric() {
		return matchingSteps
	}
	return matchingRough
}

// Times at which slopes are matched: at least so many, and so many for a weight.
const (
	fewestMatched    = 100
	matchedPerWeight = 2
)

// tightness is the weight with which a relaxation begins: of the violated equations at
// the smoothed data, beside the objective where it begins. With less the states
// follow the noise and cut corners that the field never learns to take; with more
// nothing is relaxed.
const tightness = 100

// begin makes the program begin with θ and, if they are learnt, starts. States follow
// a simulation if that is wanted and can be made, which it tells, else the smoothed data.
// What went before in a chain and can be simulated needs no relaxation.
func (a *attempt) begin(z []float64, follow bool) (follows bool) {
	c := a.nlp
	x := c.guess(z)
	rows := make([]float64, c.rows())
	off := 0.0
	if _, fail := c.Values(rows, x); fail == "" {
		for j, v := range rows[:c.dynamics] {
			off += v * v / c.step(j/(len(c.rule.C)*c.states))
		}
	}
	states, ok := []float64(nil), false
	if follow || a.p.warm != nil {
		states, ok = c.simulate(x)
	}
	if ok {
		c.eachNode(func(node, at int) { copy(x[at:at+c.states], states[node*c.states:]) })
		c.link(x)
	}
	if a.objective, _ = c.Values(rows, x); !isNumber(a.objective) {
		a.objective = 0
	}
	if ok && a.p.warm != nil {
		a.state = a.solver.Start(x)
		return true
	}
	rho := 1.0
	if off > 0 {
		rho = 2 * tightness * max(a.objective, leastNoise*leastNoise) / off
	}
	a.relaxed = a.loose.Start(x, rho)
	return ok
}

// guess is where states follow the smoothed data, given θ and, if they are learnt,
// starts.
func (c *transcription) guess(z []float64) []float64 {
	u, x := c.p.ofRecordings(), make([]float64, c.size)
	copy(x, u.thetaOf(z))
	starts := c.p.startGuess()
	for rec, at := range c.starts {
		copy(x[at:], starts[rec])
		if u.starts > 0 {
			copy(x[at:], u.startOf(z, rec))
		}
	}
	s := len(c.rule.C)
	c.eachNode(func(node, at int) {
		rec := c.elements[node/s].rec
		copy(x[at:at+c.states], starts[rec])
		for i := range c.p.Splines[rec] {
			x[at+i] = c.p.smoothed(rec, i, c.time(node))
		}
	})
	c.settle(x)
	c.link(x)
	return x
}

// eachNode calls f with every node and where its state stands.
func (c *transcription) eachNode(f func(node, at int)) {
	for e := range c.elements {
		for k := range c.rule.C {
			f(e*len(c.rule.C)+k, c.elements[e].at+(1+k)*c.states)
		}
	}
}

// simulate integrates from the starts and with the parameters of x and returns the
// states at all nodes, and whether it came to the end.
func (c *transcription) simulate(x []float64) ([]float64, bool) {
	times := make([][]float64, len(c.starts))
	c.eachNode(func(node, _ int) {
		rec := c.elements[node/len(c.rule.C)].rec
		times[rec] = append(times[rec], c.time(node))
	})
	return c.simulateAt(x, times)
}

// simulateAt returns the states at scaled times of each recording, one after the other.
func (c *transcription) simulateAt(x []float64, at [][]float64) ([]float64, bool) {
	f := c.p.Parts.NewField(1, false)
	solver, err := ode.NewSolver(f, c.p.Solver)
	if err != nil {
		return nil, false
	}
	var states []float64
	theta := program.NewBatch(c.theta, 1)
	copy(theta.V, x)
	for rec, times := range at {
		ivp := ode.IVP{Field: f, X0: program.NewBatch(c.states, 1), Theta: theta, Times: times,
			T0:    []float64{(c.p.Train[rec].T[0] - c.p.Parts.Frame.T0) / c.p.Parts.Frame.Time},
			Input: model.NewMeasured([]*data.Series{&c.p.Train[rec]}, &c.p.Parts.Frame, 1, c.p.Hold)}
		copy(ivp.X0.V, x[c.starts[rec]:c.starts[rec]+c.states])
		tr := ode.NewTrajectory(len(times), c.states, 1)
		solver.Solve(tr, &ivp)
		if tr.Status[0] != ode.StatusOK {
			return nil, false
		}
		states = append(states, tr.X...)
	}
	return states, true
}

// departure is how simulated states leave collocated ones.
type departure struct {
	most        float64 // largest distance, scaled units; +Inf if the simulation breaks down
	node, state int     // where they are first more than apartFrom apart; −1: nowhere
}

// departs compares simulated states with those of x at the nodes.
func (c *transcription) departs(x []float64) departure {
	d := departure{node: -1, state: -1}
	states, ok := c.simulate(x)
	if !ok {
		d.most = math.Inf(1)
		return d
	}
	c.eachNode(func(node, at int) {
		for i := range c.states {
			off := math.Abs(states[node*c.states+i] - x[at+i])
			if d.most = max(d.most, off); off > apartFrom && d.node < 0 {
				d.node, d.state = node, i
			}
		}
	})
	return d
}

// apart is the largest distance of simulated states from those of x at the nodes.
func (c *transcription) apart(x []float64) float64 { return c.departs(x).most }
