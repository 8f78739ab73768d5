package main

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/internal/bench"
)

// drawn is what everyone made of the draws of a problem, in their order.
type drawn struct {
	ns     []float64
	losses []float64
	evals  []float64
	ended  int
	said   map[string]int // instead of ending
}

func (d *drawn) note(a answer) {
	if d.said == nil {
		d.said = map[string]int{}
	}
	ns := a.NS[0]
	if a.CPU > 0 {
		ns = min(ns, a.CPU)
	}
	d.ns, d.evals = append(d.ns, ns), append(d.evals, a.Evals)
	if a.Said != "" {
		d.said[a.Said]++
		return
	}
	d.ended++
	d.losses = append(d.losses, a.Loss)
}

// mostDraws, if not 0, is how many there are at most.
var mostDraws int

// programContest is a program that everyone solves once with each of some draws, in
// turn. Ours is timed from the rows to the score of the simulated model, a peer from the
// point where our program begins to the minimum.
func programContest(name string, draws int, seconds float64) *contest {
	if mostDraws > 0 {
		draws = min(draws, mostDraws)
	}
	return &contest{name: name, tolerance: 1e-6, draws: draws, draw: func(k int) (*setup, error) {
		p, err := bench.NewProgram(name, uint64(k+1))
		if err != nil {
			return nil, err
		}
		element, weights := p.Observed()
		problem := map[string]any{"kind": "program", "sizes": p.Sizes, "times": p.Times, "data": p.Data, "ends": p.Ends,
			"stages": p.Stages, "rule": p.Rule(), "decay": p.Decay, "element": element, "weights": weights, "seconds": seconds}
		return &setup{problem: problem, run: p.Run, check: func() (figures, error) {
			problem["start"], problem["solution"] = p.Start, p.Solution
			f := figures{Begin: p.Begin, Norm: p.Objective, Loss: p.Objective, Evals: float64(p.Iterations)}
			if !p.Solved { // then it is compared where it begins only
				f.Norm, f.Said, problem["solution"] = 0, "no minimum", p.Start
			}
			return f, nil
		}}, nil
	}}
}

// sameProgram is the largest violation of a row at our solution, and the relative
// difference of an objective there or where we begin, up to which it is the same program.
const sameProgram = 1e-6

// playDraws lets everyone solve each draw once, one after the other.
func (c *contest) playDraws(peers []*peer) error {
	c.theirs = make([]entry, len(peers))
	all := make([]drawn, len(peers)+1)
	for k := range c.draws {
		s, err := c.draw(k)
		if err != nil {
			return err
		}
		calls := 1
		a, err := turn(s.run, &calls, 0)
		if err != nil {
			return err
		}
		if a.figures, err = s.check(); err != nil {
			return err
		}
		all[0].note(a)
		for i, p := range peers {
			e := &c.theirs[i]
			if c.alone || e.wrong || e.failed != "" || k > 0 && !e.offered {
				continue
			}
			b := p.prepare(s.problem)
			if k == 0 {
				*e = entry{offered: b.Offered, first: b.First}
			}
			if e.failed = b.Failed; !b.Offered {
				continue
			}
			if e.wrong = isOther(&a, &b); !e.wrong {
				all[1+i].note(b)
			}
		}
	}
	c.ours.close(&all[0], nil)
	for i := range c.theirs {
		c.theirs[i].close(&all[1+i], &all[0])
	}
	return nil
}

// close states the median of the draws, and what else there is to know.
func (e *entry) close(d, ours *drawn) {
	if len(d.ns) == 0 {
		return
	}
	e.ns, e.medians = []float64{middle(d.ns)}, []float64{middle(d.ns)}
	e.figures.Evals = middle(d.evals)
	e.note = fmt.Sprintf("%d of %d end", d.ended, len(d.ns))
	if d.ended > 0 {
		e.note += fmt.Sprintf("; objective %.4g, %.4g to %.4g", middle(d.losses), slices.Min(d.losses), slices.Max(d.losses))
	}
	if ours != nil && len(d.ns) == len(ours.ns) {
		var times []float64
		for k, ns := range d.ns {
			times = append(times, ns/ours.ns[k])
		}
		e.note += fmt.Sprintf("; × %.3g to %.3g, median %.3g", slices.Min(times), slices.Max(times), middle(times))
	}
}

// middle is the median, of an even number the mean of the two in the middle.
func middle(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	return (s[n/2] + s[(n-1)/2]) / 2
}

// isOther tells that a peer did not solve the program that we solved.
func isOther(ours, theirs *answer) bool {
	same := contest{tolerance: sameProgram, ours: entry{figures: figures{Norm: ours.Norm, Loss: ours.Begin}}}
	return same.difference(figures{Norm: theirs.Norm, Loss: theirs.Begin}) > sameProgram || ours.Norm != 0 && theirs.Error > sameProgram
}
