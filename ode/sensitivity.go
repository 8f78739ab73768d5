package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

const sensitivityLanes = "ode: Sensitivity needs a field with one lane"

// Sensitivity integrates and carries along S = ∂x/∂(θ, x0), the exact
// derivative of the computed solution with the step sizes as they were. It is
// meant for few states: each stage costs one VJP a state, whatever the number
// of parameters.
type Sensitivity struct {
	solver *Solver
	n, p   int
	work   []float64
	saved  []float64 // S at saved times
	carrier
	leap jumpSlopes
}

// carrier carries S from step to step. Both parts of it, ∂x/∂θ with rows wide
// numbers apart and ∂x/∂x0, are returned in its own room.
type carrier interface {
	reset()
	width() int
	start() (theta, x []float64)                 // S before the next step
	at(s *Step, at float64) (theta, x []float64) // S at From.T + at·H, in the step just taken
	take(s *Step, linked bool)                   // the step counts; linked: the next one may use its last slope
}

// carrying is a Stepper with a carrier of its own.
type carrying interface{ newCarrier(p int) carrier }

// NewSensitivity allocates for fields of f's shape, which has one lane.
func NewSensitivity(f field.Field, o Options) (*Sensitivity, error) {
	s, err := NewSolver(f, o)
	if err != nil {
		return nil, err
	}
	if err := s.scheme.mustBend(f); err != nil {
		return nil, err
	}
	shape := f.Shape()
	if shape.Lanes != 1 {
		panic(sensitivityLanes)
	}
	s.makeRoom(f)
	s.exact = true
	v := &Sensitivity{solver: s, n: shape.State, p: shape.Theta, work: kernel.Aligned(s.all.room().Len)}
	if s.delays.any() {
		v.carrier = newDelayCarrier(s, v.n, v.p)
	} else if c, ok := s.all.Stepper.(carrying); ok {
		v.carrier = c.newCarrier(v.p)
	} else {
		v.carrier = newPulled(&s.all, v.n, v.p)
	}
	s.watch = v
	return v, nil
}

// Solve integrates p, fills tr, and sets S[(k*n+i)*(P+n)+j] to the derivative
// of component i of the k-th saved state by θ_j for j < P and by component j−P
// of x0 after that. It returns the lane's status; S of states that were not
// reached is left as it is.
func (v *Sensitivity) Solve(tr *Trajectory, S []float64, p *IVP) Status {
	if len(S) != len(p.Times)*v.n*(v.p+v.n) {
		panic("ode: S must hold times × states × (parameters + states) numbers")
	}
	v.saved = S
	v.solver.Solve(tr, p)
	return tr.Status[0]
}

func (v *Sensitivity) begin(s *Solver) {
	v.reset()
	v.resettled(s)
}

func (v *Sensitivity) resettled(s *Solver) {
	if s.consistency != nil {
		theta, x := v.start()
		s.consistency.carry(theta, x, v.width(), &s.step)
	}
}

func (v *Sensitivity) room() []float64 { return v.work }
func (v *Sensitivity) narrowed([]int)  {}

func (v *Sensitivity) jumped(_ int, j *leap) {
	if c, ok := v.carrier.(*delayCarrier); ok && j.when != nil {
		c.crossed(j, v.solver.p.Theta)
	}
	theta, x := v.start()
	v.leap.carry(theta, x, v.width(), j, v.solver.p.Theta)
}

// save copies both parts of S for the k-th saved time.
func (v *Sensitivity) save(k int, theta, x []float64) {
	cols, wide := v.p+v.n, v.width()
	S := v.saved[k*v.n*cols:]
	for i := range v.n {
		copy(S[i*cols:], theta[i*wide:i*wide+v.p])
		copy(S[i*cols+v.p:], x[i*v.n:(i+1)*v.n])
	}
}

func (v *Sensitivity) atStart(k, _ int) {
	theta, x := v.start()
	v.save(k, theta, x)
}

func (v *Sensitivity) atSave(s *Step, k, _ int, at float64) {
	theta, x := v.at(s, at)
	v.save(k, theta, x)
}

func (v *Sensitivity) took(s *Step, _ []bool, _ bool) { v.take(s, !v.solver.lane[0].onBreak) }

// pulled carries S through the steps of any Stepper: by the derivative of the
// step, one Pull a state where the stepper has it no cheaper.
type pulled struct {
	a        *able
	jacobian Jacobian // a if it is one
	n, p     int
	wide     int
	x, theta []float64 // S before the step
	jx, jt   []float64 // derivative of the step
	atX, atT []float64 // S behind it or inside
	g        Step
	c        []float64
}

func newPulled(a *able, n, p int) *pulled {
	v := &pulled{a: a, n: n, p: p, wide: max(8, (p+7)&^7)}
	v.jacobian, _ = a.Stepper.(Jacobian)
	square, tall := func() []float64 { return make([]float64, n*n) }, func() []float64 { return make([]float64, n*v.wide) }
	v.x, v.jx, v.atX, v.theta, v.jt, v.atT = square(), square(), square(), tall(), tall(), tall()
	v.g, v.c = Step{X: newBatch(n, 1)}, make([]float64, n)
	return v
}

func (v *pulled) reset() {
	clear(v.theta)
	identity(v.x, v.n)
}

func (v *pulled) width() int { return v.wide }

func (v *pulled) start() (theta, x []float64) { return v.theta, v.x }

func (v *pulled) at(s *Step, at float64) (theta, x []float64) {
	clear(v.jx)
	clear(v.jt)
	if v.jacobian != nil {
		v.jacobian.Jacobian(v.jx, v.jt, v.wide, s, at)
	} else {
		v.pull(s, at)
	}
	matMul(v.atX, v.jx, v.x, v.n)
	copy(v.atT, v.jt)
	for i := range v.n {
		for k := range v.n {
			kernel.AXPY(v.atT[i*v.wide:(i+1)*v.wide], v.jx[i*v.n+k], v.theta[k*v.wide:(k+1)*v.wide])
		}
	}
	return v.atT, v.atX
}

// pull makes every row of the derivative from a unit cotangent.
func (v *pulled) pull(s *Step, at float64) {
	if v.a.owing != nil { // each step by itself
		start := s.Start[0]
		s.Start[0] = StartFresh
		defer func() { s.Start[0] = start }()
	}
	for i := range v.n {
		v.a.rest()
		clear(v.g.X.V)
		g := &v.g
		g.From = field.Point{X: Batch{V: v.jx[i*v.n : (i+1)*v.n], Rows: v.n, Lanes: 1}}
		if v.p > 0 {
			g.From.Theta = Batch{V: v.jt[i*v.wide : i*v.wide+v.p], Rows: v.p, Lanes: 1}
		}
		if at < 1 {
			clear(v.c)
			v.c[i] = 1
			v.a.insider.PullInside(g, s, v.c, 0, at)
		} else {
			g.X.V[i] = 1
		}
		v.a.Pull(g, s)
	}
}

func (v *pulled) take(s *Step, _ bool) {
	v.at(s, 1)
	copy(v.theta, v.atT)
	copy(v.x, v.atX)
}

func identity(m []float64, n int) {
	clear(m)
	for i := range n {
		m[i*n+i] = 1
	}
}

// matMul writes dst = a b for n × n matrices.
func matMul(dst, a, b []float64, n int) {
	for i := range n {
		for j := range n {
			s := 0.0
			for k := range n {
				s += a[i*n+k] * b[k*n+j]
			}
			dst[i*n+j] = s
		}
	}
}
