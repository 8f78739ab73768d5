package ode

import "github.com/entrain-dev/entrain/field"

// Tableau is an explicit Runge–Kutta method as data. From x at t it computes
//
//	k_i = f(t + C_i h, x + h Σ_{j<i} A_ij k_j),   x1 = x + h Σ B_i k_i,
//
// i from 0. A tableau is never changed after registration.
type Tableau struct {
	Name  string
	Doc   string      // one line: who, when, what it is good for
	Order int         // the error of x1 is O(h^(Order+1))
	C     []float64   // stage times
	A     [][]float64 // A[i] has i entries
	B     []float64
	E     []float64 // B − B̂ of the embedded method; nil if there is none
	// E2 is a second error estimate, of lower order; with it the norms r of E
	// and r2 of E2 combine to r²/√(r² + 0.01 r2²) (Hairer's rule for 8(5,3)).
	E2 []float64
	// FSAL says that the last stage is f at the end of the step, so it is the
	// first stage of the next one: the last row of A is B.
	FSAL  bool
	Dense Extension
}

// Extension is the continuous extension of a step,
//
//	x(t + θh) = x + h Σ b_i(θ) k_i,   b_i(θ) = Σ_j P[i][j] θ^(j+1),   0 ≤ θ ≤ 1,
//
// with more stages than the step itself where len(C) > 0; those are evaluated
// only when a state inside the step is asked for.
type Extension struct {
	Order int // the error inside a step is O(h^(Order+1))
	C     []float64
	A     [][]float64
	P     [][]float64
}

// Adaptive says whether the method estimates its own error.
func (t *Tableau) Adaptive() bool { return t.E != nil }

// Stages is the number of stages of a step without its extension.
func (t *Tableau) Stages() int { return len(t.B) }

// register files t. A method without a continuous extension gets the cubic
// Hermite polynomial.
func register(t *Tableau) {
	if t.Dense.P == nil {
		t.Dense = hermite(t)
	}
	m := &Scheme{Name: t.Name, Doc: t.Doc, Order: t.Order, Inside: t.Dense.Order, Tableau: t,
		New: func(shape field.Shape, inside bool) Stepper { return newRungeKutta(shape, t, inside) }}
	if t.Adaptive() {
		m.Estimate = t.Order
	}
	Register(m)
}

// hermite is the cubic through the states and slopes at both ends,
//
//	b_i(θ) = (3θ²−2θ³) B_i + (θ−2θ²+θ³) [i first] + (θ³−θ²) [i last].
//
// If the method is not FSAL the slope at the end is one more stage.
func hermite(t *Tableau) Extension {
	e := Extension{Order: min(3, t.Order)}
	last := len(t.B) - 1
	if !t.FSAL {
		last++
		e.C, e.A = []float64{1}, [][]float64{t.B}
	}
	e.P = make([][]float64, last+1)
	for i := range e.P {
		p := make([]float64, 3)
		if i < len(t.B) {
			p[1], p[2] = 3*t.B[i], -2*t.B[i]
		}
		if i == 0 {
			p[0], p[1], p[2] = p[0]+1, p[1]-2, p[2]+1
		}
		if i == last {
			p[1], p[2] = p[1]-1, p[2]+1
		}
		e.P[i] = p
	}
	return e
}

// weights writes b_i(θ), one for each row of P.
func (e *Extension) weights(dst []float64, theta float64) {
	for i, p := range e.P {
		s := 0.0
		for j := len(p) - 1; j >= 0; j-- {
			s = (s + p[j]) * theta
		}
		dst[i] = s
	}
}
