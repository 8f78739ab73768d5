package model

import (
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// Measured interpolates the measured inputs of one recording a lane, in
// scaled units over scaled time: linearly, or holding the last row's value.
// Before the first and after the last row the edge values hold.
type Measured struct {
	T    [][]float64 // rows of each lane
	V    [][]float64 // len(t) × inputs of each lane
	Hold []bool      // of each input
}

// NewMeasured returns the inputs of the series, one a lane (spare lanes
// repeat the first), or nil if the frame has none.
func NewMeasured(series []*data.Series, f *field.Frame, lanes int, hold string) field.Input {
	m := len(f.Inputs)
	if m == 0 {
		return nil
	}
	in := &Measured{T: make([][]float64, lanes), V: make([][]float64, lanes)}
	in.Hold, _ = Holding(hold, f.Inputs) // what is wrong with it was said when it was set
	for l := range lanes {
		s := series[0]
		if l < len(series) {
			s = series[l]
		}
		in.T[l], in.V[l] = make([]float64, s.Len()), make([]float64, s.Len()*m)
		for i := range s.T {
			in.T[l][i] = (s.T[i] - f.T0) / f.Time
			for c := range m {
				in.V[l][i*m+c] = (s.U[i*m+c] - f.UShift[c]) / f.UScale[c]
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
type unbroken struct{ in *Measured }

func (u unbroken) At(dst field.Batch, t []float64) { u.in.At(dst, t) }

// Part implements field.Parter.
func (u unbroken) Part(lo, hi int) field.Input { return unbroken{u.in.Part(lo, hi).(*Measured)} }

// At implements field.Input.
func (in *Measured) At(u field.Batch, t []float64) {
	for l := range u.Lanes {
		in.Lane(u, l, t[l])
	}
}

// Part implements field.Parter.
func (in *Measured) Part(lo, hi int) field.Input {
	return &Measured{T: in.T[lo:hi], V: in.V[lo:hi], Hold: in.Hold}
}

// Lane writes the inputs of lane l at scaled time t into that lane of u.
func (in *Measured) Lane(u field.Batch, l int, t float64) {
	ts := in.T[l]
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
	m := len(in.V[l]) / len(ts)
	for c := range m {
		a, b := in.V[l][lo*m+c], in.V[l][hi*m+c]
		switch {
		case !in.Hold[c]:
			u.Set(c, l, a+w*(b-a))
		case hi < len(ts) && ts[hi] == t:
			u.Set(c, l, b)
		default:
			u.Set(c, l, a)
		}
	}
}

// Breaks are the rows: kinks of a linear input, jumps of a held one.
func (in *Measured) Breaks(lane int, t0, t1 float64) []float64 {
	ts := in.T[lane]
	lo := sort.Search(len(ts), func(i int) bool { return ts[i] > t0 })
	hi := sort.Search(len(ts), func(i int) bool { return ts[i] >= t1 })
	if lo >= hi {
		return nil
	}
	return ts[lo:hi]
}

// ScaledColumn returns the times and values of a column in scaled units; NaN
// stays NaN.
func ScaledColumn(s *data.Series, c int, f *field.Frame) (t, y []float64) {
	t, y = make([]float64, s.Len()), s.Column(c)
	for i := range t {
		t[i] = (s.T[i] - f.T0) / f.Time
		y[i] = f.Scaled(c, y[i])
	}
	return t, y
}
