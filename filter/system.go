package filter

import (
	"fmt"
	"strings"

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
	if m.Parts.Algebraic != nil {
		return nil, fmt.Errorf("the equations 0 = … determine %s; a filter follows derivatives alone", strings.Join(m.Parts.AlgebraicNames(), ", "))
	}
	if m.Parts.Delays != nil {
		return nil, fmt.Errorf("the equations look back at states of earlier times; a filter knows the present alone; entrain forecast --from goes on from rows")
	}
	s, err := newFollowed(&m.Parts.Frame, m.Parts.Field, m.Theta[0], m.Solver, func() field.Input { return m.Input(inputs) })
	if err != nil {
		return nil, err
	}
	// Columns that only show states have a place among them, which is what is seen there.
	s.plain.seen, s.both.seen = model.NewObserver(m.Parts, 1, false), model.NewTangentObserver(m.Parts)
	return s, nil
}

// OfFlow is a flow as a system, in scaled states over the time of the user.
func OfFlow(f *model.Flow) (System, error) {
	if f.IsMap() {
		return nil, fmt.Errorf("a map cannot be filtered")
	}
	return newFollowed(&f.Frame, f.Program, f.Theta, f.Solver, func() field.Input { return nil })
}

// followed integrates states and their tangents. Its room is used again from row to row.
type followed struct {
	frame    *field.Frame
	n        int
	input    func() field.Input
	plain    *integration // of the state
	both     *integration // of the state and its tangents
	tangents *field.Tangents
	at       field.Point // of rates
	out      program.Batch
}

// integration takes a field with one lane from one time to another.
type integration struct {
	solver *ode.Solver
	ivp    ode.IVP
	tr     *ode.Trajectory
	seen   *ode.Observer // nil: the states
}

func newIntegration(f field.Field, rows int, theta field.Batch, o ode.Options) (*integration, error) {
	solver, err := ode.NewSolver(f, o)
	return &integration{solver: solver, tr: ode.NewTrajectory(1, rows, 1),
		ivp: ode.IVP{Field: f, X0: program.NewBatch(rows, 1), Theta: theta, T0: make([]float64, 1), Times: make([]float64, 1)}}, err
}

func newFollowed(f *field.Frame, p *program.Program, theta []float64, o ode.Options, input func() field.Input) (*followed, error) {
	n := len(f.States)
	all := n * (n + 1)
	shared := field.Batch{V: theta, Rows: len(theta), Lanes: 1}
	s := &followed{frame: f, n: n, tangents: field.NewTangents(p, n), input: input, out: program.NewBatch(all, 1),
		at: field.Point{T: make([]float64, 1), X: program.NewBatch(all, 1), Theta: shared}}
	var err error
	if s.plain, err = newIntegration(field.New(p, 1, false), n, shared, o); err != nil {
		return nil, err
	}
	s.both, err = newIntegration(field.New(field.Tangent(p, n), 1, false), all, shared, o)
	s.at.U = program.NewBatch(s.plain.ivp.Field.Shape().Input, 1)
	return s, err
}

// Dim implements System.
func (s *followed) Dim() int { return s.n }

// Advance implements System.
func (s *followed) Advance(dst, jac, x []float64, t0, t1 float64) error {
	way, in := s.plain, s.input()
	if jac != nil {
		way, in = s.both, s.tangents.Input(in)
	}
	way.ivp.T0[0], way.ivp.Times[0], way.ivp.Input = s.scaled(t0), s.scaled(t1), in
	s.place(way.ivp.X0, x)
	clear(way.tr.X)
	way.solver.Solve(way.tr, &way.ivp)
	if way.tr.Status[0] != ode.StatusOK {
		return fmt.Errorf("the model cannot be followed from time %g to %g: %s", t0, t1, way.tr.Status[0])
	}
	way.seen.See(way.tr, &way.ivp)
	copy(dst, way.tr.X[:s.n])
	if jac != nil {
		s.byState(jac, way.tr.X, 1)
	}
	return nil
}

// Rates implements System.
func (s *followed) Rates(jac, x []float64, t float64) error {
	s.at.T[0] = s.scaled(t)
	if in := s.input(); in != nil {
		in.At(s.at.U, s.at.T)
	}
	s.place(s.at.X, x)
	s.both.ivp.Field.Eval(s.out, &s.at)
	s.byState(jac, s.out.V, s.frame.Time)
	return nil
}

func (s *followed) scaled(t float64) float64 { return (t - s.frame.T0) / s.frame.Time }

// place puts a state into a lane and, if it has room for them, the unit vectors behind it.
func (s *followed) place(to program.Batch, x []float64) {
	clear(to.V)
	copy(to.V, x)
	for i := 0; i < s.n && len(to.V) > s.n; i++ {
		to.V[s.n*(i+1)+i] = 1
	}
}

// byState is a derivative by the state, row-major, from the tangents behind a state.
func (s *followed) byState(jac, tangents []float64, unit float64) {
	for i := range s.n {
		for j := range s.n {
			jac[i*s.n+j] = tangents[s.n*(j+1)+i] / unit
		}
	}
}
