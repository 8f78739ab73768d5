package linear

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

// Model is
//
//	x' = A·x + B·v + w,   z = C·x + D·v + e,
//
// where z are the measured columns and v the inputs, both scaled, and a constant 1
// behind the inputs:
//
//	z = (y − Shift)/Scale,   v = ((u − UShift)/UScale, 1).
//
// w is white noise of intensity Q, e that of independent errors of variance R.
// Matrices are row-major: A is n × n, B n × (m+1), C p × n, D p × (m+1), Q n × n,
// R has p entries. Time is that of the recordings.
type Model struct {
	Outputs, Inputs []string
	Shift, Scale    []float64 // of outputs
	UShift, UScale  []float64 // of inputs
	Hold            []bool    // inputs that keep a row's value until the next; others are joined
	N               int       // states
	A, B, C, D      []float64
	Q, R            []float64
	// Mean and Spread describe the states over the rows it was fitted to, n and
	// n × n: what is known of a state before any row speaks.
	Mean, Spread []float64
}

func (m *Model) sizes() (n, p, q int) { return m.N, len(m.Outputs), len(m.Inputs) + 1 }

// check refuses recordings whose columns are not the model's.
func (m *Model) check(s *data.Series) error {
	if !slices.Equal(s.Names, m.Outputs) || !slices.Equal(s.Inputs, m.Inputs) {
		return fmt.Errorf("recording %q has the columns %v and inputs %v, the linear model has %v and %v", s.ID, s.Names, s.Inputs, m.Outputs, m.Inputs)
	}
	return nil
}

// outputs are the scaled measured values of a recording, rows × p.
func (m *Model) outputs(s *data.Series) []float64 {
	p := len(m.Outputs)
	z := make([]float64, len(s.X))
	for i, v := range s.X {
		z[i] = (v - m.Shift[i%p]) / m.Scale[i%p]
	}
	return z
}

// drives are the scaled inputs of a recording with the constant, rows × (m+1).
func (m *Model) drives(s *data.Series) []float64 {
	k, q := len(m.Inputs), len(m.Inputs)+1
	v := make([]float64, s.Len()*q)
	for i := range s.T {
		for c := range k {
			v[i*q+c] = (s.U[i*k+c] - m.UShift[c]) / m.UScale[c]
		}
		v[i*q+k] = 1
	}
	return v
}

// Simulate follows the model from the state x at times[0], without noise, with the
// inputs at the times (rows × inputs, user units; nil if there are none). It returns
// the measured columns at all times, rows × outputs, in user units.
func (m *Model) Simulate(x, times, inputs []float64) []float64 {
	n, p, q := m.sizes()
	s := data.Series{Names: m.Outputs, Inputs: m.Inputs, T: times, U: inputs}
	v, z := m.drives(&s), make([]float64, p)
	steps, next := newStepper(m, false), make([]float64, n)
	x = slices.Clone(x)
	out := make([]float64, 0, len(times)*p)
	for k := range times {
		if k > 0 {
			steps.to(times[k]-times[k-1]).move(next, x, v[(k-1)*q:k*q], v[k*q:(k+1)*q])
			x, next = next, x
		}
		m.observe(z, x, v[k*q:(k+1)*q])
		for c := range p {
			out = append(out, m.Shift[c]+m.Scale[c]*z[c])
		}
	}
	return out
}

// observe writes C·x + D·v into z.
func (m *Model) observe(z, x, v []float64) {
	n, p, q := m.sizes()
	for i := range p {
		sum := 0.0
		for j := range n {
			sum += m.C[i*n+j] * x[j]
		}
		for j := range q {
			sum += m.D[i*q+j] * v[j]
		}
		z[i] = sum
	}
}

// Stable tells that no pole lies right of the imaginary axis, but for rounding.
func (m *Model) Stable() bool {
	for _, p := range m.Poles() {
		if real(p) > 1e-9*(math.Abs(real(p))+math.Abs(imag(p))) {
			return false
		}
	}
	return true
}
