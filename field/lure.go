package field

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// Lure is a linear law in which powers of what is measured act back, a system of Lur'e:
//
//	z' = A·z + B·u + c + G·ψ(y),  y_i = z_i + D_i·u,
//
// in scaled units, where ψ are the monomials of degree 2 to Degree of the measured columns y. The
// first of the states z are the columns without what inputs do to them at once. Without Direct, D
// is zero and columns are states. With All the monomials are those of y, the other states and the
// inputs. θ is A beside B, a row a state, then c, then a matrix G for each degree, then D.
//
// Source of the form: Lur'e, Postnikov, Prikl. Mat. Mekh. 8 (1944) 246–248.
type Lure struct {
	Augment int  `json:"augment" yaml:"augment"` // states beside those that columns show
	Degree  int  `json:"degree" yaml:"degree"`   // highest power
	Direct  bool `json:"direct" yaml:"direct"`   // inputs act on columns at once as well
	All     bool `json:"all" yaml:"all"`         // powers are those of hidden states and inputs as well
}

func init() {
	Architectures.Register("lure", "a linear law with hidden states in which powers of the columns act back", func() Architecture {
		return &Lure{Degree: 3}
	})
}

// Build implements Architecture.
func (m *Lure) Build(f Frame) (*Parts, error) {
	if m.Degree < 2 || m.Degree > maxDegree {
		return nil, fmt.Errorf("degree=%d: it must be between 2 and %d; of degree 1 is model=linear", m.Degree, maxDegree)
	}
	l := m.law(f)
	if err := affordableStates(len(l.measured.States)+l.first, m.Augment); err != nil {
		return nil, err
	}
	if err := affordablePolynomial(l.n, max(l.powers, l.n+l.q), m.Degree); err != nil {
		return nil, err
	}
	p := &Parts{Frame: l.frame(), Start: make([]float64, l.first+m.Augment)}
	copy(p.Start, f.Shift[:l.first])
	p.Layers, p.Theta0 = l.layers, make([]float64, l.size)
	var err error
	if p.Field, err = l.field(); err != nil {
		return nil, err
	}
	p.Text = fmt.Sprintf("d(%s)/dt = linear in them and %s, with powers of %s up to %d", joined(p.Frame.States[l.first:]), joined(slices.Concat(f.States, f.Inputs)),
		joined(l.names[:l.powers]), m.Degree)
	if l.first == 0 {
		return p, nil
	}
	p.Observed = make([]bool, len(p.Frame.States))
	for i := range l.first {
		p.Observed[i] = true
	}
	p.Observe, err = l.seen()
	return p, err
}

// lureLaw is what a Lure is for the columns of a frame.
type lureLaw struct {
	measured Frame
	n, q     int       // states z and inputs
	first    int       // places of columns before z, 0 or all of them
	powers   int       // variables that have powers
	names    []string  // of these and the others: columns, other states, inputs
	scales   []float64 // their units
	origin   []float64 // what is added to them, scaled
	layers   []Layer
	size     int
}

func (m *Lure) law(f Frame) *lureLaw {
	d := len(f.States)
	l := &lureLaw{measured: f, n: d + m.Augment, q: len(f.Inputs), powers: d}
	if m.Direct && l.q > 0 {
		l.first = d
	}
	if m.All {
		l.powers = l.n + l.q
	}
	add := func(name string, shift, scale float64) {
		l.names, l.scales, l.origin = append(l.names, shifted(name, shift, scale)), append(l.scales, scale), append(l.origin, polynomialOffset(shift, scale))
	}
	for i, name := range f.States {
		add(name, f.Shift[i], f.Scale[i])
	}
	for i := range m.Augment {
		add(fmt.Sprintf("hidden%d", i+1), 0, 1)
	}
	for i, name := range f.Inputs {
		add(name, f.UShift[i], f.UScale[i])
	}
	l.layers, l.size = polynomialLayers(0, l.n, l.n+l.q, 1)
	more, _ := polynomialLayers(0, l.n, l.powers, m.Degree)
	for _, one := range more[1:] {
		one.W = l.size
		l.size += one.Rows * one.Cols
		l.layers = append(l.layers, one)
	}
	if l.first > 0 {
		l.layers = append(l.layers, Layer{Name: "direct", Rows: d, Cols: l.q, W: l.size, B: -1, Last: true, Sparse: true, Plain: true})
		l.size += d * l.q
	}
	return l
}

// frame is that of all states; those of columns without their direct part are in the units of
// these.
func (l *lureLaw) frame() Frame {
	f, d := l.measured, len(l.measured.States)
	full := withHidden(withHidden(f, "inner", l.first), "hidden", l.n-d)
	for i := range l.first {
		full.Shift[d+i], full.Scale[d+i] = f.Shift[i], f.Scale[i]
	}
	return full
}

// parts are the layers of degree 1, of powers, and the direct one, nil if there is none.
func (l *lureLaw) parts() (linear Layer, powers []Layer, direct *Layer) {
	k := len(l.layers)
	if l.first > 0 {
		k--
		direct = &l.layers[k]
	}
	return l.layers[0], l.layers[1:k], direct
}

// begin declares the arguments of a program: the states z, their θ, and what is seen of them,
// y and the states that no column shows.
func (l *lureLaw) begin(b *program.Builder) (x, z, y, u, theta program.Value) {
	d := len(l.measured.States)
	x = b.Batched("x", l.first+l.n, 1)
	if l.q > 0 {
		u = b.Batched("u", l.q, 1)
	}
	theta = b.Shared("theta", l.size, 1)
	if l.first == 0 {
		return x, x, x, u, theta
	}
	_, _, direct := l.parts()
	z = b.Slice(x, l.first, l.n, 1)
	y = b.Add(b.Slice(z, 0, d, 1), b.MatVec(b.Slice(theta, direct.W, d, l.q), u))
	if l.n > d {
		y = b.Concat(y, b.Slice(z, d, l.n-d, 1))
	}
	return x, z, y, u, theta
}

// seen is the program of what is seen of the state.
func (l *lureLaw) seen() (*program.Program, error) {
	b := program.New()
	_, z, y, _, _ := l.begin(b)
	b.Output("dx", b.Concat(b.Slice(y, 0, l.first, 1), z))
	return b.Done()
}

func (l *lureLaw) field() (*program.Program, error) {
	b := program.New()
	x, z, y, u, theta := l.begin(b)
	if l.q > 0 {
		z, y = b.Concat(z, u), b.Concat(y, u)
	}
	var origin []program.Value
	for _, v := range l.origin {
		origin = append(origin, b.Const(v, 1, 1))
	}
	linear, powers, _ := l.parts()
	dx := polynomial(b, theta, []Layer{linear}, b.Add(z, b.Concat(origin...)))
	of := b.Add(b.Slice(y, 0, l.powers, 1), b.Concat(origin[:l.powers]...))
	feature := monomials(b, of, nil, l.powers, 1)
	for k, one := range powers {
		feature = monomials(b, of, feature, l.powers, k+2)
		dx = b.Add(dx, b.MatVec(b.Slice(theta, one.W, one.Rows, one.Cols), b.Concat(feature...)))
	}
	if l.first > 0 {
		dx = b.Concat(b.Scale(0, b.Slice(x, 0, l.first, 1)), dx)
	}
	b.Output("dx", dx)
	return b.Done()
}

// Origin is what is added to each scaled variable of the linear part: the states of the law, then
// the inputs.
func (m *Lure) Origin(full Frame) []float64 {
	d := len(full.States) - m.Augment
	if m.Direct && len(full.Inputs) > 0 {
		d /= 2
	}
	full.States = full.States[:d]
	return m.law(full).origin
}

// Explain implements Explainer: the equations in user units; hidden states have none.
func (m *Lure) Explain(p *Parts, theta []float64) string {
	f, d := p.Frame, len(p.Frame.States)-len(p.Start)
	f.States, f.Shift, f.Scale = f.States[:d], f.Shift[:d], f.Scale[:d]
	l := m.law(f)
	linear, powers, direct := l.parts()
	states := slices.Clone(l.names)
	for i := range l.first {
		states[i] = shifted(p.Frame.States[d+i], f.Shift[i], f.Scale[i])
	}
	var lines []string
	for i := range l.n {
		unit := p.Frame.Scale[l.first+i] / f.Time
		terms := polynomialTerms(linear, 1, i, theta, states, l.scales, unit)
		for k, one := range powers {
			terms = append(terms, polynomialTerms(one, k+2, i, theta, l.names[:l.powers], l.scales[:l.powers], unit)...)
		}
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", p.Frame.States[l.first+i], sumOf(terms)))
	}
	for i := range l.first {
		line := fmt.Sprintf("%s = %s", f.States[i], p.Frame.States[d+i])
		for j, name := range f.Inputs {
			if s := f.UShift[j]; s != 0 {
				name = fmt.Sprintf("(%s − %.4g)", name, s)
			}
			line += fmt.Sprintf(" + %.4g·%s", theta[direct.W+i*l.q+j]*f.Scale[i]/f.UScale[j], name)
		}
		lines = append(lines, strings.ReplaceAll(line, "+ -", "− "))
	}
	return strings.Join(lines, "\n")
}
