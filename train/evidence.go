package train

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/opt"
)

// The precision of a Gaussian prior: a weight that is switched off (so much
// that no data can move it), the largest and smallest otherwise, that of
// numbers nothing is known of, and that of a network standing beside a
// polynomial until the data ask for it.
const (
	precisionOff   = 1e12
	precisionMost  = 1e8
	precisionLeast = 1e-6
	precisionVague = 1e-2
	precisionQuiet = 100
)

// leastNoise is the smallest noise to begin with, in scaled units: a spline
// that interpolates few rows knows nothing of theirs.
const leastNoise = 0.02

// noiseFloor is the smallest noise the evidence may come to, in scaled units:
// about what the solver's tolerance leaves of a trajectory. Below it residuals
// are no noise, and the curvature they are divided into loses its digits.
const noiseFloor = 1e-4

// bayes fits θ with a Gaussian prior for each group of weights and Gaussian
// noise for each column, and estimates both by maximising the evidence:
// nobody has to choose a regularisation.
//
// Source: MacKay, Neural Computation 4 (1992) 415–447 (precisions and noise);
// Tipping, J. Machine Learning Research 1 (2001) 211–244 (one precision a
// coefficient makes models sparse).
type bayes struct {
	p     *Problem
	free  *trajectoryResidual
	drawn *trajectoryResidual // with coupling
	z     []float64
	sigma []float64 // noise of each column, scaled
	prior
	weighed
	way
	on   func(b *bayes, stage string, lambda float64)
	stop func() bool
}

// prior is what is known of the unknowns before: a Gaussian each, of the precision
// of its group.
type prior struct {
	prec   []float64 // of each unknown
	centre []float64
	group  []int // of each entry of θ; −1: its precision is given
	groups int
	single int  // groups below this number are single coefficients: of a library, or of a law
	beside bool // a library stands beside the networks
}

// weighed is what the evidence was where it was last computed.
type weighed struct {
	logEvidence float64
	resid       []float64 // residuals there
	variance    []float64 // posterior variance of each unknown
	determined  float64   // effective number of parameters, γ
}

// way is how far a fit has come.
type way struct {
	cost    float64
	settled bool // the last steps of the free trajectories changed nothing that matters
	early   bool // where it stops was chosen by the rows held out: it is settled wherever that is
	iters   int
	past    int // evaluations of the fits it goes on from
	budget  int
	fail    string
}

func newBayes(p *Problem, segs []segment, theta []float64) (*bayes, error) {
	b := &bayes{p: p, sigma: make([]float64, len(p.Train[0].Names)), stop: func() bool { return false }}
	for c, s := range p.NoiseEstimate() {
		b.sigma[c] = max(s/p.Parts.Frame.Scale[c], leastNoise)
	}
	if p.Weights == "equal" {
		equalise(b.sigma)
	}
	var err error
	if b.free, err = newTrajectoryResidual(p, segs, b.sigma, false); err != nil {
		return nil, err
	}
	if b.drawn, err = newTrajectoryResidual(p, segs, b.sigma, true); err != nil {
		return nil, err
	}
	b.free.stop = func() bool { return b.stop() } // b.stop is set later
	b.drawn.stop = b.free.stop
	b.z = append(append([]float64{}, theta...), b.free.starts()...)
	m, n := b.free.Size()
	b.prior = newPrior(p.Parts, n)
	b.weighed = weighed{logEvidence: math.Inf(-1), resid: make([]float64, m), variance: make([]float64, n)}
	return b, nil
}

// event is the progress of b in words and numbers; scores are not among them.
func (b *bayes) event(stage string, lambda float64) Event {
	m, _ := b.free.Size()
	loss := b.cost / float64(max(1, m))
	if b.iters == 0 && b.cost == 0 { // nobody has reckoned it yet
		loss = math.NaN()
	}
	return Event{Stage: stage, K: b.iters, Of: b.budget, Loss: loss,
		MSE: math.NaN(), Held: math.NaN(), Lambda: lambda}
}

// adopt takes over θ, the starts of segments both have, the regularisation and
// the noise of another fit of the same architecture.
func (b *bayes) adopt(old *bayes) {
	u, size := b.free.u, len(b.group)
	copy(b.z[:size], old.z[:size])
	copy(b.prec[:size], old.prec[:size])
	copy(b.centre[:size], old.centre[:size])
	copy(b.sigma, old.sigma)
	if u.starts > 0 {
		for i, s := range b.free.segs {
			for j, t := range old.free.segs {
				if s.beginsAs(t.segment) {
					copy(u.startOf(b.z, i), old.free.u.startOf(old.z, j))
				}
			}
		}
	}
	b.iters, b.on, b.stop, b.early = old.iters, old.on, old.stop, old.early
	b.past = old.past + old.free.evals + old.drawn.evals
}

// evaluations counts field evaluations, those of adopted fits included.
func (b *bayes) evaluations() int { return b.past + b.free.evals + b.drawn.evals }

// newPrior is that of n unknowns, of which θ come first: every library coefficient has
// a group of its own, every layer one, and named parameters none.
func newPrior(parts *field.Parts, n int) prior {
	layers := parts.Layers
	b := prior{prec: make([]float64, n), centre: make([]float64, n), group: make([]int, len(parts.Theta0))}
	copy(b.centre, parts.Theta0)
	for i := range b.group {
		b.group[i], b.prec[i] = -1, precisionVague
	}
	each := func(sparse bool, f func(layer, i int)) {
		for k, l := range layers {
			if l.Sparse != sparse {
				continue
			}
			for i := l.W; i < l.W+l.Rows*l.Cols; i++ {
				f(k, i)
			}
			for i := l.B; l.B >= 0 && i < l.B+l.Rows; i++ {
				f(k, i)
			}
		}
	}
	each(true, func(_, i int) {
		b.group[i], b.prec[i] = b.groups, 1
		b.groups++
	})
	b.single = b.groups
	b.beside = slices.ContainsFunc(layers, func(l field.Layer) bool { return l.Sparse && !l.Plain })
	last := -1
	each(false, func(layer, i int) {
		if layer != last {
			last = layer
			b.groups++
		}
		b.group[i], b.prec[i] = b.groups-1, 1
		if b.beside {
			b.prec[i] = precisionQuiet
		}
	})
	return b
}

// minimise takes at most n Levenberg–Marquardt steps on res.
func (b *bayes) minimise(res opt.Residual, n int, stage string, lambda float64) opt.Outcome {
	n = min(n, b.budget-b.iters)
	s := b.solver(res)
	var state opt.LMState
	var out opt.Outcome
	var costs []float64
	for k := 0; k < n && out.Status == opt.Going && !b.stop(); k++ {
		if out = s.Step(b.z, &state, k); out.Reason == opt.WasStopped { // nothing of it was done
			break
		}
		b.iters++
		b.cost = out.Cost
		costs = append(costs, out.Cost)
		if b.on != nil {
			b.on(b, stage, lambda)
		}
	}
	if res == opt.Residual(b.free) && len(costs) > 0 {
		b.settled = out.Status == opt.Converged || out.Status == opt.Going && (b.early || levelled(costs))
	}
	if b.stop() { // then a failure is only that
		out.Status = opt.Going
	}
	return out
}

// levelled tells whether the last steps lowered the cost, a log probability, by less
// than matters to the evidence or can be told at its size.
func levelled(costs []float64) bool {
	const last, nats, part = 5, 0.5, 1e-3
	n := len(costs)
	return n > last && costs[n-1-last]-costs[n-1] < nats+part*costs[n-1]
}

func (b *bayes) solver(res opt.Residual) *opt.LMSolver {
	cfg := *opt.DefaultLM()
	cfg.CostTol, cfg.Stop = 1e-6, func() bool { return b.stop() }
	cfg.Prior = opt.Prior{Precision: b.prec, Centre: b.centre}
	return opt.NewLM(res, cfg)
}

const matchSteps = 20

// match starts θ by gradient matching; hidden states make that impossible.
func (b *bayes) match() {
	if len(b.p.Parts.Start) == 0 {
		b.minimise(newMatching(b.free), matchSteps, "gradient matching", math.NaN())
	}
}

// The ladder of couplings, per unit of scaled time.
const (
	firstGain = 8
	lastGain  = 0.02
	rungSteps = 6
	halfway   = 4 // times a rung that cannot be stepped on is moved nearer
)

// follow lowers the coupling to the data step by step until the field runs
// free. If that leads nowhere it is done again from a field that knows nothing
// of slopes: gradient matching misleads where rows are few.
func (b *bayes) follow(fresh []float64) {
	if b.descend(); b.fail == "" || b.stop() {
		return
	}
	copy(b.z, fresh)
	b.fail = ""
	b.descend()
}

// descend is one way down the ladder. If even the coupled trajectory cannot be
// followed, it begins with a stronger coupling and a field nearer to standing
// still; if a lower rung cannot be reached, it goes there in smaller steps.
func (b *bayes) descend() {
	gain := float64(firstGain)
	first := gain
	for range 6 {
		b.drawn.gain, first = gain, gain
		if out := b.minimise(b.drawn, rungSteps, "coupled", 1); out.Status != opt.Failed {
			break
		}
		gain *= 2
		for i := range b.p.Parts.Theta0 {
			b.z[i] = (b.z[i] + b.centre[i]) / 2
		}
	}
	for gain > lastGain && !b.stop() {
		next := gain / 2
		for range halfway {
			b.drawn.gain = next
			if out := b.minimise(b.drawn, rungSteps, "coupled", next/first); out.Status != opt.Failed {
				break
			}
			next = math.Sqrt(next * gain)
			b.drawn.gain = gain
			b.minimise(b.drawn, rungSteps, "coupled", gain/first)
		}
		gain = next
	}
	if out := b.minimise(b.free, b.budget/5, "free", 0); out.Status == opt.Failed {
		b.fail = out.Reason
	}
}

// ease finds the starts of new segments: θ is good already, so a few steps on
// each of a few couplings do.
func (b *bayes) ease() {
	for _, gain := range []float64{4, 1, 0.25, 0.05} {
		b.drawn.gain = gain
		b.minimise(b.drawn, rungSteps, "new segments", math.NaN())
	}
}

// weigh computes the evidence and the posterior variances at z. It returns
// false if z has no posterior.
func (b *bayes) weigh() bool {
	logDet, fail := b.solver(b.free).Posterior(b.variance, b.z, 0)
	if fail == "" {
		fail = b.free.Residuals(b.resid, nil, b.z, 0)
	}
	if fail != "" {
		if !b.stop() {
			b.fail = fail
		}
		return false
	}
	if n := b.p.process; n != nil { // a free run cannot follow what noise drives: its distance says nothing
		b.determined = n.unknowns
		b.logEvidence = n.logEvidence*float64(len(b.resid))/float64(n.values) + b.ofLogarithms()
		return !math.IsNaN(b.logEvidence)
	}
	b.logEvidence = -logDet / 2
	for _, v := range b.resid {
		b.logEvidence -= v * v / 2
	}
	b.determined = float64(b.free.u.starts * b.free.u.states)
	for i := range b.group {
		d := b.z[i] - b.centre[i]
		b.logEvidence += (math.Log(b.prec[i]) - b.prec[i]*d*d) / 2
		b.determined += 1 - b.prec[i]*b.variance[i]
	}
	for c, n := range b.counts() {
		b.logEvidence -= n * math.Log(b.sigma[c])
	}
	b.logEvidence += b.ofLogarithms()
	return !math.IsNaN(b.logEvidence)
}

// counts is the number of residuals of each column.
func (b *bayes) counts() []float64 {
	n := make([]float64, len(b.sigma))
	b.eachResidual(func(_, c int) { n[c]++ })
	return n
}

func (b *bayes) eachResidual(f func(at, c int)) {
	at := 0
	for _, s := range b.free.segs {
		for k, v := range s.target {
			if !math.IsNaN(v) {
				f(at, k%len(b.sigma))
				at++
			}
		}
	}
}

// reestimate sets precisions and noise to what the evidence asks for, and
// returns the largest change of a precision (of its logarithm).
func (b *bayes) reestimate() float64 {
	gamma, norm := make([]float64, b.groups), make([]float64, b.groups)
	for i, g := range b.group {
		if g >= 0 {
			gamma[g] += 1 - b.prec[i]*b.variance[i]
			norm[g] += b.z[i] * b.z[i]
		}
	}
	change := 0.0
	for i, g := range b.group {
		if g < 0 || b.prec[i] >= precisionOff {
			continue
		}
		a := max(gamma[g], 1e-6) / (norm[g] + 1e-12)
		if a = max(precisionLeast, a); a > precisionMost {
			a = precisionOff
		}
		change = max(change, math.Abs(math.Log(a/b.prec[i])))
		b.prec[i] = a
	}
	b.renoise()
	return change
}

// renoise estimates the noise from the residuals that were just weighed; the
// effective parameters take their share of the degrees of freedom.
func (b *bayes) renoise() {
	sum, n := make([]float64, len(b.sigma)), b.counts()
	b.eachResidual(func(at, c int) { sum[c] += b.resid[at] * b.resid[at] })
	left := max(0.1, 1-b.determined/float64(len(b.resid)))
	for c := range sum {
		if n[c] > 0 {
			b.sigma[c] = max(noiseFloor, b.sigma[c]*math.Sqrt(sum[c]/(n[c]*left)))
		}
	}
	if b.p.Weights == "equal" {
		equalise(b.sigma)
	}
}

// regularise alternates between the best θ and the best precisions.
func (b *bayes) regularise(rounds int) {
	for range rounds {
		if b.stop() || b.iters >= b.budget || !b.weigh() {
			return
		}
		change := b.reestimate()
		b.minimise(b.free, 20, "evidence", 0)
		if change < 0.05 {
			return
		}
	}
}

// simpler is how much log evidence a model must be ahead of one with fewer
// effective parameters.
const simpler = 3

// keep is how much log evidence a term must be worth to be kept. One of many
// terms looks worth something by chance, so there is more to pay where more
// could have been chosen.
//
// Source: Chen, Chen, Biometrika 95 (2008) 759–771, with γ = 1/2.
func (b *bayes) keep() float64 {
	_, all := b.terms()
	return simpler + math.Log(float64(max(1, all)))/2
}

// stuck is how many terms one after another may prove worth keeping before the
// rest is pruned in batches.
const stuck = 8

// prune drops library terms one at a time, the least determined first, as
// long as the evidence does not suffer. A term that is set to zero while
// others stay where they are may leave a field that cannot be followed; where
// many in turn do, the rest is dropped in batches, which move the others.
func (b *bayes) prune() {
	if b.single == 0 || !b.weigh() {
		return
	}
	silent, keep := b.silence(), b.keep()
	tried, refused := make([]bool, len(b.group)), 0
	for refused < stuck && b.iters < b.budget && !b.stop() {
		at := b.leastDetermined(tried)
		if at < 0 {
			break
		}
		tried[at] = true
		old := b.snapshot()
		b.prec[at], b.z[at] = precisionOff, 0
		b.minimise(b.free, 10, "pruning", 0)
		if !b.weigh() || b.logEvidence < old.logEvidence-keep {
			b.restore(old)
			refused++
		} else {
			refused = 0
		}
	}
	if refused == stuck {
		b.pruneBatches()
	}
	if !silent {
		b.silence()
	}
	b.regularise(3)
	b.weigh()
}

// leastDetermined is the term that the rows determine least of those that were not tried
// and that they do not determine wholly; −1: there is none.
func (b *bayes) leastDetermined(tried []bool) int {
	at, least := -1, 0.98
	for i, g := range b.group {
		if v := 1 - b.prec[i]*b.variance[i]; g >= 0 && g < b.single && b.prec[i] < precisionOff && !tried[i] && v < least {
			at, least = i, v
		}
	}
	return at
}

// silence switches off what stands beside the library terms, if the evidence
// does not suffer: a network that explains nothing still bends forecasts.
func (b *bayes) silence() bool {
	if b.groups == b.single || !b.beside || b.stop() {
		return false
	}
	old := b.snapshot()
	for i, g := range b.group {
		if g >= b.single {
			b.prec[i], b.z[i] = precisionOff, 0
		}
	}
	b.minimise(b.free, 10, "pruning", 0)
	if !b.weigh() || b.logEvidence < old.logEvidence-simpler {
		b.restore(old)
		return false
	}
	return true
}

// bayesPoint is what prune may have to go back to.
type bayesPoint struct {
	z, prec, variance       []float64
	logEvidence, determined float64
}

func (b *bayes) snapshot() bayesPoint {
	c := func(v []float64) []float64 { return append([]float64{}, v...) }
	return bayesPoint{c(b.z), c(b.prec), c(b.variance), b.logEvidence, b.determined}
}

func (b *bayes) restore(k bayesPoint) {
	copy(b.z, k.z)
	copy(b.prec, k.prec)
	copy(b.variance, k.variance)
	b.logEvidence, b.determined, b.fail = k.logEvidence, k.determined, ""
}

// terms counts the library terms that are left.
func (b *bayes) terms() (left, all int) {
	for i, g := range b.group {
		if g >= 0 && g < b.single {
			all++
			if b.prec[i] < precisionOff || b.centre[i] != 0 { // or it is fixed
				left++
			}
		}
	}
	return left, all
}

// posterior draws n more fits around z by randomising data and prior: each is
// the best fit to data with fresh noise added and a prior centre drawn from
// the prior. For linear models these are exact draws of the posterior.
// A fit that fails is left out.
//
// Source: Bardsley, Solonen, Haario, Laine, SIAM J. Sci. Comput. 36 (2014)
// A1895–A1910 (randomise-then-optimise).
func (b *bayes) posterior(n, iters int, normal func(member int, dst []float64)) [][]float64 {
	out := make([][]float64, n)
	par.Map(n, func(j int) {
		free, err := newTrajectoryResidual(b.p, b.free.segments(), b.sigma, false)
		if err != nil {
			return
		}
		free.stop = func() bool { return b.stop() }
		m, _ := free.Size()
		draw := make([]float64, m+len(b.z))
		normal(j+1, draw)
		free.noise = draw[:m]
		c := *b
		c.free, c.on, c.iters, c.budget = free, nil, 0, iters
		c.z, c.centre = append([]float64{}, b.z...), append([]float64{}, b.centre...)
		for i, e := range draw[m : m+len(b.group)] {
			c.centre[i] += e / math.Sqrt(b.prec[i])
		}
		if o := c.minimise(free, iters, "", 0); o.Status != opt.Failed {
			out[j] = c.z
		}
	})
	var good [][]float64
	for _, z := range out {
		if z != nil {
			good = append(good, z)
		}
	}
	return good
}
