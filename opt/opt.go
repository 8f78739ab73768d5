package opt

import "github.com/entrain-dev/entrain/internal/kernel"

// Loss is the value of an objective with its named terms; Value is their sum.
type Loss struct {
	Value float64
	Terms []Term
	// Fail says in words why the value could not be computed ("" if it could);
	// Value is then +Inf and the gradient is undefined.
	Fail string
}

// Term is one named part of a loss.
type Term struct {
	Name  string
	Value float64
}

// Objective is a scalar function of z = (θ, auxiliary states), pure in (z, k).
// grad == nil asks for the value only.
type Objective interface {
	Size() int
	Eval(grad, z []float64, k int) Loss
}

// Residual is an objective ½‖r(z)‖² whose residuals are known one by one.
// Its methods are pure in (z, k).
type Residual interface {
	// Size returns the number of residuals m and of unknowns n.
	Size() (m, n int)
	// Residuals writes r (length m) and, if jac is not nil, the Jacobian
	// ∂r/∂z, row-major m × n. It reports why it failed, "" if it did not.
	Residuals(r, jac, z []float64, k int) (fail string)
}

// Likely is a Residual whose cost is not half the sum of squares but a number of its own, such
// as the negative logarithm of a likelihood. Jacᵀ·r is its slope still and jacᵀ·jac its expected
// curvature, so that Gauss–Newton steps are those of Fisher's scoring.
type Likely interface {
	Residual
	// Cost is that of the last Residuals that did not fail.
	Cost() float64
}

// Cost is what is minimised: that of residuals r, which res has just computed.
func Cost(res Residual, r []float64) float64 {
	if l, ok := res.(Likely); ok {
		return l.Cost()
	}
	return kernel.Dot(r, r) / 2
}

// sizeOf is what changes of a cost are compared with: itself, or where that may be of either sign
// half the number of residuals, about which it varies.
func sizeOf(res Residual, cost float64) float64 {
	if _, ok := res.(Likely); ok {
		m, _ := res.Size()
		return float64(m) / 2
	}
	return cost
}

// Transform rewrites an update u in place (u starts as the gradient and ends
// as the step that is added to z). Its state is a flat slice owned by the
// caller, so a run resumes exactly at any k.
type Transform interface {
	// StateSize returns the length of the state for n unknowns.
	StateSize(n int) int
	Apply(u, state, z []float64, k int)
}
