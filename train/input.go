package train

import (
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// measured interpolates the measured inputs of one recording a lane, in
// scaled units over scaled time: linearly, or holding the last row's value.
// Before the first and after the last row the edge values hold.
type measured struct {
	t    [][]float64 // rows of each lane
	v    [][]float64 // len(t) × inputs of each lane
	hold []bool      // of each input
}

// newMeasured returns the inputs of the series, one a lane (spare lanes
// repeat the first), or nil if the frame has none.
func newMeasured(series []*data.Series, f *field.Frame, lanes int, hold string) field.Input {
	m := len(f.Inputs)
	if m == 0 {
		return nil
	}
	in := &measured{t: make([][]float64, lanes), v: make([][]float64, lanes)}
	in.hold, _ = holding(hold, f.Inputs) // what is wrong with it was said when it was set
	for l := range lanes {
		s := series[0]
		if l < len(series) {
			s = series[l]
		}
		in.t[l], in.v[l] = make([]float64, s.Len()), make([]float64, s.Len()*m)
		for i := range s.T {
			in.t[l][i] = (s.T[i] - f.T0) / f.Time
			for c := range m {
				in.v[l][i*m+c] = (s.U[i*m+c] - f.UShift[c]) / f.UScale[c]
			}
		}
	}
	if f.Step > 0 {
		return unbroken{in}
	}
	return in
}

// unbroken are inputs of a model in discrete time, whose steps keep to the
// samples whatever happens between.
type unbroken struct{ in *measured }

func (u unbroken) At(dst field.Batch, t []float64) { u.in.At(dst, t) }

// Part implements field.Parter.
func (u unbroken) Part(lo, hi int) field.Input { return unbroken{u.in.Part(lo, hi).(*measured)} }

func (in *measured) At(u field.Batch, t []float64) {
	for l := range u.Lanes {
		in.lane(u, l, t[l])
	}
}

// Part implements field.Parter.
func (in *measured) Part(lo, hi int) field.Input {
	return &measured{t: in.t[lo:hi], v: in.v[lo:hi], hold: in.hold}
}

func (in *measured) lane(u field.Batch, l int, t float64) {
	ts := in.t[l]
	i := sort.SearchFloat64s(ts, t) // first row at or after t
	lo, hi, w := i-1, i, 0.0
	switch {
	case i == 0:
		lo, hi = 0, 0
	case i == len(ts):
		lo, hi = i-1, i-1
	default:
		w = (t - ts[lo]) / (ts[hi] - ts[lo])
	}
	m := len(in.v[l]) / len(ts)
	for c := range m {
		a, b := in.v[l][lo*m+c], in.v[l][hi*m+c]
		switch {
		case !in.hold[c]:
			u.Set(c, l, a+w*(b-a))
		case hi < len(ts) && ts[hi] == t:
			u.Set(c, l, b)
		default:
			u.Set(c, l, a)
		}
	}
}

// Breaks are the rows: kinks of a linear input, jumps of a held one.
func (in *measured) Breaks(lane int, t0, t1 float64) []float64 {
	ts := in.t[lane]
	lo := sort.Search(len(ts), func(i int) bool { return ts[i] > t0 })
	hi := sort.Search(len(ts), func(i int) bool { return ts[i] >= t1 })
	if lo >= hi {
		return nil
	}
	return ts[lo:hi]
}

// coupled is the input of a coupled field: the known inputs, then the driving
// signal of each state, then its gain (zero for states that are not measured).
// In discrete time the gain becomes the part of the way that is gone in a step.
type coupled struct {
	base    field.Input // nil if there are no known inputs
	inputs  int
	states  int
	splines [][]*num.Spline // of each lane
	gain    float64
	each    []float64     // factor of the gain of each measured state; nil: 1
	own     []float64     // gain of each lane; nil: that of all
	step    float64       // of a model in discrete time, scaled; 0 of others
	blind   [][][]stretch // of each lane, of each column: where it is not seen; nil: nowhere
	ends    [][]float64   // breaks of each lane, if there is such a stretch
	whole   *coupled      // if this is a part: gain, own, each and step are those of the whole
	from    int           // if this is a part: its first lane in the whole
}

func (in *coupled) At(u field.Batch, t []float64) {
	if in.base != nil {
		in.base.At(field.Batch{V: u.V[:in.inputs*u.Lanes], Rows: in.inputs, Lanes: u.Lanes}, t)
	}
	whole := in
	if in.whole != nil {
		whole = in.whole
	}
	for l := range u.Lanes {
		for c := range in.states {
			s, g := 0.0, 0.0
			if c < len(in.splines[l]) {
				s, g = in.splines[l][c].At(t[l]), whole.gain
				if whole.own != nil {
					g = whole.own[in.from+l]
				}
				if whole.each != nil {
					g *= whole.each[c]
				}
				if in.blind != nil && in.blind[l] != nil {
					if part := seen(in.blind[l][c], t[l]); part > 0 {
						g *= part
					} else { // it may be infinite in discrete time
						g = 0
					}
				}
				if whole.step > 0 {
					g = -math.Expm1(-g * whole.step)
				}
			}
			u.Set(in.inputs+c, l, s)
			u.Set(in.inputs+in.states+c, l, g)
		}
	}
}

// Part implements field.Parter.
func (in *coupled) Part(lo, hi int) field.Input {
	p := &coupled{inputs: in.inputs, states: in.states, splines: in.splines[lo:hi], whole: in, from: lo}
	if in.blind != nil {
		p.blind, p.ends = in.blind[lo:hi], in.ends[lo:hi]
	}
	if in.base != nil {
		p.base = in.base.(field.Parter).Part(lo, hi)
	}
	return p
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
	if in.blind != nil && in.step == 0 && (in.whole == nil || in.whole.step == 0) {
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
