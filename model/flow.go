package model

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Flow is dx/dt = f(t, x; θ), or a map x₊ = g(x; θ), without inputs. Its
// programs and its states inside are scaled as the frame says; what goes in
// and out of its methods is in user units, unless a name says otherwise.
type Flow struct {
	Frame   field.Frame
	Program *program.Program // output dx of t, x and theta; scaled
	Theta   []float64
	Start   []float64   // a state to begin from, user units
	Solver  ode.Options // how it is integrated; of a map, solver "map"
}

// NewFlow takes a right-hand side with its parameters. start has a value for
// every state, in user units; of the hidden ones those of parts may be left
// out. A field that depends on inputs is refused: what it does is not its own.
func NewFlow(p *field.Parts, theta, start []float64, solver ode.Options) (*Flow, error) {
	if len(p.Frame.Inputs) > 0 {
		return nil, fmt.Errorf("the model is driven by the inputs %v; this needs one that runs by itself", p.Frame.Inputs)
	}
	if p.Algebraic != nil {
		return nil, fmt.Errorf("the model has equations 0 = …; this needs one of derivatives alone; entrain simulate integrates it")
	}
	if p.Events != nil {
		return nil, fmt.Errorf("more happens to the states than their equations say (events:); this needs a model of equations alone; entrain forecast follows it")
	}
	if p.Delays != nil {
		return nil, fmt.Errorf("the equations look back at states of earlier times, so that no state says what comes next; this needs a model of the moment alone; entrain simulate and entrain forecast follow it")
	}
	if p.Observe != nil {
		return nil, fmt.Errorf("columns of the model show its states (observe:) and are none of them; this needs a model whose columns are states; entrain forecast follows it")
	}
	if len(theta) != len(p.Theta0) {
		return nil, fmt.Errorf("the model has %d parameters, %d are given", len(p.Theta0), len(theta))
	}
	f := &Flow{Frame: p.Frame, Program: p.Field, Theta: theta, Start: start, Solver: solver}
	if n := f.Dim(); len(start) == n-len(p.Start) {
		f.Start = append(append([]float64{}, start...), p.Start...)
	} else if len(start) != n {
		return nil, fmt.Errorf("the model has %d states (%v), the start has %d values", n, p.Frame.States, len(start))
	}
	for i, v := range f.Start {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("the start of %s is not a finite number", p.Frame.States[i])
		}
	}
	return f, nil
}

// Dim is the number of states.
func (f *Flow) Dim() int { return len(f.Frame.States) }

// IsMap tells whether it goes in steps; they have the length Frame.Step.
func (f *Flow) IsMap() bool { return f.Frame.Step > 0 }

// Autonomous tells whether the law does not change with time.
func (f *Flow) Autonomous() bool {
	_, timed := f.Program.Input("t")
	return !timed
}

// Scaled writes the state x into dst in scaled units.
func (f *Flow) Scaled(dst, x []float64) {
	for i, v := range x {
		dst[i] = f.Frame.Scaled(i, v)
	}
}

// User writes the scaled state z into dst in user units.
func (f *Flow) User(dst, z []float64) {
	for i, v := range z {
		dst[i] = f.Frame.User(i, v)
	}
}

// Field is the scaled right-hand side for a number of lanes, with theta set up
// in a batch of one lane.
func (f *Flow) Field(lanes int) (field.Field, program.Batch) {
	return f.made(f.Program, lanes)
}

// TangentField is Field with k tangents behind the state: rows 0 … n−1 are x,
// and n(j+1) … n(j+2)−1 the j-th tangent, dv = J·v.
func (f *Flow) TangentField(k, lanes int) (field.Field, program.Batch) {
	return f.made(field.Tangent(f.Program, k), lanes)
}

func (f *Flow) made(p *program.Program, lanes int) (field.Field, program.Batch) {
	theta := program.NewBatch(len(f.Theta), 1)
	copy(theta.V, f.Theta)
	return field.New(p, lanes, false), theta
}

// Jacobian writes ∂f/∂x at time t and state x into jac, n × n, row-major, per
// unit of user time. Of a map it is that of g.
func (f *Flow) Jacobian(jac []float64, t float64, x []float64) {
	n := f.Dim()
	lanes := program.PadLanes(n)
	fl, theta := f.Field(lanes)
	at := &field.Point{T: make([]float64, lanes), X: program.NewBatch(n, lanes), Theta: theta}
	v, out := &field.Point{X: program.NewBatch(n, lanes)}, program.NewBatch(n, lanes)
	z := make([]float64, n)
	f.Scaled(z, x)
	for l := range lanes {
		at.T[l] = (t - f.Frame.T0) / f.Frame.Time
		at.X.SetLane(l, z)
		if l < n {
			v.X.Set(l, l, 1)
		}
	}
	fl.JVP(out, at, v)
	for i := range n {
		for j := range n {
			d := out.At(i, j) * f.Frame.Unit(i, z[i]) / f.Frame.Unit(j, z[j]) / f.Frame.Time
			if f.IsMap() {
				d *= f.Frame.Step
				if i == j {
					d++
				}
			}
			jac[i*n+j] = d
		}
	}
}

// Rate writes dx/dt at time t and state x into dst, user units; of a map, x₊.
func (f *Flow) Rate(dst []float64, t float64, x []float64) {
	n := f.Dim()
	fl, theta := f.Field(1)
	at := &field.Point{T: []float64{(t - f.Frame.T0) / f.Frame.Time}, X: program.NewBatch(n, 1), Theta: theta}
	f.Scaled(at.X.V, x)
	out := program.NewBatch(n, 1)
	fl.Eval(out, at)
	for i := range n {
		d := out.V[i] * f.Frame.Unit(i, at.X.V[i]) / f.Frame.Time
		if f.IsMap() {
			d = x[i] + d*f.Frame.Step
		}
		dst[i] = d
	}
}
