package odetest

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/ode"
)

// Errors between these count when an order is measured: larger ones are not
// yet asymptotic, smaller ones are rounding.
const largestError, smallestError = 1e-3, 1e-11

// Order measures the order of a method on a problem: the slope of the error at
// the end against the step size.
func order(m *ode.Scheme, p Problem) (float64, error) {
	g := p.Grid(m.Order)
	return slope(func(h float64) (float64, error) {
		return p.solve(p.IVP(1, 0, 0, g.Span), ode.Options{Solver: m.Name, Step: g.Span / math.Round(g.Span/h)})
	}, g.Step)
}

// InsideOrder measures the order of a method's continuous extension: the slope
// of the error inside single steps from places on the solution, less one.
func insideOrder(m *ode.Scheme, p Problem) (float64, error) {
	s, err := slope(func(h float64) (float64, error) {
		q := p.IVP(48, 0, 0.13, 0.2*h, 0.4*h, 0.6*h, 0.8*h, h)
		return p.solve(q, ode.Options{Solver: m.Name, Step: h, Save: "interpolate"})
	}, p.Grid(m.Order).Inside)
	return s - 1, err
}

func (p *Problem) solve(q *ode.IVP, o ode.Options) (float64, error) {
	tr, err := ode.Solve(q, o)
	if err != nil {
		return 0, err
	}
	return p.Error(tr, q), nil
}

// slope fits log error against log h over the halvings of h whose errors lie
// in the window, at least three of them.
func slope(err func(h float64) (float64, error), h float64) (float64, error) {
	var x, y []float64
	for range 40 {
		e, failed := err(h)
		if failed != nil {
			return 0, failed
		}
		if e < smallestError {
			break
		}
		if e < largestError {
			x, y = append(x, math.Log(h)), append(y, math.Log(e))
		}
		if len(x) == 6 {
			break
		}
		h /= 2
	}
	if len(x) < 4 {
		return 0, fmt.Errorf("only %d errors lie in the window", len(x))
	}
	mx, my, sxy, sxx := 0.0, 0.0, 0.0, 0.0
	for i := range x {
		mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(x))
	}
	for i := range x {
		sxy, sxx = sxy+(x[i]-mx)*(y[i]-my), sxx+(x[i]-mx)*(x[i]-mx)
	}
	return sxy / sxx, nil
}
