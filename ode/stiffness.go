package ode

import "math"

// limited is |hλ| beyond which it is stability that keeps the steps of an explicit method
// short. Where accuracy does, it is far smaller.
const limited = 1.5

// ripples is how often the slope is looked at for an estimate of the largest |λ|.
const ripples = 5

// blame makes the status of an explicit solver that gave up in lane l, in place j of the
// steps, more exact if the problem is stiff there: |λ| is estimated by a power iteration with
// differences of slopes.
//
// Source of the iteration: Sommeijer, Shampine, Verwer, J. Comp. Appl. Math. 88 (1998) 315–326.
func (s *Solver) blame(l, j int, why Status) Status {
	if s.scheme.Implicit || s.Controller == "fixed" || why != StatusMaxSteps && why != StatusStepTooSmall {
		return why
	}
	c, lanes, x := &s.start, len(s.lane), s.step.From.X
	size := 0.0
	for i := range x.Rows {
		v := x.V[i*x.Lanes+j]
		size += v * v
		for k := range lanes {
			c.at.X.V[i*lanes+k] = v
		}
	}
	for k := range lanes {
		c.at.T[k] = s.step.From.T[j]
	}
	size = 1e-7 * max(math.Sqrt(size), 1e-3)
	c.at.Theta = s.p.Theta
	if s.p.Input != nil {
		s.p.Input.At(c.at.U, c.at.T)
	}
	s.p.Field.Eval(c.first, &c.at)
	rate := 0.0
	c.push(c.first, x, l, j, size)
	for range ripples {
		s.p.Field.Eval(c.dx, &c.at)
		length := 0.0
		for i := l; i < len(c.dx.V); i += lanes {
			d := c.dx.V[i] - c.first.V[i]
			c.dx.V[i] = d
			length += d * d
		}
		rate = max(rate, math.Sqrt(length)/size)
		c.push(c.dx, x, l, j, size)
	}
	if q := &s.lane[l]; q.size*rate > limited {
		return StatusStiff
	}
	return why
}

// push goes from x into the direction of d, size long.
func (c *initial) push(d, x Batch, l, j int, size float64) {
	length := 0.0
	for i := l; i < len(d.V); i += d.Lanes {
		length += d.V[i] * d.V[i]
	}
	if length = math.Sqrt(length); !(length > 0) {
		length = 1
	}
	for i := range x.Rows {
		c.at.X.V[i*d.Lanes+l] = x.V[i*x.Lanes+j] + size/length*d.V[i*d.Lanes+l]
	}
}
