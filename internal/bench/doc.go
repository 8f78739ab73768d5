// Package bench answers the question: how fast is it, and how far from what
// the machine can do?
//
// A Case is one piece of work with a name: an innermost loop, an evaluation of
// a field, a step, a gradient, an epoch, a whole problem (G1 … G9). Prepare makes
// its Job, and a Meter times that: the fastest of many calibrated repetitions.
//
// The problems are defined in problem.go (gradients) and growth.go (longer,
// wider ones), orbit.go and swarm.go (solver only), training.go with
// oscillators.go and spiral.go (fits), learn.go (from data to a model); kernels.go
// and levels.go are the layers below them. Every gradient has figures to check it by: those of
// other programs on the same weights.
//
// This package looks at the clock. It decides nothing: no result of Entrain
// depends on it.
package bench
