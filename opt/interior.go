package opt

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/internal/registry"
)

// InteriorPoint are the settings of the primal–dual interior-point method for
// nonlinear programs. Tolerances are for the scaled program unless said.
type InteriorPoint struct {
	Tol        float64 `json:"tol" yaml:"tol"`               // largest residual of the optimality conditions at which it is over
	Violation  float64 `json:"violation" yaml:"violation"`   // largest violation of a row, in its own units, that counts as satisfied
	Acceptable float64 `json:"acceptable" yaml:"acceptable"` // residual that is good enough if Patience steps in a row have it
	Patience   int     `json:"patience" yaml:"patience"`
	Iterations int     `json:"iterations" yaml:"iterations"` // limit, restoration included
	Mu         float64 `json:"mu" yaml:"mu"`                 // first barrier parameter
	Push       float64 `json:"push" yaml:"push"`             // how far a start is moved inside its bounds, relative
	Scaling    float64 `json:"scaling" yaml:"scaling"`       // gradients above this are scaled down to it; 0 = no scaling
	Relax      float64 `json:"relax" yaml:"relax"`           // relative widening of bounds
	// FirstDelta is added to the Hessian's diagonal in each of the first
	// FirstSteps steps even if the inertia is right without it: it keeps the
	// first steps of models that are far from linear near the start.
	FirstDelta float64 `json:"first_delta" yaml:"first_delta"`
	FirstSteps int     `json:"first_steps" yaml:"first_steps"`
	// Rest is after how many steps in a row that needed ever less added to the Hessian's
	// diagonal nothing is added for a trial, at most, if that failed before: 1 and 0 after each.
	// A trial that fails costs a factorisation.
	Rest int `json:"rest" yaml:"rest"`
	// Linear is the linear algebra: dense, structured (needs Shape.Chains), or
	// auto: structured where it can be.
	Linear string `json:"linear" yaml:"linear"`
}

// DefaultInteriorPoint returns settings close to those of the publication, but
// for bounds, which are kept as they are.
func DefaultInteriorPoint() *InteriorPoint {
	return &InteriorPoint{Tol: 1e-8, Violation: 1e-6, Acceptable: 1e-6, Patience: 15, Iterations: 3000,
		Mu: 0.1, Push: 1e-2, Scaling: 100, Linear: "auto"}
}

// Check reports what is wrong with the settings.
func (c *InteriorPoint) Check() error {
	kinds := []string{"auto", "dense", "structured"}
	if c.Linear != "" && !slices.Contains(kinds, c.Linear) {
		return &registry.UnknownError{Kind: "linear algebra", Name: c.Linear, Known: kinds}
	}
	if !(c.Tol > 0) || !(c.Mu > 0) || !(c.Push > 0 && c.Push < 0.5) {
		return fmt.Errorf("tol %g and mu %g must be positive, push %g between 0 and 0.5", c.Tol, c.Mu, c.Push)
	}
	return firstOf(notNegative("violation", c.Violation), notNegative("acceptable", c.Acceptable),
		notNegative("scaling", c.Scaling), notNegative("relax", c.Relax), notNegative("first_delta", c.FirstDelta))
}

// InteriorSolver finds local minima of a nonlinear program by a primal–dual
// barrier method with a filter line search. It holds work space and the values
// of the last point: nothing that a resumed run could miss.
//
// Source: Wächter, Biegler, Math. Programming 106 (2006) 25–57. Differs from it in:
// bounds are not relaxed, slacks and the variables of the restoration are
// eliminated before a matrix is factorised, and there is no watchdog.
type InteriorSolver struct {
	cfg  InteriorPoint
	prog *program
	kkt  *kkt
	vars *variables
	prox *proximity // of a restoration
	rest *InteriorSolver

	point, trial, soc evaluation
	grad              []float64 // of the barrier function, N
	dual              []float64 // residual of the dual equations at mu, N
	dv, dzl, dzu, dy  []float64 // the step
	dv2, dy2          []float64 // a corrected step
	v2                []float64 // a trial point
	hw                []float64 // diagonal added to the Hessian: Σ and proximity, N
	pivot             []float64 // of each column
	rhs               []float64
}

// evaluation is the value of the program at a point.
type evaluation struct {
	f     float64   // scaled objective, costs of columns and proximity included
	c     []float64 // rows with their columns: what has to be zero
	theta float64   // Σ|c|
	phi   float64   // barrier function
}

// NewInteriorPoint allocates everything for a program. Its errors name what is
// wrong with the shape or the settings.
func NewInteriorPoint(nlp NLP, cfg InteriorPoint) (*InteriorSolver, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	shape := nlp.Shape()
	if err := shape.Check(); err != nil {
		return nil, err
	}
	structured := shape.Chains != nil && cfg.Linear != "dense"
	if cfg.Linear == "structured" && !structured {
		return nil, fmt.Errorf("structured linear algebra needs a program that says what its chains are")
	}
	prog := newProgram(nlp, shape)
	var lin linear
	if structured {
		lin = newStructured(shape)
	} else {
		lin = newDense(shape)
	}
	return newInterior(cfg, prog, slacks(shape, cfg.Relax), newKKT(shape, prog, lin)), nil
}

// newStructured returns the structured linear algebra that suits a program.
func newStructured(shape Shape) linear {
	if s := newCondensed(shape); s != nil {
		return s
	}
	return newChainSolver(shape)
}

func newInterior(cfg InteriorPoint, prog *program, vars *variables, k *kkt) *InteriorSolver {
	size, m := len(vars.low), prog.m
	s := &InteriorSolver{cfg: cfg, prog: prog, kkt: k, vars: vars}
	block := make([]float64, 9*size+7*m+prog.n)
	cut := func(n int) []float64 {
		v := block[:n:n]
		block = block[n:]
		return v
	}
	for _, v := range []*[]float64{&s.grad, &s.dual, &s.dv, &s.dzl, &s.dzu, &s.dv2, &s.v2, &s.hw} {
		*v = cut(size)
	}
	for _, v := range []*[]float64{&s.dy, &s.dy2, &s.point.c, &s.trial.c, &s.soc.c} {
		*v = cut(m)
	}
	s.rhs, s.pivot = cut(prog.n+m), make([]float64, size-prog.n)
	return s
}

// Linear says which linear algebra is at work: "dense" or "structured".
func (s *InteriorSolver) Linear() string { return s.kkt.lin.name() }
