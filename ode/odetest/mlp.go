// Package odetest holds small hand-written fields with known derivatives or
// known solutions, against which solvers and adjoints are tested.
package odetest

import (
	"math"

	"github.com/entrain-dev/entrain/field"
)

// MLP is a fully connected network with exact GELU after every layer but the
// last, written out by hand: the oracle for everything that computes networks
// in a cleverer way. θ is W1 (row-major, outputs × inputs), b1, W2, b2, …
type MLP struct {
	Sizes []int
	Lanes int

	theta, gtheta, dtheta []float64 // of one lane
	a, z, d, ga           [][]float64
}

// NewMLP allocates a network of those layer sizes; the first and the last are
// the state's.
func NewMLP(lanes int, sizes ...int) *MLP {
	m := &MLP{Sizes: sizes, Lanes: lanes}
	n := m.Shape().Theta
	m.theta, m.gtheta, m.dtheta = make([]float64, n), make([]float64, n), make([]float64, n)
	for _, s := range sizes {
		m.a, m.z = append(m.a, make([]float64, s)), append(m.z, make([]float64, s))
		m.d, m.ga = append(m.d, make([]float64, s)), append(m.ga, make([]float64, s))
	}
	return m
}

// Shape counts the weights.
func (m *MLP) Shape() field.Shape {
	s := field.Shape{State: m.Sizes[0], Lanes: m.Lanes}
	for i := 1; i < len(m.Sizes); i++ {
		s.Theta += m.Sizes[i] * (m.Sizes[i-1] + 1)
	}
	return s
}

func gelu(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 }

func dgelu(x float64) float64 {
	return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

func load(dst []float64, b field.Batch, lane int) {
	if b.Lanes == 1 {
		lane = 0
	}
	for i := range dst {
		dst[i] = b.V[i*b.Lanes+lane]
	}
}

func add(b field.Batch, src []float64, lane int) {
	if b.Lanes == 1 {
		lane = 0
	}
	for i, v := range src {
		b.V[i*b.Lanes+lane] += v
	}
}

// forward fills a and z for one lane.
func (m *MLP) forward(at *field.Point, lane int) {
	load(m.a[0], at.X, lane)
	th := m.theta
	if at.Theta.Lanes == 1 {
		th = at.Theta.V
	} else {
		load(th, at.Theta, lane)
	}
	for l := 1; l < len(m.Sizes); l++ {
		in, out := m.Sizes[l-1], m.Sizes[l]
		w, b := th[:in*out], th[in*out:in*out+out]
		th = th[in*out+out:]
		for i := range out {
			s := b[i]
			for j, a := range m.a[l-1] {
				s += w[i*in+j] * a
			}
			m.z[l][i], m.a[l][i] = s, s
			if l < len(m.Sizes)-1 {
				m.a[l][i] = gelu(s)
			}
		}
	}
}

// Eval writes the network's output.
func (m *MLP) Eval(dx field.Batch, at *field.Point) {
	last := m.a[len(m.a)-1]
	for lane := range m.Lanes {
		m.forward(at, lane)
		for i, v := range last {
			dx.V[i*m.Lanes+lane] = v
		}
	}
}

// JVP writes the directional derivative.
func (m *MLP) JVP(ddx field.Batch, at, v *field.Point) {
	for lane := range m.Lanes {
		m.forward(at, lane)
		clear(m.d[0])
		clear(m.dtheta)
		if v.X.V != nil {
			load(m.d[0], v.X, lane)
		}
		if v.Theta.V != nil {
			load(m.dtheta, v.Theta, lane)
		}
		load(m.theta, at.Theta, lane)
		th, dth := m.theta, m.dtheta
		for l := 1; l < len(m.Sizes); l++ {
			in, out := m.Sizes[l-1], m.Sizes[l]
			for i := range out {
				s := dth[in*out+i]
				for j := range in {
					s += th[i*in+j]*m.d[l-1][j] + dth[i*in+j]*m.a[l-1][j]
				}
				if l < len(m.Sizes)-1 {
					s *= dgelu(m.z[l][i])
				}
				m.d[l][i] = s
			}
			th, dth = th[in*out+out:], dth[in*out+out:]
		}
		for i, d := range m.d[len(m.d)-1] {
			ddx.V[i*m.Lanes+lane] = d
		}
	}
}

// VJP adds the transposed derivative.
func (m *MLP) VJP(g, at *field.Point, c field.Batch) {
	for lane := range m.Lanes {
		m.forward(at, lane)
		load(m.theta, at.Theta, lane)
		clear(m.gtheta)
		last := len(m.Sizes) - 1
		load(m.ga[last], c, lane)
		end := len(m.theta)
		for l := last; l > 0; l-- {
			in, out := m.Sizes[l-1], m.Sizes[l]
			end -= in*out + out
			clear(m.ga[l-1])
			for i := range out {
				gz := m.ga[l][i]
				if l < last {
					gz *= dgelu(m.z[l][i])
				}
				w, gw := m.theta[end+i*in:end+(i+1)*in], m.gtheta[end+i*in:end+(i+1)*in]
				for j := range in {
					m.ga[l-1][j] += w[j] * gz
					gw[j] = gz * m.a[l-1][j]
				}
				m.gtheta[end+in*out+i] = gz
			}
		}
		if g.X.V != nil {
			add(g.X, m.ga[0], lane)
		}
		if g.Theta.V != nil {
			add(g.Theta, m.gtheta, lane)
		}
	}
}
