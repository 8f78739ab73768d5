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
	Field   field.Field
	From    field.Point // T, X and Theta; U is room for the stepper
	H       []float64   // To − From.T
	To      []float64   // end of the step
	Last    []float64   // where "at the end" is evaluated: To, or just before it where the input jumps at To
	Start   []Start
	Input   field.Input // nil if the field has none
	X       Batch       // the state at To; for a lane with H = 0 something else
	Work    []float64   // room of the stepper, see Roomer; Pull needs what Step left there
	Evals   []int       // if not nil: field evaluations are added for lanes with H ≠ 0
	Factors []int       // factorisations of each lane, 0 before a step
	// Status is StatusOK before a step. A stepper that cannot take it in a lane
	// says why; the lane tries again with a shorter one.
	Status []Status
	// Way is for steppers with several ways to take a step: Step writes which it took in each
	// lane, 0 or 1, unless Again is set, when the step is repeated the same way.
	Way   []uint8
	Again bool

	program field.Programmed // Field if it is one
	next    bool             // Start is certainly StartNext in every lane
}

// Stepper takes steps and pulls cotangents back through them. It is made for
// one field shape, lane count and goroutine; no method allocates after the first
// steps of a field. What a lane becomes does not depend on its place or company.
//
// These three methods are enough: solvers, adjoints and sensitivities ask for
// nothing else. What a stepper can do beyond them it says by the interfaces
// below, each of which stands alone.
type Stepper interface {
	// Step fills s.X and s.Work.
	Step(s *Step)
	// Error writes the norm of each lane's estimated error in the step just
	// taken: 1 is as large as the tolerances allow. Without an estimate it writes
	// NaN. In a lane whose Status is not OK a norm above 1 says how much shorter
	// the next attempt shall be, as if it were an error.
	Error(norm []float64, s *Step, rtol, atol float64)
	// Pull adds (∂X/∂From)ᵀ g.X to g.From.X and g.From.Theta (if that has numbers), for the
	// steps of one integration from the last one to the first. A lane with H = 0
	// passes its cotangent on; its numbers need not be finite. s has what Step
	// had, but for Field, which may be a copy, and X and From.X: the state at From is
	// in Work.
	Pull(g, s *Step)
}

// Roomer is a Stepper that leaves numbers in Step.Work for its Pull, first of all the
// state at From, from which the step can be repeated. Discrete asks for one.
type Roomer interface {
	Stepper
	Room() Room
}

// Room is how Step.Work is laid out: rows × lanes numbers, of which a lane can be
// moved to another place or batch, and then what belongs to the step as a whole.
type Room struct {
	Rows   int // rows that Step fills, the first of them with the state at From
	Inside int // rows behind them that Extend fills
	Len    int // numbers in all; if there are no more in Work than those of the rows, Pull does without the rest
}

// Sloper is a Stepper whose steps begin with the slope at From.
type Sloper interface {
	Stepper
	// Slope evaluates the field at s.From; if the next call is Step from the
	// same place with StartAgain it is not evaluated again.
	Slope(s *Step) Batch
}

// Insider is a Stepper that gives states inside the step just taken.
type Insider interface {
	Stepper
	// Extend evaluates what states inside the step need; it adds to s.Evals
	// for the lanes that ask (inside; nil: nobody counts).
	Extend(s *Step, inside []bool)
	// Inside writes the state of a lane at From.T + θH into x, which has the
	// layout of a Batch.
	Inside(x []float64, s *Step, lane int, theta float64)
	// PullInside notes the cotangent c of such a state. The next Pull includes
	// it. s.Work must hold what Step and Extend left there.
	PullInside(g, s *Step, c []float64, lane int, theta float64)
}

// Heir is a Stepper whose steps use what it remembers of those before. Follow
// takes over what old, of the same kind, knows of its lanes of, which are this
// stepper's in that order.
type Heir interface {
	Stepper
	Follow(old Stepper, of []int)
}

// Owing is a Stepper whose Pull leaves part of a cotangent to the Pull of the
// step before, because a step used an evaluation of that one.
type Owing interface {
	Stepper
	// Rest forgets what was left; it comes before the last step's Pull.
	Rest()
	// Owed is what was left, in the layout of the state, and whether anything was.
	Owed() (Batch, bool)
	// Owe says whether there is anything after the caller wrote into Owed's batch.
	Owe(any bool)
}

// Wants is what an integration asks of its steps.
type Wants struct {
	Lean       bool    // nobody looks at Work after a step
	Judged     bool    // Error is called after every step
	Exact      bool    // steps are pulled back or compared: implicit stages are to be solved to rounding
	RTol, ATol float64 // of Error; what else is solved approximately follows them
}

// Preparer is a Stepper that is told what is wanted before every integration.
type Preparer interface {
	Stepper
	Prepare(w Wants)
}

// Binder is a Stepper that is told the problem whose steps come: before the
// first step and before the first Pull.
type Binder interface {
	Stepper
	Bind(p *IVP)
	// Settle comes after the last Pull and adds to g what still waits.
	Settle(g *field.Point)
}

// Jacobian is a Stepper that has the whole derivative of a step at less than one
// Pull a state. For Sensitivity, so for one lane.
type Jacobian interface {
	Stepper
	// Jacobian writes ∂x/∂x0 to jx, n × n, and ∂x/∂θ to jt, n rows that begin wide
	// numbers apart, of the state x at From.T + θH in the step just taken.
	Jacobian(jx, jt []float64, wide int, s *Step, theta float64)
}

// able is a Stepper with what it can do. Assertions may allocate, so they are made
// once for each stepper.
type able struct {
	Stepper
	roomer   Roomer
	sloper   Sloper
	insider  Insider
	heir     Heir
	owing    Owing
	preparer Preparer
	binder   Binder

	marcher marcher
	keeping keeping
}

// newAble makes a stepper; inside says whether it will be asked for states inside steps.
func newAble(m *Scheme, shape field.Shape, inside bool) able {
	a := able{Stepper: m.New(shape, inside)}
	a.roomer, _ = a.Stepper.(Roomer)
	a.sloper, _ = a.Stepper.(Sloper)
	a.insider, _ = a.Stepper.(Insider)
	a.heir, _ = a.Stepper.(Heir)
	a.owing, _ = a.Stepper.(Owing)
	a.preparer, _ = a.Stepper.(Preparer)
	a.binder, _ = a.Stepper.(Binder)
	a.marcher, _ = a.Stepper.(marcher)
	a.keeping, _ = a.Stepper.(keeping)
	return a
}

// room is how Work is laid out.
func (a *able) room() Room {
	if a.roomer == nil {
		return Room{}
	}
	return a.roomer.Room()
}

func (a *able) prepare(w Wants) {
	if a.preparer != nil {
		a.preparer.Prepare(w)
	}
}

func (a *able) bind(p *IVP) {
	if a.binder != nil {
		a.binder.Bind(p)
	}
}

func (a *able) settle(g *field.Point) {
	if a.binder != nil {
		a.binder.Settle(g)
	}
}

func (a *able) rest() {
	if a.owing != nil {
		a.owing.Rest()
	}
}

func (a *able) follow(old *able, of []int) {
	if a.heir != nil {
		a.heir.Follow(old.Stepper, of)
	}
}
