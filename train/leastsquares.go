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
// or no step helps; nobody else notices. It is the driver of a course.
type leastSquares struct {
	course *course
	decay  float64 // penalty on the squared weights of layers
	slopes bool    // it fits slopes, which tells nothing of errors along trajectories
	fits   []*fit
	stop   func() bool
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
	c, err := p.newCourse(method, budget, "last")
	if err != nil {
		return nil, err
	}
	l := &leastSquares{course: c, decay: decay, stop: func() bool { return false }}
	c.drive = l
	members := c.members
	begin, err := p.begin(members)
	if err != nil {
		return nil, err
	}
	for j := range members {
		f := &fit{}
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
		if err := l.course.resume(from); err != nil {
			return nil, err
		}
	}
	l.stop = func() bool { return ctx.Err() != nil }
	fail := l.course.run(ctx, on)
	why := fmt.Sprintf("no step lowers the loss further after %d iterations", l.course.k)
	if l.course.k >= l.course.budget {
		why = fmt.Sprintf("all %d iterations were made", l.course.budget)
	}
	if first := l.fits[0]; first.guide != nil && first.status != opt.Going && first.why != "" {
		why = first.why
	}
	r := l.course.result(ctx, l.course.k >= l.course.budget || l.over(), fail, why)
	if r.Status == StatusOK && !l.slopes {
		if err := l.course.p.tell(r, l.decay); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// step implements driver.
func (l *leastSquares) step(ctx context.Context, k int, e *Event) (fail string, cut bool) {
	par.Map(len(l.fits), func(j int) {
		if f := l.fits[j]; f.status == opt.Going {
			f.step(k)
			if f.guide != nil {
				f.guide.after(f)
			}
		}
	})
	if ctx.Err() != nil {
		return "", true
	}
	e.Loss, e.Gap = l.loss(), l.gap()
	e.Stage, e.Lambda = l.stage()
	return l.failure(), false
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

// iterate implements driver.
func (l *leastSquares) iterate() []float64 {
	z := make([]float64, len(l.fits)*len(l.fits[0].z))
	for j, f := range l.fits {
		ofMembers(z, len(l.fits)).SetLane(j, f.z)
	}
	return z
}

// lives implements driver.
func (l *leastSquares) lives(member int) bool { return l.fits[member].status != opt.Failed }

// evaluations implements driver.
func (l *leastSquares) evaluations() int {
	n := 0
	for _, f := range l.fits {
		n += f.evals()
	}
	return n
}

// save implements driver.
func (l *leastSquares) save(c *Checkpoint) {
	for j, f := range l.fits {
		known := 0.0
		if f.state.Known {
			known = 1
		}
		c.put(fmt.Sprint("step of member ", j), f.state.Damping, f.state.Growth, f.state.Cost, known, float64(f.status))
		if f.guide != nil {
			c.put(fmt.Sprint("guide of member ", j), f.guide.state()...)
		}
	}
}

// load implements driver.
func (l *leastSquares) load(c *Checkpoint) error {
	for j, f := range l.fits {
		s, own := make([]float64, 5), []float64(nil)
		if f.guide != nil {
			own = make([]float64, len(f.guide.state()))
		}
		if err := c.takeAll(map[string][]float64{fmt.Sprint("step of member ", j): s, fmt.Sprint("guide of member ", j): own}); err != nil {
			return err
		}
		if f.guide != nil {
			f.guide.restore(own)
		}
		f.state = opt.LMState{Damping: s[0], Growth: s[1], Cost: s[2], Known: s[3] == 1}
		f.status = opt.Status(s[4])
		ofMembers(c.Z, len(l.fits)).Lane(f.z, j)
	}
	return nil
}
