package odetest

import "github.com/entrain-dev/entrain/field"

// Tangent is the field of (x, v): v' = J·v + (∂f/∂θ)·θ̇, with θ̇ constant. Its
// solution with fixed steps is the directional derivative of the solution of F
// with the same steps.
type Tangent struct {
	F        field.Field
	ThetaDot field.Batch
}

// Shape has twice the states.
func (f Tangent) Shape() field.Shape {
	s := f.F.Shape()
	s.State *= 2
	return s
}

func half(b field.Batch, i int) field.Batch {
	n := len(b.V) / 2
	return field.Batch{V: b.V[i*n : (i+1)*n], Rows: b.Rows / 2, Lanes: b.Lanes}
}

// Eval writes both halves.
func (f Tangent) Eval(dx field.Batch, at *field.Point) {
	p := *at
	p.X = half(at.X, 0)
	f.F.Eval(half(dx, 0), &p)
	f.F.JVP(half(dx, 1), &p, &field.Point{X: half(at.X, 1), Theta: f.ThetaDot})
}

// JVP leaves out the second derivatives of F, which is enough for the iterations of
// implicit methods: their equations for v are solved after those for x.
func (f Tangent) JVP(ddx field.Batch, at, v *field.Point) {
	p := *at
	p.X = half(at.X, 0)
	for i := range 2 {
		f.F.JVP(half(ddx, i), &p, &field.Point{X: half(v.X, i)})
	}
}

// VJP is not needed by any test.
func (f Tangent) VJP(*field.Point, *field.Point, field.Batch) { panic("odetest: no VJP") }
