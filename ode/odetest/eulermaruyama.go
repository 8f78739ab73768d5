package odetest

import (
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// Path is noise as it is seen by a step: over an interval, never at a time. It has no
// state of its own, so a step that is repeated meets the same noise, and whoever goes back
// meets what went before; what a step took of it is in the step's Work.
type Path interface {
	// Over writes what the path gains from one time to another in each lane to the rows of dw.
	Over(dw field.Batch, from, to []float64)
}

// Wiener is a Brownian path in each row, the same in every lane: normal gains over cells of
// equal length, which are functions of Seed, row and cell, on a straight line inside a cell.
type Wiener struct {
	Seed uint64
	Cell float64
}

// Over adds the cells from one time to another.
func (w Wiener) Over(dw field.Batch, from, to []float64) {
	for i := range dw.Rows {
		for l := range from {
			a, b := from[l]/w.Cell, to[l]/w.Cell
			sum := 0.0
			for k := math.Floor(a); k < b; k++ {
				sum += w.gain(i, int64(k)) * (min(b, k+1) - max(a, k))
			}
			dw.V[i*dw.Lanes+l] = sum
		}
	}
}

// gain is a normal number of the variance Cell.
func (w Wiener) gain(row int, cell int64) float64 {
	var r rand.PCG
	r.Seed(w.Seed+uint64(row)<<32, uint64(cell))
	u, v := float64(r.Uint64()>>11+1)*0x1p-53, float64(r.Uint64()>>11)*0x1p-53
	return math.Sqrt(-2*math.Log(u)*w.Cell) * math.Cos(2*math.Pi*v)
}

// EulerMaruyama is x1 = x0 + h f(t0, x0, u + ΔW/h), which for a field that is affine in its
// inputs is the Euler–Maruyama method for dx = f(t, x, u) dt + (∂f/∂u) dW; without inputs it is
// Euler's. It shows, and tests, that a stepper for stochastic equations needs nothing but
// what package ode exports.
//
// Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 10.2.
func EulerMaruyama(name string, p Path) *ode.Scheme {
	return &ode.Scheme{Name: name, Doc: "Euler–Maruyama, for tests", Order: 1,
		New: func(shape field.Shape, _ bool) ode.Stepper {
			b := func(rows int) field.Batch { return same(shape.Lanes, make([]float64, rows)) }
			return &eulerMaruyama{path: p, shape: shape, f: b(shape.State), x: b(shape.State), kappa: b(shape.State),
				at: field.Point{T: make([]float64, shape.Lanes), U: b(shape.Input)}}
		}}
}

type eulerMaruyama struct {
	path        Path
	shape       field.Shape
	at          field.Point
	f, x, kappa field.Batch
}

// Room is the state at the start, and what the path gains.
func (e *eulerMaruyama) Room() ode.Room {
	rows := e.shape.State + e.shape.Input
	return ode.Room{Rows: rows, Len: rows * e.shape.Lanes}
}

// gains are the rows of Work with what the path gains.
func (e *eulerMaruyama) gains(s *ode.Step) field.Batch {
	n, m, lanes := e.shape.State, e.shape.Input, e.shape.Lanes
	return field.Batch{V: s.Work[n*lanes : (n+m)*lanes], Rows: m, Lanes: lanes}
}

// place goes to the start of the step, resting lanes to that of a working one.
func (e *eulerMaruyama) place(s *ode.Step) {
	lanes, works := e.shape.Lanes, 0
	for works < lanes-1 && s.H[works] == 0 {
		works++
	}
	for l, h := range s.H {
		from := l
		if h == 0 {
			from = works
		}
		e.at.T[l] = s.From.T[from]
		for i := range e.shape.State {
			e.x.V[i*lanes+l] = s.Work[i*lanes+from]
		}
	}
	e.at.X, e.at.Theta = e.x, s.From.Theta
	if s.Input != nil {
		s.Input.At(e.at.U, e.at.T)
	} else {
		clear(e.at.U.V)
	}
	for k, v := range e.gains(s).V {
		if h := s.H[k%lanes]; h != 0 {
			e.at.U.V[k] += v / h
		}
	}
}

// Step takes what the path gains, and one step of Euler's.
func (e *eulerMaruyama) Step(s *ode.Step) {
	copy(s.Work, s.From.X.V)
	e.path.Over(e.gains(s), s.From.T, s.To)
	e.place(s)
	s.Field.Eval(e.f, &e.at)
	for k, v := range e.f.V {
		s.X.V[k] = s.From.X.V[k] + s.H[k%e.shape.Lanes]*v
	}
	for l, h := range s.H {
		if s.Evals != nil && h != 0 {
			s.Evals[l]++
		}
	}
}

// Error knows no estimate.
func (e *eulerMaruyama) Error(norm []float64, _ *ode.Step, _, _ float64) {
	for l := range norm {
		norm[l] = math.NaN()
	}
}

// Pull adds λ + (∂f/∂x)ᵀ hλ and (∂f/∂θ)ᵀ hλ, with the noise that the step met.
func (e *eulerMaruyama) Pull(g, s *ode.Step) {
	e.place(s)
	for k, v := range g.X.V {
		g.From.X.V[k] += v
		e.kappa.V[k] = s.H[k%e.shape.Lanes] * v
	}
	s.Field.VJP(&field.Point{X: g.From.X, Theta: g.From.Theta}, &e.at, e.kappa)
}
