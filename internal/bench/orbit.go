package bench

import (
	"errors"
	"fmt"
	"maps"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// solvers are those that single orbits are integrated with.
var solvers = []string{"dopri5", "tsit5", "dop853"}

// Orbit is a known system integrated from 0 to End, of which the end alone is
// kept. How good it is is said at the time Check, before orbits of a chaotic
// system part.
type Orbit struct {
	Name, System string
	Parameters   map[string]float64 // those that are not the system's usual ones
	Start        []float64
	End, Check   float64
	Options      ode.Options

	solver *ode.Solver
	ivp    *ode.IVP
	tr     *ode.Trajectory
}

// orbitProblems are the problems by name, not yet prepared.
func orbitProblems() []*Orbit {
	var out []*Orbit
	for _, s := range solvers {
		out = append(out, &Orbit{Name: "G6/lorenz/" + s, System: "lorenz", Start: []float64{1, 0, 0}, End: 100, Check: 5,
			Options: ode.Options{Solver: s, RTol: 1e-8, ATol: 1e-8}})
	}
	for _, s := range solvers {
		for _, tol := range []float64{1e-4, 1e-6, 1e-8, 1e-10} {
			out = append(out, &Orbit{Name: fmt.Sprintf("G6/lotka-volterra/%s/%.0e", s, tol), System: "lotka-volterra",
				Parameters: map[string]float64{"a": 1.5, "b": 1, "c": 1, "d": 3}, Start: []float64{1, 1}, End: 10, Check: 10,
				Options: ode.Options{Solver: s, RTol: tol, ATol: tol}})
		}
	}
	return out
}

// OrbitNames are the names of all problems with one orbit.
func OrbitNames() []string {
	var out []string
	for _, o := range orbitProblems() {
		out = append(out, o.Name)
	}
	return out
}

// NewOrbit prepares the problem of that name.
func NewOrbit(name string) (*Orbit, error) {
	for _, o := range orbitProblems() {
		if o.Name == name {
			return o, o.prepare()
		}
	}
	return nil, errors.New("there is no orbit " + name)
}

func (o *Orbit) prepare() error {
	s, err := field.Systems.Lookup(o.System)
	if err != nil {
		return err
	}
	maps.Copy(s.Parameters, o.Parameters)
	parts, err := s.Build()
	if err != nil {
		return err
	}
	f := field.New(parts.Field, 1, false)
	o.solver, err = ode.NewSolver(f, o.Options)
	o.ivp = &ode.IVP{Field: f, X0: column(o.Start), Theta: column(parts.Theta0), T0: []float64{0}, Times: []float64{o.End}}
	o.tr = ode.NewTrajectory(1, len(o.Start), 1)
	return err
}

// Run integrates once.
func (o *Orbit) Run() error {
	o.solver.Solve(o.tr, o.ivp)
	if !o.tr.OK() {
		return errors.New(o.Name + ": " + o.tr.Status[0].String())
	}
	return nil
}

// Evaluations of the field in the last Run.
func (o *Orbit) Evaluations() float64 { return float64(o.tr.Stats.Evals[0]) }

// Error is the distance of the state at the time Check to the Exact one.
func (o *Orbit) Error() (float64, error) {
	got, err := o.at(o.Options)
	if err != nil {
		return 0, err
	}
	want, err := o.Exact()
	if err != nil {
		return 0, err
	}
	s := 0.0
	for i, v := range want {
		s = math.Hypot(s, got[i]-v)
	}
	return s, nil
}

// Exact is the state at the time Check with tolerances of 1e-13.
func (o *Orbit) Exact() ([]float64, error) {
	return o.at(ode.Options{Solver: "dop853", RTol: 1e-13, ATol: 1e-13})
}

func (o *Orbit) at(options ode.Options) ([]float64, error) {
	tr, err := orbit(o.System, o.Parameters, o.Start, []float64{0, o.Check}, options)
	if err != nil {
		return nil, err
	}
	return tr.X[len(o.Start):], nil
}

func orbits() []Case {
	var out []Case
	for _, o := range orbitProblems() {
		out = append(out, Case{Name: o.Name, Lanes: 1, Prepare: func() (*Job, error) {
			return &Job{Run: o.Run, Flops: uncounted, Note: func() string {
				distance, err := o.Error()
				if err != nil {
					return err.Error()
				}
				return fmt.Sprintf("%g evaluations, error %.1e at t = %g", o.Evaluations(), distance, o.Check)
			}}, o.prepare()
		}})
	}
	return out
}
