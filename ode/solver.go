package ode

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// Solver integrates initial value problems of one field shape. It is for one
// goroutine; after NewSolver only a Breaker may allocate.
type Solver struct {
	plan
	stepper able    // of the lanes that are under way
	insider Insider // nil when steps land on saved times
	watch   watcher // nil when nobody looks on
	exact   bool    // who looks on goes back or compares, see Wants
	patient bool    // who looks on forgets everything at begin
	marched bool    // all lanes took the same steps together

	p     *IVP
	tr    *Trajectory
	saves int // saved times of the longest lane
	lane  []progress
	step  Step
	of    []int // the lane in each place of step and of what follows

	work   []float64
	norm   []float64
	h      []float64
	accept []bool
	inside []bool
	evals  []int
	state  []float64 // one saved state
	start  initial
	jumps  jumps
	delays delays

	consistency *consistency // nil: no rows have to be zero
	fixed       []bool       // lanes that it is asked for, and can do
	asked       []bool

	field     known // that of the problem
	all       able  // the stepper of all lanes
	companies companies
	keep      []int
}

// watcher looks on while a Solver works.
type watcher interface {
	begin(s *Solver)
	room() []float64                            // where the next step is to work
	narrowed(of []int)                          // the next steps are of these lanes alone
	atStart(k, lane int)                        // the k-th saved time is the start
	atSave(s *Step, k, lane int, theta float64) // … lies in this step
	took(s *Step, accept []bool, extended bool) // s was taken in the lanes accepted
}

// resettled is a watcher that knows what follows from states having been made consistent.
type resettled interface{ resettled(s *Solver) }

// progress is where one lane stands.
type progress struct {
	active  bool
	linked  bool    // its first slope is its last step's
	size    float64 // proposed step size
	next    int     // saved time not yet reached
	due     float64 // that time
	end     float64 // last saved time
	breaks  []float64
	base    float64 // fixed steps: n of them from base to goal, i done
	goal    float64
	n, i    float64 // whole numbers
	short   bool    // the step under way was shortened in order to land
	onBreak bool    // the step under way ends where the input jumps
	why     Status  // why the last attempt failed; OK: its error was too large
}

// NewSolver allocates a Solver for fields of f's shape. Its errors are for the
// person who wrote the options.
func NewSolver(f field.Field, o Options) (*Solver, error) {
	p, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if field.AlgebraicRows(f) != nil && !p.scheme.Algebraic {
		return nil, fmt.Errorf("%s integrates derivatives alone, and there are equations 0 = …; take solver=radau5", p.scheme.Name)
	}
	if field.AlgebraicRows(f) != nil && o.Save == "" { // equations 0 = … hold at the ends of steps, and no error is known between
		p.land = true
	}
	shape, back := f.Shape(), field.DelaysOf(f) != nil
	if back && p.scheme.Tableau == nil {
		return nil, fmt.Errorf("%s knows nothing of states of earlier times, and the equations look back at them; take solver=dopri5, tsit5 or dop853", p.scheme.Name)
	}
	all := newAble(p.scheme, shape, back || !p.land)
	s := &Solver{plan: p, stepper: all, all: all, field: know(f), consistency: newConsistency(f), fixed: make([]bool, shape.Lanes), asked: make([]bool, shape.Lanes)}
	if back || !p.land {
		s.insider = all.insider
	}
	s.delays.know(f, p.scheme)
	lanes := shape.Lanes
	s.lane = make([]progress, lanes)
	s.work = kernel.Aligned(all.room().Len)
	s.norm, s.h = make([]float64, lanes), make([]float64, lanes)
	s.accept, s.inside = make([]bool, lanes), make([]bool, lanes)
	s.of, s.keep, s.evals = make([]int, lanes), make([]int, 0, lanes), make([]int, lanes)
	s.state = make([]float64, shape.State*lanes)
	s.companies = newCompanies(shape, p.scheme, !p.land)
	s.ctrl.Reset(lanes) // its room
	s.step = newStep(shape)
	s.start = newInitial(shape)
	return s, nil
}

// mustBend says whether f has what going back through a scheme needs.
func (m *Scheme) mustBend(f field.Field) error {
	if _, ok := f.(field.Curved); m.Curved && !ok {
		return fmt.Errorf("gradients through %s need second derivatives, which this right-hand side has not; take solver=radau5", m.Name)
	}
	return nil
}

func newStep(shape field.Shape) Step {
	lanes := shape.Lanes
	return Step{
		From: field.Point{T: make([]float64, lanes), X: newBatch(shape.State, lanes)},
		H:    make([]float64, lanes), To: make([]float64, lanes), Last: make([]float64, lanes),
		Start: make([]Start, lanes), X: newBatch(shape.State, lanes), Status: make([]Status, lanes), Factors: make([]int, lanes), Way: make([]uint8, lanes),
	}
}

// Solve integrates p once with a new Solver.
func Solve(p *IVP, o Options) (*Trajectory, error) {
	s, err := NewSolver(p.Field, o)
	if err != nil {
		return nil, err
	}
	shape := p.Field.Shape()
	tr := NewTrajectory(len(p.Times)/shape.Lanes, shape.State, shape.Lanes)
	s.Solve(tr, p)
	return tr, nil
}

// Solve integrates p and fills tr, whose sizes must fit p. The saved states of
// a lane after its failure are NaN.
func (s *Solver) Solve(tr *Trajectory, p *IVP) {
	s.begin(tr, p)
	if s.marches() {
		if s.marched = s.march(); s.marched {
			return
		}
		s.step.next = false
		s.begin(tr, p)
	}
	for s.propose() {
		if s.watch != nil {
			s.step.Work = s.watch.room()
		}
		clear(s.step.Status)
		clear(s.step.Factors)
		s.stepper.Step(&s.step)
		s.judge()
		s.jumps.look(s)
		s.report()
		s.commit()
		s.narrow()
	}
	s.count()
	s.step.Evals = nil
}

// begin starts every lane at T0.
func (s *Solver) begin(tr *Trajectory, p *IVP) {
	lanes := len(s.lane)
	p = s.delays.begin(s, p)
	p.check(tr, p.Field.Shape())
	if shape := p.Field.Shape(); shape.Lanes != lanes || shape.State != s.step.X.Rows || shape.Input != s.start.at.U.Rows {
		panic("ode: the field has not the shape the solver was made for")
	}
	s.p, s.tr, s.saves, s.marched = p, tr, len(p.Times)/lanes, false
	tr.Stats.reset()
	s.ctrl.Reset(lanes)
	s.seat(lanes)
	s.widest()
	st := &s.step
	st.Field, st.program, st.From.Theta, st.Input, st.Evals, st.Work = p.Field, s.field.program, p.Theta, p.Input, s.evals, s.work
	clear(s.evals)
	copy(st.From.X.V, p.X0.V)
	copy(st.From.T, p.T0)
	for l := range s.fixed {
		s.fixed[l] = true
	}
	s.consistency.settle(st, s.fixed)
	if s.all.keeping != nil {
		s.all.keeping.afford(s)
	}
	s.companies.want(s.wants())
	s.all.prepare(s.companies.wants)
	s.all.bind(p)
	if s.watch != nil {
		s.watch.begin(s)
		st.Work = s.watch.room()
	}
	s.jumps.begin(s)
	breaker, _ := p.Input.(field.Breaker)
	for l := range s.lane {
		st.Start[l] = StartFresh
		tr.Status[l] = StatusOK
		s.lane[l] = progress{size: s.FirstStep, end: s.end(l)}
		if !s.fixed[l] {
			s.fail(l, StatusInconsistent)
			continue
		}
		s.beginLane(l, breaker)
	}
	if _, jumps := p.Input.(field.Jumper); jumps && s.consistency != nil {
		for l := range s.fixed {
			s.fixed[l] = s.lane[l].active
		}
		s.resettle()
	}
	if s.Controller != "fixed" && s.FirstStep == 0 {
		s.start.size(s)
	}
}

// wants is what is asked of the steps.
func (s *Solver) wants() Wants {
	fixed := s.Controller == "fixed"
	return Wants{Lean: s.watch == nil, Judged: !fixed, Exact: s.exact || fixed, RTol: s.RTol, ATol: s.ATol}
}

// check panics where sizes do not fit.
func (p *IVP) check(tr *Trajectory, shape field.Shape) {
	lanes := shape.Lanes
	if shape.Input > 0 && p.Input == nil {
		panic("ode: the field has inputs, so the problem needs an Input")
	}
	if len(p.T0) != lanes || len(p.X0.V) != shape.State*lanes || len(p.Times)%lanes != 0 {
		panic("ode: T0, X0 and Times must fit the lanes")
	}
	if len(p.Theta.V) != p.Theta.Rows*p.Theta.Lanes || p.Theta.Rows != shape.Theta {
		panic("ode: Theta has not the length the field needs")
	}
	if len(tr.Status) != lanes || len(tr.X) != len(p.Times)*shape.State {
		panic("ode: the trajectory has not the size of the problem")
	}
}

// end is the last saved time of a lane, -Inf if it has none.
func (s *Solver) end(l int) float64 {
	end := math.Inf(-1)
	for k := range s.saves {
		t := s.p.Times[k*len(s.lane)+l]
		if math.IsNaN(t) {
			break
		}
		if t < end {
			panic("ode: the saved times of a lane must not decrease")
		}
		end = t
	}
	return end
}

func (s *Solver) beginLane(l int, breaker field.Breaker) {
	q, t := &s.lane[l], s.step.From.T[l]
	for q.next < s.saves && s.time(q.next, l) <= t {
		copyLane(s.tr.State(q.next, s.step.X.Rows).V, s.step.From.X.V, l, len(s.lane))
		if s.watch != nil {
			s.watch.atStart(q.next, l)
		}
		q.next++
	}
	q.due = s.due(q.next, l)
	q.active = q.end > t
	if !q.active {
		return
	}
	if !s.delays.legal(l) {
		s.fail(l, StatusDelay)
		return
	}
	if s.MaxSteps > 0 && s.delays.steps(l, q.end-t) > float64(s.MaxSteps) { // before they are taken
		s.fail(l, StatusShortDelay)
		return
	}
	if breaker != nil {
		q.breaks = breaker.Breaks(l, t, math.Nextafter(q.end, math.Inf(1))) // a jump at the end counts
	}
	for i := l; i < len(s.step.From.X.V); i += len(s.lane) {
		if x := s.step.From.X.V[i]; x-x != 0 {
			s.fail(l, StatusNonFinite)
			return
		}
	}
	s.jumps.enter(s, l)
	if s.jumps.reach(s, l, l); !q.active {
		return
	}
	s.aim(l, t)
}

func (s *Solver) time(k, l int) float64 { return s.p.Times[k*len(s.lane)+l] }

// due is the k-th saved time of a lane, +Inf behind the last.
func (s *Solver) due(k, l int) float64 {
	if k == s.saves {
		return math.Inf(1)
	}
	return s.time(k, l)
}

// fail ends a lane where it stands.
func (s *Solver) fail(l int, why Status) {
	q := &s.lane[l]
	q.active = false
	s.tr.Status[l] = why
	for k := q.next; k < s.saves && !math.IsNaN(s.time(k, l)); k++ {
		x := s.tr.State(k, s.step.X.Rows).V
		for i := l; i < len(x); i += len(s.lane) {
			x[i] = math.NaN()
		}
	}
}
