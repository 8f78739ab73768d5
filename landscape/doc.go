// Package landscape answers: what does a training loss look like?
//
// The loss itself is a train.Surface: its value at many points at a time, and at
// a point its gradient and products with its Hessian. Here is what can be asked of
// these: the loss along a parameter and in a plane (plane.go), the plane of an
// optimisation path (path.go), the largest eigenvalues and the trace (eigen.go)
// and the density of all eigenvalues (spectrum.go). The latter know no losses but
// an Operator, which is symmetric and multiplies.
package landscape
