package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/program"
)

// Coupled returns the program of dx = f(t, x, u; θ) + g ∘ (s − x), which is
// drawn towards a driving signal s with the gain g of each component. Its
// input u is (u, s, g), so the gain is data like everything else in it.
//
// Source: Ko et al., Homotopy-based training of NeuralODEs (2023), eq. 4, with
// a diagonal K.
func Coupled(p *program.Program) *program.Program {
	n, m := inputRows(p, "x"), inputRows(p, "u")
	b := program.New()
	declare(b, p, "t")
	x := b.Batched("x", n, 1)
	u := b.Batched("u", m+2*n, 1)
	args := map[string]program.Value{"x": x}
	if m > 0 {
		args["u"] = b.Slice(u, 0, m, 1)
	}
	dx := b.Call(p, args)["dx"]
	s, g := b.Slice(u, m, n, 1), b.Slice(u, m+n, n, 1)
	b.Output("dx", b.Add(dx, b.Mul(g, b.Sub(s, x))))
	return done(b)
}

// SelfCoupled returns the program of dx = f(t, x, u; θ) + g ∘ κ² ∘ (s − x), as
// Coupled but with gains that are learnt: its parameters are (θ, κ), with one κ
// for each of the first c states; the others are not drawn.
func SelfCoupled(p *program.Program, c int) *program.Program {
	n, m, size := inputRows(p, "x"), inputRows(p, "u"), inputRows(p, "theta")
	b := program.New()
	declare(b, p, "t")
	x := b.Batched("x", n, 1)
	u := b.Batched("u", m+2*n, 1)
	theta := b.Input("theta", size+c, 1, false)
	args := map[string]program.Value{"x": x}
	if m > 0 {
		args["u"] = b.Slice(u, 0, m, 1)
	}
	if size > 0 {
		args["theta"] = b.Slice(theta, 0, size, 1)
	}
	dx := b.Call(p, args)["dx"]
	kappa := b.Slice(theta, size, c, 1)
	s, g := b.Slice(u, m, n, 1), b.Slice(u, m+n, n, 1)
	pull := b.Mul(g, b.Sub(s, x))
	b.Output("dx", b.Add(dx, b.Mul(b.Pad(b.Mul(kappa, kappa), 0, n, 1), pull)))
	return done(b)
}

// Forced returns the program of a map with step h, in scaled time, that is shown
// the truth: with dx = (g(x) − x)/h of p and x̃ = x + a ∘ (s − x), its steps are
// x₊ = g(x̃). Its input u is (u, s, a); a = 1 puts a component where the driving
// signal s is (teacher forcing), a = 0 leaves it alone.
//
// Source: Williams, Zipser, Neural Computation 1 (1989) 270–280; with a between
// 0 and 1, Hess, Monfared, Brenner, Durstewitz, ICML (2023).
func Forced(p *program.Program, h float64) *program.Program {
	n, m := inputRows(p, "x"), inputRows(p, "u")
	b := program.New()
	declare(b, p, "t")
	x := b.Batched("x", n, 1)
	u := b.Batched("u", m+2*n, 1)
	pull := b.Mul(b.Slice(u, m+n, n, 1), b.Sub(b.Slice(u, m, n, 1), x))
	args := map[string]program.Value{"x": b.Add(x, pull)}
	if m > 0 {
		args["u"] = b.Slice(u, 0, m, 1)
	}
	b.Output("dx", b.Add(b.Call(p, args)["dx"], b.Scale(1/h, pull)))
	return done(b)
}

// stepped returns the program of dx = g(x) − x, whose Euler steps of 1 are those
// of the map g that p computes.
func stepped(p *program.Program) *program.Program {
	b := program.New()
	declare(b, p, "t")
	x := b.Batched("x", inputRows(p, "x"), 1)
	declare(b, p, "theta")
	b.Output("dx", b.Sub(b.Call(p, map[string]program.Value{"x": x})["dx"], x))
	return done(b)
}

// Tangent returns the program of the state (x, v1 … vk) with
// dv = (∂f/∂x)·v: k solutions of the variational equation beside x.
func Tangent(p *program.Program, k int) *program.Program {
	n := inputRows(p, "x")
	b := program.New()
	declare(b, p, "t")
	z := b.Batched("x", n*(k+1), 1)
	x := b.Slice(z, 0, n, 1)
	parts := []program.Value{b.Call(p, map[string]program.Value{"x": x})["dx"]}
	j := program.JVP(p, program.Wrt{Name: "x"})
	for i := range k {
		v := b.Slice(z, n*(i+1), n, 1)
		parts = append(parts, b.Call(j, map[string]program.Value{"x": x, "dx": v})["ddx"])
	}
	b.Output("dx", b.Concat(parts...))
	return done(b)
}

// declare makes the named input of p an input of b too, if p has it.
func declare(b *program.Builder, p *program.Program, name string) {
	if n, ok := p.Input(name); ok {
		b.Input(name, n.Rows, n.Cols, n.Batched)
	}
}

func done(b *program.Builder) *program.Program {
	p, err := b.Done()
	if err != nil {
		panic(fmt.Sprintf("field: a wrapper of a valid program is invalid: %v", err))
	}
	return p
}
