package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/program"
)

// Latent is a black box for many columns that few states are behind, such as the pixels of a
// recorded scene: an encoder, a network of the first rows, tells the latent state z at the first
// of them, a network moves it, and a third, the decoder, shows all columns of it,
//
//	z(t₀) = encoder(y(t₀), …, y(t_m)),  dz/dt = field(z, u),  y(t) = decoder(z(t)).
//
// With order=2 half of the latent states are positions q, the others their velocities v:
// dq/dt = v, dv/dt = field(q, v, u), and the decoder sees q alone.
//
// Source: Rubanova, Chen, Duvenaud, NeurIPS 2019 (latent differential equations); Yildiz,
// Heinonen, Lähdesmäki, NeurIPS 2019 (second order). Differs from them in: nothing is drawn at
// random, the encoder is not recurrent.
type Latent struct {
	Latent     int    `json:"latent" yaml:"latent"`         // latent states; with order=2 positions, each with a velocity
	Order      int    `json:"order" yaml:"order"`           // of the latent equation, 1 or 2
	Hidden     []int  `json:"hidden" yaml:"hidden"`         // units of the hidden layers of the network that moves the latent states
	Activation string `json:"activation" yaml:"activation"` // elementary function between layers
	Window     int    `json:"window" yaml:"window"`         // first rows that the encoder sees
	Reader     []int  `json:"reader" yaml:"reader"`         // units of the hidden layers of the encoder
	Decoder    []int  `json:"decoder" yaml:"decoder"`       // units of the hidden layers of the decoder
}

func init() {
	Architectures.Register("latent", "black box for many columns: an encoder tells few latent states from the first rows, a network moves them, a decoder shows all columns of them", func() Architecture {
		return &Latent{Latent: 2, Order: 2, Hidden: []int{32}, Activation: "sin", Window: 10, Reader: []int{64}, Decoder: []int{64}}
	})
}

// check refuses what has no meaning. Its errors are for the user.
func (m *Latent) check(f *Frame) error {
	switch {
	case m.Order != 1 && m.Order != 2:
		return fmt.Errorf("order=%d: the latent equation is of order 1 or 2", m.Order)
	case m.Latent < 1 || m.Latent > budget.States || m.states() > budget.States-len(f.States):
		return fmt.Errorf("latent=%d: there is 1 latent state at least, and a model has at most %d states, its %d columns among them", m.Latent, budget.States, len(f.States))
	case m.Window < 2 || m.Window > longestWindow:
		return fmt.Errorf("window=%d: it is a number of rows from 2 to %d", m.Window, longestWindow)
	}
	return nil
}

// states is how many latent states there are, velocities among them.
func (m *Latent) states() int { return m.Latent * m.Order }

// Build implements Architecture.
func (m *Latent) Build(f Frame) (*Parts, error) {
	if err := m.check(&f); err != nil {
		return nil, err
	}
	d, n := len(f.States), m.states()
	past := &Past{Rows: m.Window, Lead: m.Window - 1}
	var sizes [3][]int // of field, decoder, encoder
	var kind program.Kind
	at := [4]int{}
	for i, net := range []struct {
		hidden  []int
		in, out int
	}{{m.Hidden, n + len(f.Inputs), m.Latent}, {m.Decoder, m.Latent, d}, {m.Reader, past.Features(d, len(f.Inputs)), n}} {
		shape := MLP{Hidden: net.hidden, Activation: m.Activation}
		var err error
		if sizes[i], kind, err = shape.shape(net.in, net.out); err != nil {
			return nil, err
		}
		at[i+1] = at[i] + networkSize(sizes[i])
	}
	p := &Parts{Frame: withHidden(f, "latent", n), Start: make([]float64, n), Past: past, Theta0: make([]float64, at[3])}
	p.Text = m.words(&f, sizes)
	if err := m.move(p, sizes[0], kind, d, len(f.Inputs)); err != nil {
		return nil, err
	}
	if err := m.show(p, at[1], sizes[1], kind, d); err != nil {
		return nil, err
	}
	layers, err := past.tell(at[3], at[2], sizes[2], kind, d)
	p.Layers = append(p.Layers, layers...)
	return p, err
}

// words says what the model is.
func (m *Latent) words(f *Frame, sizes [3][]int) string {
	of := func(i int) string {
		s := ""
		for _, n := range sizes[i] {
			s += fmt.Sprintf("-%d", n)
		}
		return s[1:]
	}
	what, derivative := fmt.Sprintf("%d latent states", m.Latent), "d(latent)/dt"
	if m.Order == 2 {
		what, derivative = fmt.Sprintf("%d latent positions with their velocities", m.Latent), "d²(latent)/dt²"
	}
	return fmt.Sprintf("%s = network %s, %s; a decoder %s shows (%s) of %s, which an encoder %s tells from the first %d rows",
		derivative, of(0), m.Activation, of(1), budget.List(f.States), what, of(2), m.Window)
}

// move makes the program of what moves the latent states. Columns stand still.
func (m *Latent) move(p *Parts, sizes []int, kind program.Kind, columns, inputs int) (err error) {
	b, n := program.New(), m.states()
	x, theta := b.Batched("x", columns+n, 1), b.Shared("theta", len(p.Theta0), 1)
	z := b.Slice(x, columns, n, 1)
	in := z
	if inputs > 0 {
		in = b.Concat(z, b.Batched("u", inputs, 1))
	}
	dz, layers := network(b, theta, 0, sizes, kind, in)
	if m.Order == 2 {
		dz = b.Concat(b.Slice(z, m.Latent, m.Latent, 1), dz)
	}
	b.Output("dx", b.Pad(dz, columns, columns+n, 1))
	p.Layers = ofNetwork(layers, "field")
	p.Field, err = b.Done()
	return err
}

// show makes the program of what is seen, by the decoder whose weights lie in θ from entry lo on.
func (m *Latent) show(p *Parts, lo int, sizes []int, kind program.Kind, columns int) (err error) {
	b, n := program.New(), m.states()
	x, theta := b.Batched("x", columns+n, 1), b.Shared("theta", len(p.Theta0), 1)
	y, layers := network(b, theta, lo, sizes, kind, b.Slice(x, columns, m.Latent, 1))
	b.Output("dx", b.Concat(y, b.Slice(x, columns, n, 1)))
	p.Layers, p.Observed = append(p.Layers, ofNetwork(layers, "decoder")...), make([]bool, columns+n)
	for i := range columns {
		p.Observed[i] = true
	}
	p.Observe, err = b.Done()
	return err
}

// tell makes the program of an encoder of latent states alone, whose layers lie in θ from entry
// lo on. Columns, which the decoder shows, are 0.
func (p *Past) tell(theta, lo int, sizes []int, kind program.Kind, columns int) (layers []Layer, err error) {
	b := program.New()
	z, layers := network(b, b.Shared("theta", theta, 1), lo, sizes, kind, b.Batched("x", sizes[0], 1))
	b.Output("dx", b.Pad(z, columns, columns+sizes[len(sizes)-1], 1))
	p.Program, err = b.Done()
	return ofNetwork(layers, "encoder"), err
}

// ofNetwork are layers under the name of their network.
func ofNetwork(layers []Layer, network string) []Layer {
	for i := range layers {
		layers[i].Name = network + " " + layers[i].Name
	}
	return layers
}
