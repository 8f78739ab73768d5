package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// linearBack is the transpose of a step. With ū_i the cotangents of u_i, from the last
// stage on
//
//	w_i = W⁻ᵀ ū_i,   X̄_i = (∂f/∂x)_iᵀ w_i,   ū_j += a_ij X̄_i + (C_ij/h) w_i,
//
// and because J in W is that at the start, x̄0 and θ̄ also receive the gradients of
// w_i·J u_i: products with second derivatives (field.Curved).
type linearBack struct {
	r      *linear
	ubar   []Batch
	w      Batch
	xbar   Batch
	change Batch // cotangent of ∂f/∂t
	any    bool  // states inside have cotangents
	bent   field.Curved
	of     known
	g      field.Point
}

func newLinearBack(r *linear) *linearBack {
	b := &linearBack{r: r, w: newBatch(r.n, r.lanes), xbar: newBatch(r.n, r.lanes), change: newBatch(r.n, r.lanes)}
	for range r.m.c {
		b.ubar = append(b.ubar, newBatch(r.n, r.lanes))
	}
	return b
}

// PullInside notes the cotangent of a state inside the step.
func (r *linear) PullInside(g, _ *Step, c []float64, lane int, theta float64) {
	b := r.back
	if !b.any {
		for i := range b.ubar {
			clear(b.ubar[i].V)
		}
		b.any = true
	}
	for j := lane; j < len(c); j += r.lanes {
		g.From.X.V[j] += c[j]
		for i := range b.ubar {
			b.ubar[i].V[j] += r.m.inner(i, theta) * c[j]
		}
	}
}

// curved is the field with its second derivatives.
func (b *linearBack) curved(f field.Field) field.Curved {
	if b.of.Field == nil || !b.of.is(f) {
		b.of = know(f)
		b.bent, _ = f.(field.Curved)
	}
	if b.bent == nil {
		panic("ode: going back through a Rosenbrock method needs a field.Curved")
	}
	return b.bent
}

// Pull goes back from stage to stage.
func (r *linear) Pull(g, s *Step) {
	b, bent := r.back, r.back.curved(s.Field)
	parkWork(s, (1+len(r.u))*r.n)
	r.open(s)
	start := Batch{V: s.Work[:r.n*r.lanes], Rows: r.n, Lanes: r.lanes}
	b.start(g, s, start)
	b.g = field.Point{Theta: g.From.Theta, X: b.xbar}
	for i := len(r.u) - 1; i >= 0; i-- {
		b.solve(s, i)
		r.stage(s, i)
		r.slopes.park(s)
		clear(b.xbar.V)
		s.Field.VJP(&b.g, &r.slopes.at, b.w)
		kernel.AddTo(g.From.X.V, b.xbar.V)
		for j, a := range r.m.a[i] {
			kernel.AXPY(b.ubar[j].V, a, b.xbar.V)
		}
		b.hand(s, i)
		r.slopes.place(s, s.From.T, start)
		r.slopes.park(s)
		clear(b.xbar.V)
		bent.HVP(&b.g, &r.slopes.at, r.u[i], b.w)
		kernel.AddTo(g.From.X.V, b.xbar.V)
	}
	if r.changes {
		b.changed(g, s, start)
	}
	b.any = false
}

// start linearises at the start of the step and begins with the cotangents of the u_i.
func (b *linearBack) start(g, s *Step, start Batch) {
	r := b.r
	r.slopes.place(s, s.From.T, start)
	r.slopes.park(s)
	r.jac.eval(r.jacs, s.Field, &r.slopes.at)
	r.changes = s.Input != nil || timed(s.Field)
	clear(b.change.V)
	for l, h := range s.H {
		r.known[l] = false
		if h != 0 {
			r.factor(l, h)
		}
		for j := l; j < len(g.X.V); j += r.lanes {
			c := g.X.V[j]
			g.From.X.V[j] += c
			if h == 0 {
				c = 0
			}
			for i, w := range r.m.b {
				if !b.any {
					b.ubar[i].V[j] = 0
				}
				b.ubar[i].V[j] += w * c
			}
		}
	}
}

// solve is w_i.
func (b *linearBack) solve(s *Step, i int) {
	r := b.r
	for l, h := range s.H {
		for k := range r.n {
			r.v[k] = b.ubar[i].V[k*r.lanes+l]
		}
		if h == 0 {
			clear(r.v)
		} else {
			r.lu[l].SolveT(r.v)
		}
		for k, v := range r.v {
			b.w.V[k*r.lanes+l] = v
		}
	}
}

// hand passes w_i on to the u_j before and to ∂f/∂t.
func (b *linearBack) hand(s *Step, i int) {
	r := b.r
	for l, h := range s.H {
		if h == 0 {
			continue
		}
		for k := l; k < len(b.w.V); k += r.lanes {
			w := b.w.V[k]
			for j, c := range r.m.m[i] {
				b.ubar[j].V[k] += c / h * w
			}
			b.change.V[k] += h * r.m.d[i] * w
		}
	}
}

// changed goes back through the differences for ∂f/∂t.
func (b *linearBack) changed(g, s *Step, start Batch) {
	r := b.r
	for k, w := range changeWeights {
		r.later(s, k, start)
		r.slopes.park(s)
		for l, h := range s.H {
			for j := l; j < len(b.w.V); j += r.lanes {
				b.w.V[j] = 0
				if h != 0 {
					b.w.V[j] = w / (changeOver * h) * b.change.V[j]
				}
			}
		}
		clear(b.xbar.V)
		s.Field.VJP(&b.g, &r.slopes.at, b.w)
		kernel.AddTo(g.From.X.V, b.xbar.V)
	}
}
