package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// initial chooses first step sizes. Source: Hairer, Nørsett, Wanner, Solving
// Ordinary Differential Equations I, II.4, "starting step size", with the
// constants of torchdiffeq.
type initial struct {
	at         field.Point
	first, dx  Batch
	h          []float64
	d0, d1, d2 []float64
}

func newInitial(shape field.Shape) initial {
	n := shape.Lanes
	row := func() []float64 { return make([]float64, n) }
	return initial{
		at:    field.Point{T: row(), X: newBatch(shape.State, n), U: newBatch(shape.Input, n)},
		first: newBatch(shape.State, n), dx: newBatch(shape.State, n), h: row(), d0: row(), d1: row(), d2: row(),
	}
}

// size sets the first step size of every lane: one Euler step of a guess tells
// how fast the slope changes.
func (c *initial) size(s *Solver) {
	st, rows, lanes := &s.step, s.step.X.Rows, len(s.lane)
	slope := c.slope(s)
	x := st.From.X.V
	norm := func(dst, v []float64) { kernel.ErrNorm(dst, v, x, x, s.RTol, s.ATol, rows, lanes) }
	norm(c.d0, x)
	norm(c.d1, slope.V)
	for l := range c.h {
		c.h[l] = 0.01 * c.d0[l] / c.d1[l]
		if c.d0[l] < 1e-5 || c.d1[l] < 1e-5 {
			c.h[l] = 1e-6
		}
		c.at.T[l] = math.Min(st.From.T[l]+c.h[l], s.lane[l].goal)
	}
	for i, v := range slope.V {
		c.at.X.V[i] = x[i] + c.h[i%lanes]*v
	}
	c.at.Theta = s.p.Theta
	if s.p.Input != nil {
		s.p.Input.At(c.at.U, c.at.T)
	}
	s.p.Field.Eval(c.dx, &c.at)
	kernel.AXPY(c.dx.V, -1, slope.V)
	norm(c.d2, c.dx.V)
	for l := range s.lane {
		c.lane(s, l)
	}
}

// slope is the field at the start.
func (c *initial) slope(s *Solver) Batch {
	if s.stepper.sloper != nil {
		return s.stepper.sloper.Slope(&s.step)
	}
	copy(c.at.T, s.step.From.T)
	copy(c.at.X.V, s.step.From.X.V)
	c.at.Theta = s.p.Theta
	if s.p.Input != nil {
		s.p.Input.At(c.at.U, c.at.T)
	}
	s.p.Field.Eval(c.first, &c.at)
	return c.first
}

func (c *initial) lane(s *Solver, l int) {
	q := &s.lane[l]
	if s.all.sloper != nil || !q.active {
		s.step.Start[l] = StartAgain
	}
	if !q.active {
		return
	}
	s.tr.Stats.Evals[l] += 2
	if d := c.d1[l]; d-d != 0 {
		s.fail(l, StatusNonFinite)
		return
	}
	d2 := c.d2[l] / c.h[l]
	h1 := math.Max(1e-6, c.h[l]*1e-3)
	if c.d1[l] > 1e-15 || !(d2 <= 1e-15) {
		h1 = math.Pow(0.01/math.Max(c.d1[l], d2), 1/float64(s.scheme.Estimate))
	}
	q.size = math.Min(100*c.h[l], h1)
	if !(q.size > 0) { // the guess left the numbers
		q.size = c.h[l]
	}
	q.size = max(q.size, 4*underflow*math.Abs(s.step.From.T[l]), 4*underflowOfAll*(q.end-s.p.T0[l]))
}
