package field

import "github.com/entrain-dev/entrain/program"

// Directional returns the program of the state (x, v) and the parameters
// (θ, w) with
//
//	dx = f(t, x, u; θ),  dv = (∂f/∂x)·v + (∂f/∂θ)·w:
//
// beside a trajectory, how it changes when its start and θ move along (v, w).
// Its gradient is a product with second derivatives.
func Directional(p *program.Program) *program.Program {
	n, size := inputRows(p, "x"), inputRows(p, "theta")
	b := program.New()
	declare(b, p, "t")
	z := b.Batched("x", 2*n, 1)
	declare(b, p, "u")
	primal := map[string]program.Value{"x": b.Slice(z, 0, n, 1)}
	tangent := map[string]program.Value{"x": primal["x"], "dx": b.Slice(z, n, n, 1)}
	wrt := []program.Wrt{{Name: "x"}}
	if size > 0 {
		theta := b.Input("theta", 2*size, 1, false)
		primal["theta"] = b.Slice(theta, 0, size, 1)
		tangent["theta"], tangent["dtheta"] = primal["theta"], b.Slice(theta, size, size, 1)
		wrt = append(wrt, program.Wrt{Name: "theta"})
	}
	dx := b.Call(p, primal)["dx"]
	dv := b.Call(program.JVP(p, wrt...), tangent)["ddx"]
	b.Output("dx", b.Concat(dx, dv))
	return done(b)
}
