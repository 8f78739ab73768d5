package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/program"
)

// Discrete is an Architecture in discrete time: its state goes from one sample
// to the next by a map g, and its field is dx = (g(x) − x)/h with the time h
// between samples, Frame.Step. Steps of exactly h, Euler's, follow the map.
type Discrete interface {
	Architecture
	// Interval is the time between samples in user units; 0: that of the rows.
	Interval() float64
}

// Recurrent is what recurrent networks have in common. The state is what is
// measured, y, and the units of the network, h, which are hidden:
//
//	h₊ = cell(y, u, h),  y₊ = C·h₊ + c
//
// in scaled units. Units start at zero, or where training puts them.
type Recurrent struct {
	Units int     `json:"units" yaml:"units"` // of the hidden state
	Every float64 `json:"every" yaml:"every"` // time of a step, user units; 0 = the time between rows, which must then be regular
}

// RNN is a recurrent network with one layer of tanh units,
// h₊ = tanh(W·(y, u, h) + b): Elman's.
//
// Source: Elman, Cognitive Science 14 (1990) 179–211.
type RNN struct {
	Recurrent `yaml:",inline"`
}

// GRU is a recurrent network of gated units:
//
//	(r, z) = σ(W·(y, u, h) + b),  n = tanh(V·(y, u) + a + r∘(U·h + d)),
//	h₊ = (1 − z)∘n + z∘h.
//
// Source: Cho et al., EMNLP (2014) 1724–1734, with the reset gate behind the
// product as in cuDNN and PyTorch.
type GRU struct {
	Recurrent `yaml:",inline"`
}

func init() {
	Architectures.Register("rnn", "baseline in discrete time: a recurrent network of tanh units, one step a sample", func() Architecture {
		return &RNN{Recurrent{Units: 32}}
	})
	Architectures.Register("gru", "baseline in discrete time: a recurrent network of gated units, one step a sample", func() Architecture {
		return &GRU{Recurrent{Units: 32}}
	})
}

// Interval implements Discrete.
func (r *Recurrent) Interval() float64 { return r.Every }

// Build implements Architecture.
func (m *RNN) Build(f Frame) (*Parts, error) {
	n, in := m.Units, len(f.States)+len(f.Inputs)
	layers := []Layer{{Name: "hidden", Rows: n, Cols: in + n}}
	return m.build(f, "tanh", layers, func(c *recurrentCell) program.Value {
		return c.b.Act(program.Tanh, c.affine(0, c.b.Concat(c.seen, c.h)))
	})
}

// Build implements Architecture.
func (m *GRU) Build(f Frame) (*Parts, error) {
	n, in := m.Units, len(f.States)+len(f.Inputs)
	layers := []Layer{{Name: "gates", Rows: 2 * n, Cols: in + n}, {Name: "input", Rows: n, Cols: in}, {Name: "hidden", Rows: n, Cols: n}}
	return m.build(f, "gated", layers, func(c *recurrentCell) program.Value {
		b := c.b
		gates := b.Act(program.Sigmoid, c.affine(0, b.Concat(c.seen, c.h)))
		r, z := b.Slice(gates, 0, n, 1), b.Slice(gates, n, n, 1)
		fresh := b.Act(program.Tanh, b.Add(c.affine(1, c.seen), b.Mul(r, c.affine(2, c.h))))
		return b.Add(fresh, b.Mul(z, b.Sub(c.h, fresh)))
	})
}

// recurrentCell is the program of a recurrent network under construction.
type recurrentCell struct {
	b      *program.Builder
	seen   program.Value // what is measured, and inputs
	h      program.Value
	theta  program.Value
	layers []Layer
}

// affine applies layer i to x.
func (c *recurrentCell) affine(i int, x program.Value) program.Value {
	l := c.layers[i]
	return c.b.Add(c.b.MatVec(c.b.Slice(c.theta, l.W, l.Rows, l.Cols), x), c.b.Slice(c.theta, l.B, l.Rows, 1))
}

// build makes the parts of a network whose cell has the given layers, to which
// the output is added.
func (r *Recurrent) build(f Frame, words string, layers []Layer, cell func(*recurrentCell) program.Value) (*Parts, error) {
	switch {
	case r.Units < 1:
		return nil, fmt.Errorf("units=%d: there has to be 1 at least", r.Units)
	case !(f.Step > 0):
		return nil, fmt.Errorf("a recurrent network needs the time between samples; give it as every=")
	}
	d, size := len(f.States), 0
	if r.Units > budget.States-d {
		return nil, fmt.Errorf("units=%d: a model has at most %d states, hidden ones too", r.Units, budget.States)
	}
	n, in := float64(r.Units), float64(d+len(f.Inputs))
	if err := affordable("units", n*(3*n+4*in)); err != nil {
		return nil, err
	}
	layers = append(layers, Layer{Name: "output", Rows: d, Cols: r.Units, Last: true})
	for i := range layers {
		l := &layers[i]
		l.W, l.B = size, size+l.Rows*l.Cols
		size = l.B + l.Rows
	}
	b := program.New()
	x := b.Batched("x", d+r.Units, 1)
	c := &recurrentCell{b: b, seen: b.Slice(x, 0, d, 1), h: b.Slice(x, d, r.Units, 1), layers: layers}
	if len(f.Inputs) > 0 {
		c.seen = b.Concat(c.seen, b.Batched("u", len(f.Inputs), 1))
	}
	c.theta = b.Shared("theta", size, 1)
	h := cell(c)
	next := b.Concat(c.affine(len(layers)-1, h), h)
	b.Output("dx", b.Scale(f.Time/f.Step, b.Sub(next, x)))
	p := &Parts{Frame: withHidden(f, "unit", r.Units), Theta0: make([]float64, size), Layers: layers, Start: make([]float64, r.Units)}
	var err error
	p.Field, err = b.Done()
	seen := append(f.States[:d:d], f.Inputs...)
	p.Text = fmt.Sprintf("(%s) after %.6g = network of %d %s units of (%s) and its own state", joined(f.States), f.Step, r.Units, words, joined(seen))
	return p, err
}
