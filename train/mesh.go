package train

import (
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/model"
)

// Figures of a mesh that nobody chose.
const (
	rowsPerElement = 3   // rows for one element
	longestElement = 0.5 // in units in which a state changes by its deviation
	shortestPart   = 0.1 // of an element: what is left beside a break is no element of its own
)

// elementEnds returns the ends of the elements of a recording, ascending and in scaled
// time, the first and the last row among them. There are count elements with about
// as many rows each; 0 stands for a third of the rows and none that is long beside
// the pace of the states. Where an input jumps or has a kink an element ends.
func (p *Problem) elementEnds(rec, count int) []float64 {
	t, _ := model.ScaledColumn(&p.Train[rec], 0, &p.Parts.Frame)
	last := len(t) - 1
	if last < 1 {
		return t
	}
	n := count
	if n == 0 {
		n = max(1, len(t)/rowsPerElement)
	}
	fixed := append(append([]float64{t[0]}, p.inputBreaks(rec)...), t[last])
	ends := slices.Clone(fixed)
	for k := 1; k < n; k++ {
		row := float64(k) * float64(last) / float64(n)
		i := min(int(row), last-1)
		at := t[i] + (row-float64(i))*(t[i+1]-t[i])
		near := shortestPart * float64(last) / float64(n) * (t[i+1] - t[i])
		if j := sort.SearchFloat64s(fixed, at); at-fixed[j-1] > near && fixed[j]-at > near {
			ends = append(ends, at)
		}
	}
	slices.Sort(ends)
	if count > 0 {
		return ends
	}
	return divided(ends, longestElement/p.pace())
}

// divided cuts what is longer than most into equal parts.
func divided(ends []float64, most float64) []float64 {
	out := ends[:1:1]
	for i, end := range ends[1:] {
		length := end - ends[i]
		parts := 1
		if length > most {
			parts = int(math.Ceil(length / most))
		}
		for k := 1; k < parts; k++ {
			out = append(out, ends[i]+length*float64(k)/float64(parts))
		}
		out = append(out, end)
	}
	return out
}

// pace is how fast the measured states change, in deviations of theirs a unit of
// scaled time: about 1 unless units are the user's. It is 1 if nothing changes.
func (p *Problem) pace() float64 {
	sum, n := 0.0, 0.0
	for c := range p.Train[0].Names {
		var value, square, slope, count float64
		for _, one := range p.Splines {
			for _, t := range one[c].T {
				v, d := one[c].At(t), one[c].Derivative(t)
				value, square, slope, count = value+v, square+v*v, slope+d*d, count+1
			}
		}
		if spread := square - value*value/count; spread > 0 {
			sum, n = sum+slope/spread, n+1
		}
	}
	if n == 0 || !(sum > 0) {
		return 1
	}
	return math.Sqrt(sum / n)
}

// kink is the change of an input's slope, relative to the slopes, that is one.
const kink = 1e-9

// inputBreaks are the rows, strictly within a recording, at which an input jumps
// or its slope changes, in scaled time.
func (p *Problem) inputBreaks(rec int) []float64 {
	in, _ := model.NewMeasured([]*data.Series{&p.Train[rec]}, &p.Parts.Frame, 1, p.Hold).(*model.Measured)
	if in == nil {
		return nil
	}
	t, v, m := in.T[0], in.V[0], len(p.Parts.Frame.Inputs)
	var out []float64
	for i := 1; i < len(t)-1; i++ {
		for c := range m {
			before, at, next := v[(i-1)*m+c], v[i*m+c], v[(i+1)*m+c]
			into, from := (at-before)/(t[i]-t[i-1]), (next-at)/(t[i+1]-t[i])
			if in.Hold[c] && at != before || !in.Hold[c] && math.Abs(from-into) > kink*(math.Abs(from)+math.Abs(into)) {
				out = append(out, t[i])
				break
			}
		}
	}
	return out
}
