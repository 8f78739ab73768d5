package field

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/program"
)

// MLP is a black box: dx/dt is a multi-layer perceptron of the state, the
// inputs and, if wanted, the time, in scaled units.
type MLP struct {
	Hidden     []int  `json:"hidden" yaml:"hidden"`         // units of the hidden layers
	Activation string `json:"activation" yaml:"activation"` // elementary function between layers
	Time       bool   `json:"time" yaml:"time"`             // time is an input of the network
	Augment    int    `json:"augment" yaml:"augment"`       // hidden states added to the measured ones
}

func init() {
	Architectures.Register("mlp", "black box: a neural network of state and inputs", func() Architecture {
		return &MLP{Hidden: []int{32}, Activation: "gelu"}
	})
	Architectures.Register("second-order", "positions and velocities; a neural network gives the accelerations", func() Architecture {
		return &SecondOrder{MLP: MLP{Hidden: []int{32}, Activation: "gelu"}}
	})
}

// Build implements Architecture.
func (m *MLP) Build(f Frame) (*Parts, error) {
	b := program.New()
	in, _, f, err := m.arguments(b, f)
	if err != nil {
		return nil, err
	}
	n := len(f.States)
	p := &Parts{Frame: f, Start: make([]float64, m.Augment)}
	dx, err := m.network(b, p, in, n, 0)
	if err != nil {
		return nil, err
	}
	b.Output("dx", dx)
	p.Field, err = b.Done()
	kind, _ := program.KindByName(m.Activation)
	p.Net = &Net{Act: kind, Time: m.Time}
	p.Text = fmt.Sprintf("d(%s)/dt = network %s", joined(f.States), m.words(b.Rows(in), n))
	return p, err
}

// arguments declares t, x, u and theta and stacks what the network sees.
func (m *MLP) arguments(b *program.Builder, f Frame) (in, x program.Value, g Frame, err error) {
	if err := affordableStates(len(f.States), m.Augment); err != nil {
		return in, x, f, err
	}
	g = withHidden(f, "hidden", m.Augment)
	var parts []program.Value
	if m.Time {
		parts = append(parts, b.Batched("t", 1, 1))
	}
	x = b.Batched("x", len(g.States), 1)
	parts = append(parts, x)
	if len(f.Inputs) > 0 {
		parts = append(parts, b.Batched("u", len(f.Inputs), 1))
	}
	if m.Time { // the state first, so that adding time changes no other weight's place
		parts[0], parts[1] = parts[1], parts[0]
	}
	return b.Concat(parts...), x, g, nil
}

// network adds the network whose weights start at entry lo of θ, and sizes θ.
func (m *MLP) network(b *program.Builder, p *Parts, in program.Value, outputs, lo int) (program.Value, error) {
	sizes, kind, err := m.shape(b.Rows(in), outputs)
	if err != nil {
		return in, err
	}
	p.Theta0 = make([]float64, lo+networkSize(sizes))
	theta := b.Shared("theta", len(p.Theta0), 1)
	y, layers := network(b, theta, lo, sizes, kind, in)
	p.Layers = layers
	return y, nil
}

// shape is the units of all layers of a network and what is between them.
func (m *MLP) shape(in, out int) (sizes []int, act program.Kind, err error) {
	act, ok := program.KindByName(m.Activation)
	if !ok {
		var names []string
		for _, k := range program.Kinds() {
			names = append(names, k.String())
		}
		return nil, act, &registry.UnknownError{Kind: "activation", Name: m.Activation, Known: names}
	}
	for _, h := range m.Hidden {
		if h < 1 {
			return nil, act, fmt.Errorf("hidden: a layer of %d units; every layer needs at least one", h)
		}
	}
	sizes = slices.Concat([]int{in}, m.Hidden, []int{out})
	return sizes, act, affordableNetwork(sizes, 0)
}

func (m *MLP) words(in, out int) string {
	sizes := fmt.Sprint(in)
	for _, h := range m.Hidden {
		sizes += fmt.Sprintf("-%d", h)
	}
	return fmt.Sprintf("%s-%d, %s", sizes, out, m.Activation)
}

// SecondOrder is a mechanical black box: of 2q states the first q are
// positions, the last q their velocities; dq/dt = v is known, in user units,
// and the network gives dv/dt.
type SecondOrder struct {
	MLP `yaml:",inline"`
}

// Build implements Architecture.
func (m *SecondOrder) Build(f Frame) (*Parts, error) {
	q, err := positions("second-order", f)
	if err != nil {
		return nil, err
	}
	if m.Augment > 0 {
		return nil, fmt.Errorf("second-order: augment is not available; use model=mlp for hidden states")
	}
	b := program.New()
	in, x, f, err := m.arguments(b, f)
	if err != nil {
		return nil, err
	}
	p := &Parts{Frame: f}
	acc, err := m.network(b, p, in, q, 0)
	if err != nil {
		return nil, err
	}
	b.Output("dx", b.Concat(speeds(b, x, f), acc))
	p.Field, err = b.Done()
	p.Text = fmt.Sprintf("d(%s)/dt = %s; d(%s)/dt = network %s", joined(f.States[:q]), joined(f.States[q:]), joined(f.States[q:]), m.words(b.Rows(in), q))
	return p, err
}

// positions is the number of positions among the states, which must be
// followed by as many velocities.
func positions(model string, f Frame) (int, error) {
	if len(f.States)%2 != 0 || len(f.States) == 0 {
		return 0, fmt.Errorf("%s: needs positions followed by as many velocities, but there are %d states (%s); name them with states=", model, len(f.States), joined(f.States))
	}
	return len(f.States) / 2, nil
}

// speeds are the derivatives of the scaled positions by scaled time,
// Time/Scale_q · (Shift_v + Scale_v·v), in a state x.
func speeds(b *program.Builder, x program.Value, f Frame) program.Value {
	q := len(f.States) / 2
	var parts []program.Value
	for i := range q {
		v, s := b.Slice(x, q+i, 1, 1), f.Time/f.Scale[i]
		parts = append(parts, b.Add(b.Scale(s*f.Scale[q+i], v), b.Const(s*f.Shift[q+i], 1, 1)))
	}
	return b.Concat(parts...)
}

func joined(names []string) string {
	s := ""
	for i, n := range names {
		if i > 0 {
			s += ", "
		}
		s += n
	}
	return s
}
