package cli

import (
	"fmt"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/train"
)

// analysis is one invocation of analyse.
type analysis struct {
	*app
	flags   *analyseFlags
	subject *subject
	name    string
	command string
	panels  []*panel
}

// panel is the loss for one length of the data and one coupling.
type panel struct {
	Length   *float64 `json:"length"` // null: all rows
	Coupling float64  `json:"coupling"`
	Rows     int      `json:"rows"` // of all recordings
	Unknowns int      `json:"unknowns"`
	Loss     *float64 `json:"loss"`             // at the point looked at
	Failed   string   `json:"failed,omitempty"` // why there is nothing to see

	surface *train.Surface
	z       []float64
}

// name says what is particular about a panel.
func (p *panel) name() string {
	switch {
	case p.Length != nil && p.Coupling > 0:
		return fmt.Sprintf("length %s, coupling %s", words.Short(*p.Length), words.Short(p.Coupling))
	case p.Length != nil:
		return "length " + words.Short(*p.Length)
	case p.Coupling > 0:
		return "coupling " + words.Short(p.Coupling)
	}
	return "all rows, no coupling"
}

// at is the point looked at, with its curvature; a panel without it says why.
func (p *panel) at() *train.Curvature {
	c, err := p.surface.At(p.z)
	if err != nil {
		p.Failed = err.Error()
		return nil
	}
	p.Loss = num.OrNull(c.Loss())
	return c
}

// cut makes a panel of each length and each coupling.
func (n *analysis) cut() ([]*panel, error) {
	gains, err := sequence("coupling", n.flags.coupling)
	if err != nil {
		return nil, err
	}
	lengths := []*float64{nil}
	if n.flags.lengths != "" {
		all, err := sequence("lengths", n.flags.lengths)
		if err != nil {
			return nil, err
		}
		lengths = nil
		for _, l := range all {
			lengths = append(lengths, &l)
		}
	}
	var out []*panel
	for _, l := range lengths {
		p, rows, err := n.subject.within(l)
		if err != nil {
			return nil, err
		}
		for _, g := range gains {
			q := &panel{Length: l, Coupling: g, Rows: rows}
			if q.surface, err = train.NewSurface(p, train.Coupling{Gain: g, Smoothing: n.flags.smoothing}); err != nil {
				return nil, err
			}
			q.Unknowns = q.surface.Size()
			if n.subject.model == nil || n.flags.begin {
				q.z, err = q.surface.Begin()
			} else {
				q.z, err = q.surface.Point(n.subject.model, 0)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, q)
		}
	}
	return out, nil
}

// within is the problem of the training rows less than length after the first
// of each recording, and how many there are; nil: of all.
func (s *subject) within(length *float64) (*train.Problem, int, error) {
	o, rows := s.problem.Settings, 0
	o.Heldout, o.Keep = 0, ""
	var series []data.Series
	for _, r := range s.problem.Train {
		to := r.Len()
		if length != nil {
			span := r.T[to-1] - r.T[0]
			const slack = 1e-9 // decimal times are not exact in binary
			if *length > (span+r.Step())*(1+slack) {
				return nil, 0, fmt.Errorf("--lengths %g: recording%s is only %g long", *length, label(r.ID), span)
			}
			if to, _ = slices.BinarySearch(r.T, r.T[0]+*length*(1-slack)); to < 3 {
				return nil, 0, fmt.Errorf("--lengths %g: it holds %s of the recording%s; take a longer one", *length, words.Several(to, "row"), label(r.ID))
			}
		}
		rows += to
		series = append(series, r.Slice(0, to))
	}
	p, err := train.NewProblem(series, s.problem.ArchName, s.problem.Arch, o)
	if err == nil && s.model != nil {
		p, err = p.Of(s.model)
	}
	return p, rows, err
}
