package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/program"
)

// Box is where a field may be trusted, in scaled units of the first states; of the
// others nothing is said.
type Box struct {
	Lo []float64 `json:"lo"`
	Hi []float64 `json:"hi"`
	// Rate is how fast states outside are drawn back, per unit of scaled time.
	Rate float64 `json:"rate"`
}

// Check reports a box that is none, for so many states.
func (b *Box) Check(states int) error {
	if len(b.Lo) != len(b.Hi) || len(b.Lo) > states {
		return fmt.Errorf("a box of %d and %d sides does not fit %d states", len(b.Lo), len(b.Hi), states)
	}
	for i, lo := range b.Lo {
		if !(lo < b.Hi[i]) || lo-lo != 0 || b.Hi[i]-b.Hi[i] != 0 {
			return fmt.Errorf("side %d of the box, %g to %g, is none", i+1, lo, b.Hi[i])
		}
	}
	if !(b.Rate > 0) || b.Rate-b.Rate != 0 {
		return fmt.Errorf("the rate of a box is %g; it must be above 0", b.Rate)
	}
	return nil
}

// Confined returns the program of
//
//	dx = f(P(x)) − rate·(x − P(x)),  P(x) the point of the box nearest to x:
//
// inside the box it is f, to the bit; outside, where f is bounded by what it is in the
// box, every state that the box names is drawn back, so no trajectory of them leaves
// for ever. Source of the idea: the confinement of L0-NDDE (Boussard, Debouchage,
// Saulus, 2026), there with f itself outside, which for polynomials is not enough.
func Confined(p *program.Program, box *Box) *program.Program {
	n := inputRows(p, "x")
	b := program.New()
	declare(b, p, "t")
	x := b.Batched("x", n, 1)
	side := func(v []float64) program.Value {
		var all []program.Value
		for _, s := range v {
			all = append(all, b.Const(s, 1, 1))
		}
		return b.Concat(all...)
	}
	m := len(box.Lo)
	known := b.Slice(x, 0, m, 1)
	above := b.Act(program.ReLU, b.Sub(known, side(box.Hi)))
	below := b.Act(program.ReLU, b.Sub(side(box.Lo), known))
	out := b.Pad(b.Sub(above, below), 0, n, 1) // x − P(x)
	dx := b.Call(p, map[string]program.Value{"x": b.Sub(x, out)})["dx"]
	b.Output("dx", b.Sub(dx, b.Scale(box.Rate, out)))
	return done(b)
}
