// Package entrain is the map of the module; it holds no code. Entrain learns
// the differential equations behind measured time series: recordings go in, a
// continuous-time model comes out that can be simulated, forecast with,
// questioned and shipped.
//
// Each public package answers one question:
//
//	program   How is a model written down and differentiated?
//	data      What is a recording?
//	field     What can be learnt, and how does it start?
//	ode       How is it integrated, and how are gradients pulled back?
//	opt       How is a function minimised?
//	model     What was learnt, and how does it run?
//	train     How is a model trained?
//	landscape What does a training loss look like?
//	chaos     What does a flow or a recording do in the long run?
//	study     How are many of these run, recorded and reported?
//
// Data travels one way:
//
//	file → data.Series → train.Problem → train.Method → model.Model → model.Forecast
//
// A forecast is a data.Series again. Read docs/architecture.md for the
// principles, then the package comments in the order of the data. The command
// is cmd/entrain; internal/policy tests what is said here about the layers.
package entrain
