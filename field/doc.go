// Package field answers the question: what can be learnt? It holds the
// right-hand sides dx/dt = f(t, x, u; θ): architectures (a multi-layer
// perceptron, second-order structure, equations written as text), known
// systems, wrappers that make a new program from a program (coupled, tangent),
// and the ways in which parameters start.
//
// Read field.go (the interface everything else uses), architecture.go (what
// is described in a model file), then programmed.go (how a program becomes a
// Field).
package field
