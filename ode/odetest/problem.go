package odetest

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// Problem is an initial value problem with a known solution.
type Problem struct {
	Name  string
	Field func(lanes int) field.Field
	Theta []float64
	Exact func(x []float64, t float64) // solution; its value at 0 is the start
	Rows  int
	High  Grid // where methods of order above 5 are measured
}

// Grid says where an order is measured: with the step size and its halvings
// over the span, and with the size Inside for single steps.
type Grid struct{ Span, Step, Inside float64 }

// Grid chooses by the method's order: sizes at which the leading term of the
// error rules, spans over which it adds up above rounding.
func (p *Problem) Grid(order int) Grid {
	switch {
	case order < 3:
		return Grid{Span: 0.2, Step: 0.05, Inside: 0.2}
	case order < 5:
		return Grid{Span: 10, Step: 0.1, Inside: 0.2}
	case order == 5:
		return Grid{Span: 100, Step: 0.1, Inside: 0.2}
	default:
		return p.High
	}
}

// Problems are a linear, a nonlinear and a non-autonomous problem.
func Problems() []Problem { return []Problem{rotation(), uneven(), forced()} }

// radius of the circles on which the solutions move: large, so that even small
// steps have errors above rounding.
const radius = 20

// rotation is x' = a x − b y, y' = b x + a y with a = 0.
func rotation() Problem {
	a, b := 0.0, 1.0
	return Problem{
		Name: "linear", Theta: []float64{a, b}, Rows: 2, High: Grid{100, 1.2, 1.6},
		Field: func(lanes int) field.Field {
			return NewLane(field.Shape{State: 2, Theta: 2, Lanes: lanes},
				func(dx []float64, _ float64, x, _, p []float64) {
					dx[0], dx[1] = p[0]*x[0]-p[1]*x[1], p[1]*x[0]+p[0]*x[1]
				},
				func(jx, _, jt []float64, _ float64, x, _, p []float64) {
					copy(jx, []float64{p[0], -p[1], p[1], p[0]})
					copy(jt, []float64{x[0], -x[1], x[1], x[0]})
				})
		},
		Exact: func(x []float64, t float64) {
			r := radius * math.Exp(a*t)
			x[0], x[1] = r*math.Cos(b*t), r*math.Sin(b*t)
		},
	}
}

// uneven moves round the circle with the angular velocity a + b x/radius, slower
// on one side than on the other: tan(φ/2) = √((a+b)/(a−b)) tan(√(a²−b²) t/2).
func uneven() Problem {
	a, b := 1.0, 0.3
	return Problem{
		Name: "nonlinear", Theta: []float64{a, b / radius}, Rows: 2, High: Grid{10, 1.1, 1.1},
		Field: func(lanes int) field.Field {
			return NewLane(field.Shape{State: 2, Theta: 2, Lanes: lanes},
				func(dx []float64, _ float64, x, _, p []float64) {
					w := p[0] + p[1]*x[0]
					dx[0], dx[1] = -w*x[1], w*x[0]
				},
				func(jx, _, jt []float64, _ float64, x, _, p []float64) {
					w := p[0] + p[1]*x[0]
					copy(jx, []float64{-p[1] * x[1], -w, w + p[1]*x[0], 0})
					copy(jt, []float64{-x[1], -x[0] * x[1], x[0], x[0] * x[0]})
				})
		},
		Exact: func(x []float64, t float64) {
			s, c := math.Sincos(math.Sqrt(a*a-b*b) * t / 2)
			s, c = math.Sincos(2 * math.Atan2(math.Sqrt((a+b)/(a-b))*s, c))
			x[0], x[1] = radius*c, radius*s
		},
	}
}

// forced is a rotation with the angular velocity a + b cos t.
func forced() Problem {
	a, b := 1.0, 0.3
	return Problem{
		Name: "non-autonomous", Theta: []float64{a, b}, Rows: 2, High: Grid{30, 1, 1.1},
		Field: func(lanes int) field.Field {
			return NewLane(field.Shape{State: 2, Theta: 2, Lanes: lanes},
				func(dx []float64, t float64, x, _, p []float64) {
					w := p[0] + p[1]*math.Cos(t)
					dx[0], dx[1] = -w*x[1], w*x[0]
				},
				func(jx, _, jt []float64, t float64, x, _, p []float64) {
					c := math.Cos(t)
					w := p[0] + p[1]*c
					jx[1], jx[2] = -w, w
					copy(jt, []float64{-x[1], -x[1] * c, x[0], x[0] * c})
				})
		},
		Exact: func(x []float64, t float64) {
			s, c := math.Sincos(a*t + b*math.Sin(t))
			x[0], x[1] = radius*c, radius*s
		},
	}
}

// Same is a Batch with the given values in every lane.
func same(lanes int, v []float64) field.Batch {
	b := field.Batch{V: make([]float64, len(v)*lanes), Rows: len(v), Lanes: lanes}
	for i := range b.V {
		b.V[i] = v[i/lanes]
	}
	return b
}

// IVP starts lane l on the solution at t0 + l·apart and saves it at the given
// times after that.
func (p *Problem) IVP(lanes int, t0, apart float64, after ...float64) *ode.IVP {
	q := &ode.IVP{Field: p.Field(lanes), X0: field.Batch{V: make([]float64, p.Rows*lanes), Rows: p.Rows, Lanes: lanes},
		Theta: same(1, p.Theta), T0: make([]float64, lanes)}
	x := make([]float64, p.Rows)
	for l := range q.T0 {
		q.T0[l] = t0 + float64(l)*apart
		p.Exact(x, q.T0[l])
		for i, v := range x {
			q.X0.V[i*lanes+l] = v
		}
	}
	q.Times = same(lanes, after).V
	for i := range q.Times {
		q.Times[i] += q.T0[i%lanes]
	}
	return q
}

// Error is the root mean square difference of the saved states from the
// solution.
func (p *Problem) Error(tr *ode.Trajectory, q *ode.IVP) float64 {
	x, sum := make([]float64, p.Rows), 0.0
	for i, t := range q.Times {
		k, l := i/len(q.T0), i%len(q.T0)
		p.Exact(x, t)
		for r, v := range x {
			d := tr.State(k, p.Rows).At(r, l) - v
			sum += d * d
		}
	}
	return math.Sqrt(sum / float64(len(tr.X)))
}
