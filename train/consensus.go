package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/opt"
)

// consensus solves batches apart and draws their parameters together, sweep by sweep: the
// alternating direction method of multipliers. A batch is a run of rows of a recording, with a
// start of its own. In a sweep each batch minimises
//
//	(1/N) Σ (distances to its rows)² + (ρ/2) ‖θ_b − z + u_b‖²
//
// subject to its equations, then z minimises what is left with the weights of layers, and
// u_b grows by θ_b − z. It is there to be compared with: exact coupling solves the same
// program in one go.
//
// Source: Boyd, Parikh, Chu, Peleato, Eckstein, Foundations and Trends in Machine Learning 3
// (2011), sections 3.4 and 7.1; as published with slips, see Batches.Slip: the code beside
// arXiv 2502.15642.
type consensus struct {
	p      *Problem // its recordings are the batches
	whole  *Problem
	set    *Collocation
	metric *metric
	blocks []*batch
	decay  []float64
	z      []float64
	rho    float64
	k      int
	budget int
	past   int

	primal, dual float64 // residuals of the last sweep
	over         bool
}

// batch is one of them.
type batch struct {
	nlp    *transcription
	solver *opt.InteriorSolver
	loose  *opt.RelaxedSolver
	first  *opt.RelaxedState // with which it begins; nil: it begins near its equations
	x      []float64
	by     *opt.Multipliers // nil: none are known
	u      []float64        // scaled multipliers of θ = z
	solved bool
}

// Figures of the sweeps.
const (
	mostSweeps    = 300 // if nobody says
	overRelaxed   = 1.6
	balanceApart  = 10 // of the two residuals, at which ρ changes
	balanceBy     = 2  // and by how much
	balanced      = 50 // sweep from which ρ stays
	firstRho      = 1e-2
	publishedRho  = 1
	agreed        = 1e-5 // residuals, relative, at which it is over
	publishedLate = 3    // sweep from which the published form draws parameters together
)

// fitApart is Fit with batches.coupling=admm.
func (c *Collocation) fitApart(ctx context.Context, p *Problem, from *Checkpoint, on func(Event)) (*Result, error) {
	l, err := c.newConsensus(ctx, p)
	if err != nil {
		return nil, err
	}
	if from != nil {
		if err := l.resume(from); err != nil {
			return nil, err
		}
	}
	for ; l.k < l.budget && !l.over && ctx.Err() == nil; l.k++ {
		on(saving(l.k, l.budget, l.checkpoint()))
		l.sweep()
		s := l.metric.eval(l.unknowns())[0]
		e := Event{K: l.k, Of: l.budget, Loss: l.objective(), MSE: s.train.MSE, Held: s.held.MSE, Lambda: math.NaN(), Gap: l.primal, Stage: "consensus",
			Detail: fmt.Sprintf("residuals %.3g and %.3g, rho %.3g", l.primal, l.dual, l.rho)}
		on(e)
	}
	on(saving(l.k, l.budget, l.checkpoint()))
	return l.result(ctx)
}

// newConsensus makes the batches, which begin with a field that is matched to slopes.
func (c *Collocation) newConsensus(ctx context.Context, p *Problem) (*consensus, error) {
	if p.Members > 1 {
		return nil, fmt.Errorf("batches.coupling=admm fits one member, not %d; leave members= out", p.Members)
	}
	single := *c
	single.Starts, single.Batches = 1, Batches{Join: true}
	all, err := single.prepare(p)
	if err != nil {
		return nil, err
	}
	l := &consensus{whole: p, set: c, metric: all.course.metric, budget: p.Budget, rho: c.Batches.Rho, decay: p.penalty(len(p.Parts.Theta0), c.decay())}
	if l.budget == 0 {
		l.budget = mostSweeps
	}
	if l.rho == 0 && c.Batches.Slip {
		l.rho = publishedRho
	} else if l.rho == 0 {
		l.rho = firstRho
	}
	begin := all.match(ctx, []int{0})
	l.z = slices.Clone(begin[:len(l.decay)])
	l.p = p.changed(func(q *Problem) {
		q.Train, q.Splines = nil, nil
		for rec := range p.Train {
			for _, s := range inBatches(&p.Train[rec], c.Batches.Batches) {
				q.Train, q.Splines = append(q.Train, s), append(q.Splines, p.Splines[rec])
			}
		}
		if c.Batches.Slip { // the published form holds the noisy first row
			q.Initial = "data"
		}
	})
	for b := range l.p.Train {
		one, err := l.newBatch(b)
		if err != nil {
			return nil, err
		}
		l.blocks = append(l.blocks, one)
	}
	return l, nil
}

// inBatches cuts a recording into runs of rows.
func inBatches(s *data.Series, count int) (out []data.Series) {
	count = max(1, min(count, s.Len()/2))
	for k := range count {
		out = append(out, s.Slice(k*s.Len()/count, (k+1)*s.Len()/count))
	}
	return out
}

func (l *consensus) newBatch(b int) (*batch, error) {
	q := l.p.changed(func(q *Problem) {
		q.Train, q.Splines = l.p.Train[b:b+1], [][]*num.Spline{l.p.Splines[b]}
	})
	a, err := (&collocating{p: q, set: l.set}).newAttempt(0, q.elementMesh(l.set.Elements), nil)
	if err != nil {
		return nil, err
	}
	one := &batch{nlp: a.nlp, solver: a.solver, loose: a.loose, u: make([]float64, len(l.z))}
	one.nlp.count, one.nlp.centre = l.count(), make([]float64, len(l.z))
	l.draw(one)
	z := slices.Clone(l.z)
	if q.learnsStarts() {
		z = append(z, q.startGuess()[0]...)
	}
	a.begin(z, true)
	one.first, one.x = a.relaxed, slices.Clone(a.x())
	return one, nil
}

// count is the number of values in all batches.
func (l *consensus) count() (n float64) {
	for _, s := range l.p.Train {
		for _, v := range s.X {
			if !math.IsNaN(v) {
				n++
			}
		}
	}
	return n
}

// draw sets what a batch minimises beside its distances.
func (l *consensus) draw(b *batch) {
	pull := l.rho / 2
	if l.set.Batches.Slip { // published are sums, here are means
		pull /= b.nlp.count
	}
	for i := range b.nlp.decay {
		b.nlp.decay[i], b.nlp.centre[i] = pull, l.z[i]-b.u[i]
		if !l.set.Batches.Slip {
			continue
		}
		// Each batch has the weights of layers, and ρ joins late.
		w := l.decay[i] / b.nlp.count
		if l.k+1 < publishedLate {
			b.nlp.decay[i], b.nlp.centre[i] = w, 0
			continue
		}
		b.nlp.decay[i], b.nlp.centre[i] = w+pull, pull*(l.z[i]-b.u[i]/l.rho)/(w+pull)
	}
}

// sweep solves the batches side by side, then takes the mean.
func (l *consensus) sweep() {
	par.Map(len(l.blocks), func(i int) { l.solve(l.blocks[i]) })
	before := slices.Clone(l.z)
	l.meet(before)
	l.primal, l.dual = 0, 0
	for _, b := range l.blocks {
		theta := b.x[:len(l.z)]
		for i, v := range theta {
			l.primal += (v - l.z[i]) * (v - l.z[i])
		}
	}
	for i, v := range l.z {
		l.dual += float64(len(l.blocks)) * l.rho * l.rho * (v - before[i]) * (v - before[i])
	}
	if l.set.Batches.Slip {
		l.primal, l.dual = l.publishedResidual(), math.Sqrt(l.dual)
		return
	}
	l.primal, l.dual = math.Sqrt(l.primal), math.Sqrt(l.dual)
	l.balance()
}

// solve minimises a batch, from where it was.
func (l *consensus) solve(b *batch) {
	l.draw(b)
	b.solver.Forget()
	for st := b.first; l.k == 0 && st != nil && !st.Over; b.x = st.X {
		b.loose.Step(st)
	}
	by := b.by
	if l.set.Batches.Slip {
		by = nil
	}
	st := b.solver.Warm(b.x, by, l.set.Tolerance)
	b.solver.Minimise(st, func(it opt.Iteration) bool { return it.K < exactSteps })
	b.x, b.by, _ = b.solver.Solution(st)
	b.solved = st.Verdict.Solved()
}

// meet moves z to where all batches and the weights of layers are content, and u.
func (l *consensus) meet(before []float64) {
	n := float64(len(l.blocks))
	for i := range l.z {
		sum := 0.0
		for _, b := range l.blocks {
			sum += l.said(b, i, before[i])
		}
		if l.set.Batches.Slip {
			l.z[i] = sum / n
		} else {
			for _, b := range l.blocks {
				sum += b.u[i]
			}
			l.z[i] = l.rho * sum / (n*l.rho + 2*l.decay[i])
		}
		if l.set.Batches.Slip && l.k+1 < publishedLate { // multipliers of what is not drawn yet stay zero
			continue
		}
		for _, b := range l.blocks {
			b.u[i] += l.said(b, i, before[i]) - l.z[i]
		}
	}
}

// said is parameter i as a batch has it, carried a little beyond.
func (l *consensus) said(b *batch, i int, before float64) float64 {
	if l.set.Batches.Slip {
		return b.x[i]
	}
	return overRelaxed*b.x[i] + (1-overRelaxed)*before
}

// balance ends it when both residuals are small, and changes ρ where one is far larger.
func (l *consensus) balance() {
	scale, push := 0.0, 0.0
	for _, b := range l.blocks {
		for i, u := range b.u {
			scale, push = scale+b.x[i]*b.x[i], push+l.rho*l.rho*u*u
		}
	}
	scale, push = math.Sqrt(scale), math.Sqrt(push)
	l.over = l.primal <= agreed*max(scale, 1e-3) && l.dual <= agreed*max(push, 1e-6)
	by := 1.0
	switch {
	case l.k >= balanced:
		return
	case l.primal > balanceApart*l.dual:
		by = balanceBy
	case l.dual > balanceApart*l.primal:
		by = 1.0 / balanceBy
	default:
		return
	}
	l.rho *= by
	for _, b := range l.blocks {
		for i := range b.u {
			b.u[i] /= by
		}
	}
}

// publishedResidual sums the lengths of the differences to the mean, layer by layer and
// batch by batch.
func (l *consensus) publishedResidual() (sum float64) {
	part := func(b *batch, from, count int) {
		square := 0.0
		for i := from; i < from+count; i++ {
			square += (b.x[i] - l.z[i]) * (b.x[i] - l.z[i])
		}
		sum += math.Sqrt(square)
	}
	for _, b := range l.blocks {
		for _, y := range l.p.Parts.Layers {
			part(b, y.W, y.Rows*y.Cols)
			if y.B >= 0 {
				part(b, y.B, y.Rows)
			}
		}
	}
	return sum
}

// objective is that of the program that all batches are, with the parameters that each has.
func (l *consensus) objective() (f float64) {
	for i, w := range l.decay {
		f += w * l.z[i] * l.z[i]
	}
	for _, b := range l.blocks {
		f += b.nlp.misfit(b.x)
	}
	return f
}

// unknowns are z and the starts of the recordings, those of their first batches.
func (l *consensus) unknowns() []float64 {
	z := slices.Clone(l.z)
	if !l.whole.learnsStarts() {
		return z
	}
	b := 0
	for rec := range l.whole.Train {
		at := l.blocks[b].nlp.starts[0]
		z = append(z, l.blocks[b].x[at:at+l.blocks[b].nlp.states]...)
		b += len(inBatches(&l.whole.Train[rec], l.set.Batches.Batches))
	}
	return z
}

// result scores the parameters that all agree on.
func (l *consensus) result(ctx context.Context) (*Result, error) {
	r := l.whole.result("collocation", "last", l.metric, l.unknowns(), []int{l.k})
	r.Iterations, r.Evaluations = l.k, l.past+l.metric.evals
	why := fmt.Sprintf("%d batches agree on their parameters to %.2g after %d sweeps", len(l.blocks), l.primal, l.k)
	if !l.over {
		why = fmt.Sprintf("all %d sweeps were made; the parameters of %d batches are %.3g apart", l.k, len(l.blocks), l.primal)
	}
	fail := ""
	if !isNumber(r.Train.MSE) {
		fail = "the model that was found cannot be integrated along the rows. " + why
	}
	r.end(ctx, l.k >= l.budget || l.over, fail, why)
	failed := 0
	for _, b := range l.blocks {
		if !b.solved {
			failed++
		}
	}
	if failed > 0 && l.k > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the program of %d of %d batches did not end at a minimum in the last sweep", failed, len(l.blocks)))
	}
	return r, nil
}

// checkpoint holds z and, as parts, what else there is: figures, and of each batch whether it
// has multipliers and was solved, u, x and the multipliers of its rows.
func (l *consensus) checkpoint() *Checkpoint {
	over := 0.0
	if l.over {
		over = 1
	}
	c := newCheckpoint("collocation", 2, l.k)
	c.Z, c.Evaluations = slices.Clone(l.z), l.past+l.metric.evals
	c.put("consensus", l.rho, l.primal, l.dual, over)
	for i, b := range l.blocks {
		known, solved := 0.0, 0.0
		by := make([]float64, b.multipliers())
		if b.by != nil {
			known = 1
			copy(by, slices.Concat(b.by.Y, b.by.ZL, b.by.ZU))
		}
		if b.solved {
			solved = 1
		}
		c.put(batchPart(i), slices.Concat([]float64{known, solved}, b.u, b.x, by)...)
	}
	return c
}

// batchPart is what a checkpoint calls a batch.
func batchPart(i int) string { return fmt.Sprintf("batch %d", i) }

// multipliers is how many a batch has.
func (b *batch) multipliers() int { return b.nlp.rows() + 2*b.nlp.size }

func (l *consensus) resume(c *Checkpoint) error {
	if err := c.of("collocation"); err != nil {
		return err
	}
	if c.Stage != 2 || len(c.Z) != len(l.z) {
		return errMisfit
	}
	figures := make([]float64, 4)
	if err := c.take("consensus", figures); err != nil {
		return err
	}
	copy(l.z, c.Z)
	l.k, l.past, l.rho, l.primal, l.dual, l.over = c.K, c.Evaluations, figures[0], figures[1], figures[2], figures[3] == 1
	for i, b := range l.blocks {
		at := make([]float64, 2+len(b.u)+len(b.x)+b.multipliers())
		if err := c.take(batchPart(i), at); err != nil {
			return err
		}
		known, solved := at[0] == 1, at[1] == 1
		at = at[2:]
		at = at[copy(b.u, at):]
		at = at[copy(b.x, at):]
		b.solved = solved
		if known {
			m, n := b.nlp.rows(), b.nlp.size
			b.by = &opt.Multipliers{Y: slices.Clone(at[:m]), ZL: slices.Clone(at[m : m+n]), ZU: slices.Clone(at[m+n : m+2*n])}
		}
	}
	return nil
}
