package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/program"
)

// Observer turns the states of a trajectory into what is seen of them, and cotangents and
// sensitivities of what is seen into those of states. What is seen is a Field in form: of
// t, x, u and θ, with as many components as the state, made for the lanes of the
// trajectories; components that are states themselves are passed on.
type Observer struct {
	seen   field.Field
	states []float64 // of the last trajectory, rows × lanes a time
	ivp    IVP
	at     field.Point
	g      field.Point // of one time
	v      field.Point // tangents
	out    Batch
	ok     []bool // lanes that have a state at the time
	all    bool   // all of them
}

// NewObserver makes one of a field of what is seen; nil of nil.
func NewObserver(seen field.Field) *Observer {
	if seen == nil {
		return nil
	}
	s := seen.Shape()
	o := &Observer{seen: seen, ok: make([]bool, s.Lanes)}
	o.at = field.Point{T: make([]float64, s.Lanes), X: program.NewBatch(s.State, s.Lanes), U: program.NewBatch(s.Input, s.Lanes)}
	o.g = field.Point{X: program.NewBatch(s.State, s.Lanes)}
	o.out = program.NewBatch(s.State, s.Lanes)
	return o
}

// See replaces the saved states of tr, which p led to, by what is seen of them. A nil
// Observer sees the states.
func (o *Observer) See(tr *Trajectory, p *IVP) {
	if o == nil {
		return
	}
	o.ivp = *p
	o.states = append(o.states[:0], tr.X...)
	o.each(func(_ int, block []float64) {
		o.seen.Eval(o.out, &o.at)
		o.copyTo(block)
	}, tr.X)
}

// SeeSlopes is See for one lane whose sensitivities S, times × states × (θ + states), are
// turned into those of what is seen as well.
func (o *Observer) SeeSlopes(tr *Trajectory, S []float64, p *IVP) {
	if o == nil {
		return
	}
	o.See(tr, p)
	n, size := o.at.X.Rows, p.Theta.Rows
	width := size + n
	v := &o.v
	if v.X.V == nil {
		v.X = program.NewBatch(n, 1)
		if size > 0 {
			v.Theta = program.NewBatch(size, 1)
		}
	}
	o.each(func(k int, _ []float64) {
		if !o.all {
			return
		}
		s := S[k*n*width : (k+1)*n*width]
		for j := range width {
			for i := range n {
				v.X.V[i] = s[i*width+j]
			}
			if j < size {
				v.Theta.V[j] = 1
			}
			o.seen.JVP(o.out, &o.at, v)
			if j < size {
				v.Theta.V[j] = 0
			}
			for i, d := range o.out.V {
				s[i*width+j] = d
			}
		}
	}, tr.X)
}

// Pull turns the cotangents of what was seen last, gtr, into those of states; what they
// owe θ directly is added to g.Theta.
func (o *Observer) Pull(g *field.Point, gtr *Trajectory) {
	if o == nil {
		return
	}
	o.g.Theta = o.own(g.Theta)
	o.each(func(_ int, block []float64) {
		for l, ok := range o.ok {
			for i := range o.out.Rows {
				c := 0.0
				if ok {
					c = block[i*len(o.ok)+l]
				}
				o.out.V[i*len(o.ok)+l] = c
			}
		}
		clear(o.g.X.V)
		o.seen.VJP(&o.g, &o.at, o.out)
		o.out, o.g.X = o.g.X, o.out
		o.copyTo(block)
	}, gtr.X)
}

// each calls do for every saved time at which some lane has a state, with the states and inputs
// there in o.at, and the rows of x at that time. Lanes without a state stand where one that has
// one does: what is seen need not be a number where they are.
func (o *Observer) each(do func(k int, block []float64), x []float64) {
	p, size, lanes := &o.ivp, len(o.at.X.V), o.at.X.Lanes
	o.at.Theta = o.own(p.Theta)
	for k := range len(p.Times) / lanes {
		copy(o.at.T, p.Times[k*lanes:(k+1)*lanes])
		copy(o.at.X.V, o.states[k*size:(k+1)*size])
		some := o.look()
		if some < 0 {
			continue
		}
		if p.Input != nil && o.at.U.Rows > 0 {
			p.Input.At(o.inputs(p.Field.Shape().Input), o.at.T)
		}
		for l, ok := range o.ok {
			if !ok {
				o.at.T[l] = o.at.T[some]
				parkLane(o.at.X.V, l, some, lanes)
				parkLane(o.at.U.V, l, some, lanes)
			}
		}
		do(k, x[k*size:(k+1)*size])
	}
}

// look finds out which lanes have a state and returns one of them, or -1. The others are asked
// for inputs at their start.
func (o *Observer) look() (some int) {
	lanes := o.at.X.Lanes
	some, o.all = -1, true
	for l := range lanes {
		o.ok[l] = !math.IsNaN(o.at.T[l])
		for i := range o.at.X.Rows {
			v := o.at.X.V[i*lanes+l]
			o.ok[l] = o.ok[l] && !math.IsNaN(v) && !math.IsInf(v, 0)
		}
		if o.ok[l] {
			some = l
			continue
		}
		o.all = false
		o.at.T[l] = o.ivp.T0[l]
	}
	return some
}

// inputs is room for the inputs of the field that was integrated, of which the first are those
// of o.at: it may be drawn to data by others.
func (o *Observer) inputs(rows int) Batch {
	u := &o.at.U
	if cap(u.V) < rows*u.Lanes {
		u.V = make([]float64, rows*u.Lanes)[:u.Rows*u.Lanes]
	}
	return Batch{V: u.V[:rows*u.Lanes], Rows: rows, Lanes: u.Lanes}
}

// own are the parameters that the field of what is seen knows: the first of those given.
func (o *Observer) own(theta Batch) Batch {
	n := o.seen.Shape().Theta
	if theta.V == nil || theta.Rows <= n {
		return theta
	}
	return Batch{V: theta.V[:n*theta.Lanes], Rows: n, Lanes: theta.Lanes}
}

// copyTo writes o.out into the lanes that have a state.
func (o *Observer) copyTo(block []float64) {
	for l, ok := range o.ok {
		for i := 0; ok && i < o.out.Rows; i++ {
			block[i*len(o.ok)+l] = o.out.V[i*len(o.ok)+l]
		}
	}
}

// Observing is an Adjoint whose trajectories are what is seen of the states that a integrates.
func Observing(a Adjoint, o *Observer) Adjoint {
	if o == nil {
		return a
	}
	return &observing{a, o}
}

type observing struct {
	of Adjoint
	o  *Observer
}

// Solve implements Adjoint.
func (a *observing) Solve(tr *Trajectory, p *IVP) {
	a.of.Solve(tr, p)
	a.o.See(tr, p)
}

// Pull implements Adjoint.
func (a *observing) Pull(g *field.Point, gtr *Trajectory) {
	a.o.Pull(g, gtr)
	a.of.Pull(g, gtr)
}
