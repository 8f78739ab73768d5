package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/program"
)

// Classifier is a latent state h that the columns of a recording drive, from rest at its first row
// on, dh/dt = network(h, u), and a read-out of it. At the last row that tells what the recording is
// called: of classes the logarithms of their probabilities, log softmax(W·h + b); of a number
// W·h + b, scaled.
//
// Its measured states are the classes, or the number, which are seen of h; its inputs are the
// columns, joined between rows as hold= says.
//
// Source: Kidger, Morrill, Foster, Lyons, NeurIPS 2020 (sequences as controls of a differential
// equation). Differs from them in: u itself drives h, not du/dt, so that its mean can be read.
type Classifier struct {
	Units      int      `json:"units" yaml:"units"`               // of the latent state
	Hidden     []int    `json:"hidden" yaml:"hidden"`             // units of the hidden layers of the network
	Activation string   `json:"activation" yaml:"activation"`     // elementary function between layers
	Classes    []string `json:"classes,omitempty" yaml:"classes"` // what recordings are called; none named: what their labels say
}

func init() {
	Architectures.Register("classifier", "tells what whole recordings are called (label=): their columns drive a latent state, which is read at the end", func() Architecture {
		return &Classifier{Units: 16, Hidden: []int{32}, Activation: "tanh"}
	})
}

// mostLogit bounds what goes into an exponential, smoothly.
const mostLogit = 30

// Build implements Architecture.
func (m *Classifier) Build(f Frame) (*Parts, error) {
	switch {
	case m.Units < 1 || m.Units > budget.States-len(f.States):
		return nil, fmt.Errorf("units=%d: a latent state has 1 at least, and a model at most %d states", m.Units, budget.States)
	case len(f.Inputs) == 0:
		return nil, fmt.Errorf("model=classifier: no column is left to drive its state; name them with inputs=, and the column of the labels with label=")
	case len(m.Classes) > 0 && len(m.Classes) != len(f.States):
		return nil, fmt.Errorf("classes: %d are named, but there are %d", len(m.Classes), len(f.States))
	}
	shape := MLP{Hidden: m.Hidden, Activation: m.Activation}
	sizes, kind, err := shape.shape(m.Units+len(f.Inputs), m.Units)
	if err != nil {
		return nil, err
	}
	seen := len(f.States)
	p := &Parts{Frame: withHidden(f, "latent", m.Units), Start: make([]float64, m.Units)}
	p.Theta0 = make([]float64, networkSize(sizes)+networkSize([]int{m.Units, seen}))
	b := program.New()
	x, theta := b.Batched("x", seen+m.Units, 1), b.Shared("theta", len(p.Theta0), 1)
	h, layers := network(b, theta, 0, sizes, kind, b.Concat(b.Slice(x, seen, m.Units, 1), b.Batched("u", len(f.Inputs), 1)))
	b.Output("dx", b.Pad(h, seen, seen+m.Units, 1))
	if p.Field, err = b.Done(); err != nil {
		return nil, err
	}
	p.Layers = layers
	p.Text = fmt.Sprintf("d(latent)/dt = network %s of %d latent states and (%s); at the end of a recording %s", shape.words(sizes[0], m.Units), m.Units, joined(f.Inputs), m.says(f))
	return p, m.observe(p, seen, networkSize(sizes))
}

// says is what is read, in words.
func (m *Classifier) says(f Frame) string {
	if len(m.Classes) == 0 {
		return joined(f.States) + " = W·latent + b"
	}
	return "the probabilities of (" + joined(m.Classes) + ") = softmax(W·latent + b)"
}

// observe is the read-out, whose weights lie in θ from entry lo on.
func (m *Classifier) observe(p *Parts, seen, lo int) error {
	b := program.New()
	x, theta := b.Batched("x", seen+m.Units, 1), b.Shared("theta", len(p.Theta0), 1)
	h := b.Slice(x, seen, m.Units, 1)
	y, layers := network(b, theta, lo, []int{m.Units, seen}, program.Tanh, h)
	layers[0].Name = "read-out"
	if len(m.Classes) > 0 {
		y = logSoftmax(b, y)
	}
	b.Output("dx", b.Concat(y, h))
	p.Layers, p.Observed = append(p.Layers, layers...), make([]bool, seen+m.Units)
	for i := range seen {
		p.Observed[i] = true
	}
	var err error
	p.Observe, err = b.Done()
	return err
}

// logSoftmax is z − log Σ exp z, of z that is bounded.
func logSoftmax(b *program.Builder, z program.Value) program.Value {
	z = b.Scale(mostLogit, b.Act(program.Tanh, b.Scale(1.0/mostLogit, z)))
	var parts []program.Value
	sum, e := program.Value{}, b.Act(program.Exp, z)
	for i := range b.Rows(z) {
		if one := b.Slice(e, i, 1, 1); i == 0 {
			sum = one
		} else {
			sum = b.Add(sum, one)
		}
	}
	total := b.Act(program.Log, sum)
	for i := range b.Rows(z) {
		parts = append(parts, b.Sub(b.Slice(z, i, 1, 1), total))
	}
	return b.Concat(parts...)
}
