package field

import (
	"fmt"

	"github.com/entrain-dev/entrain/program"
)

// PolyMLP is a black box with an easy part: dx/dt is a polynomial of state
// and inputs plus a multi-layer perceptron of them, in scaled units. What low
// orders explain needs no network, and goes on sensibly outside the data; the
// network learns the rest.
type PolyMLP struct {
	MLP    `yaml:",inline"`
	Degree int `json:"degree" yaml:"degree"` // of the polynomial, 0 = as high as its size allows, at most 3
}

func init() {
	Architectures.Register("poly-mlp", "black box: a polynomial of state and inputs plus a neural network", func() Architecture {
		return &PolyMLP{MLP: MLP{Hidden: []int{16}, Activation: "tanh"}}
	})
}

// Build implements Architecture.
func (m *PolyMLP) Build(f Frame) (*Parts, error) {
	if m.Degree < 0 || m.Degree > maxDegree {
		return nil, fmt.Errorf("degree=%d: it must be between 1 and %d, or 0 to choose by size", m.Degree, maxDegree)
	}
	b := program.New()
	in, _, f, err := m.arguments(b, f)
	if err != nil {
		return nil, err
	}
	n, width := len(f.States), b.Rows(in)
	if err := affordablePolynomial(n, width, m.Top(width)); err != nil {
		return nil, err
	}
	p := &Parts{Frame: f, Start: make([]float64, m.Augment)}
	layers, size := polynomialLayers(0, n, width, m.Top(width))
	dx, err := m.network(b, p, in, n, size)
	if err != nil {
		return nil, err
	}
	theta := b.Shared("theta", len(p.Theta0), 1)
	dx = b.Add(dx, polynomial(b, theta, layers, b.Add(in, b.Concat(m.origin(b, f)...))))
	p.Layers = append(layers, p.Layers...)
	b.Output("dx", dx)
	p.Field, err = b.Done()
	p.Text = fmt.Sprintf("d(%s)/dt = polynomial of degree %d + network %s", joined(f.States), len(layers), m.words(width, n))
	return p, err
}

// Top is the degree that Degree = 0 stands for with width variables.
func (m *PolyMLP) Top(width int) int {
	if m.Degree > 0 {
		return m.Degree
	}
	return highestDegree(width)
}

// origin is what moves the polynomial's origin to that of the user's units.
func (m *PolyMLP) origin(b *program.Builder, f Frame) []program.Value {
	var parts []program.Value
	for _, v := range m.Origin(f) {
		parts = append(parts, b.Const(v, 1, 1))
	}
	return parts
}

// Origin is what is added to each scaled variable of the polynomial: the states of f,
// hidden ones too, the time if it is one, the inputs.
func (m *PolyMLP) Origin(f Frame) []float64 {
	var out []float64
	for i := range f.States {
		out = append(out, polynomialOffset(f.Shift[i], f.Scale[i]))
	}
	if m.Time {
		out = append(out, polynomialOffset(f.T0, f.Time))
	}
	for i := range f.Inputs {
		out = append(out, polynomialOffset(f.UShift[i], f.UScale[i]))
	}
	return out
}
