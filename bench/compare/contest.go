package main

import (
	"math"
	"slices"
)

// figures are what a result is checked by; those that a problem does not have
// are 0.
type figures struct {
	Begin float64 `json:"begin"` // mean loss of the first iterations of a fit
	Loss  float64 `json:"loss"`  // of a fit: at its end
	Norm  float64 `json:"norm"`
	Evals float64 `json:"evals"` // of the field, going forward, of one trajectory
	Error float64 `json:"error"` // distance to the exact solution
	Bytes float64 `json:"bytes"` // of memory needed
	Said  string  `json:"said"`  // instead of ending where it should
}

// entry is how one participant did. With an empty ns it has not taken part.
type entry struct {
	ns, medians []float64 // of each turn: the fastest call, the median
	figures     figures
	first       float64 // seconds until the first result: compiling, mostly
	offered     bool
	wrong       bool   // its result is not ours; it is not timed
	failed      string // what it said instead of a result
	note        string // of problems with draws
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
	rounds    int     // times that everyone has a turn
	seconds   float64 // length of a turn
	whole     bool    // compiling is part of it, so the first call counts
	recent    bool    // for the environment of the recent versions only
	alone     bool    // nobody else is asked
	wall      bool    // the wall clock counts alone: it has several cores
	single    bool    // in float32 on all sides
	prepare   func() (*setup, error)
	draws     int // if not 0, draw takes the place of prepare, and medians that of fastest calls
	draw      func(k int) (*setup, error)
	ours      entry
	theirs    []entry // in the order of the peers
}

// setup is a prepared problem.
type setup struct {
	problem map[string]any // as the peers read it
	run     func() error
	check   func() (figures, error)
}

// enough seconds of a whole fit need not be measured again.
const enough = 15

// play checks the results and then gives everyone a turn in every round.
func (c *contest) play(peers []*peer) error {
	if c.draws > 0 {
		return c.playDraws(peers)
	}
	s, err := c.prepare()
	if err != nil {
		return err
	}
	if err := s.run(); err != nil {
		return err
	}
	if c.ours.figures, err = s.check(); err != nil {
		return err
	}
	c.theirs = make([]entry, len(peers))
	for i, p := range peers {
		if !c.alone && (!c.recent || p.environment == participants[0].environment) {
			c.theirs[i] = c.enter(p.prepare(s.problem))
		}
	}
	return c.takeTurns(s, peers)
}

// takeTurns lets all run in turn, round after round.
func (c *contest) takeTurns(s *setup, peers []*peer) error {
	calls := 1
	for range c.rounds {
		a, err := turn(s.run, &calls, c.seconds)
		if err != nil {
			return err
		}
		if c.wall {
			a.CPU = 0
		}
		c.ours.turn(a)
		for i, p := range peers {
			if e := &c.theirs[i]; e.offered && !e.wrong && e.failed == "" && !(c.whole && e.first > enough) {
				e.turn(p.turn(c.seconds))
			}
		}
	}
	return nil
}

// enter is what a first answer makes of a participant.
func (c *contest) enter(a answer) entry {
	e := entry{figures: a.figures, first: a.First, offered: a.Offered, failed: a.Failed}
	e.wrong = e.offered && !c.agrees(a.figures)
	if c.whole && e.offered {
		e.ns, e.medians = []float64{e.first * 1e9}, []float64{e.first * 1e9}
	}
	return e
}

// turn notes the fastest call and the median of a turn. Both are at most the
// mean time of the processor: other work on the machine lengthens calls by the
// wall clock, short ones not all of them, long ones every time.
func (e *entry) turn(a answer) {
	if a.Failed != "" || len(a.NS) == 0 {
		e.failed = a.Failed
		return
	}
	slices.Sort(a.NS)
	most := math.Inf(1)
	if a.CPU > 0 {
		most = a.CPU
	}
	e.ns, e.medians = append(e.ns, min(most, a.NS[0])), append(e.medians, min(most, a.NS[len(a.NS)/2]))
}

// agrees says whether a result is ours, within the tolerance. Of orbits, whose
// errors are stated, it only says that it is the same problem.
// A fit has to begin as ours and to end about where ours does.
func (c *contest) agrees(f figures) bool {
	ours := c.ours.figures
	switch {
	case ours.Error != 0:
		return f.Error <= max(1e-2, 30*ours.Error)
	case ours.Begin != 0:
		return math.Abs(f.Begin/ours.Begin-1) <= c.tolerance && math.Abs(math.Log(f.Loss/ours.Loss)) <= math.Log(fitFactor)
	}
	return c.difference(f) <= c.tolerance
}

// difference is the larger of the relative differences of loss and norm.
func (c *contest) difference(f figures) float64 {
	d := 0.0
	if ours := c.ours.figures; ours.Begin != 0 {
		return math.Abs(f.Begin/ours.Begin - 1)
	}
	if c.ours.figures.Norm != 0 {
		d = math.Abs(f.Norm/c.ours.figures.Norm - 1)
	}
	if c.ours.figures.Loss != 0 {
		d = max(d, math.Abs(f.Loss/c.ours.figures.Loss-1))
	}
	return d
}
