package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/program"
)

// Encoder is a black box for driven systems of which not every state is measured:
// dx/dt is a network of the measured states, hidden ones and the inputs, and where the
// rows of the past tell the state, a second network tells it from them. Trajectories of
// training may so begin anywhere in a record without a start to be learnt for each.
//
// Source: Beintema, Schoukens, Tóth, Automatica 156 (2023) 111210 (subspace encoders);
// Masti, Bemporad, Automatica 129 (2021) 109666. Differs from them in: the measured
// states are states of the model, so no read-out is learnt, and time is continuous.
type Encoder struct {
	MLP    `yaml:",inline"`
	Window int   `json:"window" yaml:"window"` // rows of the past that the encoder sees, the present one among them
	Reader []int `json:"reader" yaml:"reader"` // units of the hidden layers of the encoder
}

// Past is the program of an encoder: it maps x (rows that follow one another, see Features) and
// theta to the state at one of them (output "dx"), scaled: at the latest, or where Lead is
// positive at the row so many before it.
type Past struct {
	Program *program.Program
	Rows    int // that it sees
	Lead    int // of these behind the one whose state it tells
}

// Told tells that a model has no other starts than those its encoder tells, from the first rows
// of a trajectory.
func (p *Parts) Told() bool { return p.Past != nil && p.Past.Lead > 0 }

// Features is the length of the encoder's argument for a frame with so many measured
// states and inputs. For each row, the latest last: the scaled measured values, where
// one is missing the one before; the scaled times since those were measured; the scaled
// inputs.
func (p *Past) Features(measured, inputs int) int { return p.Rows * (2*measured + inputs) }

func init() {
	Architectures.Register("encoder", "black box with hidden states, which a second network tells from the rows of the past; for driven systems", func() Architecture {
		return &Encoder{MLP: MLP{Hidden: []int{32}, Activation: "tanh", Augment: 2}, Window: 10, Reader: []int{32}}
	})
}

const longestWindow = 1000

// Build implements Architecture.
func (m *Encoder) Build(f Frame) (*Parts, error) {
	switch {
	case m.Window < 1 || m.Window > longestWindow:
		return nil, fmt.Errorf("window=%d: it is a number of rows from 1 to %d", m.Window, longestWindow)
	case m.Augment < 1:
		return nil, fmt.Errorf("augment=%d: an encoder tells hidden states, so there is 1 at least; without any take model=mlp", m.Augment)
	}
	b := program.New()
	in, _, g, err := m.arguments(b, f)
	if err != nil {
		return nil, err
	}
	d, n, width := len(f.States), len(g.States), b.Rows(in)
	sizes, kind, err := m.shape(width, n)
	if err != nil {
		return nil, err
	}
	past := &Past{Rows: m.Window}
	reader := MLP{Hidden: m.Reader, Activation: m.Activation}
	readerSizes, _, err := reader.shape(past.Features(d, len(f.Inputs)), n)
	if err != nil {
		return nil, err
	}
	lo := networkSize(sizes)
	p := &Parts{Frame: g, Start: make([]float64, m.Augment), Past: past, Theta0: make([]float64, lo+networkSize(readerSizes))}
	dx, layers := network(b, b.Shared("theta", len(p.Theta0), 1), 0, sizes, kind, in)
	p.Net, p.Layers = &Net{Act: kind, Time: m.Time, Layers: len(layers)}, layers
	b.Output("dx", dx)
	if p.Field, err = b.Done(); err != nil {
		return nil, err
	}
	p.Text = fmt.Sprintf("d(%s)/dt = network %s; the state is told by a network %s of the last %d rows",
		joined(g.States), m.words(width, n), reader.words(readerSizes[0], n), m.Window)
	layers, err = past.build(len(p.Theta0), lo, readerSizes, kind, d, len(f.Inputs))
	p.Layers = append(p.Layers, layers...)
	return p, err
}

// build makes the program of the encoder, whose layers lie in θ from entry lo on.
// Measured states are the last values and what the network adds to them.
func (p *Past) build(theta, lo int, sizes []int, kind program.Kind, measured, inputs int) ([]Layer, error) {
	b := program.New()
	rows := b.Batched("x", sizes[0], 1)
	x, layers := network(b, b.Shared("theta", theta, 1), lo, sizes, kind, rows)
	last := b.Slice(rows, (p.Rows-1)*(2*measured+inputs), measured, 1)
	n := sizes[len(sizes)-1]
	b.Output("dx", b.Concat(b.Add(b.Slice(x, 0, measured, 1), last), b.Slice(x, measured, n-measured, 1)))
	var err error
	p.Program, err = b.Done()
	return ofNetwork(layers, "encoder"), err
}
