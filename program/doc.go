// Package program answers the question: how is a model written down and
// differentiated?
//
// A right-hand side is a value: a straight-line list of operations over
// vectors and matrices with static shapes, no control flow. Thirteen
// operations are enough, and the set is closed under two transforms, JVP and
// VJP, so gradients, Jacobians, variational equations and Hessian products of
// any order need nothing written by hand:
//
//	b := program.New()
//	x := b.Batched("x", 2, 1)
//	w, c := b.Shared("W", 2, 2), b.Shared("c", 2, 1)
//	b.Output("dx", b.Act(program.Tanh, b.Add(b.MatVec(w, x), c)))
//	f, err := b.Done()
//	g := program.VJP(f, program.Wrt{Name: "x"}, program.Wrt{Name: "W"})
//
// A value is shared (one for all lanes: parameters) or batched (one for each
// lane). Read program.go (the nouns), builder.go, then jvp.go and vjp.go (one
// rule an operation), then exec.go (how a program runs without allocating).
// The package knows nothing of differential equations, training or files.
package program
