package bench

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// The published ensemble has 524 288 trajectories. Time grows with their
// number, so the usual cases have 1/64 of it.
const (
	wholeSwarm = 524288
	swarmPart  = wholeSwarm / 64
	swarmLanes = 64
	swarmRho   = 21.0 // ρ goes from 0 to here
)

// swarms are the problems by name: steps of 1e-3, tolerances of 1e-8.
var swarms = []struct {
	name  string
	count int
	lanes int // integrated by one call
	o     ode.Options
}{
	{"G6/ensemble/fixed", swarmPart, swarmLanes, ode.Options{Solver: "tsit5", Step: 1e-3}},
	{"G6/ensemble/adaptive", swarmPart, swarmLanes, ode.Options{Solver: "tsit5", RTol: 1e-8, ATol: 1e-8}},
	{"G6/ensemble/fixed/whole", wholeSwarm, swarmLanes, ode.Options{Solver: "tsit5", Step: 1e-3}},
	{"G6/ensemble/adaptive/whole", wholeSwarm, swarmLanes, ode.Options{Solver: "tsit5", RTol: 1e-8, ATol: 1e-8}},
	{"G6/ensemble/fixed/cores", wholeSwarm, wholeSwarm, ode.Options{Solver: "tsit5", Step: 1e-3}},
	{"G6/ensemble/adaptive/cores", wholeSwarm, wholeSwarm, ode.Options{Solver: "tsit5", RTol: 1e-8, ATol: 1e-8}},
}

// Swarm is Lorenz systems with ρ from 0 to 21 on [0, 1] from (1, 0, 0): on one
// core, a few lanes at a time, or all in one call on all cores.
type Swarm struct {
	Name    string
	Count   int     // trajectories
	Largest float64 // ρ
	Options ode.Options

	lanes  int
	solver interface {
		Solve(*ode.Trajectory, *ode.IVP)
	}
	ivp    *ode.IVP
	tr     *ode.Trajectory
	rho    []float64 // of the lanes at work
	square float64   // sum over all last states
}

// NewSwarm prepares the ensemble of that name.
func NewSwarm(name string) (*Swarm, error) {
	for _, p := range swarms {
		if p.name == name {
			w := &Swarm{Name: name, Count: p.count, Largest: swarmRho, Options: p.o, lanes: p.lanes}
			return w, w.prepare()
		}
	}
	return nil, errors.New("there is no ensemble " + name)
}

func (w *Swarm) prepare() error {
	s, err := field.Systems.Lookup("lorenz")
	if err != nil {
		return err
	}
	architecture := s.Architecture()
	rho := architecture.Parameters["rho"]
	rho.Start = 1 // so that θ is ρ
	architecture.Parameters["rho"] = rho
	parts, err := architecture.Build(field.Unscaled(s.States, nil))
	if err != nil {
		return err
	}
	f := field.New(parts.Field, w.lanes, true)
	if w.solver, err = ode.NewParallelSolver(f, w.Options); w.lanes == swarmLanes {
		w.solver, err = ode.NewSolver(f, w.Options)
	}
	if err != nil {
		return err
	}
	w.ivp, w.tr = swarmIVP(f, parts), ode.NewTrajectory(1, 3, w.lanes)
	for _, n := range parts.Named {
		if n.Name == "rho" {
			w.rho = w.ivp.Theta.Row(n.Theta)
		}
	}
	return nil
}

// Run integrates all of them.
func (w *Swarm) Run() error {
	w.square = 0
	for first := 0; first < w.Count; first += w.lanes {
		for l := range w.rho {
			w.rho[l] = w.Largest * float64(first+l) / float64(w.Count-1)
		}
		w.solver.Solve(w.tr, w.ivp)
		if !w.tr.OK() {
			return errors.New(w.Name + ": an integration failed")
		}
		for _, v := range w.tr.X {
			w.square += v * v
		}
	}
	return nil
}

// Norm is the Euclidean norm of all states at the end.
func (w *Swarm) Norm() float64 { return math.Sqrt(w.square) }

// byHand is the ensemble with fixed steps as one would write it for this
// problem alone, the yardstick of whole steps: see kernel.LorenzSteps. Its note
// is the norm of all states at the end, to compare.
func byHand() Case {
	return Case{Name: "G6/ensemble/hand", Lanes: swarmPart, Heavy: true, Prepare: func() (*Job, error) {
		x, k, rho, square := make([]float64, 3*swarmLanes), make([]float64, 3*swarmLanes), make([]float64, swarmLanes), 0.0
		run := func() error {
			square = 0
			for first := 0; first < swarmPart; first += swarmLanes {
				clear(x)
				for l := range rho {
					rho[l], x[l] = swarmRho*float64(first+l)/(swarmPart-1), 1
				}
				kernel.LorenzSteps(x, k, rho, 1e-3, 1000)
				for _, v := range x {
					square += v * v
				}
			}
			return nil
		}
		return &Job{Run: run, Flops: uncounted, Note: func() string { return fmt.Sprintf("norm %.9g", math.Sqrt(square)) }}, nil
	}}
}

func swarmIVP(f field.Field, parts *field.Parts) *ode.IVP {
	lanes := f.Shape().Lanes
	p := &ode.IVP{Field: f, X0: program.NewBatch(3, lanes), Theta: program.NewBatch(len(parts.Theta0), lanes),
		T0: make([]float64, lanes), Times: make([]float64, lanes)}
	for l := range lanes {
		p.X0.Set(0, l, 1)
		p.Theta.SetLane(l, parts.Theta0)
		p.Times[l] = 1
	}
	return p
}

func ensembles() []Case {
	out := []Case{byHand()}
	for _, p := range swarms {
		out = append(out, Case{Name: p.name, Lanes: p.count, Heavy: true, Asked: p.count == wholeSwarm, Prepare: func() (*Job, error) {
			w, err := NewSwarm(p.name)
			if err != nil {
				return nil, err
			}
			return &Job{Run: w.Run, Flops: uncounted, Note: func() string { return fmt.Sprintf("norm %.9g", w.Norm()) }}, nil
		}})
	}
	return out
}
