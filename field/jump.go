package field

import (
	"slices"

	"github.com/entrain-dev/entrain/program"
)

// Jump changes the state of a lane at once, at a time that is known:
// x⁺ = Map(t, x⁻, u; θ). The state at T itself is that before it.
type Jump struct {
	T   float64
	Map *program.Program // output dx: the state after it, of the shape of x
}

// Jumper is an Input at some of whose breaks the state changes at once: steps land on them,
// begin anew behind them, and derivatives pass through.
type Jumper interface {
	Breaker
	// Jumps returns, ascending, what happens to a lane at times in [t0, t1); what happens at
	// the same time comes in its order. All of them in (t0, t1) are Breaks too.
	Jumps(lane int, t0, t1 float64) []Jump
	// Switches are what happens where a condition becomes true, in all lanes.
	Switches() []Switch
}

// Switch changes the state of a lane at once where a value rises through zero: neither that
// value nor the map depends on inputs.
type Switch struct {
	When *program.Program // output dx, one row: the value, of t, x and theta
	Map  *program.Program // as in Jump
}

// Tangents takes tangents along through jumps.
type Tangents struct {
	field    *program.Program
	k        int
	maps     map[*program.Program]*program.Program
	switches map[Switch]Switch
}

// NewTangents is for fields Tangent(p, k).
func NewTangents(p *program.Program, k int) *Tangents {
	return &Tangents{p, k, map[*program.Program]*program.Program{}, map[Switch]Switch{}}
}

// Input returns the input in of a field as that of the field with tangents.
func (v *Tangents) Input(in Input) Input {
	j, ok := in.(Jumper)
	if !ok {
		return in
	}
	out := &tangentJumps{Jumper: j, of: v}
	for _, s := range j.Switches() {
		t, known := v.switches[s]
		if !known {
			t = s.tangent(v.field, v.k)
			v.switches[s] = t
		}
		out.switches = append(out.switches, t)
	}
	return out
}

type tangentJumps struct {
	Jumper
	of       *Tangents
	switches []Switch
}

// Switches implements Jumper.
func (in *tangentJumps) Switches() []Switch { return in.switches }

// tangent is s with k tangents behind the states of the field f: where the switching time moves
// by τ = −e_x·v/ė, the tangent behind it is g_x·(v + f⁻τ) + g_t·τ − f⁺τ.
func (s Switch) tangent(f *program.Program, k int) Switch {
	n := inputRows(s.Map, "x")
	b := program.New()
	for _, name := range []string{"t", "u", "theta"} {
		for _, p := range []*program.Program{f, s.When, s.Map} {
			declare(b, p, name)
		}
	}
	z := b.Batched("x", n*(k+1), 1)
	x, one, none := b.Slice(z, 0, n, 1), b.Spread(b.Const(1, 1, 1)), b.Spread(b.Const(0, 1, 1))
	before := b.Call(f, map[string]program.Value{"x": x})["dx"]
	after := b.Call(s.Map, map[string]program.Value{"x": x})["dx"]
	behind := b.Call(f, map[string]program.Value{"x": after})["dx"]
	when, by := alongTime(s.When), alongTime(s.Map)
	along := func(p *program.Program, dx, dt program.Value) program.Value {
		return b.Call(p, map[string]program.Value{"x": x, "dx": dx, "dt": dt})["ddx"]
	}
	rate := b.Act(program.Reciprocal, along(when, before, one))
	parts := []program.Value{after}
	for i := range k {
		v := b.Slice(z, n*(i+1), n, 1)
		tau := b.Scale(-1, b.Mul(along(when, v, none), rate))
		wide := b.Concat(slices.Repeat([]program.Value{tau}, n)...)
		moved := along(by, b.Add(v, b.Mul(before, wide)), tau)
		parts = append(parts, b.Sub(moved, b.Mul(behind, wide)))
	}
	b.Output("dx", b.Concat(parts...))
	w := program.New()
	for _, name := range []string{"t", "theta"} {
		declare(w, s.When, name)
	}
	w.Output("dx", w.Call(s.When, map[string]program.Value{"x": w.Slice(w.Batched("x", n*(k+1), 1), 0, n, 1)})["dx"])
	return Switch{When: done(w), Map: done(b)}
}

// alongTime is the derivative of p along a direction of state and time.
func alongTime(p *program.Program) *program.Program {
	wrt := []program.Wrt{{Name: "x"}}
	if _, timed := p.Input("t"); timed {
		wrt = append(wrt, program.Wrt{Name: "t"})
	}
	return program.JVP(p, wrt...)
}

// Jumps implements Jumper.
func (in *tangentJumps) Jumps(lane int, t0, t1 float64) []Jump {
	all := in.Jumper.Jumps(lane, t0, t1)
	for i := range all {
		m := in.of.maps[all[i].Map]
		if m == nil {
			m = Tangent(all[i].Map, in.of.k)
			in.of.maps[all[i].Map] = m
		}
		all[i].Map = m
	}
	return all
}
