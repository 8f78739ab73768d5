package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/program"
)

// The outputs of the programs of energies.
const (
	lagrangian = "l" // T − V
	mass       = "m" // entries of the mass matrix
)

// energies is where networks, waves and friction of a Lagrangian lie in θ: the
// weights of the kinetic and those of the potential energy, each with waves
// behind them, then C and G.
type energies struct {
	f                  Frame
	q, harmonics       int
	act                program.Kind
	kinetic, potential energy
	friction, size     int
}

// energy is a network of the positions and what stands beside it.
type energy struct {
	name  string
	sizes []int
	lo    int
	waves []Layer // none or one
}

func (m *Lagrangian) energies(f Frame) (*energies, error) {
	if m.Harmonics < 0 || m.Harmonics > maxDegree {
		return nil, fmt.Errorf("lagrangian: harmonics=%d; choose between 0 and %d", m.Harmonics, maxDegree)
	}
	q := len(f.States) / 2
	e := &energies{f: f, q: q, harmonics: m.Harmonics}
	place := func(name string, outputs, constants int) (n energy, err error) {
		n = energy{name: name, lo: e.size}
		if n.sizes, e.act, err = m.mlp().shape(q, outputs); err != nil {
			return n, err
		}
		e.size += networkSize(n.sizes)
		if waves := m.waves(q); waves > 0 {
			l := Layer{Name: name + ".waves", Rows: outputs, Cols: waves, W: e.size, B: -1, Last: true, Sparse: true}
			e.size += outputs * waves
			if constants > 0 {
				l.B = e.size
				e.size += constants
			}
			n.waves = []Layer{l}
		}
		return n, nil
	}
	var err error
	if e.kinetic, err = place("kinetic", q*(q+1)/2, q*(q+1)/2); err != nil {
		return nil, err
	}
	if e.potential, err = place("potential", 1, 0); err != nil {
		return nil, err
	}
	e.friction = e.size
	e.size += q * (q + len(f.Inputs))
	return e, nil
}

// waves is the number of sines and cosines of q positions.
func (m *Lagrangian) waves(q int) int { return 2 * m.Harmonics * q * q }

func (e *energies) layers() []Layer {
	var all []Layer
	for _, n := range []*energy{&e.kinetic, &e.potential} {
		all = append(all, n.waves...)
		for _, l := range networkLayers(n.lo, n.sizes) {
			l.Name = n.name + "." + l.Name
			all = append(all, l)
		}
	}
	plain := func(name string, cols, at int) {
		if cols > 0 {
			all = append(all, Layer{Name: name, Rows: e.q, Cols: cols, W: at, B: -1, Last: true, Sparse: true, Plain: true})
		}
	}
	plain("friction", e.q, e.friction)
	plain("forces", len(e.f.Inputs), e.friction+e.q*e.q)
	return all
}

// program maps x, w and theta to the output asked for.
func (e *energies) program(output string) *program.Program {
	b := program.New()
	x, w := b.Batched("x", e.q, 1), b.Batched("w", e.q, 1)
	theta := b.Shared("theta", e.size, 1)
	m := e.value(b, theta, x, &e.kinetic)
	if output == mass {
		b.Output(mass, m)
	} else {
		b.Output(lagrangian, b.Sub(massMatrix{b, m, e.q}.kinetic(w), e.value(b, theta, x, &e.potential)))
	}
	return done(b)
}

// value adds what an energy's network and waves come to at positions x.
func (e *energies) value(b *program.Builder, theta, x program.Value, n *energy) program.Value {
	y, _ := network(b, theta, n.lo, n.sizes, e.act, x)
	for _, l := range n.waves {
		y = b.Add(y, b.MatVec(b.Slice(theta, l.W, l.Rows, l.Cols), e.wavesOf(b, x)))
		if l.B >= 0 {
			y = b.Add(y, b.Slice(theta, l.B, l.Rows, 1))
		}
	}
	return y
}

// wavesOf are sines and cosines of multiples of the positions in the user's
// units, and of the sums and differences of two of them.
func (e *energies) wavesOf(b *program.Builder, x program.Value) program.Value {
	var single, all, out []program.Value
	for i := range e.q {
		a := b.Add(b.Scale(e.f.Scale[i], b.Slice(x, i, 1, 1)), b.Const(e.f.Shift[i], 1, 1))
		all = append(all, a)
		for _, other := range single {
			all = append(all, b.Add(a, other), b.Sub(a, other))
		}
		single = append(single, a)
	}
	for _, a := range all {
		for h := 1; h <= e.harmonics; h++ {
			ha := b.Scale(float64(h), a)
			out = append(out, b.Act(program.Sin, ha), b.Act(program.Cos, ha))
		}
	}
	return b.Concat(out...)
}
