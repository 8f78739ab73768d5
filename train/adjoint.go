package train

import (
	"fmt"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// adjoints are the names of the ways to a gradient.
var adjoints = []string{"discrete", "symplectic", "backsolve", "forward"}

// newAdjoint is the way to the gradient of a rollout that is called so:
//
//   - discrete: the exact gradient of what was computed, as fast as memory
//     allows;
//   - symplectic: the same gradient in the least memory. Stages are computed
//     again from the start of every step, which is the adjoint Runge–Kutta pair
//     that keeps bilinear invariants (Matsubara, Miyatake, Yaguchi, NeurIPS 2021);
//   - backsolve: the adjoint equation, integrated backwards;
//   - forward: the same gradient as discrete by sensitivities that are carried
//     along, one trajectory at a time; with states of earlier times discrete means this one.
func newAdjoint(name string, r *rollout) (ode.Adjoint, error) {
	a, err := newStateAdjoint(name, r)
	if err != nil {
		return nil, err
	}
	return ode.Observing(a, model.NewObserver(r.p.Parts, r.lanes, r.members > 1)), nil
}

func newStateAdjoint(name string, r *rollout) (ode.Adjoint, error) {
	if r.p.Parts.Delays != nil {
		switch name {
		case "", "discrete", "forward":
			return newForward(r)
		case "symplectic", "backsolve":
			return nil, fmt.Errorf("adjoint=%s does not go back through states of earlier times; take adjoint=forward, which carries derivatives along", name)
		}
	}
	switch name {
	case "", "discrete":
		return ode.NewParallel(r.field, r.p.Solver)
	case "symplectic":
		least := r.p.Solver
		least.Memory = 1
		return ode.NewParallel(r.field, least)
	case "backsolve":
		if r.p.Parts.Events != nil {
			return nil, fmt.Errorf("adjoint=backsolve does not go back through events; take adjoint=discrete, which does")
		}
		return ode.NewBacksolve(r.field, r.p.Solver)
	case "forward":
		return newForward(r)
	}
	return nil, &registry.UnknownError{Kind: "adjoint", Name: name, Known: adjoints}
}

// forward is an ode.Adjoint that has the derivative of every saved state
// before it knows the cotangents. Of the lanes it integrates the real ones,
// one after the other.
type forward struct {
	r     *rollout
	sens  *ode.Sensitivity
	one   ode.IVP
	tr    *ode.Trajectory
	in    oneLane
	slope [][]float64 // of each lane: times × states × (θ + states)
}

func newForward(r *rollout) (*forward, error) {
	f := &forward{r: r, tr: ode.NewTrajectory(r.rows, r.states, 1)}
	single := r.p.Parts.FieldOf(r.equation, 1, false)
	size := single.Shape().Theta
	var err error
	if f.sens, err = ode.NewSensitivity(single, r.p.Solver); err != nil {
		return nil, err
	}
	f.one = ode.IVP{Field: single, X0: field.Batch{V: make([]float64, r.states), Rows: r.states, Lanes: 1},
		Theta: field.Batch{V: make([]float64, size), Rows: size, Lanes: 1}, T0: make([]float64, 1), Times: make([]float64, r.rows)}
	f.in = oneLane{t: make([]float64, r.lanes), u: field.Batch{V: make([]float64, single.Shape().Input*r.lanes), Rows: single.Shape().Input, Lanes: r.lanes}}
	for range r.used() {
		f.slope = append(f.slope, make([]float64, r.rows*r.states*(size+r.states)))
	}
	return f, nil
}

// Solve implements ode.Adjoint.
func (f *forward) Solve(tr *ode.Trajectory, p *ode.IVP) {
	lanes := f.r.lanes
	f.one.Input = f.in.of(p.Input)
	clear(tr.X)
	for l := range lanes {
		tr.Status[l], tr.Stats.Evals[l], tr.Stats.Accepted[l], tr.Stats.Rejected[l] = ode.StatusOK, 0, 0, 0
		if l >= len(f.slope) {
			continue
		}
		f.in.lane = l
		f.one.T0[0] = p.T0[l]
		for k := range f.one.Times {
			f.one.Times[k] = p.Times[k*lanes+l]
		}
		for i := range f.one.X0.V {
			f.one.X0.V[i] = p.X0.At(i, l)
		}
		for i := range f.one.Theta.V {
			f.one.Theta.V[i] = p.Theta.V[i*p.Theta.Lanes+l%p.Theta.Lanes]
		}
		clear(f.slope[l])
		clear(f.tr.X)
		tr.Status[l] = f.sens.Solve(f.tr, f.slope[l], &f.one)
		for i, v := range f.tr.X {
			tr.X[i*lanes+l] = v
		}
		tr.Stats.Evals[l], tr.Stats.Accepted[l], tr.Stats.Rejected[l] = f.tr.Stats.Evals[0], f.tr.Stats.Accepted[0], f.tr.Stats.Rejected[0]
	}
}

// Pull implements ode.Adjoint.
func (f *forward) Pull(g *field.Point, gtr *ode.Trajectory) {
	n, size, lanes := f.r.states, f.one.Theta.Rows, f.r.lanes
	for l, slope := range f.slope {
		for i := range f.r.rows * n {
			c := gtr.X[i*lanes+l]
			if c == 0 { // of rows that were not reached or do not count
				continue
			}
			row := slope[i*(size+n) : (i+1)*(size+n)]
			for j, v := range row[:size] {
				g.Theta.V[j*g.Theta.Lanes+l%g.Theta.Lanes] += c * v
			}
			for j, v := range row[size:] {
				g.X.V[j*lanes+l] += c * v
			}
		}
	}
}

// oneLane shows one lane of an input as if there were no others.
type oneLane struct {
	in   field.Input
	lane int
	t    []float64
	u    field.Batch
}

func (o *oneLane) of(in field.Input) field.Input {
	o.in = in
	switch in.(type) {
	case nil:
		return nil
	case field.Jumper:
		return jumpingLane{breakingLane{o}}
	case field.Breaker:
		return breakingLane{o}
	}
	return o
}

// At implements field.Input.
func (o *oneLane) At(u field.Batch, t []float64) {
	for l := range o.t {
		o.t[l] = t[0]
	}
	o.in.At(o.u, o.t)
	for i := range u.V {
		u.V[i] = o.u.At(i, o.lane)
	}
}

type breakingLane struct{ *oneLane }

// Breaks implements field.Breaker.
func (o breakingLane) Breaks(_ int, t0, t1 float64) []float64 {
	return o.in.(field.Breaker).Breaks(o.lane, t0, t1)
}

type jumpingLane struct{ breakingLane }

// Jumps implements field.Jumper.
func (o jumpingLane) Jumps(_ int, t0, t1 float64) []field.Jump {
	return o.in.(field.Jumper).Jumps(o.lane, t0, t1)
}

// Switches implements field.Jumper.
func (o jumpingLane) Switches() []field.Switch { return o.in.(field.Jumper).Switches() }
