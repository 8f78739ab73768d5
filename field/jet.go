package field

import "github.com/entrain-dev/entrain/program"

// Jet returns the program of the state (x, v), or of order 2 (x, v, w), with
//
//	dx = f(x),  dv = (∂f/∂x)·v,  dw = (∂f/∂x)·w + (∂²f/∂x²)(v, v):
//
// x + v + w/2 is, to that order, where the trajectory is that begins at x + v
// instead of x, if w begins at zero. The order is 1 or 2.
func Jet(p *program.Program, order int) *program.Program {
	if order == 1 {
		return Tangent(p, 1)
	}
	n := inputRows(p, "x")
	one := Tangent(p, 1)
	b := program.New()
	declare(b, p, "t")
	z := b.Batched("x", 3*n, 1)
	v := b.Slice(z, n, 2*n, 1)
	first := map[string]program.Value{"x": b.Slice(z, 0, 2*n, 1)}
	second := map[string]program.Value{"x": first["x"], "dx": v}
	// The tangent of (f(x), J(x)·v) along (v, w) is (J·v, J·w + (∂J/∂x·v)·v).
	d := b.Call(program.JVP(one, program.Wrt{Name: "x"}), second)["ddx"]
	b.Output("dx", b.Concat(b.Call(one, first)["dx"], b.Slice(d, n, n, 1)))
	return done(b)
}
