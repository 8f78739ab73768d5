package odetest

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// Stiff is a stiff problem and its solution at the end.
type Stiff struct {
	Name       string
	States     []string
	Text       string // equations
	Parameters map[string]float64
	Start, End []float64
	Span       float64
	ATol       float64 // of the smallest component that counts, over rtol
}

// StiffProblems are problems of the Bari test set and of Hairer and Wanner's second
// volume, with their published solutions. They agree to all digits given with radau5
// at tolerances of 1e-13 (TestStiffSolutionsAreReached).
func StiffProblems() []Stiff {
	return []Stiff{
		{Name: "robertson", States: []string{"x", "y", "z"}, Span: 1e11, ATol: 1e-10,
			Text:       "x' = -a*x + b*y*z\ny' = a*x - b*y*z - c*y*y\nz' = c*y*y",
			Parameters: map[string]float64{"a": 0.04, "b": 1e4, "c": 3e7}, Start: []float64{1, 0, 0},
			End: []float64{0.2083340149701255e-07, 0.8333360770334713e-13, 0.9999999791665050}},
		{Name: "van-der-pol-1e3", States: []string{"x", "v"}, Span: 2000, ATol: 1e-3,
			Text: "x' = v\nv' = mu*(1 - x*x)*v - x", Parameters: map[string]float64{"mu": 1e3}, Start: []float64{2, 0},
			End: []float64{0.1706167732170483e1, -0.8928097010247975e-3}},
		{Name: "hires", States: []string{"a", "b", "c", "d", "e", "f", "g", "h"}, Span: 321.8122, ATol: 1e-4,
			Text: "a' = -1.71*a + 0.43*b + 8.32*c + 0.0007\nb' = 1.71*a - 8.75*b\nc' = -10.03*c + 0.43*d + 0.035*e\n" +
				"d' = 8.32*b + 1.71*c - 1.12*d\ne' = -1.745*e + 0.43*f + 0.43*g\n" +
				"f' = -k*f*h + 0.69*d + 1.71*e - 0.43*f + 0.69*g\ng' = k*f*h - 1.81*g\nh' = -k*f*h + 1.81*g",
			Parameters: map[string]float64{"k": 280}, Start: []float64{1, 0, 0, 0, 0, 0, 0, 0.0057},
			End: []float64{0.7371312573325668e-3, 0.1442485726316185e-3, 0.5888729740967575e-4, 0.1175651343283149e-2,
				0.2386356198831331e-2, 0.6238968252742796e-2, 0.2849998395185769e-2, 0.2850001604814231e-2}},
		{Name: "oregonator", States: []string{"x", "y", "z"}, Span: 360, ATol: 1e-2,
			Text: "x' = s*(y + x*(1 - q*x - y))\ny' = (z - (1 + x)*y)/s\nz' = w*(x - z)", Start: []float64{1, 2, 3},
			Parameters: map[string]float64{"s": 77.27, "q": 8.375e-6, "w": 0.161},
			End:        []float64{0.1000814870318523e1, 0.1228178521549917e4, 0.1320554942846706e3}},
	}
}

// IVP starts every lane at the start, with the parameters as θ, and saves it at times.
func (p *Stiff) IVP(lanes int, times ...float64) (*ode.IVP, error) {
	e := &field.Equations{Text: p.Text, Parameters: map[string]field.Unknown{}}
	for name, v := range p.Parameters {
		e.Parameters[name] = field.Unknown{Start: v}
	}
	parts, err := e.Build(field.Unscaled(p.States, nil))
	if err != nil {
		return nil, err
	}
	return &ode.IVP{Field: field.New(parts.Field, lanes, false), X0: same(lanes, p.Start), Theta: same(1, parts.Theta0),
		T0: make([]float64, lanes), Times: same(lanes, times).V}, nil
}
