package train

import (
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// strength is how strongly trajectories are drawn towards the data, now. All parts of an
// input share it.
type strength struct {
	gain float64
	each []float64 // factor of the gain of each measured state; nil: 1
	own  []float64 // gain of each lane; nil: that of all
	step float64   // of a model in discrete time, scaled; 0 of others
}

// of is the gain of a column in a lane.
func (s *strength) of(lane, column int) float64 {
	g := s.gain
	if s.own != nil {
		g = s.own[lane]
	}
	if s.each != nil {
		g *= s.each[column]
	}
	return g
}

// coupled is the input of a coupled field: the known inputs, then the driving
// signal of each state, then its gain (zero for states that are not measured).
// In discrete time the gain becomes the part of the way that is gone in a step.
type coupled struct {
	strength *strength
	base     field.Input // nil if there are no known inputs
	inputs   int
	states   int
	splines  [][]*num.Spline // of each lane
	blind    [][][]stretch   // of each lane, of each column: where it is not seen; nil: nowhere
	ends     [][]float64     // breaks of each lane, if there is such a stretch
	from     int             // first lane of a part in the whole
}

// newCoupled is a coupling of no strength to the splines of each lane, beside the known
// inputs of base.
func (p *Problem) newCoupled(base field.Input, splines ...[]*num.Spline) *coupled {
	u, _ := p.Parts.Field.Input("u")
	return &coupled{strength: &strength{step: p.step()}, base: base, inputs: u.Rows, states: len(p.Parts.Frame.States), splines: splines}
}

func (in *coupled) At(u field.Batch, t []float64) {
	if in.base != nil {
		in.base.At(field.Batch{V: u.V[:in.inputs*u.Lanes], Rows: in.inputs, Lanes: u.Lanes}, t)
	}
	for l := range u.Lanes {
		for c := range in.states {
			s, g := 0.0, 0.0
			if c < len(in.splines[l]) {
				s, g = in.splines[l][c].At(t[l]), in.pull(l, c, t[l])
			}
			u.Set(in.inputs+c, l, s)
			u.Set(in.inputs+in.states+c, l, g)
		}
	}
}

// pull is the gain of a column in a lane at time t, or the part of the way.
func (in *coupled) pull(l, c int, t float64) float64 {
	g := in.strength.of(in.from+l, c)
	if in.blind != nil && in.blind[l] != nil {
		if part := seen(in.blind[l][c], t); part > 0 {
			g *= part
		} else { // it may be infinite in discrete time
			g = 0
		}
	}
	if in.strength.step > 0 {
		g = -math.Expm1(-g * in.strength.step)
	}
	return g
}

// Part implements field.Parter.
func (in *coupled) Part(lo, hi int) field.Input {
	p := *in
	p.splines, p.from = in.splines[lo:hi], in.from+lo
	if in.blind != nil {
		p.blind, p.ends = in.blind[lo:hi], in.ends[lo:hi]
	}
	if in.base != nil {
		p.base = in.base.(field.Parter).Part(lo, hi)
	}
	return &p
}

// conceal notes where the columns of the recordings of the lanes are not seen;
// all are the stretches of every recording.
func (in *coupled) conceal(all [][][]stretch, recs []int) {
	if !slices.ContainsFunc(all, func(blind [][]stretch) bool { return blind != nil }) {
		return
	}
	for lane, rec := range recs {
		var known []float64
		if b, ok := in.base.(field.Breaker); ok {
			known = b.Breaks(lane, math.Inf(-1), math.Inf(1))
		}
		in.blind, in.ends = append(in.blind, all[rec]), append(in.ends, breaks(all[rec], known))
	}
}

// Breaks implements field.Breaker: those of the known inputs, and where the
// coupling of a column begins or ends.
func (in *coupled) Breaks(lane int, t0, t1 float64) []float64 {
	if in.blind != nil && in.strength.step == 0 {
		all := in.ends[lane]
		lo := sort.Search(len(all), func(i int) bool { return all[i] > t0 })
		hi := sort.Search(len(all), func(i int) bool { return all[i] >= t1 })
		return all[lo:max(lo, hi)]
	}
	if b, ok := in.base.(field.Breaker); ok {
		return b.Breaks(lane, t0, t1)
	}
	return nil
}

// isNumber tells that v is neither NaN nor infinite.
func isNumber(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
