package model

import (
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// undefinedSteps is in how many steps the way from the last row that a trajectory reached to
// the next one is gone once more, to see where its formulas cease to have values.
const undefinedSteps = 2000

// grownTo is the size of scaled states beyond which they have blown up: no formula is to blame.
const grownTo = 1e50

// undefined says which formula has no value where the trajectory of member 0 ended, of which so
// many times were reached; "" if that is not the reason.
func (m *Model) undefined(tr *ode.Trajectory, ivp *ode.IVP, inputs *data.Series, reached int) string {
	arch, ok := m.Arch.(field.Partial)
	n, lanes := ivp.X0.Rows, ivp.X0.Lanes
	if !ok || m.Parts.Delays != nil || reached*lanes >= len(ivp.Times) {
		return ""
	}
	at := m.lastPoint(tr, ivp, reached)
	var known field.Input
	if at.U.Rows > 0 {
		known = NewMeasured([]*data.Series{inputs}, &m.Parts.Frame, 1, m.Hold)
	}
	f, slope := field.New(m.Parts.Field, 1, false), program.NewBatch(n, 1)
	h := (ivp.Times[reached*lanes] - at.T[0]) / undefinedSteps
	for range undefinedSteps + 1 {
		if known != nil {
			known.At(at.U, at.T)
		}
		if slices.ContainsFunc(at.X.V, func(x float64) bool { return math.Abs(x) > grownTo }) {
			return ""
		}
		if f.Eval(slope, at); h == 0 || !num.AllFinite(slope.V) {
			return arch.Undefined(m.Parts, at)
		}
		if m.Parts.Algebraic != nil || m.Solver.Solver == "map" { // these do not follow slopes
			return ""
		}
		for i := range n {
			at.X.V[i] += h * slope.V[i]
		}
		at.T[0] += h
	}
	return ""
}

// lastPoint is where member 0 was last seen. Where the trajectory itself goes on, it is what is
// seen of it that has no value, at the row that was not reached.
func (m *Model) lastPoint(tr *ode.Trajectory, ivp *ode.IVP, reached int) *field.Point {
	n, lanes := ivp.X0.Rows, ivp.X0.Lanes
	at := &field.Point{T: []float64{ivp.T0[0]}, X: program.NewBatch(n, 1), U: program.NewBatch(len(m.Parts.Frame.Inputs), 1),
		Theta: program.NewBatch(len(m.Theta[0]), 1)}
	copy(at.Theta.V, m.Theta[0])
	state, row := ivp.X0, reached-1
	if tr.Status[0] == ode.StatusOK {
		row = reached
	}
	if row >= 0 {
		state, at.T[0] = tr.State(row, n), ivp.Times[row*lanes]
	}
	for i := range n {
		if m.Parts.Observed == nil || !m.Parts.Observed[i] { // no formula reads what is only seen
			at.X.V[i] = state.V[i*lanes]
		}
	}
	return at
}
