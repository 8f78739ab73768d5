package chaos

import (
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// fewestWide is how many tangents are worth lanes of their own.
const fewestWide = 8

// wide integrates a bundle of many tangents with a lane for each of them, beside a
// copy of its orbit: few operations on long rows instead of many on short ones. All
// lanes must take the same steps, or copies of an orbit would part; so steps are of
// a fixed size.
type wide struct {
	n, count, lanes int
	solver          *ode.Solver
	ivp             ode.IVP
	tr              *ode.Trajectory
}

func newWide(f *model.Flow, count, lanes int, o ode.Options) (*wide, error) {
	n, all := f.Dim(), count*lanes
	fl, theta := f.TangentField(1, all)
	w := &wide{n: n, count: count, lanes: lanes, tr: ode.NewTrajectory(1, 2*n, all)}
	w.ivp = ode.IVP{Field: fl, X0: program.NewBatch(2*n, all), Theta: theta, T0: make([]float64, all), Times: make([]float64, all)}
	var err error
	w.solver, err = ode.NewSolver(fl, o)
	return w, err
}

// solve moves x, states over tangents as in a bundle, from one scaled time to
// another.
func (w *wide) solve(x program.Batch, from, to float64) ode.Status {
	n, lanes, all := w.n, w.lanes, w.count*w.lanes
	for j := range w.count {
		for i := range n {
			at := i*all + j*lanes
			copy(w.ivp.X0.V[at:at+lanes], x.Row(i))
			copy(w.ivp.X0.V[n*all+at:n*all+at+lanes], x.Row(n*(j+1)+i))
		}
	}
	for l := range all {
		w.ivp.T0[l], w.ivp.Times[l] = from, to
	}
	w.solver.Solve(w.tr, &w.ivp)
	for _, s := range w.tr.Status {
		if s != ode.StatusOK {
			return s
		}
	}
	for i := range n {
		copy(x.Row(i), w.tr.X[i*all:i*all+lanes])
		for j := range w.count {
			at := (n+i)*all + j*lanes
			copy(x.Row(n*(j+1)+i), w.tr.X[at:at+lanes])
		}
	}
	return ode.StatusOK
}
