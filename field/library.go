package field

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// TermLibrary is a law made of few terms: dx/dt is a polynomial of the state, the
// inputs and functions of them that laws of nature have, in the user's units.
// What turns is seen by its sine and cosine alone, so that the law is the same
// after a turn; what waves is an angle on which something else pulls, such as a
// spring; what saturates, v, is accompanied by vᵖ/(Kᵖ + vᵖ), where K is learnt.
//
// Source: Michaelis, Menten, Biochem. Z. 49 (1913) 333–369 (p = 1); Hill, J.
// Physiol. 40 (1910) iv–vii.
type TermLibrary struct {
	Degree    int                `json:"degree" yaml:"degree"`         // of the polynomial, in all its variables
	Turns     []string           `json:"turns" yaml:"turns"`           // columns that are angles in radians
	Waves     []string           `json:"waves,omitempty" yaml:"waves"` // angles that are more than angles: their sine and cosine stand beside them
	Saturates map[string]float64 `json:"saturates" yaml:"saturates"`   // columns, never negative, that act by saturation, and where half of it is to begin with
	Power     int                `json:"power" yaml:"power"`           // p, 1, 2 or 4
	Zero      bool               `json:"zero,omitempty" yaml:"zero"`   // the polynomial's origin is that of the user's units, however far from the data
}

func init() {
	Architectures.Register("library", "few terms: a polynomial of columns, of waves of angles and of saturating columns", func() Architecture {
		return &TermLibrary{Degree: 2, Power: 1}
	})
}

// Build implements Architecture.
func (m *TermLibrary) Build(f Frame) (*Parts, error) {
	if err := m.check(f); err != nil {
		return nil, err
	}
	b := program.New()
	x := b.Batched("x", len(f.States), 1)
	var u program.Value
	if len(f.Inputs) > 0 {
		u = b.Batched("u", len(f.Inputs), 1)
	}
	width := m.width(f)
	n := len(f.States)
	layers, size := polynomialLayers(0, n, width, m.Degree)
	p := &Parts{Frame: f, Theta0: make([]float64, size+len(m.Saturates)), Layers: layers}
	theta := b.Shared("theta", len(p.Theta0), 1)
	var variables []program.Value
	at := size
	m.each(f, func(c column) {
		v := x
		if c.input {
			v = u
		}
		v = b.Slice(v, c.at, 1, 1)
		if !c.turns {
			variables = append(variables, b.Add(v, b.Const(m.offset(c), 1, 1)))
		}
		if c.turns || c.waves {
			angle := b.Add(b.Scale(c.scale, v), b.Const(c.shift, 1, 1))
			variables = append(variables, b.Act(program.Sin, angle), b.Act(program.Cos, angle))
		}
		if c.half > 0 {
			p.Theta0[at] = math.Log(c.half / c.scale)
			w := b.Add(v, b.Const(c.shift/c.scale, 1, 1))
			variables = append(variables, m.saturated(b, w, b.Slice(theta, at, 1, 1)))
			at++
		}
	})
	b.Output("dx", polynomial(b, theta, layers, b.Concat(variables...)))
	var err error
	p.Field, err = b.Done()
	p.Text = fmt.Sprintf("d(%s)/dt = polynomial of degree %d of %s", joined(f.States), m.Degree, strings.Join(m.names(f, p.Theta0), ", "))
	return p, err
}

// offset is where the polynomial's origin lies, scaled.
func (m *TermLibrary) offset(c column) float64 {
	if m.Zero {
		return c.shift / c.scale
	}
	return polynomialOffset(c.shift, c.scale)
}

// saturated is wᵖ/(Kᵖ + |w|ᵖ) with log K = kappa: what has run out may be a little
// below zero, by noise or by a step of the solver, and must not meet the pole at −K.
func (m *TermLibrary) saturated(b *program.Builder, w, kappa program.Value) program.Value {
	size := w
	for q := 1; q < m.Power; q *= 2 {
		w, kappa = b.Mul(w, w), b.Scale(2, kappa)
		size = w
	}
	if m.Power == 1 {
		size = b.Act(program.Sqrt, b.Add(b.Mul(w, w), b.Const(barely*barely, 1, 1)))
	}
	return b.Mul(w, b.Act(program.Reciprocal, b.Add(size, b.Act(program.Exp, kappa))))
}

// barely rounds the corner of |w| at zero, in scaled units.
const barely = 1e-3

func (m *TermLibrary) check(f Frame) error {
	all := slices.Concat(f.States, f.Inputs)
	for _, name := range slices.Concat(sortedNames(m.Saturates), m.Turns, m.Waves) {
		if !slices.Contains(all, name) {
			return fmt.Errorf("library: there is no column %q; there are %s", name, joined(all))
		}
	}
	for _, name := range m.Turns {
		if _, both := m.Saturates[name]; both {
			return fmt.Errorf("library: %q cannot turn and saturate", name)
		}
	}
	for _, name := range m.Waves {
		if slices.Contains(m.Turns, name) {
			return fmt.Errorf("library: %q turns, which is more than that it waves; name it once", name)
		}
	}
	for name, k := range m.Saturates {
		if !(k > 0) || math.IsInf(k, 0) {
			return fmt.Errorf("library: %q saturates half at %g; it must be above 0", name, k)
		}
	}
	switch {
	case m.Degree < 1 || m.Degree > maxDegree:
		return fmt.Errorf("degree=%d: it must be between 1 and %d", m.Degree, maxDegree)
	case m.Power != 1 && m.Power != 2 && m.Power != 4:
		return fmt.Errorf("power=%d: it must be 1, 2 or 4", m.Power)
	}
	return nil
}

// column is a state or an input as the library sees it.
type column struct {
	name         string
	at           int
	input        bool
	turns, waves bool
	half         float64 // 0: it does not saturate
	shift, scale float64
}

// variables is how many variables of the polynomial come of the column.
func (c *column) variables() int {
	n := 1
	if c.half > 0 {
		n++
	}
	switch {
	case c.turns:
		n++ // in place of itself
	case c.waves:
		n += 2
	}
	return n
}

func (m *TermLibrary) each(f Frame, do func(c column)) {
	add := func(name string, at int, input bool, shift, scale float64) {
		do(column{name: name, at: at, input: input, turns: slices.Contains(m.Turns, name), waves: slices.Contains(m.Waves, name),
			half: m.Saturates[name], shift: shift, scale: scale})
	}
	for i, s := range f.States {
		add(s, i, false, f.Shift[i], f.Scale[i])
	}
	for i, s := range f.Inputs {
		add(s, i, true, f.UShift[i], f.UScale[i])
	}
}

// width is the number of variables of the polynomial.
func (m *TermLibrary) width(f Frame) int {
	n := 0
	m.each(f, func(c column) { n += c.variables() })
	return n
}

// names are the variables of the polynomial as they are written with the given θ.
func (m *TermLibrary) names(f Frame, theta []float64) []string {
	var out []string
	at := len(theta) - len(m.Saturates)
	m.each(f, func(c column) {
		if c.turns {
			out = append(out, "sin("+c.name+")", "cos("+c.name+")")
			return
		}
		name := c.name
		if m.offset(c) == 0 {
			name = shifted(c.name, c.shift, c.scale)
		}
		out = append(out, name)
		if c.waves {
			out = append(out, "sin("+c.name+")", "cos("+c.name+")")
		}
		if c.half > 0 {
			v, k := c.name, c.scale*math.Exp(theta[at])
			if m.Power > 1 {
				v = fmt.Sprintf("%s^%d", c.name, m.Power)
			}
			out = append(out, fmt.Sprintf("[%s/(%.4g + %s)]", v, math.Pow(k, float64(m.Power)), v))
			at++
		}
	})
	return out
}

// scales are the sizes of the scaled units of the variables.
func (m *TermLibrary) scales(f Frame) []float64 {
	var scales []float64
	m.each(f, func(c column) {
		first := len(scales)
		for range c.variables() {
			scales = append(scales, 1)
		}
		if !c.turns {
			scales[first] = c.scale
		}
	})
	return scales
}

// Explain implements Explainer.
func (m *TermLibrary) Explain(p *Parts, theta []float64) string {
	f := p.Frame
	names := m.names(f, theta)
	scales := m.scales(f)
	var lines []string
	for i, state := range f.States {
		var terms []string
		for d, l := range p.Layers {
			terms = append(terms, polynomialTerms(l, d+1, i, theta, names, scales, f.Scale[i]/f.Time)...)
		}
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", state, sumOf(terms)))
	}
	return strings.Join(lines, "\n")
}

func sortedNames(m map[string]float64) []string {
	var names []string
	for k := range m {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

// Rater is an Architecture whose laws can say that one state is the rate of
// another.
type Rater interface {
	// Rate returns the entry of θ that state j has in the law of state i, and the
	// value it has if j is the rate of i in the user's units and nothing else is in
	// that law. ok is false where there is no such entry.
	Rate(p *Parts, i, j int) (entry int, value float64, ok bool)
}

// Rate implements Rater.
func (m *PolyMLP) Rate(p *Parts, i, j int) (entry int, value float64, ok bool) {
	return rateOf(p, i, j, j)
}

// Rate implements Rater.
func (m *TermLibrary) Rate(p *Parts, i, j int) (entry int, value float64, ok bool) {
	at, k := -1, 0
	m.each(p.Frame, func(c column) {
		if !c.input && c.at == j && !c.turns {
			at = k
		}
		k += c.variables()
	})
	return rateOf(p, i, j, at)
}

// rateOf is Rate where state j is variable k of the polynomial.
func rateOf(p *Parts, i, j, k int) (entry int, value float64, ok bool) {
	f := p.Frame
	if k < 0 || len(p.Layers) == 0 || !p.Layers[0].Sparse || polynomialOffset(f.Shift[j], f.Scale[j]) != f.Shift[j]/f.Scale[j] {
		return 0, 0, false
	}
	l := p.Layers[0]
	return l.W + i*l.Cols + k, f.Time * f.Scale[j] / f.Scale[i], true
}
