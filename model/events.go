package model

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/budget"
)

// NewInput returns what drives the programs of p from outside, a lane a recording (spare
// lanes repeat the first): the known inputs of the series, see NewMeasured, and what happens
// by the events of the model, at their times in every recording. It is nil if there is
// nothing. Without inputs series may be nil.
func NewInput(p *field.Parts, series []*data.Series, lanes int, hold string) field.Input {
	f := &p.Frame
	if p.Plain() {
		return NewMeasured(series, f, lanes, hold)
	}
	in := &eventful{frame: f, events: p.Events, joined: true}
	if in.events == nil {
		in.events = &field.Events{Doses: make([]bool, len(f.Inputs))}
	} else {
		in.joined = slices.Contains(p.Events.Doses, false)
	}
	if len(f.Inputs) > 0 && len(series) > 0 && series[0] != nil && series[0].Len() > 0 {
		in.base = NewMeasured(series, f, lanes, hold).(*Measured)
	}
	return in
}

// eventful is an input with the events of a model. Behind the inputs of the frame come the
// gates of its infusions.
type eventful struct {
	base   *Measured // nil: there are no inputs
	frame  *field.Frame
	events *field.Events
	joined bool // some inputs are no columns of doses
}

// Part implements field.Parter.
func (in *eventful) Part(lo, hi int) field.Input {
	p := *in
	if in.base != nil {
		p.base = in.base.Part(lo, hi).(*Measured)
	}
	return &p
}

// At implements field.Input. A column of doses is zero but at its rows.
func (in *eventful) At(u field.Batch, t []float64) {
	if u.Rows == 0 {
		return
	}
	m := len(in.frame.Inputs)
	if in.base == nil {
		clear(u.V[:m*u.Lanes])
	} else {
		in.base.At(field.Batch{V: u.V[:m*u.Lanes], Rows: m, Lanes: u.Lanes}, t)
		in.doses(u, t)
	}
	for i := range in.events.Planned {
		p := &in.events.Planned[i]
		if p.Gate < 0 {
			continue
		}
		for l := range u.Lanes {
			u.Set(m+p.Gate, l, in.under(p, t[l]))
		}
	}
}

// doses puts the amounts of rows at just these times into the columns of doses.
func (in *eventful) doses(u field.Batch, t []float64) {
	m := len(in.frame.Inputs)
	for c, is := range in.events.Doses {
		if !is {
			continue
		}
		zero := -in.frame.UShift[c] / in.frame.UScale[c]
		for l := range u.Lanes {
			ts, v := in.base.T[l], zero
			if i := sort.SearchFloat64s(ts, t[l]); i < len(ts) && ts[i] == t[l] && !math.IsNaN(in.base.V[l][i*m+c]) {
				v = in.base.V[l][i*m+c]
			}
			u.Set(c, l, v)
		}
	}
}

// scaled is a time of the user's.
func (in *eventful) scaled(t float64) float64 { return (t - in.frame.T0) / in.frame.Time }

// digits are those of decimal numbers that sums of them do not spoil.
const digits = 14

// repeated is the k-th time of an entry that is repeated, as one would write it.
func repeated(p *field.Planned, k float64) float64 {
	t := p.At[0] + k*p.Every
	if tidy, err := strconv.ParseFloat(strconv.FormatFloat(t, 'g', digits, 64), 64); err == nil {
		return tidy
	}
	return t
}

// each calls do for the times of an entry, user units, that may lie within for of the scaled
// times t0 to t1, ascending where it is repeated.
func (in *eventful) each(p *field.Planned, t0, t1 float64, do func(t float64)) {
	if p.Every == 0 {
		for _, t := range p.At {
			do(t)
		}
		return
	}
	number := func(t float64) float64 { return (t*in.frame.Time + in.frame.T0 - p.At[0]) / p.Every }
	first := max(0, math.Floor(number(t0)-p.For/p.Every)-1)
	last := math.Ceil(number(t1)) + 1
	if p.Times > 0 {
		last = min(last, float64(p.Times-1))
	}
	for k := first; k <= last; k++ {
		do(repeated(p, k))
	}
}

// under is how many infusions of an entry are under way at scaled time t: from its beginning
// on, and no more at its end.
func (in *eventful) under(p *field.Planned, t float64) float64 {
	begun := in.until(p, t, 0)
	return begun - min(begun, in.until(p, t, p.For))
}

// until counts the times of an entry that, put off, have come at scaled time t.
func (in *eventful) until(p *field.Planned, t, off float64) (n float64) {
	if p.Every == 0 {
		for _, at := range p.At {
			if in.scaled(at+off) <= t {
				n++
			}
		}
		return n
	}
	n = max(0, math.Floor((t*in.frame.Time+in.frame.T0-off-p.At[0])/p.Every)-1) // rounding decides no count
	for k := 0; k < 4 && in.scaled(repeated(p, n)+off) <= t; k++ {
		n++
	}
	if p.Times > 0 {
		n = min(n, float64(p.Times))
	}
	return n
}

// Happens is how often an entry with known times happens from time t0 to t1, user units.
func Happens(p *field.Planned, t0, t1 float64) float64 {
	if p.Every == 0 || !(t1 >= t0) {
		return float64(len(p.At))
	}
	first := max(0, math.Floor((t0-p.For-p.At[0])/p.Every))
	last := math.Floor((t1 - p.At[0]) / p.Every)
	if p.Times > 0 {
		last = min(last, float64(p.Times-1))
	}
	return max(0, last-first+1)
}

// Bounded refuses events that happen more often from time t0 to t1 than a trajectory can go through.
func Bounded(p *field.Parts, t0, t1 float64) error {
	if p.Events == nil {
		return nil
	}
	for i := range p.Events.Planned {
		v := &p.Events.Planned[i]
		if n := Happens(v, t0, t1); n > budget.Happenings {
			return fmt.Errorf("%s: it happens %.3g times from time %g to %g, and %d are the most; make every: longer, or add its mean to the equation", v.Entry, n, t0, t1, budget.Happenings)
		}
	}
	return nil
}

// rows are the times at which a column of doses is not zero in a lane.
func (in *eventful) rows(c, lane int, do func(t float64)) {
	if in.base == nil {
		return
	}
	m, zero := len(in.frame.Inputs), -in.frame.UShift[c]/in.frame.UScale[c]
	for i, t := range in.base.T[lane] {
		if v := in.base.V[lane][i*m+c]; !math.IsNaN(v) && v != zero {
			do(t)
		}
	}
}

// Switches implements field.Jumper.
func (in *eventful) Switches() []field.Switch { return in.events.Switches }

// Jumps implements field.Jumper.
func (in *eventful) Jumps(lane int, t0, t1 float64) (all []field.Jump) {
	for i := range in.events.Planned {
		p := &in.events.Planned[i]
		if p.Map == nil {
			continue
		}
		add := func(t float64) {
			if t >= t0 && t < t1 {
				all = append(all, field.Jump{T: t, Map: p.Map})
			}
		}
		if p.Column >= 0 {
			in.rows(p.Column, lane, add)
		} else {
			in.each(p, t0, t1, func(t float64) { add(in.scaled(t)) })
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].T < all[j].T })
	return all
}

// Breaks implements field.Breaker: the rows of the inputs, jumps, and where infusions begin
// and end.
func (in *eventful) Breaks(lane int, t0, t1 float64) (all []float64) {
	if in.base != nil && in.joined {
		all = append(all, in.base.Breaks(lane, t0, t1)...)
	}
	add := func(t float64) {
		if t > t0 && t < t1 {
			all = append(all, t)
		}
	}
	for i := range in.events.Planned {
		switch p := &in.events.Planned[i]; {
		case p.Column >= 0:
			in.rows(p.Column, lane, add)
		default:
			in.each(p, t0, t1, func(t float64) {
				add(in.scaled(t))
				if p.For > 0 {
					add(in.scaled(t + p.For))
				}
			})
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// onlyDoses tells that all inputs of the model are columns of doses: where none is known none
// is given.
func onlyDoses(p *field.Parts) bool {
	return p.Events != nil && !slices.Contains(p.Events.Doses, false)
}
