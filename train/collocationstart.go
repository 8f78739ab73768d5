package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// start finds where the programs begin. It returns false if ctx ended meanwhile;
// then nothing has begun.
func (l *collocating) start(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	z := l.match(ctx)
	if ctx.Err() != nil {
		return false
	}
	par.Map(len(l.members), func(j int) {
		m, one := l.members[j], make([]float64, len(z)/len(l.members))
		for i := range one {
			one[i] = z[i*len(l.members)+j]
		}
		m.state = m.solver.Start(m.nlp.guess(one))
		_, _, m.objective = m.solver.Solution(m.state)
		if !isNumber(m.objective) {
			m.objective = 0
		}
	})
	return true
}

// match fits the fields to the slopes of the smoothed data. What goes before in a
// chain is kept as it is, and hidden states have no slopes.
func (l *collocating) match(ctx context.Context) []float64 {
	p := l.p
	if p.warm != nil || len(p.Parts.Start) > 0 || len(p.Parts.Theta0) == 0 {
		return l.begin
	}
	q := *p
	q.Path = 0
	m, err := q.newLeastSquares("gradient-matching", matchingSteps, l.set.Decay, func() (opt.Residual, func() int, error) {
		r, err := q.wholeResidual(false)
		if err != nil {
			return nil, nil, err
		}
		s := newMatching(r)
		if s.apart {
			return nil, nil, fmt.Errorf("no time has values of all columns")
		}
		s.sigma = 1
		return s, func() int { return 0 }, nil
	})
	if err != nil { // there is nothing to match: the field stays as drawn
		return l.begin
	}
	m.budget, m.keep, m.scoreEvery = matchingSteps, "last", matchingSteps+1
	m.stop = func() bool { return ctx.Err() != nil }
	m.run(ctx, func(Event) {})
	return m.gather(true)
}

// guess is where the program of a member begins, given θ and, if they are learnt,
// starts: the trajectory of a model that went before, if it can be followed, or else
// the smoothed data.
func (c *transcription) guess(z []float64) []float64 {
	x := make([]float64, c.size)
	copy(x, z[:c.theta])
	starts := c.p.startGuess()
	for rec, at := range c.starts {
		copy(x[at:], starts[rec])
		if c.p.Initial == "learn" {
			copy(x[at:at+c.states], z[c.theta+rec*c.states:])
		}
	}
	s := len(c.rule.C)
	if c.p.warm != nil {
		if states, ok := c.simulate(x); ok {
			c.eachNode(func(node, at int) { copy(x[at:at+c.states], states[node*c.states:]) })
			return x
		}
	}
	c.eachNode(func(node, at int) {
		rec := c.elements[node/s].rec
		copy(x[at:at+c.states], starts[rec])
		for i := range c.p.Splines[rec] {
			x[at+i] = c.p.smoothed(rec, i, c.time(node))
		}
	})
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
	f := field.New(c.p.Parts.Field, 1, false)
	solver, err := ode.NewSolver(f, c.p.Solver)
	if err != nil {
		return nil, false
	}
	var states []float64
	theta := program.NewBatch(c.theta, 1)
	copy(theta.V, x)
	s := len(c.rule.C)
	for rec, at := range c.starts {
		var times []float64
		for e := range c.elements {
			for k := range s {
				if c.elements[e].rec == rec {
					times = append(times, c.time(e*s+k))
				}
			}
		}
		ivp := ode.IVP{Field: f, X0: program.NewBatch(c.states, 1), Theta: theta, Times: times,
			T0:    []float64{(c.p.Train[rec].T[0] - c.p.Parts.Frame.T0) / c.p.Parts.Frame.Time},
			Input: model.NewMeasured([]*data.Series{&c.p.Train[rec]}, &c.p.Parts.Frame, 1, c.p.Hold)}
		copy(ivp.X0.V, x[at:at+c.states])
		tr := ode.NewTrajectory(len(times), c.states, 1)
		solver.Solve(tr, &ivp)
		if tr.Status[0] != ode.StatusOK {
			return nil, false
		}
		states = append(states, tr.X...)
	}
	return states, true
}

// apart is how far simulated states go from those of x at the nodes, in scaled
// units; +Inf if the simulation breaks down.
func (c *transcription) apart(x []float64) float64 {
	states, ok := c.simulate(x)
	if !ok {
		return math.Inf(1)
	}
	worst := 0.0
	c.eachNode(func(node, at int) {
		for i := range c.states {
			worst = max(worst, math.Abs(states[node*c.states+i]-x[at+i]))
		}
	})
	return worst
}

// collocationNumbers is how many numbers of a checkpoint's State belong to a member.
const collocationNumbers = 4

// checkpoint copies the state. The best of each member are the columns of Best.Z, as
// in leastSquares.
func (l *collocating) checkpoint() *Checkpoint {
	c := &Checkpoint{Method: "collocation", K: l.k, Z: l.gather(), State: []float64{float64(l.past + l.metric.evals)}}
	best, any, n := make([]float64, len(c.Z)), false, len(l.members)
	for j, m := range l.members {
		c.State = append(c.State, m.objective, m.violation, float64(m.best.K), m.best.Score)
		if m.state != nil {
			c.Stage, c.Interior = 1, append(c.Interior, m.state.Clone())
		}
		for i, v := range m.best.Z {
			best[i*n+j] = v
		}
		any = any || m.best.K >= 0
	}
	if any {
		c.Best = &Kept{K: l.members[0].best.K, Score: l.members[0].best.Score, Z: best}
	}
	return c
}

// check reports a checkpoint of something else.
func (l *collocating) check(c *Checkpoint) error {
	if c.Method != "collocation" {
		return fmt.Errorf("the checkpoint is of method %q, not %q", c.Method, "collocation")
	}
	n := len(l.members)
	fits := len(c.Z) == len(l.begin) && len(c.State) == 1+n*collocationNumbers && (c.Best == nil || len(c.Best.Z) == len(c.Z)) &&
		(c.Stage == 0 || len(c.Interior) == n)
	for _, s := range c.Interior {
		fits = fits && s != nil && len(s.X) == l.members[0].nlp.size && len(s.Y) == len(l.members[0].nlp.weights)
	}
	if !fits {
		return fmt.Errorf("the checkpoint does not fit: it is of another model, other recordings, another number of members or other settings of collocation")
	}
	return nil
}

// resume goes on from a checkpoint that was checked.
func (l *collocating) resume(c *Checkpoint) {
	l.k, l.past = c.K, int(c.State[0])
	n := len(l.members)
	for j, m := range l.members {
		s := c.State[1+j*collocationNumbers:]
		m.state, m.objective, m.violation = c.Interior[j].Clone(), s[0], s[1]
		m.best = Kept{K: int(s[2]), Score: s[3]}
		if c.Best != nil && m.best.K >= 0 {
			for i := j; i < len(c.Best.Z); i += n {
				m.best.Z = append(m.best.Z, c.Best.Z[i])
			}
		}
	}
}
