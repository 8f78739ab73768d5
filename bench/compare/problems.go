package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/bench"
)

// Orbits of fitted networks take each solver's own steps, and SciPy's adjoint
// is an equation solved anew; fixed steps leave rounding alone. Fits amplify
// what is left of the difference over hundreds of iterations.
const (
	fitTolerance   = 0.1 // of the first iterations
	fitFactor      = 10  // between losses at the end, which jump from one iteration to the next
	looseTolerance = 2e-3
	exactTolerance = 1e-7
	// In float32 a field's norm is right to a few units, 1.2e-7 each. A gradient
	// through steps depends on them more: rounding the weights of G3, or another
	// order of the sums in its layers, moves the norm by 1e-5.
	singleTolerance         = 1e-6
	singleGradientTolerance = 1e-4
)

// contests are all, or those whose name is given or begins with a given one.
func contests(names []string) []*contest {
	var all []*contest
	for _, name := range []string{"G1", "G1/rk4", "G2", "G3", "G3/cores", "G3/rk4", "G3/rk4/f32", "G3/rk4/cores"} {
		all = append(all, gradientContest(name))
	}
	all = append(all, trainingContest("G4", bench.NewOscillators), stepContest(), trainingContest("G5", bench.NewSpiral))
	all = append(all, orbitContests()...)
	all = append(all, stiffContests()...)
	for _, name := range []string{"G6/ensemble/fixed", "G6/ensemble/fixed/whole", "G6/ensemble/adaptive", "G6/ensemble/adaptive/whole"} {
		all = append(all, swarmContest(name))
	}
	for _, network := range []string{"2-32-2", "3-50-50-3"} {
		for _, lanes := range []int{1, 64, 1024} {
			for _, single := range []bool{false, true} {
				if lanes > 1 || !single { // float32 is for batches
					all = append(all, fieldContest(network, lanes, false, single), fieldContest(network, lanes, true, single))
				}
			}
		}
	}
	for _, name := range bench.GrowthNames() {
		all = append(all, growthContest(name))
	}
	for _, name := range bench.ProgramNames() {
		switch group, _, _ := strings.Cut(name, "/"); group {
		case "C1":
			all = append(all, programContest(name, 20, 0))
		case "C2":
			all = append(all, programContest(name, 3, 0))
		default:
			all = append(all, programContest(name, 3, 60))
		}
	}
	return slices.DeleteFunc(all, func(c *contest) bool { return !wanted(c.name, names) })
}

func wanted(name string, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return name == n || strings.HasPrefix(name, n+"/") })
}

func gradientContest(name string) *contest {
	tolerance := looseTolerance
	if strings.Contains(name, "/rk4") {
		tolerance = exactTolerance
	}
	cores, single := strings.HasSuffix(name, "/cores"), strings.HasSuffix(name, "/f32")
	if single {
		tolerance = singleGradientTolerance
	}
	return &contest{name: name, tolerance: tolerance, rounds: 5, seconds: 0.25, alone: cores, wall: cores, single: single, prepare: func() (*setup, error) {
		g, err := bench.NewGradient(name)
		if err != nil {
			return nil, err
		}
		return &setup{problem: gradientProblem(g, len(g.Times)-1), run: g.Run, check: func() (figures, error) {
			return figures{Loss: g.Loss(), Norm: g.Norm(), Evals: g.Evaluations()}, nil
		}}, nil
	}}
}

// gradientProblem is the problem as the peers read it; steps are those of a
// fixed size.
func gradientProblem(g *bench.Gradient, steps int) map[string]any {
	return map[string]any{
		"kind": "gradient", "sizes": g.Sizes, "weights": g.Weights, "starts": g.Starts, "times": g.Times, "data": g.Data,
		"step": g.Options.Step, "steps": steps, "rtol": g.Options.RTol, "atol": g.Options.ATol, "adjoint": g.Adjoint,
	}
}

func growthContest(name string) *contest {
	return &contest{name: name, tolerance: 1e-3, rounds: 2, seconds: 0.1, recent: true, prepare: func() (*setup, error) {
		g, bytes, err := bench.NewGrowth(name)
		if err != nil {
			return nil, err
		}
		steps := int((g.Times[1]-g.Times[0])/g.Options.Step + 0.5)
		return &setup{problem: gradientProblem(g, steps), run: g.Run, check: func() (figures, error) {
			return figures{Loss: g.Loss(), Norm: g.Norm(), Evals: g.Evaluations(), Bytes: bytes}, nil
		}}, nil
	}}
}

// trainingProblem is the problem as the peers read it, with the weights it
// begins with.
func trainingProblem(kind string, t *bench.Training, weights []float64) map[string]any {
	return map[string]any{
		"kind": kind, "name": t.Name, "sizes": t.Sizes, "weights": weights, "starts": t.Starts, "times": t.Times, "data": t.Data,
		"stages": t.Stages, "batches": t.Batches, "batch": t.Batches[0], "rule": t.Rule, "rate": t.Rate,
		"rtol": t.Options.RTol, "atol": t.Options.ATol,
	}
}

func trainingContest(name string, prepare func() (*bench.Training, error)) *contest {
	return &contest{name: name, tolerance: fitTolerance, rounds: 1, seconds: 0.1, whole: true, prepare: func() (*setup, error) {
		t, err := prepare()
		if err != nil {
			return nil, err
		}
		return &setup{problem: trainingProblem("training", t, t.Start), run: t.Run, check: func() (figures, error) {
			return figures{Begin: t.Mean(0, 10), Loss: t.Last()}, nil
		}}, nil
	}}
}

func stepContest() *contest {
	return &contest{name: "G4/step", tolerance: fitTolerance, rounds: 5, seconds: 0.25, prepare: func() (*setup, error) {
		t, s, err := bench.NewOscillatorsStep()
		if err != nil {
			return nil, err
		}
		return &setup{problem: trainingProblem("training-step", t, t.Weights), run: s.First, check: func() (figures, error) {
			loss, norm, err := s.Figures()
			return figures{Loss: loss, Norm: norm}, err
		}}, nil
	}}
}

// orbitContests has, beside methods of one kind on all sides, the multistep
// methods of others (LSODA, CVODES) beside our method of order eight.
func orbitContests() []*contest {
	var out []*contest
	for _, name := range bench.OrbitNames() {
		out = append(out, orbitContest(name, name, ""))
		if strings.Contains(name, "dop853") {
			out = append(out, orbitContest(strings.Replace(name, "dop853", "multistep", 1), name, "multistep"))
		}
	}
	return out
}

func orbitContest(name, ours, solver string) *contest {
	return &contest{name: name, rounds: 3, seconds: 0.08, prepare: func() (*setup, error) {
		o, err := bench.NewOrbit(ours)
		if err != nil {
			return nil, err
		}
		exact, err := o.Exact()
		if err != nil {
			return nil, err
		}
		if solver == "" {
			solver = o.Options.Solver
		}
		return &setup{problem: map[string]any{
			"kind": "orbit", "system": o.System, "start": o.Start, "end": o.End, "check": o.Check, "exact": exact,
			"solver": solver, "tolerance": o.Options.RTol,
		}, run: o.Run, check: func() (figures, error) {
			distance, err := o.Error()
			return figures{Evals: o.Evaluations(), Error: distance}, err
		}}, nil
	}}
}

// stiffContests let each participant integrate with the cheapest tolerance that
// reaches the digits wanted: ours beside Radau and BDF of SciPy, and beside CVODES
// or IDAS in CasADi.
func stiffContests() []*contest {
	var out []*contest
	for _, name := range bench.StiffNames() {
		for _, solver := range []string{"Radau", "BDF", "multistep"} {
			out = append(out, stiffContest(name, solver))
		}
	}
	return out
}

func stiffContest(name, solver string) *contest {
	return &contest{name: name + "/" + strings.ToLower(solver), rounds: 3, seconds: 0.1, prepare: func() (*setup, error) {
		s, err := bench.NewStiff(name)
		if err != nil {
			return nil, err
		}
		p := &s.Problem
		return &setup{problem: map[string]any{
			"kind": "stiff", "name": p.Name, "parameters": p.Parameters, "start": s.Start(), "end": s.End(), "algebraic": len(p.Algebraic),
			"span": p.Span, "atol": p.ATol, "digits": s.Digits, "solver": solver, "loosest": bench.LoosestHalf,
		}, run: s.Run, check: func() (figures, error) {
			return figures{Evals: s.Evaluations(), Error: s.Error(), Said: s.Note()}, nil
		}}, nil
	}}
}

func swarmContest(name string) *contest {
	c := &contest{name: name, tolerance: exactTolerance, rounds: 2, seconds: 0.1}
	if strings.HasSuffix(name, "/whole") { // with fixed steps the peers take more than a minute
		c.alone, c.rounds = name == "G6/ensemble/fixed/whole", 1
	}
	c.prepare = func() (*setup, error) {
		w, err := bench.NewSwarm(name)
		if err != nil {
			return nil, err
		}
		return &setup{problem: map[string]any{
			"kind": "ensemble", "count": w.Count, "rho": w.Largest, "step": w.Options.Step, "tolerance": w.Options.RTol,
		}, run: w.Run, check: func() (figures, error) { return figures{Norm: w.Norm()}, nil }}, nil
	}
	return c
}

func fieldContest(network string, lanes int, vjp, single bool) *contest {
	what, suffix, tolerance := "eval", "", exactTolerance
	if vjp {
		what = "vjp"
	}
	if single {
		suffix, tolerance = "/f32", singleTolerance
	}
	return &contest{name: fmt.Sprintf("G7/%s/%s/%d%s", network, what, lanes, suffix), tolerance: tolerance, rounds: 5, seconds: 0.12, single: single,
		prepare: func() (*setup, error) {
			e, err := bench.NewEvaluation(network, lanes, single)
			if err != nil {
				return nil, err
			}
			run := e.Eval
			if vjp {
				run = e.VJP
			}
			return &setup{problem: map[string]any{
				"kind": "field", "sizes": e.Sizes, "weights": e.Weights, "x": rows(e.X), "c": rows(e.C), "vjp": vjp,
			}, run: func() error { run(); return nil }, check: func() (figures, error) {
				eval, pulled := e.Norms()
				if vjp {
					return figures{Norm: pulled}, nil
				}
				return figures{Norm: eval}, nil
			}}, nil
		}}
}

// rows has a row for each lane.
func rows(b field.Batch) [][]float64 {
	out := make([][]float64, b.Lanes)
	for l := range out {
		out[l] = b.Lane(nil, l)
	}
	return out
}
