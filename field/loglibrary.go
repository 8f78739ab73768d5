package field

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/program"
)

// LogLibrary is a law made of few terms whose states, some or all, are logarithms, so that columns
// stay positive and their noise is a part of them. In the user's units it reads
//
//	x_i' = polynomial(x, u) + c_i·x_i·log(x_i/x̄_i)   or, with Factors,
//	x_i' = x_i·(polynomial(x, u) + c_i·log(x_i/x̄_i))
//
// with x̄_i the geometric mean of the column; states move by x'/x. The first form has immigration,
// conversion of one column into another; the second growth and decay alone, such as Lotka and
// Volterra's (Factors, degree 1) and Gompertz' (a logarithm).
//
// Source: Gompertz, Phil. Trans. R. Soc. 115 (1825) 513–583; Voit, Biochemical Systems Theory, ISRN
// Biomath. (2013) 897658, on laws in logarithms.
type LogLibrary struct {
	Logs    []string `json:"logs" yaml:"logs"`       // columns, always positive, whose states are logarithms
	Degree  int      `json:"degree" yaml:"degree"`   // of the polynomial
	Factors bool     `json:"factors" yaml:"factors"` // the polynomial is multiplied with the column itself
}

func init() {
	Architectures.Register("log-library", "few terms, states are logarithms: polynomials of positive columns, divided by these, and logarithms", func() Architecture {
		return &LogLibrary{Degree: 2}
	})
}

// Logarithms are the columns whose states are to be logarithms.
func (m *LogLibrary) Logarithms() []string { return m.Logs }

// Build implements Architecture.
func (m *LogLibrary) Build(f Frame) (*Parts, error) {
	if m.Degree < 1 || m.Degree > maxDegree {
		return nil, fmt.Errorf("degree=%d: it must be between 1 and %d", m.Degree, maxDegree)
	}
	f, err := f.InLogs(m.Logs)
	if err != nil {
		return nil, err
	}
	n, width := len(f.States), len(f.States)+len(f.Inputs)
	if err := affordablePolynomial(n, width, m.Degree); err != nil {
		return nil, err
	}
	layers, size := polynomialLayers(0, n, width, m.Degree)
	if k := len(m.Logs); k > 0 {
		layers = append(layers, Layer{Name: "logarithms", Rows: k, Cols: 1, W: size, B: -1, Last: true, Sparse: true})
		size += k
	}
	b := program.New()
	v := m.declare(b, f)
	p := &Parts{Frame: f, Theta0: make([]float64, size), Layers: layers}
	theta := b.Shared("theta", size, 1)
	b.Output("dx", m.slopes(b, f, v, polynomial(b, theta, layers[:m.Degree], b.Concat(v.level...)), theta, layers[m.Degree:]))
	p.Field, err = b.Done()
	p.Text = fmt.Sprintf("d(%s)/dt = polynomial of degree %d of %s, in logarithms of %s",
		joined(f.States), m.Degree, joined(slices.Concat(f.States, f.Inputs)), joined(m.Logs))
	return p, err
}

// logVariables are what the law is made of: each column in units of levelOf, the inverse of those of
// logarithms, and these.
type logVariables struct {
	level, inverse, logs []program.Value // logs are the states themselves
}

// declare puts the states and inputs of f on b.
func (m *LogLibrary) declare(b *program.Builder, f Frame) (v logVariables) {
	x := b.Batched("x", len(f.States), 1)
	for i := range f.States {
		z := b.Slice(x, i, 1, 1)
		v.logs = append(v.logs, z)
		if !f.IsLog(i) {
			v.level, v.inverse = append(v.level, b.Add(z, b.Const(polynomialOffset(f.Shift[i], f.Scale[i]), 1, 1))), append(v.inverse, program.Value{})
			continue
		}
		above := b.Add(b.Scale(f.Scale[i], z), b.Const(-f.Scale[i], 1, 1)) // log(x/level)
		v.level, v.inverse = append(v.level, b.Act(program.Exp, above)), append(v.inverse, b.Act(program.Exp, b.Scale(-1, above)))
	}
	if len(f.Inputs) > 0 {
		u := b.Batched("u", len(f.Inputs), 1)
		for i := range f.Inputs {
			v.level = append(v.level, b.Add(b.Slice(u, i, 1, 1), b.Const(polynomialOffset(f.UShift[i], f.UScale[i]), 1, 1)))
		}
	}
	return v
}

// slopes are those of the states, by the polynomial and the layer of logarithms, if there is one.
func (m *LogLibrary) slopes(b *program.Builder, f Frame, v logVariables, poly, theta program.Value, last []Layer) program.Value {
	var out []program.Value
	for i := range f.States {
		d := b.Slice(poly, i, 1, 1)
		if f.IsLog(i) && !m.Factors {
			d = b.Mul(d, v.inverse[i])
		}
		if k := slices.Index(m.Logs, f.States[i]); k >= 0 {
			d = b.Add(d, b.Mul(b.Slice(theta, last[0].W+k, 1, 1), v.logs[i]))
		}
		out = append(out, d)
	}
	return b.Concat(out...)
}

// levelOf is the unit in which a column stands in the polynomial: of a logarithm, a deviation above
// the mean of that.
func levelOf(f *Frame, i int) float64 {
	if f.IsLog(i) {
		return math.Exp(f.Shift[i] + f.Scale[i])
	}
	return f.Scale[i]
}

// Coefficients implements Termed.
func (m *LogLibrary) Coefficients(p *Parts, _ []float64) (out []Coefficient) {
	f := &p.Frame
	for i, state := range f.States {
		m.eachOf(p, i, func(entry int, size float64, what string) {
			if f.IsLog(i) && m.Factors {
				what = strings.TrimSuffix(state+"·"+what, "·")
			}
			out = append(out, Coefficient{fmt.Sprintf("d %s/dt", state), what, entry, size})
		})
	}
	return out
}

// eachOf calls do with every coefficient of the law of state i, of Factors within the parentheses.
func (m *LogLibrary) eachOf(p *Parts, i int, do func(entry int, size float64, what string)) {
	f := &p.Frame
	var names []string
	var scales []float64
	for j, name := range f.States {
		if f.IsLog(j) {
			names, scales = append(names, name), append(scales, levelOf(f, j))
			continue
		}
		names, scales = append(names, shifted(name, f.Shift[j], f.Scale[j])), append(scales, f.Scale[j])
	}
	for j, name := range f.Inputs {
		names, scales = append(names, shifted(name, f.UShift[j], f.UScale[j])), append(scales, f.UScale[j])
	}
	rate := f.Scale[i] / f.Time // of x'/x where that is a logarithm
	unit := rate
	if f.IsLog(i) && !m.Factors {
		unit *= levelOf(f, i)
	}
	for d, l := range p.Layers[:m.Degree] {
		eachTerm(l, d+1, i, names, scales, unit, do)
	}
	if k := slices.Index(m.Logs, f.States[i]); k >= 0 {
		what := fmt.Sprintf("log(%s/%.4g)", names[i], math.Exp(f.Shift[i]))
		if !m.Factors {
			what = names[i] + "·" + what
		}
		do(p.Layers[m.Degree].W+k, rate/f.Scale[i], what)
	}
}

// faintest is the size of a coefficient, in scaled units, that contributes nothing even where a
// column is a ten thousandth of what it is elsewhere.
const faintest = 1e-4 * negligible

// Explain implements Explainer: what little a term contributes where columns are large may be much
// where they are small, so nearly all are written.
func (m *LogLibrary) Explain(p *Parts, theta []float64) string {
	var lines []string
	for i, state := range p.Frame.States {
		var terms []string
		m.eachOf(p, i, func(entry int, size float64, what string) {
			if c := theta[entry]; math.Abs(c) > faintest {
				terms = appendTerm(terms, math.Copysign(1, c), math.Abs(c)*size, what)
			}
		})
		right := sumOf(terms)
		if p.Frame.IsLog(i) && m.Factors && len(terms) > 0 {
			right = state + "·(" + right + ")"
		}
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", state, right))
	}
	return strings.Join(lines, "\n")
}
