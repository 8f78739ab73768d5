package field

import (
	"fmt"
	"math"

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

// maxMonomials bounds the monomials of the highest degree when Degree is 0.
const maxMonomials = 40

func init() {
	Architectures.Register("poly-mlp", "black box: a polynomial of state and inputs plus a neural network", func() Architecture {
		return &PolyMLP{MLP: MLP{Hidden: []int{16}, Activation: "tanh"}}
	})
}

// Build implements Architecture.
func (m *PolyMLP) Build(f Frame) (*Parts, error) {
	if m.Degree < 0 || m.Degree > 5 {
		return nil, fmt.Errorf("degree=%d: it must be between 1 and 5, or 0 to choose by size", m.Degree)
	}
	b := program.New()
	in, _, f, err := m.arguments(b, f)
	if err != nil {
		return nil, err
	}
	n, width := len(f.States), b.Rows(in)
	p := &Parts{Frame: f, Start: make([]float64, m.Augment)}
	layers, size := m.monomialLayers(n, width)
	dx, err := m.network(b, p, in, n, size)
	if err != nil {
		return nil, err
	}
	theta := b.Shared("theta", len(p.Theta0), 1)
	in = b.Add(in, m.offset(b, f))
	var feature []program.Value
	for d, l := range layers {
		feature = monomials(b, in, feature, width, d+1)
		dx = b.Add(dx, b.MatVec(b.Slice(theta, l.W, l.Rows, l.Cols), b.Concat(feature...)))
		if l.B >= 0 {
			dx = b.Add(dx, b.Slice(theta, l.B, l.Rows, 1))
		}
	}
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
	d := 1
	for d < 3 && choose(width, d+1) <= maxMonomials {
		d++
	}
	return d
}

// monomialLayers places the coefficients of each degree at the start of θ.
func (m *PolyMLP) monomialLayers(n, width int) (layers []Layer, size int) {
	for d := 1; d <= m.Top(width); d++ {
		l := Layer{Name: degreeName(d), Rows: n, Cols: choose(width, d), W: size, B: -1, Last: true, Sparse: true}
		size += n * l.Cols
		if d == 1 { // with the constant
			l.B = size
			size += n
		}
		layers = append(layers, l)
	}
	return layers, size
}

// offset moves the polynomial's origin to that of the user's units, where laws
// of nature tend to have few terms; but not if that is far from the data, where
// the monomials would all look alike.
func (m *PolyMLP) offset(b *program.Builder, f Frame) program.Value {
	var parts []program.Value
	add := func(shift, scale float64) {
		parts = append(parts, b.Const(polynomialOffset(shift, scale), 1, 1))
	}
	for i := range f.States {
		add(f.Shift[i], f.Scale[i])
	}
	if m.Time {
		parts = append(parts, b.Const(0, 1, 1))
	}
	for i := range f.Inputs {
		add(f.UShift[i], f.UScale[i])
	}
	return b.Concat(parts...)
}

// polynomialOffset moves one variable, in scaled units.
func polynomialOffset(shift, scale float64) float64 {
	const far = 3 // deviations
	if c := shift / scale; math.Abs(c) <= far {
		return c
	}
	return 0
}

// monomials returns the monomials of degree d, given those of degree d−1, in
// an order in which x₀ is the slowest: the k-th variable times all monomials
// of degree d−1 in variables k and later.
func monomials(b *program.Builder, x program.Value, lower []program.Value, width, d int) []program.Value {
	var out []program.Value
	if d == 1 {
		for k := range width {
			out = append(out, b.Slice(x, k, 1, 1))
		}
		return out
	}
	for k := range width {
		v := b.Slice(x, k, 1, 1)
		for _, l := range lower[len(lower)-choose(width-k, d-1):] {
			out = append(out, b.Mul(v, l))
		}
	}
	return out
}

// choose is the number of monomials of degree d in n variables.
func choose(n, d int) int {
	c := 1
	for i := 1; i <= d; i++ {
		c = c * (n + i - 1) / i
	}
	return c
}
