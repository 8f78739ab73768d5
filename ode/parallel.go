package ode

import (
	"fmt"
	"reflect"
	"runtime"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/par"
)

// Parallel is a Discrete for many lanes: it cuts them into chunks, each with a
// field and a Discrete of its own, and goes through these on several cores.
// The cuts depend on the numbers of lanes and parameters alone, and what the chunks have to add
// to the gradient by a shared θ is added in their order: the bits are the same
// for any number of cores. Every lane receives what a Discrete would give it;
// the sum over lanes is rounded in another order.
//
// Options.Threads is the number of cores, 0 means GOMAXPROCS. A field that is
// no field.Copier is not cut, nor is a problem whose input is no field.Parter.
type Parallel struct{ chunked }

// ParallelSolver is a Solver for any number of lanes on several cores, see Parallel.
// It needs memory for a chunk a core beside the problem and its trajectory.
type ParallelSolver struct{ chunked }

// chunked is what both have in common.
type chunked struct {
	shape   field.Shape
	options Options
	adjoint bool
	field   known
	input   field.Input // whose parts the chunks have
	apart   bool        // the lanes are cut into chunks
	size    int         // lanes of a chunk
	chunks  int
	made    []*chunk // one for each chunk of lanes, or one a core
	tail    *chunk   // of the last chunk if that is smaller and there is one a core
	pool    *par.Pool
	evals   int // field evaluations of the last Solve, or a guess

	p    *IVP
	tr   *Trajectory
	g    *field.Point
	gtr  *Trajectory
	back bool // chunks are to pull
}

// chunkOf is how many of that many lanes are integrated together: an eighth of
// them, but enough for the kernels, and few enough to stay in the first-level
// cache. It must not depend on the machine.
func chunkOf(lanes int) int {
	const least, most = 16, 64
	return min(lanes, max(least, min(most, (lanes/8+7)&^7)))
}

// membersOf is how many lanes with parameters of their own are integrated together: their matrices
// come from the second-level cache eight at a time, and from further away if there are more.
const (
	membersOf    = 8
	manyMatrices = 1 << 10 // parameters; below it calls of kernels cost more than the matrices
)

// NewParallel allocates for fields of f's shape. Its errors are for the person
// who wrote the options.
func NewParallel(f field.Field, o Options) (*Parallel, error) {
	t := &Parallel{chunked{adjoint: true}}
	return t, t.build(f, o)
}

// NewParallelSolver allocates for fields of f's shape. Its errors are for the
// person who wrote the options.
func NewParallelSolver(f field.Field, o Options) (*ParallelSolver, error) {
	t := &ParallelSolver{}
	return t, t.build(f, o)
}

// Solve integrates p. p, its Theta and its Input must stay unchanged until the
// last Pull.
func (t *Parallel) Solve(tr *Trajectory, p *IVP) { t.solve(tr, p) }

// Solve integrates p.
func (t *ParallelSolver) Solve(tr *Trajectory, p *IVP) { t.solve(tr, p) }

// Pull adds the gradient to g.X and g.Theta (nil parts are skipped), see
// Discrete.Pull.
func (t *Parallel) Pull(g *field.Point, gtr *Trajectory) {
	t.g, t.gtr, t.back = g, gtr, true
	t.run()
	if g.Theta.V == nil || g.Theta.Lanes > 1 || t.chunks == 1 {
		return
	}
	for _, s := range t.made {
		kernel.AddTo(g.Theta.V, s.theta.V)
	}
}

// Reserve makes room for that many steps of every lane, see Discrete.Reserve.
func (t *Parallel) Reserve(steps int) {
	for _, s := range t.made {
		s.discrete.Reserve(steps)
	}
}

// Plan says in words what was kept of the last integration.
func (t *Parallel) Plan() string {
	plan := t.made[0].discrete.Plan()
	if t.chunks > 1 {
		plan = fmt.Sprintf("in the first of %d chunks of lanes %s", t.chunks, plan)
	}
	return plan
}

func (t *chunked) build(f field.Field, o Options) error {
	t.shape, t.options, t.field = f.Shape(), o, know(f)
	return t.launch(t.field.copier != nil)
}

// launch cuts the lanes into chunks, or leaves them together, and makes the
// chunks.
func (t *chunked) launch(apart bool) error {
	lanes := t.shape.Lanes
	t.apart, t.size, t.made, t.tail = apart, lanes, nil, nil
	if apart {
		if t.size = chunkOf(lanes); t.isEnsemble() && t.shape.Theta >= manyMatrices {
			t.size = min(lanes, membersOf)
		}
	}
	t.chunks = (lanes + t.size - 1) / t.size
	t.evals = 100 * lanes
	n := t.chunks
	if !t.adjoint {
		n = min(n, t.threads())
	}
	for c := range n {
		size := t.size // a core's may be given any chunk but the last
		if t.adjoint {
			size = min(size, lanes-c*size)
		}
		s, err := t.newChunk(size)
		if err != nil {
			return err
		}
		t.made = append(t.made, s)
	}
	var err error
	if last := lanes - (t.chunks-1)*t.size; !t.adjoint && last < t.size {
		t.tail, err = t.newChunk(last)
	}
	t.pool = par.NewPool(n, func(worker, c int) {
		if s := t.chunk(worker, c); t.back {
			s.pull(t, c)
		} else {
			s.solve(t, c)
		}
	})
	return err
}

// isEnsemble says that lanes have parameters of their own, as far as can be known.
func (t *chunked) isEnsemble() bool {
	if t.field.program == nil {
		return false
	}
	theta, ok := t.field.program.Program().Input("theta")
	return ok && theta.Batched
}

func (t *chunked) threads() int {
	if t.options.Threads > 0 {
		return t.options.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// chunk is what integrates chunk c of the lanes.
func (t *chunked) chunk(worker, c int) *chunk {
	switch {
	case t.adjoint:
		return t.made[c]
	case t.tail != nil && c == t.chunks-1:
		return t.tail
	}
	return t.made[worker]
}

func (t *chunked) solve(tr *Trajectory, p *IVP) {
	if p.Field.Shape() != t.shape {
		panic("ode: the field has not the shape that Parallel was made for")
	}
	p.check(tr, t.shape)
	t.follow(p)
	t.p, t.tr, t.back = p, tr, false
	t.run()
	t.evals = 0
	for _, e := range tr.Stats.Evals {
		t.evals += e
	}
}

// follow makes the chunks anew if the field is another one, or the problem can
// be cut and could not be before, or the other way round.
func (t *chunked) follow(p *IVP) {
	same := p.Input == nil && t.input == nil || alike(t.input, p.Input)
	if same && t.field.is(p.Field) {
		return
	}
	if !t.field.is(p.Field) {
		t.field = know(p.Field)
		t.made = nil
	}
	_, parts := p.Input.(field.Parter)
	apart := t.field.copier != nil && (p.Input == nil || parts)
	if t.made == nil || apart != t.apart {
		if err := t.launch(apart); err != nil {
			panic("ode: options that were good are not: " + err.Error())
		}
	}
	t.input = p.Input
	for _, s := range t.made {
		s.part.lo = -1
	}
	if t.tail != nil {
		t.tail.part.lo = -1
	}
}

// alike says that a and b are certainly the same.
func alike(a, b any) bool {
	t := reflect.TypeOf(a)
	return t != nil && t == reflect.TypeOf(b) && t.Comparable() && a == b
}

// enough is the work, see run, that is worth waking other cores for: about a
// tenth of a millisecond.
const enough = 1 << 17

// run goes through the chunks. An evaluation is counted as so many operations as there
// are parameters, and twenty more.
func (t *chunked) run() {
	workers := min(len(t.made), t.threads())
	if t.evals*(t.shape.Theta+20) < enough {
		workers = 1
	}
	t.pool.Run(t.chunks, workers)
}
