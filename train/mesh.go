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
	elementTurn  = 0.25 // change of a state within an element, in its deviations
	longestRows  = 12   // of an element where nothing changes
	mostElements = 8    // between two rows
	shortestPart = 0.1  // of an element: what is left beside a break is no element of its own
)

// elementMesh returns the ends of the elements of each recording, count elements a
// recording; 0 stands for a number that suits the smoothed data.
func (p *Problem) elementMesh(count int) [][]float64 {
	var all [][]float64
	for rec := range p.Train {
		all = append(all, p.elementEnds(rec, count))
	}
	return all
}

// elementEnds returns the ends of the elements of a recording, ascending and in scaled
// time, the first and the last row among them. Of count elements each has about as
// many rows; else each has about as much of the way of the states. Where an input
// jumps or has a kink an element ends.
func (p *Problem) elementEnds(rec, count int) []float64 {
	t, _ := model.ScaledColumn(&p.Train[rec], 0, &p.Parts.Frame)
	last := len(t) - 1
	if last < 1 {
		return t
	}
	way := make([]float64, len(t)) // in elements
	for i := range last {
		way[i+1] = float64(i + 1)
	}
	n := count
	if n == 0 {
		way = p.way(rec, t)
		n = max(1, int(math.Ceil(way[last])))
	}
	fixed := append(append([]float64{t[0]}, p.inputBreaks(rec)...), t[last])
	ends := slices.Clone(fixed)
	each, i := way[last]/float64(n), 0
	for k := 1; k < n; k++ {
		at := float64(k) * each
		for way[i+1] < at {
			i++
		}
		slope := (t[i+1] - t[i]) / (way[i+1] - way[i])
		end, near := t[i]+(at-way[i])*slope, shortestPart*each*slope
		if j := sort.SearchFloat64s(fixed, end); end-fixed[j-1] > near && fixed[j]-end > near {
			ends = append(ends, end)
		}
	}
	slices.Sort(ends)
	return ends
}

// way is how many elements the smoothed states take up to each row.
func (p *Problem) way(rec int, t []float64) []float64 {
	way, spread := make([]float64, len(t)), p.spreads()
	for i := 1; i < len(t); i++ {
		most := 1.0 / longestRows
		for c, s := range p.Splines[rec] {
			if turn := math.Abs(s.At(t[i])-s.At(t[i-1])) / (elementTurn * spread[c]); spread[c] > 0 {
				most = max(most, turn)
			}
		}
		way[i] = way[i-1] + min(most, mostElements)
	}
	return way
}

// spreads are the standard deviations of the smoothed columns, scaled.
func (p *Problem) spreads() []float64 {
	out := make([]float64, len(p.Train[0].Names))
	for c := range out {
		value, square, count := 0.0, 0.0, 0.0
		for _, one := range p.Splines {
			for _, t := range one[c].T {
				v := one[c].At(t)
				value, square, count = value+v, square+v*v, count+1
			}
		}
		out[c] = math.Sqrt(max(0, square/count-value*value/(count*count)))
	}
	return out
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
