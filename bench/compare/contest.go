package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/bench"
)

// figures are what a result is checked by; loss and evaluations are 0 for a
// field alone.
type figures struct {
	Loss  float64 `json:"loss"`
	Norm  float64 `json:"norm"`
	Evals float64 `json:"evals"`
}

// entry is how one participant did. With an empty ns it has not taken part.
type entry struct {
	ns, medians []float64 // of each turn: the fastest call, the median
	figures     figures
	first       float64 // seconds until the first result: compiling, mostly
	wrong       bool    // its result is not ours; it is not timed
}

func (e *entry) fastest() float64 { return slices.Min(e.ns) }

func (e *entry) median() float64 {
	s := slices.Sorted(slices.Values(e.medians))
	return s[len(s)/2]
}

// contest is one problem and how everyone did on it.
type contest struct {
	name      string
	tolerance float64 // of loss and norm relative to ours
	problem   any     // as the peers read it
	run       func() error
	check     func() figures
	ours      entry
	theirs    []entry // in the order of the peers
}

// Orbits of fitted networks take each solver's own steps, and SciPy's adjoint
// is an equation solved anew; fixed steps leave rounding alone.
const (
	looseTolerance = 2e-3
	exactTolerance = 1e-7
)

func contests(names []string) ([]contest, error) {
	var out []contest
	for _, name := range []string{"G1", "G1/rk4", "G2", "G3", "G3/rk4"} {
		if !wanted(name, names) {
			continue
		}
		g, err := bench.NewGradient(name)
		if err != nil {
			return nil, err
		}
		tolerance := looseTolerance
		if g.Options.Step > 0 {
			tolerance = exactTolerance
		}
		out = append(out, contest{name: name, tolerance: tolerance, problem: map[string]any{
			"sizes": g.Sizes, "weights": g.Weights, "starts": g.Starts, "times": g.Times, "data": g.Data,
			"step": g.Options.Step, "rtol": g.Options.RTol, "atol": g.Options.ATol,
		}, run: g.Run, check: func() figures { return figures{g.Loss(), g.Norm(), g.Evaluations()} }})
	}
	for _, network := range []string{"2-32-2", "3-50-50-3"} {
		for _, lanes := range []int{1, 64, 1024} {
			e, err := bench.NewEvaluation(network, lanes)
			if err != nil {
				return nil, err
			}
			for _, vjp := range []bool{false, true} {
				if c := fieldContest(e, network, lanes, vjp); wanted(c.name, names) {
					out = append(out, c)
				}
			}
		}
	}
	return out, nil
}

func wanted(name string, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return name == n || strings.HasPrefix(name, n+"/") })
}

func fieldContest(e *bench.Evaluation, network string, lanes int, vjp bool) contest {
	what, run := "eval", e.Eval
	if vjp {
		what, run = "vjp", e.VJP
	}
	return contest{name: fmt.Sprintf("G7/%s/%s/%d", network, what, lanes), tolerance: exactTolerance, problem: map[string]any{
		"sizes": e.Sizes, "weights": e.Weights, "x": rows(e.X), "c": rows(e.C), "vjp": vjp,
	}, run: func() error { run(); return nil }, check: func() figures {
		eval, pulled := e.Norms()
		if vjp {
			return figures{Norm: pulled}
		}
		return figures{Norm: eval}
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

// writeProblems leaves the problems in a file for the peers.
func writeProblems(all []contest) (string, error) {
	problems := map[string]any{}
	for _, c := range all {
		problems[c.name] = c.problem
	}
	f, err := os.CreateTemp("", "entrain-bench-*.json")
	if err != nil {
		return "", err
	}
	defer f.Close()
	return f.Name(), json.NewEncoder(f).Encode(problems)
}

// play checks the results and then gives everyone a turn in every round.
func (c *contest) play(peers []*peer, rounds int, seconds float64) error {
	if err := c.run(); err != nil {
		return err
	}
	c.ours.figures = c.check()
	c.theirs = make([]entry, len(peers))
	for i, p := range peers {
		a, err := p.ask(c.name, 0)
		if err != nil {
			return err
		}
		if a.Offered {
			c.theirs[i] = entry{figures: a.figures, first: a.First, wrong: !c.agrees(a.figures)}
		}
	}
	m := bench.Meter{Repetition: time.Millisecond, Total: time.Duration(seconds * 1e9), Least: 2}
	job := &bench.Job{Run: c.run, Flops: func() float64 { return 0 }}
	for range rounds {
		r, err := m.Measure(bench.Case{Name: c.name, Lanes: 1, Prepare: func() (*bench.Job, error) { return job, nil }})
		if err != nil {
			return err
		}
		c.ours.ns, c.ours.medians = append(c.ours.ns, r.NS), append(c.ours.medians, r.Median)
		for i, p := range peers {
			e := &c.theirs[i]
			if e.first == 0 || e.wrong {
				continue
			}
			a, err := p.ask(c.name, seconds)
			if err != nil {
				return err
			}
			slices.Sort(a.NS)
			e.ns, e.medians = append(e.ns, a.NS[0]), append(e.medians, a.NS[len(a.NS)/2])
		}
	}
	return nil
}

// agrees says whether a result is ours, within the tolerance.
func (c *contest) agrees(f figures) bool {
	return c.difference(f) <= c.tolerance
}

// difference is the larger of the relative differences of loss and norm.
func (c *contest) difference(f figures) float64 {
	d := math.Abs(f.Norm/c.ours.figures.Norm - 1)
	if c.ours.figures.Loss != 0 {
		d = max(d, math.Abs(f.Loss/c.ours.figures.Loss-1))
	}
	return d
}
