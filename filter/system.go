package filter

import (
	"fmt"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// System is what a filter follows.
type System interface {
	// Dim is the number of states.
	Dim() int
	// Advance writes the state at t1 of the trajectory through x at t0 ≤ t1 into dst
	// and, if jac is not nil, its derivative by x, Dim × Dim, row-major.
	Advance(dst, jac, x []float64, t0, t1 float64) error
	// Rates writes the derivative of dx/dt by x at (t, x) into jac.
	Rates(jac, x []float64, t float64) error
}

// Of is a learnt model as a system: its first member, in scaled states, over the time of
// the user. inputs are the known inputs, nil if it has none; they may grow.
func Of(m *model.Model, inputs *data.Series) (System, error) {
	if m.Parts.Frame.Step > 0 {
		return nil, fmt.Errorf("a model in discrete time cannot be filtered")
	}
	s, err := newFollowed(&m.Parts.Frame, m.Parts.Field, m.Theta[0], m.Solver, func() field.Input { return m.Input(inputs) })
	if err != nil {
		return nil, err
	}
	// Columns that only show states have a place among them, which is what is seen there.
	s.seen = [2]*ode.Observer{model.NewObserver(m.Parts, 1, false), model.NewTangentObserver(m.Parts)}
	return s, nil
}

// OfFlow is a flow as a system, in scaled states over the time of the user.
func OfFlow(f *model.Flow) (System, error) {
	if f.IsMap() {
		return nil, fmt.Errorf("a map cannot be filtered")
	}
	return newFollowed(&f.Frame, f.Program, f.Theta, f.Solver, func() field.Input { return nil })
}

// followed integrates states and their tangents.
type followed struct {
	frame  *field.Frame
	theta  field.Batch
	plain  *ode.Solver
	both   *ode.Solver
	fields [2]field.Field
	seen   [2]*ode.Observer // nil: the states
	n      int
	input  func() field.Input
}

func newFollowed(f *field.Frame, p *program.Program, theta []float64, o ode.Options, input func() field.Input) (*followed, error) {
	n := len(f.States)
	s := &followed{frame: f, n: n, theta: field.Batch{V: theta, Rows: len(theta), Lanes: 1}, input: input}
	s.fields[0], s.fields[1] = field.New(p, 1, false), field.New(field.Tangent(p, n), 1, false)
	var err error
	if s.plain, err = ode.NewSolver(s.fields[0], o); err != nil {
		return nil, err
	}
	s.both, err = ode.NewSolver(s.fields[1], o)
	return s, err
}

// Dim implements System.
func (s *followed) Dim() int { return s.n }

// Advance implements System.
func (s *followed) Advance(dst, jac, x []float64, t0, t1 float64) error {
	rows, solver, f, seen := s.n, s.plain, s.fields[0], s.seen[0]
	if jac != nil {
		rows, solver, f, seen = s.n*(s.n+1), s.both, s.fields[1], s.seen[1]
	}
	at := func(t float64) float64 { return (t - s.frame.T0) / s.frame.Time }
	ivp := ode.IVP{Field: f, X0: program.NewBatch(rows, 1), Theta: s.theta, T0: []float64{at(t0)}, Times: []float64{at(t1)}, Input: s.input()}
	copy(ivp.X0.V, x)
	if jac != nil {
		for i := range s.n {
			ivp.X0.V[s.n*(i+1)+i] = 1
		}
	}
	tr := ode.NewTrajectory(1, rows, 1)
	solver.Solve(tr, &ivp)
	if tr.Status[0] != ode.StatusOK {
		return fmt.Errorf("the model cannot be followed from time %g to %g: %s", t0, t1, tr.Status[0])
	}
	seen.See(tr, &ivp)
	copy(dst, tr.X[:s.n])
	if jac != nil {
		for i := range s.n {
			for j := range s.n {
				jac[i*s.n+j] = tr.X[s.n*(j+1)+i]
			}
		}
	}
	return nil
}

// Rates implements System.
func (s *followed) Rates(jac, x []float64, t float64) error {
	n := s.n
	at := &field.Point{T: []float64{(t - s.frame.T0) / s.frame.Time}, X: program.NewBatch(n*(n+1), 1), Theta: s.theta}
	if in := s.input(); in != nil {
		at.U = program.NewBatch(len(s.frame.Inputs), 1)
		in.At(at.U, at.T)
	}
	copy(at.X.V, x)
	for i := range n {
		at.X.V[n*(i+1)+i] = 1
	}
	out := program.NewBatch(n*(n+1), 1)
	s.fields[1].Eval(out, at)
	for i := range n {
		for j := range n {
			jac[i*n+j] = out.V[n*(j+1)+i] / s.frame.Time
		}
	}
	return nil
}
