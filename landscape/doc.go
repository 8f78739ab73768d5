// Package landscape answers: what does a training loss look like?
//
// The loss itself is a train.Surface: its value at many points at a time, and at
// a point its gradient and products with its Hessian. Here is what can be asked of
// these: the loss along a parameter and in a plane (plane.go) and the plane of an
// optimisation path (path.go). Eigenvalues, traces and densities of eigenvalues of
// the Hessian are linear algebra: it is a num.Operator.
package landscape
