// Package train answers the question: how is a model trained?
//
// A Problem (recordings, an architecture, a seed) goes into a Method; a Result
// with a model.Model comes out, and Events are pushed outward on the way. Read
// problem.go (what goes in), method.go (the contract of every method, and what
// comes out), then rollout.go (the one place where recordings
// become lanes); after that each method is one file: vanilla.go, homotopy.go,
// progressive.go, multipleshooting.go, gradientmatching.go, lm.go, auto.go;
// chain.go lets them follow one another. Gradient descent is in loop.go and firstorder.go,
// Levenberg–Marquardt in leastsquares.go.
//
// The loss as a function is a Surface (surface.go); products with its Hessian are
// in curvature.go and directions.go. What is asked of them is in package landscape.
package train
