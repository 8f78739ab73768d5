package opt

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// Relaxed are the settings of the relaxation of a nonlinear program, see
// RelaxedSolver.
type Relaxed struct {
	Weight    []float64 // w of each row; nil: one
	Grow      float64   // ρ grows by it from stage to stage
	Stages    int       // at most
	Steps     int       // of a stage, at most
	Limit     int       // of all steps
	Gain      float64   // relative fall of the function at which a stage ends
	Violation float64   // largest violation of a row at which it is over
	Patience  int       // stages in a row whose violations hardly fall after which it is over
	Bound     float64   // w of each bound of an unknown; 0: bounds are not seen
}

// DefaultRelaxed returns the settings for rows of about unit size.
func DefaultRelaxed() *Relaxed {
	return &Relaxed{Grow: 10, Stages: 20, Steps: 40, Limit: 100, Gain: 1e-3, Violation: 1e-4, Patience: 2}
}

// RelaxedSolver finds a point near the rows of a nonlinear program from one that is
// far from them: the augmented Lagrangian
//
//	f(x) + Σ_j (ρ w_j/2) dist²(c_j(x) + y_j/(ρ w_j), [floor_j, ceiling_j])
//
// is minimised by Levenberg–Marquardt steps, then multipliers y become what the
// violated rows say and ρ grows. Bounds of unknowns are penalised likewise, without
// multipliers, or not seen. The matrix of a step is that of InteriorSolver with −1/(ρ w_j)
// on the diagonal of rows, so its structure is used; without second derivatives of rows
// nothing but f can spoil its inertia. Multipliers are ρ times a violation: they cannot outgrow f.
//
// Source: Bertsekas, Constrained Optimization and Lagrange Multiplier Methods (1982),
// chapters 2 and 3 (inequalities); Levenberg–Marquardt as in LM.
type RelaxedSolver struct {
	cfg   Relaxed
	prog  *program
	kkt   *kkt
	floor []float64
	ceil  []float64

	c, trial, y []float64 // rows, those of a trial, multipliers that the rows say
	x           []float64
	rhs, grad   []float64
	unit        []float64 // scales of rows
	curve       []float64 // second derivatives of what violated bounds cost
}

// RelaxedState is what a relaxation knows beside the program; a run that goes on
// from a copy of it gives the same bits.
type RelaxedState struct {
	K       int       `json:"k"`     // steps made
	Stage   int       `json:"stage"` // values of ρ before this one
	Step    int       `json:"step"`  // steps of this stage
	X       []float64 `json:"x"`
	Y       []float64 `json:"y"`
	Rho     float64   `json:"rho"`
	Delta   float64   `json:"delta"`  // damping, of unit diagonals
	Before  float64   `json:"before"` // violation at the end of the stage before, 0 of the first
	Slow    int       `json:"slow"`   // stages in a row whose violations hardly fell
	Over    bool      `json:"over"`
	Reached bool      `json:"reached"` // the rows hold to within Violation
	Reason  string    `json:"reason"`
}

// Clone returns a copy that shares nothing.
func (st *RelaxedState) Clone() *RelaxedState {
	c := *st
	c.X, c.Y = slices.Clone(st.X), slices.Clone(st.Y)
	return &c
}

// Relaxation tells what one step did.
type Relaxation struct {
	K, Stage  int
	Objective float64 // f where the step ended
	Value     float64 // of the augmented Lagrangian
	Violation float64 // largest of a row
	Rho       float64
	Delta     float64
	Factors   int
}

// NewRelaxed returns a relaxation that shares work space with a solver of the same
// program: steps of the two may alternate, but not run at the same time.
func NewRelaxed(s *InteriorSolver, cfg Relaxed) (*RelaxedSolver, error) {
	shape := s.prog.shape
	n, m := s.prog.n, s.prog.m
	if cfg.Weight != nil && len(cfg.Weight) != m {
		return nil, fmt.Errorf("%d weights for %d rows", len(cfg.Weight), m)
	}
	if !(cfg.Grow > 1) || cfg.Stages < 1 || cfg.Steps < 1 || cfg.Patience < 1 {
		return nil, fmt.Errorf("grow %g must be above one, stages %d, steps %d and patience %d one or more", cfg.Grow, cfg.Stages, cfg.Steps, cfg.Patience)
	}
	return &RelaxedSolver{cfg: cfg, prog: s.prog, kkt: s.kkt, floor: shape.Floor, ceil: shape.Ceiling,
		c: make([]float64, m), trial: make([]float64, m), y: make([]float64, m), x: make([]float64, n),
		rhs: make([]float64, n+m), grad: make([]float64, n), unit: ones(m), curve: make([]float64, n)}, nil
}

// dampingFirst and its bounds, in units of the Hessian's diagonal.
const (
	dampingFirst = 1e-3
	dampingLeast = 1e-10
	dampingMost  = 1e8
	dampingUp    = 4
	dampingDown  = 1.0 / 3
	enoughGain   = 1e-4 // of the predicted one, to take a step
)

// Start returns the state that begins a relaxation at x with the weight rho, which is
// positive, of the squares of violated rows.
func (s *RelaxedSolver) Start(x []float64, rho float64) *RelaxedState {
	st := &RelaxedState{X: slices.Clone(x), Y: make([]float64, s.prog.m), Rho: rho, Delta: dampingFirst}
	for i, fixed := range s.prog.fixed {
		if fixed {
			st.X[i] = s.prog.shape.Low[i]
		}
	}
	return st
}

func (s *RelaxedSolver) weight(st *RelaxedState, j int) float64 {
	if s.cfg.Weight == nil {
		return st.Rho
	}
	return st.Rho * s.cfg.Weight[j]
}

// value returns the augmented Lagrangian, given f and rows, and writes what the rows
// say multipliers are.
func (s *RelaxedSolver) value(y []float64, st *RelaxedState, f float64, c []float64) float64 {
	for j, v := range c {
		w := s.weight(st, j)
		at := v + st.Y[j]/w
		over := w * (at - min(max(at, s.floor[j]), s.ceil[j]))
		if y != nil {
			y[j] = over
		}
		f += over * over / (2 * w)
	}
	return f
}

// bounds returns what violated bounds of unknowns cost and, if they are not nil, adds the
// gradient and writes the second derivatives, which are diagonal.
func (s *RelaxedSolver) bounds(grad, curve []float64, st *RelaxedState, x []float64) (cost float64) {
	if s.cfg.Bound == 0 {
		return 0
	}
	w := st.Rho * s.cfg.Bound
	for i, v := range x {
		over := v - min(max(v, s.prog.shape.Low[i]), s.prog.shape.High[i])
		cost += w * over * over / 2
		if grad != nil {
			grad[i] += w * over
			if curve[i] = 0; over != 0 && !s.prog.fixed[i] {
				curve[i] = w
			}
		}
	}
	return cost
}

// Step makes one step, or finds that none is needed or possible.
func (s *RelaxedSolver) Step(st *RelaxedState) (it Relaxation) {
	it = Relaxation{K: st.K, Stage: st.Stage, Rho: st.Rho}
	if st.Over {
		return it
	}
	st.K++
	st.Step++
	s.prog.use(1, s.unit)
	f, fail := s.prog.values(s.c, st.X)
	if fail == "" {
		fail = s.prog.linearise(st.X)
	}
	if fail == "" {
		clear(s.y)
		fail = s.prog.curvature(st.X, s.y, 1)
	}
	if fail != "" {
		st.Over, st.Reason = true, fail
		return it
	}
	before := s.value(s.y, st, f, s.c) + s.bounds(nil, nil, st, st.X)
	copy(s.grad, s.prog.grad)
	s.bounds(s.grad, s.curve, st, st.X)
	addTransposed(s.grad, s.prog.shape.Jacobian, s.prog.jac, s.y)
	after, moved := s.descend(st, &it, before)
	it.Objective, _ = s.prog.values(s.c, st.X)
	it.Value, it.Violation, it.Delta = after, s.violation(), st.Delta
	if !moved || before-after <= s.cfg.Gain*math.Abs(before) || st.Step >= s.cfg.Steps || st.K >= s.cfg.Limit {
		s.raise(st, it.Violation)
	}
	return it
}

// descend takes a step that lowers the function, if one is found.
func (s *RelaxedSolver) descend(st *RelaxedState, it *Relaxation, before float64) (after float64, moved bool) {
	n := s.prog.n
	for ; st.Delta <= dampingMost; st.Delta *= dampingUp {
		s.matrix(st)
		it.Factors++
		in := s.kkt.lin.factor(s.prog.hess, s.prog.jac, s.kkt.d, s.kkt.e)
		if in.Zero > 0 || in.Negative != s.prog.m {
			continue
		}
		clear(s.rhs)
		for i, g := range s.grad {
			if !s.prog.fixed[i] {
				s.rhs[i] = -g
			}
		}
		if !s.kkt.solve(s.rhs) {
			continue
		}
		dx := s.rhs[:n]
		predicted := -kernel.Dot(s.grad, dx) / 2
		copy(s.x, st.X)
		kernel.AddTo(s.x, dx)
		f, fail := s.prog.values(s.trial, s.x)
		if fail != "" {
			continue
		}
		after = s.value(nil, st, f, s.trial) + s.bounds(nil, nil, st, s.x)
		if ratio := (before - after) / predicted; num.Finite(after) && predicted > 0 && ratio > enoughGain {
			copy(st.X, s.x)
			if ratio > 0.75 {
				st.Delta = max(dampingLeast, st.Delta*dampingDown)
			} else if ratio < 0.25 {
				st.Delta *= dampingUp
			}
			return after, true
		}
	}
	st.Delta = dampingFirst
	return before, false
}

// matrix sets the diagonals of a step's matrix.
func (s *RelaxedSolver) matrix(st *RelaxedState) {
	const off = 1e20 // a row that is not violated is as good as none
	for i := range s.kkt.d {
		s.kkt.d[i] = st.Delta + s.curve[i]
		if s.prog.fixed[i] {
			s.kkt.d[i] = 1
		}
	}
	for j := range s.kkt.e {
		s.kkt.e[j] = off
		if s.y[j] != 0 || s.floor[j] == s.ceil[j] {
			s.kkt.e[j] = 1 / s.weight(st, j)
		}
	}
}

// violation returns the largest of a row where s.c belongs to.
func (s *RelaxedSolver) violation() float64 {
	most := 0.0
	for j, c := range s.c {
		most = max(most, s.floor[j]-c, c-s.ceil[j])
	}
	return most
}

// raise ends a stage. Violations fall by about as much as ρ grows where rows can be
// satisfied; where they cannot, by about its root.
func (s *RelaxedSolver) raise(st *RelaxedState, violation float64) {
	f, _ := s.prog.values(s.c, st.X)
	s.value(st.Y, st, f, s.c)
	st.Stage, st.Step = st.Stage+1, 0
	if st.Slow++; st.Before == 0 || violation <= st.Before/math.Sqrt(s.cfg.Grow) {
		st.Slow = 0
	}
	st.Before = violation
	switch {
	case violation <= s.cfg.Violation:
		st.Over, st.Reached = true, true
	case st.Slow >= s.cfg.Patience:
		st.Over, st.Reason = true, "the violations of rows hardly fall any more"
	case st.Stage >= s.cfg.Stages || st.K >= s.cfg.Limit:
		st.Over, st.Reason = true, "all steps were made"
	default:
		st.Rho *= s.cfg.Grow
	}
}
