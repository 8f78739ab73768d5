package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/program"
)

// Lagrangian is a mechanical black box: of 2q states the first q are
// positions, the last q their velocities, and accelerations follow from a
// kinetic and a potential energy, each a network of the positions, by
// Lagrange's equations with friction and the inputs as forces,
//
//	d/dt ∂T/∂w = ∂(T − V)/∂x − C·w + G·u,  T = ½ wᵀ·M(x)·w.
//
// x are the scaled positions and w = dx/dτ; the equations are the same in all
// coordinates. M is positive definite whatever the weights (massMatrix).
// Nothing else is known of the system, no mass and no length. But for C the
// energy is conserved, so trajectories do not run away from where V confines
// them, and a row says as much of the motion that passes it backwards.
//
// With Harmonics, waves of the positions stand beside the networks: the law
// of what turns has few of them. Whether a position is an angle need not be
// known; the evidence drops what is not needed.
//
// Source: Lutter, Ritter, Peters, Deep Lagrangian networks, ICLR (2019).
// Differs from it in: no square root in M, V is learnt itself rather than its
// gradient, friction, waves.
type Lagrangian struct {
	Hidden     []int  `json:"hidden" yaml:"hidden"`         // units of the hidden layers of each network
	Activation string `json:"activation" yaml:"activation"` // elementary function between layers
	Harmonics  int    `json:"harmonics" yaml:"harmonics"`   // waves of the positions, in radians, beside the networks: 1 = of each, and of sums and differences of two; 2 = of twice that too; 0 = none
}

// maxPositions bounds the mass matrix, whose solution takes q³/6 operations.
const maxPositions = 64

func init() {
	Architectures.Register("lagrangian", "positions and velocities; neural networks give the kinetic and the potential energy", func() Architecture {
		return &Lagrangian{Hidden: []int{16}, Activation: "gelu"}
	})
}

// Build implements Architecture.
func (m *Lagrangian) Build(f Frame) (*Parts, error) {
	q, err := positions("lagrangian", f)
	if err != nil {
		return nil, err
	}
	if q > maxPositions {
		return nil, fmt.Errorf("lagrangian: %d positions; %d is the most, as the mass matrix is solved for them; name fewer columns with states=", q, maxPositions)
	}
	e, err := m.energies(f)
	if err != nil {
		return nil, err
	}
	p := &Parts{Frame: f, Theta0: make([]float64, e.size), Layers: e.layers()}
	b := program.New()
	state := b.Batched("x", 2*q, 1)
	theta := b.Shared("theta", e.size, 1)
	w := speeds(b, state, f)
	args := map[string]program.Value{"x": b.Slice(state, 0, q, 1), "w": w, "dx": w, "theta": theta, "cl": b.Spread(b.Const(1, 1, 1))}
	lagrange := e.program(lagrangian)
	momentum := program.VJP(lagrange, program.Wrt{Name: "w"})
	force := b.Sub(b.Call(program.VJP(lagrange, program.Wrt{Name: "x"}), args)["gx"],
		b.Call(program.JVP(momentum, program.Wrt{Name: "x"}), args)["dgw"])
	force = b.Sub(force, b.MatVec(b.Slice(theta, e.friction, q, q), w))
	if n := len(f.Inputs); n > 0 {
		force = b.Add(force, b.MatVec(b.Slice(theta, e.friction+q*q, q, n), b.Batched("u", n, 1)))
	}
	acc := massMatrix{b, b.Call(e.program(mass), args)[mass], q}.solve(force)
	parts := []program.Value{w}
	for i := range q { // from d²x/dτ² to d(scaled velocity)/dτ
		parts = append(parts, b.Scale(f.Scale[i]/(f.Time*f.Scale[q+i]), b.Slice(acc, i, 1, 1)))
	}
	b.Output("dx", b.Concat(parts...))
	p.Field, err = b.Done()
	p.Text = m.words(f.States[:q], f.States[q:])
	return p, err
}

func (m *Lagrangian) words(positions, velocities []string) string {
	q, beside, kind := len(positions), "", "network"
	if m.Harmonics > 0 {
		beside = fmt.Sprintf(", each beside waves of %d harmonics", m.Harmonics)
	}
	if len(m.Hidden) == 0 {
		kind = "affine map"
	}
	return fmt.Sprintf("d(%s)/dt = %s; d(%s)/dt by Lagrange's equations: mass matrix %s %s, potential energy %s %s%s; friction linear in the velocities",
		joined(positions), joined(velocities), joined(velocities), kind, m.mlp().words(q, q*(q+1)/2), kind, m.mlp().words(q, 1), beside)
}

func (m *Lagrangian) mlp() *MLP { return &MLP{Hidden: m.Hidden, Activation: m.Activation} }

// Coordinates with a larger deviation than a turn are no angles in radians, and
// more waves than these are not worth trying.
const (
	turn      = 6.3
	mostWaves = 100
)

// Lagrangians are mechanical models that are worth a try in place of m: of waves
// alone, but for affine maps, if the positions may be angles and are not many; and
// of networks that share m's units. There are none for laws that change with time.
func (m *SecondOrder) Lagrangians(f Frame) []*Lagrangian {
	q, err := positions("second-order", f)
	if err != nil || m.Time {
		return nil
	}
	networks := &Lagrangian{Activation: m.Activation}
	for _, h := range m.Hidden {
		networks.Hidden = append(networks.Hidden, (h+1)/2)
	}
	waves := &Lagrangian{Activation: m.Activation, Harmonics: 2}
	mayTurn := waves.waves(q)*(q*(q+1)/2+1) <= mostWaves
	for _, s := range f.Scale[:q] {
		mayTurn = mayTurn && s <= turn
	}
	if mayTurn {
		return []*Lagrangian{waves, networks}
	}
	return []*Lagrangian{networks}
}
