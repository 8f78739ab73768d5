package train

import "github.com/entrain-dev/entrain/opt"

// Rows without noise tell the numbers of a law to as many digits as trajectories have,
// and how long a chaotic record can be forecast is how many digits those are. So where
// errors grow and no noise is left, the last steps are taken with a finer solver, which
// the model then keeps; one of high order, so that it takes hardly more time.
const (
	finestTolerance = 1e-10
	finestSteps     = 20
	finestGain      = 10 // times smaller mean squared residuals that are worth the finer solver
	noNoise         = 1.5
	finestGrowth    = 3 // errors grow by e to this over the longest recording, at least
)

// exact goes on with a finer solver where there is no noise that would hide what it
// gains, and tells whether it gained anything.
func (c *candidate) exact() bool {
	if c.b.fail != "" || !c.b.noiseless() || !c.errorsGrow() || !c.b.weigh() {
		return false
	}
	q := c.p.changed(func(q *Problem) {
		if q.Solver.Solver == "dopri5" {
			q.Solver.Solver = "dop853"
		}
		q.Solver.RTol, q.Solver.ATol = min(q.Solver.RTol, finestTolerance), min(q.Solver.ATol, finestTolerance)
	})
	b, err := newBayes(q, c.b.free.segments(), c.b.free.u.thetaOf(c.b.z))
	if err != nil || b.free.u.starts == 0 {
		return false
	}
	b.adopt(c.b)
	b.budget = b.iters + finestSteps
	out := b.minimise(b.free, finestSteps, "without noise", 0)
	if out.Status == opt.Failed || b.stop() || !b.settled || !b.weigh() || finestGain*b.unexplained() > c.b.unexplained() {
		return false
	}
	b.budget = max(b.budget, c.b.budget)
	c.p, c.b = q, b
	c.scored = c.score(c.model(b.z))
	return true
}

// errorsGrow tells whether errors grow in the candidate's own field.
func (c *candidate) errorsGrow() bool {
	for rec := range c.p.Train {
		if totalGrowth(c.p.growth(rec, 0, c.b.free.u.thetaOf(c.b.z))) > finestGrowth {
			return true
		}
	}
	return false
}

// noiseless tells whether no column has more noise than the least there is.
func (b *bayes) noiseless() bool {
	for _, s := range b.sigma {
		if s > noNoise*noiseFloor {
			return false
		}
	}
	return true
}
