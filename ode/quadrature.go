package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// quadrature is γ of an augmented state, on which no slope depends. As there are as many
// numbers of it as parameters, its slopes are never formed. What a step adds,
//
//	h Σ b_i (∂f/∂θ)ᵀ λ_i,
//
// is a sum of products with the cotangents h b_i λ_i, and so are its estimated errors with
// the weights of those. They belong to the norm of the error as the rest of the state does.
type quadrature struct {
	a     *augmented
	rk    stager
	fixed bool      // no step is rejected, no error is estimated
	work  []float64 // room of a step
	kappa Batch
	h     []float64 // H of the lanes that took the step
	to    Batch     // where γ is added with fixed steps; without V nobody wants it

	// With adaptive steps, of each lane:
	sum, gain, end, fault Batch // γ before the step, what it adds, γ behind it, an estimated error
	norm                  []float64
}

// stager is a Stepper whose state at the end is x + h Σ w_i f(stage i), and so is the integral
// of whatever else is evaluated at its stages.
type stager interface {
	weights() []float64 // w
	// point is where stage i was evaluated; resting lanes are where a working one is.
	point(s *Step, i int) *field.Point
	park(s *Step)
	// keeps says that the field kept its evaluations, keptOf what it kept of stage i; nil if it
	// did not.
	keeps() bool
	keptOf(s *Step, i int) []float64
	// handing is what is kept of the first and the last stage where that is the next step's
	// first; nil elsewhere.
	handing(s *Step) (first, last []float64)
	// carry makes the norm of the error that of the state and what is beside it.
	carry(b beside)
}

// beside is what is integrated beside the state.
type beside interface {
	step(s *Step)
	extend(norm []float64, s *Step, e []float64, rtol, atol float64)
}

func (r *rungeKutta) weights() []float64 { return r.tab.B }
func (r *rungeKutta) carry(b beside)     { r.beside = b }
func (r *rungeKutta) keeps() bool        { return r.keeper != nil }

func (r *rungeKutta) point(s *Step, i int) *field.Point {
	r.place(s, i)
	r.parkPoint(s)
	return &r.at
}

func (r *rungeKutta) keptOf(s *Step, i int) []float64 {
	if r.keeper == nil {
		return nil
	}
	return r.kept(s.Work, i)
}

func (r *rungeKutta) handing(s *Step) (first, last []float64) {
	if r.keeper == nil || !r.tab.FSAL {
		return nil, nil
	}
	return r.kept(s.Work, 0), r.kept(s.Work, r.stages-1)
}

func newQuadrature(a *augmented, s *Solver, rk stager) *quadrature {
	q := &quadrature{a: a, rk: rk, fixed: s.Controller == "fixed", work: kernel.Aligned(s.all.room().Len)}
	lanes := a.shape.Lanes
	q.kappa, q.h = newBatch(a.n, lanes), make([]float64, lanes)
	if p := a.shape.Theta; p > 0 && !q.fixed {
		q.sum, q.gain, q.end, q.fault = newBatch(p, lanes), newBatch(p, lanes), newBatch(p, lanes), newBatch(p, lanes)
		q.norm = make([]float64, lanes)
		rk.carry(q)
	}
	return q
}

// reset makes γ zero. With fixed steps it will be added to the cotangent of θ in g.
func (q *quadrature) reset(g *field.Point) {
	q.to = g.Theta
	clear(q.sum.V)
}

// add adds γ to the cotangent of θ in g.
func (q *quadrature) add(g *field.Point) {
	if g.Theta.V == nil {
		return
	}
	if q.fixed {
		q.settle(g.Theta)
		return
	}
	lanes, n := q.sum.Lanes, g.Theta.Lanes
	for i, v := range q.sum.V {
		g.Theta.V[i/lanes*n+i%lanes%n] += v
	}
}

// pull adds h Σ w_i (∂f/∂θ)ᵀ λ_i of the lanes that move to dst.
func (q *quadrature) pull(dst Batch, s *Step, w []float64) {
	r, a := q.rk, q.a
	a.g = field.Point{Theta: dst}
	for i, w := range w {
		if w == 0 {
			continue
		}
		at := r.point(s, i)
		a.point(at)
		lambda := rows(at.X, a.n, 2*a.n).V
		for j, h := range s.H {
			for k := j; k < len(lambda); k += len(s.H) {
				q.kappa.V[k] = h * w * lambda[k]
			}
		}
		if kept := r.keptOf(s, i); kept != nil {
			a.keeper.VJPKept(&a.g, &a.at, kept, q.kappa)
		} else {
			a.f.VJP(&a.g, &a.at, q.kappa)
		}
	}
}

func (q *quadrature) settle(dst Batch) {
	if q.rk.keeps() {
		q.a.g = field.Point{Theta: dst}
		q.a.keeper.Settle(&q.a.g)
	}
}

// whole is pull with everything that it owes, into dst alone.
func (q *quadrature) whole(dst Batch, s *Step, w []float64) {
	clear(dst.V)
	q.pull(dst, s, w)
	q.settle(dst)
}

// step looks at the step just taken, before its error is estimated.
func (q *quadrature) step(s *Step) {
	q.whole(q.gain, s, q.rk.weights())
	copy(q.end.V, q.sum.V)
	kernel.AddTo(q.end.V, q.gain.V)
}

// extend makes the norm of an error of the state, whose weights are e, that of
// state and γ.
func (q *quadrature) extend(norm []float64, s *Step, e []float64, rtol, atol float64) {
	q.whole(q.fault, s, e)
	kernel.ErrNorm(q.norm, q.fault.V, q.sum.V, q.end.V, rtol, atol, q.sum.Rows, q.sum.Lanes)
	m, p := float64(2*q.a.n), float64(q.sum.Rows)
	for l, n := range q.norm {
		norm[l] = math.Sqrt((m*norm[l]*norm[l] + p*n*n) / (m + p))
	}
}

// took adds what the step gave in the lanes that took it. What was kept of the last stage is
// what the first one of the next step needs where slopes are handed on.
func (q *quadrature) took(s *Step, accept []bool, _ bool) {
	r, lanes := q.rk, q.a.shape.Lanes
	switch {
	case q.a.shape.Theta == 0:
	case q.fixed && q.to.V != nil:
		q.pullTaken(s, accept)
	case !q.fixed:
		for l, ok := range accept {
			if ok {
				copyLane(q.sum.V, q.end.V, l, lanes)
			}
		}
	}
	first, last := r.handing(s)
	if first == nil {
		return
	}
	for l, ok := range accept {
		if ok {
			copyLane(first, last, l, lanes)
		}
	}
}

// pullTaken adds what the step gave to q.to, in which lanes may have been summed: those that did
// not take it, and may hold no numbers, rest.
func (q *quadrature) pullTaken(s *Step, accept []bool) {
	h := s.H
	s.H = q.h
	for l, ok := range accept {
		if s.H[l] = 0; ok {
			s.H[l] = h[l]
		}
	}
	q.rk.park(s)
	q.pull(q.to, s, q.rk.weights())
	s.H = h
}

func (q *quadrature) begin(*Solver)                   {}
func (q *quadrature) room() []float64                 { return q.work }
func (q *quadrature) narrowed([]int)                  {}
func (q *quadrature) atStart(int, int)                {}
func (q *quadrature) atSave(*Step, int, int, float64) {}
