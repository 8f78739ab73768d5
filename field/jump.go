package field

import "github.com/entrain-dev/entrain/program"

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
}

// TangentJumps returns in as the input of a field with k tangents behind the state, see
// Tangent: its jumps take the tangents along.
func TangentJumps(in Input, k int) Input {
	if j, ok := in.(Jumper); ok {
		return &tangentJumps{j, k, map[*program.Program]*program.Program{}}
	}
	return in
}

type tangentJumps struct {
	Jumper
	k    int
	maps map[*program.Program]*program.Program
}

// Jumps implements Jumper.
func (in *tangentJumps) Jumps(lane int, t0, t1 float64) []Jump {
	all := in.Jumper.Jumps(lane, t0, t1)
	for i := range all {
		m := in.maps[all[i].Map]
		if m == nil {
			m = Tangent(all[i].Map, in.k)
			in.maps[all[i].Map] = m
		}
		all[i].Map = m
	}
	return all
}
