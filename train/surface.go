package train

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/par"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// Coupling says how strongly a field is drawn towards the smoothed data, as in
// Homotopy. The zero value leaves it alone.
type Coupling struct {
	Gain      float64 // λ·k, per unit of scaled time
	Smoothing float64 // weight of the spline's curvature, scaled units; −1 = by cross-validation
}

// Surface is the training loss as a function of the unknowns z: θ, then, if
// starts are learnt, the start of each recording, scaled. It is the mean
// misfit of trajectories to training rows in scaled units, of
// the field alone or of the coupled one: what Vanilla and a level of Homotopy
// minimise.
type Surface struct {
	p        *Problem
	coupling Coupling
	program  *program.Program
	size     int
}

// NewSurface returns the surface of a problem. Its errors are for the user.
func NewSurface(p *Problem, c Coupling) (*Surface, error) {
	s := &Surface{p: p, coupling: c, program: p.Parts.Field}
	switch {
	case p.Parts.Events != nil:
		return nil, fmt.Errorf("more happens to the states of the model than its equations say (events:); surfaces and curvatures of the loss need equations alone")
	case p.Parts.Delays != nil:
		return nil, fmt.Errorf("the model looks back at states of earlier times; surfaces and curvatures of the loss need equations of the moment alone")
	case p.Parts.Observe != nil:
		return nil, fmt.Errorf("columns of the model only show its states (observe:); surfaces and curvatures of the loss need columns that are states")
	case len(p.Parts.Theta0) == 0:
		return nil, fmt.Errorf("the model has no parameters, so there is no loss surface to look at")
	case !(c.Gain >= 0) || math.IsInf(c.Gain, 1):
		return nil, fmt.Errorf("coupling=%g: it must be 0 or more", c.Gain)
	}
	seen := 0
	for _, rec := range p.Train {
		seen = max(seen, rec.Len())
	}
	if seen < 2 {
		return nil, fmt.Errorf("every recording has fewer than 2 rows to train on; give longer ones")
	}
	if c.Gain > 0 {
		s.program = p.drawn()
		if _, err := p.coupling(1, c.Smoothing); err != nil {
			return nil, err
		}
	}
	s.size = s.rollout(1).u.size()
	return s, nil
}

// Of returns the problem of the same rows for a trained model: in its units, and
// with its programs and its solver. Its errors are for the user.
func (p *Problem) Of(m *model.Model) (*Problem, error) {
	measured := m.Parts.Frame.States[:len(m.Parts.Frame.States)-len(m.Parts.Start)]
	if first := &p.Train[0]; !slices.Equal(measured, first.Names) || !slices.Equal(m.Parts.Frame.Inputs, first.Inputs) {
		return nil, fmt.Errorf("the model has the states %v and inputs %v, the recordings have %v and %v",
			measured, m.Parts.Frame.Inputs, first.Names, first.Inputs)
	}
	q := p.changed(func(q *Problem) {
		q.ArchName, q.Arch, q.Parts, q.Solver, q.Loss, q.warm = m.ArchName, m.Arch, m.Parts, m.Solver, m.Loss, nil
		if p.piloted == p.Parts && m.ArchName == p.ArchName {
			q.piloted = q.Parts
		}
	})
	var err error
	q.Splines, err = q.smooth(&q.Parts.Frame)
	return q, err
}

// Size is the number of unknowns.
func (s *Surface) Size() int { return s.size }

// Begin returns the unknowns that training begins with.
func (s *Surface) Begin() ([]float64, error) { return s.p.begin(1) }

// Point returns the unknowns of a member of a model of the problem.
func (s *Surface) Point(m *model.Model, member int) ([]float64, error) {
	z := append([]float64{}, m.Theta[member]...)
	for i := range s.p.ofRecordings().starts {
		if i < len(m.Records) {
			z = append(z, m.Records[i].Start[member]...)
		}
	}
	if len(z) != s.size {
		return nil, fmt.Errorf("the model has %d unknowns, but the loss has %d; are these the recordings it was trained on?", len(z), s.size)
	}
	return z, nil
}

// rollout has a lane for each recording and member.
func (s *Surface) rollout(members int) *rollout {
	return newRollout(s.p, s.program, s.inputs(members), members, false)
}

func (s *Surface) inputs(members int) field.Input {
	if s.coupling.Gain == 0 {
		return s.p.inputs(members, false)
	}
	in, err := s.p.coupling(members, s.coupling.Smoothing)
	if err != nil {
		panic("train: a spline that NewSurface could fit cannot be fitted: " + err.Error())
	}
	in.strength.gain = s.coupling.Gain
	return in
}

// Named finds a named parameter and its value at z in user units. Its errors are
// for the user.
func (s *Surface) Named(z []float64, name string) (*field.Parameter, float64, error) {
	parts := s.p.Parts
	var known []string
	for i := range parts.Named {
		q := &parts.Named[i]
		if q.Name != name {
			known = append(known, q.Name)
			continue
		}
		values := make([]float64, len(parts.Named))
		program.NewExec(parts.Values, 1).Run([][]float64{values}, [][]float64{z[:len(parts.Theta0)]})
		return q, values[i], nil
	}
	if len(known) == 0 {
		return nil, 0, fmt.Errorf("the model has no named parameters, so there is no %s to go along", name)
	}
	slices.Sort(known)
	return nil, 0, &registry.UnknownError{Kind: "parameter", Name: name, Known: known}
}

// together is how many points are evaluated as lanes of one integration.
const together = 64

// Values sets dst[i] to the loss at the unknowns that at(i, z) fills in; at
// must be pure. A point at which a trajectory cannot be followed has +Inf.
// The points are lanes, so each has steps of its own.
func (s *Surface) Values(dst []float64, at func(i int, z []float64)) error {
	if _, err := ode.NewSolver(s.rollout(1).field, s.p.Solver); err != nil {
		return err
	}
	n := len(dst)
	lanes := min(together, program.PadLanes(n))
	if n == 0 {
		return nil
	}
	spare := make(chan *sampler, runtime.GOMAXPROCS(0))
	par.Chunks(n, lanes, func(_, lo, hi int) {
		var w *sampler
		select {
		case w = <-spare:
		default:
			w = newSampler(s, lanes)
		}
		w.values(dst[lo:hi], func(i int, z []float64) { at(lo+i, z) })
		select {
		case spare <- w:
		default:
		}
	})
	return nil
}

// sampler evaluates the loss at several points at a time.
type sampler struct {
	r      *rollout
	solver *ode.Solver
	z, one []float64
	loss   []float64
}

func newSampler(s *Surface, lanes int) *sampler {
	r := s.rollout(lanes)
	solver, err := ode.NewSolver(r.field, s.p.Solver)
	if err != nil {
		panic("train: solver options that were checked are wrong: " + err.Error())
	}
	return &sampler{r: r, solver: solver, z: make([]float64, s.size*lanes), one: make([]float64, s.size), loss: make([]float64, lanes)}
}

// values fills in dst, which has at most as many points as there are lanes;
// spare lanes repeat the first point.
func (w *sampler) values(dst []float64, at func(i int, z []float64)) {
	all := ofMembers(w.z, w.r.members)
	for j := range w.r.members {
		if j < len(dst) || j == 0 {
			at(j, w.one)
		} else if j == len(dst) {
			at(0, w.one)
		}
		all.SetLane(j, w.one)
	}
	w.r.bind(w.z)
	w.solver.Solve(&w.r.tr, &w.r.ivp)
	w.r.losses(w.loss)
	copy(dst, w.loss)
}

// losses sets the loss of each member; +Inf if its trajectories failed.
func (r *rollout) losses(loss []float64) {
	for m := range loss {
		loss[m] = 0
		if r.failure(m) != "" {
			loss[m] = math.Inf(1)
		}
	}
	for k := range r.rows {
		for c := range r.columns {
			for l := range r.used() {
				if want := r.target[r.value(k, c, r.record(l))]; !math.IsNaN(want) {
					value, _, _ := r.misfit.at(c, r.tr.X[r.number(k, c, l)]-want)
					loss[r.member(l)] += value / r.count
				}
			}
		}
	}
	for m, v := range loss {
		if !isNumber(v) {
			loss[m] = math.Inf(1)
		}
	}
}
