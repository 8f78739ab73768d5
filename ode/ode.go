package ode

import "github.com/entrain-dev/entrain/field"

// Batch is rows × lanes numbers; see program.Batch.
type Batch = field.Batch

// Options choose a solver. Times and tolerances are in the units of the field
// that is integrated (scaled units in training).
type Options struct {
	Solver     string  `json:"solver" yaml:"solver"`         // dopri5, tsit5, rk4, radau5, …, see Methods
	Step       float64 `json:"step" yaml:"step"`             // fixed step size; 0 = adaptive where the solver has an error estimate
	RTol       float64 `json:"rtol" yaml:"rtol"`             // relative tolerance
	ATol       float64 `json:"atol" yaml:"atol"`             // absolute tolerance
	FirstStep  float64 `json:"first_step" yaml:"first_step"` // 0 = chosen by Hairer's rule
	MaxSteps   int     `json:"max_steps" yaml:"max_steps"`   // attempted steps per lane before StatusMaxSteps
	Controller string  `json:"controller" yaml:"controller"` // pi, integral, predictive, fixed ("" = by Step and solver)
	Save       string  `json:"save" yaml:"save"`             // interpolate, land ("" = interpolate if the solver can and the step is adaptive)
	Memory     int     `json:"memory" yaml:"memory"`         // bytes an adjoint may keep; more steps than fit are recomputed from checkpoints
	Control    Control `json:"control" yaml:"control"`       // coefficients of the controller; zeros are its defaults
	Threads    int     `json:"threads" yaml:"threads"`       // cores a Parallel uses, 0 = all; results do not depend on it
}

// Status tells how the integration of one lane ended.
type Status uint8

// The ways an integration may end.
const (
	StatusOK           Status = iota
	StatusStepTooSmall        // the step size underflowed
	StatusMaxSteps            // Options.MaxSteps attempts were not enough
	StatusNonFinite           // the state left the floating-point numbers
	StatusUnsolved            // the equations of an implicit step could not be solved
	StatusStiff               // an explicit solver gave up where the problem is stiff
	StatusPiledUp             // events follow each other ever faster
	StatusManyEvents          // there were too many of them
	StatusChain               // an event set off another
	StatusInconsistent        // no algebraic unknowns satisfy their equations
	StatusDelay               // a delay is not above 0
	StatusShortDelay          // a delay is so short that Options.MaxSteps steps of it are not enough
)

// IVP is an initial value problem for every lane: integrate Field from
// (T0, X0) and report the state at Times. Lanes are independent: each has its
// own times, step sizes and status.
type IVP struct {
	Field field.Field
	Input field.Input // nil if the field has no inputs
	X0    Batch
	Theta Batch     // 1 lane, or X0's lanes
	T0    []float64 // start time of each lane
	// Past is what each lane was before its start, where the field looks back (field.Delays);
	// nil, or nil for a lane: what the field says.
	Past []Past
	// Times[k*lanes+l] is the k-th saved time of lane l, non-decreasing in k
	// and ≥ T0[l]. A NaN ends the list of a lane (its later saves are left as
	// they are).
	Times []float64
}

// Trajectory holds the saved states and how each lane ended; the states that a
// failed lane did not reach are NaN. Its cotangent is a Trajectory of the same
// shape of which only X is used.
type Trajectory struct {
	// X[(k*rows+i)*lanes+l] is component i of lane l at its k-th saved time.
	X      []float64
	Status []Status
	Stats  Stats
}

// Stats counts work per lane. Evals are field evaluations of the forward
// integration, in accepted and rejected steps; recomputation and VJPs are not
// counted.
type Stats struct {
	Evals, Accepted, Rejected []int
	// Factors are how many times implicit methods factored the matrices of their steps.
	Factors []int
	// Stiff are the accepted steps that solver=auto took with its implicit method.
	Stiff []int
}

// Adjoint integrates a problem and then turns ∂L/∂(saved states) into ∂L/∂x0
// and ∂L/∂θ.
type Adjoint interface {
	Solve(tr *Trajectory, p *IVP)
	// Pull adds to g.X (∂L/∂x0) and g.Theta the pull-back of gtr.X through the
	// last Solve. g.Theta may have 1 lane (sum over lanes) or X0's lanes.
	Pull(g *field.Point, gtr *Trajectory)
}

var (
	_ Adjoint = (*Discrete)(nil)
	_ Adjoint = (*Backsolve)(nil)
	_ Adjoint = (*Parallel)(nil)
)
