package field

import "github.com/entrain-dev/entrain/program"

// Batch is rows × lanes numbers; see program.Batch.
type Batch = program.Batch

// Shape is the size of a field.
type Shape struct {
	State int // components of x
	Input int // components of u
	Theta int // parameters
	Lanes int // lanes of x; 1 or a multiple of 8
}

// Point is where a field is evaluated. Tangents and cotangents have the same
// shape; a nil V (or T) in them means zero for a tangent and "not wanted" for
// a cotangent.
type Point struct {
	T     []float64 // time of each lane
	X     Batch     // state
	U     Batch     // known inputs (forcing, data to synchronise with); may have no rows
	Theta Batch     // parameters: 1 lane (shared by all) or X's lanes (an ensemble)
}

// Field is dx/dt = f(t, x, u; θ), made for one lane count and one goroutine.
// No method allocates.
type Field interface {
	Shape() Shape
	// Eval writes dx = f(at).
	Eval(dx Batch, at *Point)
	// JVP writes ddx = J·v, the directional derivative of f at a point.
	JVP(ddx Batch, at, v *Point)
	// VJP adds Jᵀ·c to the parts of g that are not nil. A g.Theta with one
	// lane receives the sum over lanes, one with X's lanes keeps them apart.
	VJP(g, at *Point, c Batch)
}

// Curved is a Field with second derivatives.
type Curved interface {
	Field
	// HVP adds to g.X and g.Theta, if they are not nil, the gradient of c·(∂f/∂x)·v by x
	// and θ, with v and c fixed: a product with the second derivatives of f.
	HVP(g, at *Point, v, c Batch)
}

// Copier is a Field that can be made again for another number of lanes. The
// copy shares nothing with it that a call changes, so both may be used at the
// same time. A Copier is a pointer, so that two can be compared.
type Copier interface {
	Field
	Copy(lanes int) Field
}

// Programmed is a Field whose values are those of a program, with inputs among
// t, x, u and theta and the output dx; a pointer, so that two can be compared.
type Programmed interface {
	Field
	Program() *program.Program
}

// Holder is a Field that evaluates faster once it is told its parameters.
type Holder interface {
	Field
	// Hold says that the points of EvalHeld have these parameters, unchanged
	// until the next Hold. It returns false if EvalHeld cannot be used.
	Hold(theta Batch) bool
	// EvalHeld is Eval; it may round otherwise.
	EvalHeld(dx Batch, at *Point)
}

// Keeper is a Holder that can keep of an evaluation what its VJP needs, so that
// the way back computes nothing again. Its points have the parameters of Hold,
// too. Kept allocates when it is called first.
type Keeper interface {
	Holder
	// Kept is how many numbers are kept of one evaluation; 0: keeping is not
	// worth while, and the methods below must not be called.
	Kept() int
	// EvalKept is EvalHeld, with the same bits; it also fills kept.
	EvalKept(dx Batch, kept []float64, at *Point)
	// VJPKept is VJP, but what it adds to g.Theta may wait for Settle. kept is what
	// EvalKept left there when it was at the same point; g.U must be nil.
	VJPKept(g, at *Point, kept []float64, c Batch)
	// Settle adds what is owed to g.Theta, which is that of all calls of VJPKept
	// since the last Settle or Hold.
	Settle(g *Point)
}

// Input gives known inputs at times: At fills u with the inputs of each lane
// at that lane's time. It must be a pure function of t.
type Input interface {
	At(u Batch, t []float64)
}

// Parter is an Input that can be had for some of its lanes.
type Parter interface {
	Input
	// Part returns an Input for lanes lo … hi−1 that follows what happens to the
	// whole. Different parts may be asked at the same time. It is a Breaker if
	// the whole is one.
	Part(lo, hi int) Input
}

// Breaker is an Input with kinks or jumps. Breaks returns, ascending, the
// times in (t0, t1) of the given lane that a step must land on.
type Breaker interface {
	Input
	Breaks(lane int, t0, t1 float64) []float64
}
