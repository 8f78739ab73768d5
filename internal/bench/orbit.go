package bench

import (
	"errors"
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// The problems for the solver alone. The ensemble is 1/64 of the published
// one, which has 524 288 trajectories; its time grows with their number.
const (
	ensemble      = 524288 / 64
	ensembleLanes = 64
	ensembleRho   = 21.0 // ρ goes from 0 to here
)

var solvers = []string{"dopri5", "tsit5", "dop853"}

func orbits() []Case {
	var out []Case
	for _, s := range solvers {
		o := ode.Options{Solver: s, RTol: 1e-8, ATol: 1e-8}
		// Orbits of a chaotic system part, so the error is stated at time 5.
		out = append(out, rollout("G6/lorenz/"+s, "lorenz", nil, []float64{1, 0, 0}, 100, 5, o))
	}
	usual := map[string]float64{"a": 1.5, "b": 1, "c": 1, "d": 3}
	for _, s := range solvers {
		for _, tol := range []float64{1e-4, 1e-6, 1e-8, 1e-10} {
			out = append(out, rollout(fmt.Sprintf("G6/lotka-volterra/%s/%.0e", s, tol), "lotka-volterra", usual,
				[]float64{1, 1}, 10, 10, ode.Options{Solver: s, RTol: tol, ATol: tol}))
		}
	}
	return append(out,
		swarm("G6/ensemble/fixed", ode.Options{Solver: "tsit5", Step: 1e-3}),
		swarm("G6/ensemble/adaptive", ode.Options{Solver: "tsit5", RTol: 1e-8, ATol: 1e-8}))
}

// rollout integrates a known system from 0 to end and keeps the end only. The
// error in its note is that at time check.
func rollout(name, system string, params map[string]float64, start []float64, end, check float64, o ode.Options) Case {
	return Case{Name: name, Lanes: 1, Prepare: func() (*Job, error) {
		s, err := field.Systems.Lookup(system)
		if err != nil {
			return nil, err
		}
		for name, v := range params {
			s.Parameters[name] = v
		}
		parts, err := s.Build()
		if err != nil {
			return nil, err
		}
		f := field.New(parts.Field, 1, false)
		solver, err := ode.NewSolver(f, o)
		if err != nil {
			return nil, err
		}
		p := &ode.IVP{Field: f, X0: column(start), Theta: column(parts.Theta0), T0: []float64{0}, Times: []float64{end}}
		tr := ode.NewTrajectory(1, len(start), 1)
		run := func() error {
			solver.Solve(tr, p)
			if !tr.OK() {
				return errors.New(name + ": " + tr.Status[0].String())
			}
			return nil
		}
		distance, err := accuracy(system, params, start, check, o)
		note := func() string {
			return fmt.Sprintf("%d evaluations, error %.1e at t = %g", tr.Stats.Evals[0], distance, check)
		}
		return &Job{Run: run, Flops: uncounted, Note: note}, err
	}}
}

// accuracy is the distance of an orbit to a far more exact one at a time.
func accuracy(system string, params map[string]float64, start []float64, at float64, o ode.Options) (float64, error) {
	times := []float64{0, at}
	got, err := orbit(system, params, start, times, o)
	if err != nil {
		return 0, err
	}
	want, err := orbit(system, params, start, times, ode.Options{Solver: "dop853", RTol: 1e-13, ATol: 1e-13})
	if err != nil {
		return 0, err
	}
	s := 0.0
	for i := range start {
		s = math.Hypot(s, got.X[len(start)+i]-want.X[len(start)+i])
	}
	return s, nil
}

// swarm integrates Lorenz systems with ρ from 0 to 21 on [0, 1] from (1, 0, 0),
// on one core, a few lanes at a time.
func swarm(name string, o ode.Options) Case {
	return Case{Name: name, Lanes: ensemble, Heavy: true, Prepare: func() (*Job, error) {
		s, err := field.Systems.Lookup("lorenz")
		if err != nil {
			return nil, err
		}
		architecture := s.Architecture()
		rho := architecture.Parameters["rho"]
		rho.Start = 1 // so that θ is ρ
		architecture.Parameters["rho"] = rho
		parts, err := architecture.Build(field.Unscaled(s.States, nil))
		if err != nil {
			return nil, err
		}
		f := field.New(parts.Field, ensembleLanes, true)
		solver, err := ode.NewSolver(f, o)
		if err != nil {
			return nil, err
		}
		p, tr := swarmIVP(f, parts), ode.NewTrajectory(1, 3, ensembleLanes)
		place := 0
		for _, n := range parts.Named {
			if n.Name == "rho" {
				place = n.Theta
			}
		}
		run := func() error {
			for first := 0; first < ensemble; first += ensembleLanes {
				for l, row := 0, p.Theta.Row(place); l < ensembleLanes; l++ {
					row[l] = ensembleRho * float64(first+l) / (ensemble - 1)
				}
				solver.Solve(tr, p)
				if !tr.OK() {
					return errors.New(name + ": an integration failed")
				}
			}
			return nil
		}
		return &Job{Run: run, Flops: uncounted}, nil
	}}
}

func swarmIVP(f field.Field, parts *field.Parts) *ode.IVP {
	p := &ode.IVP{Field: f, X0: program.NewBatch(3, ensembleLanes), Theta: program.NewBatch(len(parts.Theta0), ensembleLanes),
		T0: make([]float64, ensembleLanes), Times: make([]float64, ensembleLanes)}
	for l := range ensembleLanes {
		p.X0.Set(0, l, 1)
		p.Theta.SetLane(l, parts.Theta0)
		p.Times[l] = 1
	}
	return p
}
