package field

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/program"
)

// Linear is a linear law: dx/dt is a linear function of state and inputs and a constant,
// in scaled units; hidden states may stand behind the measured ones.
type Linear struct {
	Augment int      `json:"augment" yaml:"augment"`               // hidden states added to the measured ones; 0 = as many as the rows ask for
	Logs    []string `json:"logs,omitempty" yaml:"logs,omitempty"` // columns, always positive, whose logarithms the law is about
}

// Logarithms are the columns whose states are to be logarithms.
func (m *Linear) Logarithms() []string { return m.Logs }

func init() {
	Architectures.Register("linear", "a linear law of columns, inputs and hidden states, as many of these as the rows ask for", func() Architecture {
		return &Linear{}
	})
}

// Build implements Architecture. θ is A beside B, a row a state, then the constants.
func (m *Linear) Build(f Frame) (*Parts, error) {
	if err := affordableStates(len(f.States), m.Augment); err != nil {
		return nil, err
	}
	var err error
	if len(m.Logs) > 0 {
		if f, err = f.InLogs(m.Logs); err != nil {
			return nil, err
		}
	}
	f = withHidden(f, "hidden", m.Augment)
	b := program.New()
	in := b.Batched("x", len(f.States), 1)
	if len(f.Inputs) > 0 {
		in = b.Concat(in, b.Batched("u", len(f.Inputs), 1))
	}
	layers, size := polynomialLayers(0, len(f.States), b.Rows(in), 1)
	theta := b.Shared("theta", size, 1)
	b.Output("dx", polynomial(b, theta, layers, in))
	p := &Parts{Frame: f, Theta0: make([]float64, size), Layers: layers, Start: make([]float64, m.Augment)}
	p.Field, err = b.Done()
	p.Text = fmt.Sprintf("d(%s)/dt = linear in %s", joined(f.States), joined(slices.Concat(f.States, f.Inputs)))
	return p, err
}

// law is the law in user units, x' = A·x + B·u + c, row-major.
func (m *Linear) law(p *Parts, theta []float64) (a, b, c []float64) {
	f, l := p.Frame, p.Layers[0]
	n, q := len(f.States), len(f.Inputs)
	a, b, c = make([]float64, n*n), make([]float64, n*q), make([]float64, n)
	for i := range n {
		unit := f.Scale[i] / f.Time
		c[i] = theta[l.B+i] * unit
		row := theta[l.W+i*l.Cols:][:n+q] // in scaled units, so that its numbers can be compared
		largest := math.Abs(theta[l.B+i])
		for _, v := range row {
			largest = max(largest, math.Abs(v))
		}
		sum := largest * unit // of what the constant is the difference of
		for j := range n {
			a[i*n+j] = num.Undusted(row[j], largest) * unit / f.Scale[j]
			c[i] -= a[i*n+j] * f.Shift[j]
			sum = max(sum, math.Abs(a[i*n+j]*f.Shift[j]))
		}
		for j := range q {
			b[i*q+j] = num.Undusted(row[n+j], largest) * unit / f.UScale[j]
			c[i] -= b[i*q+j] * f.UShift[j]
			sum = max(sum, math.Abs(b[i*q+j]*f.UShift[j]))
		}
		c[i] = num.Undusted(c[i], sum)
	}
	return a, b, c
}

// Explain implements Explainer: the equations, the poles, and how far an input moves a
// column in the end.
func (m *Linear) Explain(p *Parts, theta []float64) string {
	f := p.Frame
	a, b, c := m.law(p, theta)
	n, q := len(f.States), len(f.Inputs)
	states := slices.Clone(f.States)
	for i := range states {
		if f.IsLog(i) {
			states[i] = "log " + states[i]
		}
	}
	var lines []string
	for i, state := range states {
		terms := []string{fmt.Sprintf("%.4g", c[i])}
		for j, name := range states {
			terms = append(terms, fmt.Sprintf("%.4g·%s", a[i*n+j], name))
		}
		for j, name := range f.Inputs {
			terms = append(terms, fmt.Sprintf("%.4g·%s", b[i*q+j], name))
		}
		lines = append(lines, fmt.Sprintf("d %s/dt = %s", state, strings.ReplaceAll(strings.Join(terms, " + "), "+ -", "− ")))
	}
	all := poles(a, n)
	for _, v := range all {
		if imag(v) >= 0 {
			lines = append(lines, poleWords(v, f.TUnit))
		}
	}
	if q > 0 && len(all) == n && real(all[0]) < 0 {
		lines = append(lines, gainWords(f, states, a, b, n-len(p.Start))...)
	}
	return strings.Join(lines, "\n")
}

// poles are those of the n × n matrix a, parts below rounding beside the largest entry taken
// for zero: a pole at rest is computed as one, and has no time.
func poles(a []float64, n int) []complex128 {
	largest := 0.0
	for _, v := range a {
		largest = max(largest, math.Abs(v))
	}
	out := num.Poles(a, n)
	for i, v := range out {
		out[i] = complex(num.Undusted(real(v), largest), num.Undusted(imag(v), largest))
	}
	return out
}

// poleWords says what a pole does, with the unit of time.
func poleWords(v complex128, unit string) string {
	rate, per := real(v), ""
	if unit != "" {
		unit, per = " "+unit, " 1/"+unit
	}
	what := "stays"
	switch {
	case rate < 0:
		what = fmt.Sprintf("decays to 1/e in %.4g%s", -1/rate, unit)
	case rate > 0:
		what = fmt.Sprintf("grows e-fold in %.4g%s", 1/rate, unit)
	}
	if w := math.Abs(imag(v)); w > 0 {
		return fmt.Sprintf("poles %.4g ± %.4gi%s: turns once in %.4g%s, %s", rate, imag(v), per, 2*math.Pi/w, unit, what)
	}
	return fmt.Sprintf("pole %.4g%s: %s", rate, per, what)
}

// gainWords says how far a unit of each input moves each measured state in the end.
func gainWords(f Frame, states []string, a, b []float64, measured int) []string {
	n, q := len(f.States), len(f.Inputs)
	var x mat.Dense
	if err := x.Solve(mat.NewDense(n, n, slices.Clone(a)), mat.NewDense(n, q, slices.Clone(b))); err != nil && x.IsEmpty() {
		return nil
	}
	var lines []string
	for i, state := range states[:measured] {
		for j, input := range f.Inputs {
			lines = append(lines, fmt.Sprintf("gain of %s to %s: %.4g in the end", input, state, -x.At(i, j)))
		}
	}
	return lines
}
