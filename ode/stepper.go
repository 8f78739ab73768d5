package ode

import "github.com/entrain-dev/entrain/field"

// Start says how a lane enters a step.
type Start uint8

// The ways a lane may enter a step.
const (
	StartFresh Start = iota // nothing is known about the lane yet
	StartNext               // it continues where its last step ended
	StartAgain              // its last step was rejected: same place, another size
)

// Step is one step of every lane, from From.T over H to To. A lane with H = 0
// stays where it is. As a cotangent (see Stepper.Pull) only X, From.X and
// From.Theta are used.
type Step struct {
	Field field.Field
	From  field.Point // T, X and Theta; U is room for the stepper
	H     []float64   // To − From.T
	To    []float64   // end of the step
	Last  []float64   // where "at the end" is evaluated: To, or just before it where the input jumps at To
	Start []Start
	Input field.Input // nil if the field has none
	X     Batch       // the state at To; for a lane with H = 0 something else
	Work  []float64   // room of the stepper, Stepper.Room numbers; Pull needs what Step left there
	Evals []int       // if not nil: field evaluations are added for lanes with H ≠ 0

	program field.Programmed // Field if it is one
	next    bool             // Start is certainly StartNext in every lane
}

// Stepper takes steps and pulls cotangents back through them. It is made for
// one field shape, lane count and goroutine; no method allocates.
type Stepper interface {
	// Room is the length of Step.Work.
	Room() int
	// Slope evaluates the field at s.From; if the next call is Step from the
	// same place with StartAgain it is not evaluated again.
	Slope(s *Step) Batch
	// Step fills s.X and s.Work.
	Step(s *Step)
	// Error writes the norm of each lane's estimated error in the step just
	// taken: 1 is as large as the tolerances allow.
	Error(norm []float64, s *Step, rtol, atol float64)
	// Pull adds (∂X/∂From)ᵀ g.X to g.From.X and g.From.Theta, for the steps of
	// one integration from the last one to the first. A lane with H = 0 passes
	// its cotangent on. The field is evaluated once a stage, so what a
	// StartNext step owes to its first stage is handed to the step before.
	Pull(g, s *Step)
	// Rest forgets what Pull was handed; it comes before the last step's Pull.
	Rest()
}

// Insider is a Stepper that gives states inside the step just taken.
type Insider interface {
	Stepper
	// Extend evaluates what states inside the step need; it adds to s.Evals
	// for the lanes that ask (inside).
	Extend(s *Step, inside []bool)
	// Inside writes the state of a lane at From.T + θH into x, which has the
	// layout of a Batch.
	Inside(x []float64, s *Step, lane int, theta float64)
	// PullInside notes the cotangent c of such a state. The next Pull includes
	// it. s.Work must hold what Step and Extend left there.
	PullInside(g, s *Step, c []float64, lane int, theta float64)
}
