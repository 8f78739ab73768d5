package field

import "github.com/entrain-dev/entrain/program"

// single is a field in float32. It is not Programmed, because who asks for the
// program would run it in float64.
type single struct{ f *programmed }

// NewSingle is New with the work of each lane in float32: up to twice as fast
// for large batches, and right to five or six digits (program.ExecSingle says
// what that rests on). States, parameters, cotangents and sums over lanes are
// float64, so a solver need not know. It should not be asked for more than there
// is: an error estimate has a floor of about 1e-6 of what a step changes, below
// which smaller steps gain nothing.
//
// Gradients through a solver gain less, from a thousand trajectories on: with
// fewer, float64 keeps activations for the way back, and chunks are short.
//
// A single lane is computed in float64, being no batch. Without AVX2
// (kernel level generic) float32 is several times slower than float64.
func NewSingle(p *program.Program, lanes int, ensemble bool) Field {
	if lanes == 1 {
		return New(p, lanes, ensemble)
	}
	return newSingle(newProgrammed(p, lanes, ensemble))
}

func newSingle(f *programmed) *single {
	f.single = true
	f.eval = f.newCall(f.p)
	return &single{f}
}

func (s *single) Shape() Shape                { return s.f.Shape() }
func (s *single) Eval(dx Batch, at *Point)    { s.f.Eval(dx, at) }
func (s *single) JVP(ddx Batch, at, v *Point) { s.f.JVP(ddx, at, v) }
func (s *single) VJP(g, at *Point, c Batch)   { s.f.VJP(g, at, c) }

// Copy implements Copier; lanes is at least 8, as in every batch.
func (s *single) Copy(lanes int) Field {
	c := &programmed{p: s.f.p, lanes: s.f.lanes, shape: s.f.shape}
	c.shape.Lanes = lanes
	return newSingle(c)
}
