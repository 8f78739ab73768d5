package odetest

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
)

// ImplicitEuler is x1 = x0 + h f(t1, x1), order 1: the smallest implicit method. It
// shows, and tests, that a stepper needs nothing but what package ode exports.
func ImplicitEuler() *ode.Scheme {
	return &ode.Scheme{Name: "toy-implicit-euler", Doc: "implicit Euler, for tests", Order: 1, Implicit: true,
		New: func(shape field.Shape, _ bool) ode.Stepper { return newImplicitEuler(shape) }}
}

type implicitEuler struct {
	n, lanes  int
	at        field.Point // where the end is
	f, j, dir field.Batch // slope there, a column of the Jacobian, the direction of that column
	jac       [][]float64 // the Jacobian of each lane
	lu        *num.LU
	v         []float64
	last      []float64 // size of the last correction of each lane
	tries     []int     // corrections of each lane
	done      []bool
	kappa     field.Batch
}

func newImplicitEuler(s field.Shape) *implicitEuler {
	b := func(rows int) field.Batch { return same(s.Lanes, make([]float64, rows)) }
	e := &implicitEuler{n: s.State, lanes: s.Lanes, f: b(s.State), j: b(s.State), dir: b(s.State), kappa: b(s.State),
		lu: num.NewLU(s.State), v: make([]float64, s.State), last: make([]float64, s.Lanes), tries: make([]int, s.Lanes), done: make([]bool, s.Lanes)}
	e.at = field.Point{T: make([]float64, s.Lanes), X: field.Batch{Rows: s.State, Lanes: s.Lanes}, U: b(s.Input)}
	for range s.Lanes {
		e.jac = append(e.jac, make([]float64, s.State*s.State))
	}
	return e
}

// Room is the states at the start and at the end.
func (e *implicitEuler) Room() ode.Room { return ode.Room{Rows: 2 * e.n, Len: 2 * e.n * e.lanes} }

// end is the second of them.
func (e *implicitEuler) end(s *ode.Step) []float64 { return s.Work[e.n*e.lanes : 2*e.n*e.lanes] }

// place goes to the end of the step, resting lanes to that of a working one.
func (e *implicitEuler) place(s *ode.Step) {
	works, x := 0, e.end(s)
	for works < e.lanes-1 && s.H[works] == 0 {
		works++
	}
	for l, h := range s.H {
		from := l
		if h == 0 {
			from = works
		}
		e.at.T[l] = s.Last[from]
		for i := range e.n {
			x[i*e.lanes+l] = x[i*e.lanes+from]
		}
	}
	e.at.X.V, e.at.Theta = x, s.From.Theta
	if s.Input != nil {
		s.Input.At(e.at.U, e.at.T)
	}
}

func (e *implicitEuler) jacobian(f field.Field) {
	for k := range e.n {
		clear(e.dir.V)
		for l := range e.lanes {
			e.dir.V[k*e.lanes+l] = 1
		}
		f.JVP(e.j, &e.at, &field.Point{X: e.dir})
		for i := range e.n {
			for l, jac := range e.jac {
				jac[i*e.n+k] = e.j.V[i*e.lanes+l]
			}
		}
	}
}

// factor makes 1 − hJ of a lane.
func (e *implicitEuler) factor(l int, h float64) bool {
	m := e.lu.Matrix()
	for i, v := range e.jac[l] {
		m[i] = -h * v
	}
	for i := range e.n {
		m[i*e.n+i]++
	}
	return e.lu.Factor()
}

// Step is Newton's method from x0 until the corrections, after some that may grow, no longer shrink.
func (e *implicitEuler) Step(s *ode.Step) {
	copy(s.Work, s.From.X.V)
	copy(e.end(s), s.From.X.V)
	for l, h := range s.H {
		e.done[l], e.last[l], e.tries[l] = h == 0, math.Inf(1), 0
	}
	for left := true; left; {
		left = false
		e.place(s)
		s.Field.Eval(e.f, &e.at)
		e.jacobian(s.Field)
		for l := range e.done {
			if !e.done[l] {
				e.correct(s, l)
				left = left || !e.done[l]
			}
		}
	}
	copy(s.X.V, e.end(s))
}

func (e *implicitEuler) correct(s *ode.Step, l int) {
	if s.Evals != nil {
		s.Evals[l]++
	}
	if !e.factor(l, s.H[l]) {
		e.done[l], s.Status[l] = true, ode.StatusUnsolved
		return
	}
	size, most, x := 0.0, 0.0, e.end(s)
	for i := range e.n {
		k := i*e.lanes + l
		e.v[i] = s.From.X.V[k] + s.H[l]*e.f.V[k] - x[k]
	}
	e.lu.Solve(e.v)
	for i, v := range e.v {
		k := i*e.lanes + l
		x[k] += v
		size, most = max(size, math.Abs(v)), max(most, math.Abs(x[k]))
	}
	e.tries[l]++
	if e.done[l] = e.tries[l] > 4 && !(size < e.last[l]) || size <= 1e-16*most; e.done[l] && !(size <= 1e-8*(1+most)) {
		s.Status[l] = ode.StatusUnsolved
	}
	e.last[l] = size
}

// Error knows no estimate.
func (e *implicitEuler) Error(norm []float64, _ *ode.Step, _, _ float64) {
	for l := range norm {
		norm[l] = math.NaN()
	}
}

// Pull solves μ = λ + h Jᵀμ; then x̄0 = μ and θ̄ += (∂f/∂θ)ᵀ hμ.
func (e *implicitEuler) Pull(g, s *ode.Step) {
	e.place(s)
	e.jacobian(s.Field)
	for l, h := range s.H {
		for i := range e.n {
			e.v[i] = g.X.V[i*e.lanes+l]
		}
		if h != 0 && e.factor(l, h) {
			e.lu.SolveT(e.v)
		}
		for i, v := range e.v {
			g.From.X.V[i*e.lanes+l] += v
			e.kappa.V[i*e.lanes+l] = h * v
		}
	}
	if g.From.Theta.V != nil {
		s.Field.VJP(&field.Point{Theta: g.From.Theta}, &e.at, e.kappa)
	}
}
