package train

import (
	"context"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/opt"
)

// leastSquares takes Levenberg–Marquardt steps for all members at the same
// time, each on residuals of its own. A member stops when a tolerance is met
// or no step helps; nobody else notices.
type leastSquares struct {
	p          *Problem
	method     string
	keep       string
	budget     int
	scoreEvery int
	metric     *metric
	decay      float64 // penalty on the squared weights of layers
	slopes     bool    // it fits slopes, which tells nothing of errors along trajectories
	fits       []*fit

	k    int
	past int // field evaluations before the checkpoint that was resumed
	stop func() bool
}

// stoppable are residuals that can be told to fail in the middle.
type stoppable interface{ stopWhen(stop func() bool) }

// fit is the least-squares fit of one member. Its unknowns are θ, then, if
// starts are learnt, the start of each recording.
type fit struct {
	res    opt.Residual
	evals  func() int // field evaluations so far
	solver *opt.LMSolver
	shrink []bool // unknowns that are made smaller if the begin cannot be evaluated
	rows   int    // residuals
	guide  guide  // leads through stages; nil: there is one

	state  opt.LMState
	z      []float64
	status opt.Status
	best   Iterate // its K is −1 while there is none
	why    string
}

// guide leads a member through stages: it may change what its residuals are
// while the fit goes on.
type guide interface {
	// after looks at a member after a step. A member that is to go on with
	// other residuals gets the status opt.Going and a cost that is not known.
	after(f *fit)
	// stage names where the member is, and its λ; NaN if there is none.
	stage() (name string, lambda float64)
	// state is all that a resumed run needs to know, of fixed length.
	state() []float64
	restore(state []float64)
}

// again makes a member go on from its unknowns with residuals that changed.
// The cost stays what it was until it is computed again.
func (f *fit) again() {
	f.state, f.status, f.why = opt.LMState{Cost: f.state.Cost}, opt.Going, ""
}

// shrinks is how often the weights of a member are halved when it cannot be
// evaluated where it begins; small weights make slow fields.
const shrinks = 6

// newLeastSquares is Levenberg–Marquardt on the residuals that make returns
// for each member, with a penalty decay on the squared weights of layers
// beside the mean of the squared residuals.
func (p *Problem) newLeastSquares(method string, budget int, decay float64, make func() (opt.Residual, func() int, error)) (*leastSquares, error) {
	if !(decay >= 0) || math.IsInf(decay, 1) {
		return nil, fmt.Errorf("decay=%g: the weight of the squared parameters must be 0 or more", decay)
	}
	l := &leastSquares{p: p, method: method, budget: p.Budget, keep: p.Keep, scoreEvery: 1, decay: decay, stop: func() bool { return false }}
	if l.budget == 0 {
		l.budget = budget
	}
	if l.keep == "" {
		l.keep = "last"
	}
	members := max(1, p.Members)
	var err error
	if l.metric, err = newMetric(p, members); err != nil {
		return nil, err
	}
	begin, err := p.begin(members)
	if err != nil {
		return nil, err
	}
	for j := range members {
		f := &fit{best: Iterate{K: -1}}
		if f.res, f.evals, err = make(); err != nil {
			return nil, err
		}
		f.prepare(p, decay, func() bool { return l.stop() })
		copy(f.z, ofMembers(begin, members).Lane(nil, j)) // a method may add unknowns behind these
		l.fits = append(l.fits, f)
	}
	return l, nil
}

func (f *fit) prepare(p *Problem, decay float64, stop func() bool) {
	m, n := f.res.Size()
	f.rows, f.z, f.shrink = m, make([]float64, n), make([]bool, n)
	cfg := *opt.DefaultLM()
	cfg.CostTol, cfg.Stop = 1e-8, stop
	if r, ok := f.res.(stoppable); ok {
		r.stopWhen(stop)
	}
	cfg.Prior.Precision = p.penalty(n, decay*float64(m))
	for i, w := range p.penalty(n, 1) {
		f.shrink[i] = w > 0
	}
	f.solver = opt.NewLM(f.res, cfg)
}

// step takes one step. A member that cannot be evaluated where it begins is
// moved nearer to standing still a few times before it is given up.
func (f *fit) step(k int) {
	for try := 0; ; try++ {
		out := f.solver.Step(f.z, &f.state, k)
		f.status, f.why = out.Status, out.Reason
		if f.status != opt.Failed || k > 0 || try == shrinks {
			return
		}
		for i, s := range f.shrink {
			if s {
				f.z[i] /= 2
			}
		}
	}
}

// fit trains all members and makes the result.
func (l *leastSquares) fit(ctx context.Context, from *Checkpoint, on func(Event)) (*Result, error) {
	if on == nil {
		on = func(Event) {}
	}
	if from != nil {
		if err := l.resume(from); err != nil {
			return nil, err
		}
	}
	l.stop = func() bool { return ctx.Err() != nil }
	fail := l.run(ctx, on)
	z, ks := l.saved()
	r := l.p.result(l.method, l.keep, l.metric, z, ks)
	r.Iterations, r.Evaluations = l.k, l.evaluations()
	why := fmt.Sprintf("no step lowers the loss further after %d iterations", l.k)
	if l.k >= l.budget {
		why = fmt.Sprintf("all %d iterations were made", l.budget)
	}
	if first := l.fits[0]; first.guide != nil && first.status != opt.Going && first.why != "" {
		why = first.why
	}
	r.end(ctx, l.k >= l.budget || l.over(), fail, why)
	if r.Status == StatusOK && !l.slopes {
		if err := l.p.tell(r, l.decay); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// run iterates until all members are done, the budget is spent or ctx ends; a
// step in whose middle it ends does not count. It returns "", or why no member
// can go on.
func (l *leastSquares) run(ctx context.Context, on func(Event)) (fail string) {
	for ; l.k < l.budget && !l.over() && ctx.Err() == nil; l.k++ {
		before := l.checkpoint()
		if l.k > 0 {
			on(saving(l.k, l.budget, before))
		}
		e := Event{K: l.k, Of: l.budget, MSE: math.NaN(), Held: math.NaN(), Lambda: math.NaN()}
		if l.keep != "last" || l.k%l.scoreEvery == 0 {
			e.MSE, e.Held = l.score()
		}
		if l.p.tells(l.k) {
			e.Z = append([]float64{}, l.fits[0].z[:l.p.ofRecordings().size()]...)
		}
		par.Map(len(l.fits), func(j int) {
			if f := l.fits[j]; f.status == opt.Going {
				f.step(l.k)
				if f.guide != nil {
					f.guide.after(f)
				}
			}
		})
		if ctx.Err() != nil {
			past := l.past
			err := l.resume(before)
			l.past = past
			on(saving(l.k, l.budget, before))
			if err != nil {
				return err.Error()
			}
			return ""
		}
		e.Loss = l.loss()
		e.Stage, e.Lambda = l.stage()
		e.Gap = l.gap()
		on(e)
		if fail = l.failure(); fail != "" {
			return fail
		}
	}
	l.score() // the last iterate may be the best
	on(saving(l.k, l.budget, l.checkpoint()))
	return ""
}

// stage is that of the first member that is under way, or else of the first.
func (l *leastSquares) stage() (string, float64) {
	at := l.fits[0]
	for _, f := range l.fits {
		if f.status == opt.Going {
			at = f
			break
		}
	}
	if at.guide == nil {
		return "", math.NaN()
	}
	return at.guide.stage()
}

// gap is the root mean square gap of the first member, if its guide knows one.
func (l *leastSquares) gap() float64 {
	if g, ok := l.fits[0].guide.(interface{ gap() float64 }); ok {
		return g.gap()
	}
	return 0
}

// over tells that no member has a step left to take.
func (l *leastSquares) over() bool {
	for _, f := range l.fits {
		if f.status == opt.Going {
			return false
		}
	}
	return true
}

// failure says why the first member failed if all did, else "".
func (l *leastSquares) failure() string {
	for _, f := range l.fits {
		if f.status != opt.Failed {
			return ""
		}
	}
	return l.fits[0].why
}

// loss is the mean over members of twice the cost a residual.
func (l *leastSquares) loss() float64 {
	sum, n := 0.0, 0
	for _, f := range l.fits {
		if f.status != opt.Failed {
			sum, n = sum+2*f.state.Cost/float64(f.rows), n+1
		}
	}
	return sum / float64(max(n, 1))
}

// score scores the members as they are, keeps the best by the rule of keep and
// returns the mean errors. Those that failed stand still and do not count.
func (l *leastSquares) score() (mse, held float64) {
	n := 0.0
	for j, s := range l.metric.eval(l.gather(false)) {
		f := l.fits[j]
		if f.status == opt.Failed {
			continue
		}
		n++
		mse, held = mse+s.train.MSE, held+s.held.MSE
		if v := s.by(l.keep); l.keep != "last" && isNumber(v) && (f.best.K < 0 || v < f.best.Score) {
			f.best = Iterate{K: l.k, Score: v, Z: append([]float64{}, f.z...)}
		}
	}
	return mse / max(n, 1), held / max(n, 1)
}

// gather returns the unknowns, a lane a member. Members that failed are zero
// unless all are asked for.
func (l *leastSquares) gather(all bool) []float64 {
	m := len(l.fits)
	z := make([]float64, m*len(l.fits[0].z))
	for j, f := range l.fits {
		if f.status == opt.Failed && !all {
			continue
		}
		ofMembers(z, m).SetLane(j, f.z)
	}
	return z
}

// saved is the iterate of each member to save, and its iteration.
func (l *leastSquares) saved() ([]float64, []int) {
	z, ks, m := l.gather(true), make([]int, len(l.fits)), len(l.fits)
	for j, f := range l.fits {
		ks[j] = l.k
		if l.keep != "last" && f.best.K >= 0 {
			ks[j] = f.best.K
			ofMembers(z, m).SetLane(j, f.best.Z)
		}
	}
	return z, ks
}

func (l *leastSquares) evaluations() int {
	n := l.past + l.metric.evals
	for _, f := range l.fits {
		n += f.evals()
	}
	return n
}

// stateSize is how many numbers of a checkpoint's State belong to a member.
const stateSize = 7

// checkpoint copies the state. The best of each member are the columns of
// Best.Z; Best.K and Best.Score are those of member 0, all are in State.
func (l *leastSquares) checkpoint() *Checkpoint {
	c := &Checkpoint{Method: l.method, K: l.k, Z: l.gather(true), State: []float64{float64(l.evaluations())}}
	m, any := len(l.fits), false
	best := make([]float64, len(c.Z))
	for j, f := range l.fits {
		known := 0.0
		if f.state.Known {
			known = 1
		}
		c.State = append(c.State, f.state.Damping, f.state.Growth, f.state.Cost, known, float64(f.status), float64(f.best.K), f.best.Score)
		if f.guide != nil {
			c.State = append(c.State, f.guide.state()...)
		}
		for i, v := range f.best.Z {
			best[i*m+j] = v
		}
		any = any || f.best.K >= 0
	}
	if any {
		c.Best = &Iterate{K: l.fits[0].best.K, Score: l.fits[0].best.Score, Z: best}
	}
	return c
}

// resume goes on from a checkpoint of the same method on the same problem.
func (l *leastSquares) resume(c *Checkpoint) error {
	if c.Method != l.method {
		return fmt.Errorf("the checkpoint is of method %q, not %q", c.Method, l.method)
	}
	m, n := len(l.fits), len(l.fits[0].z)
	size := stateSize
	if g := l.fits[0].guide; g != nil {
		size += len(g.state())
	}
	if len(c.Z) != m*n || len(c.State) != 1+m*size || c.Best != nil && len(c.Best.Z) != m*n {
		return fmt.Errorf("the checkpoint does not fit: it is of another model, other recordings or another number of members")
	}
	l.k, l.past = c.K, int(c.State[0])
	for j, f := range l.fits {
		s := c.State[1+j*size : 1+(j+1)*size]
		if f.guide != nil {
			f.guide.restore(s[stateSize:])
		}
		f.state = opt.LMState{Damping: s[0], Growth: s[1], Cost: s[2], Known: s[3] == 1}
		f.status = opt.Status(s[4])
		f.best.K, f.best.Score = int(s[5]), s[6]
		for i := range f.z {
			f.z[i] = c.Z[i*m+j]
		}
		if c.Best != nil && f.best.K >= 0 {
			f.best.Z = make([]float64, n)
			for i := range f.best.Z {
				f.best.Z[i] = c.Best.Z[i*m+j]
			}
		}
	}
	return nil
}
