package train

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// bridged is how long a stretch without values of a column is bridged by its
// smoothing spline, in median distances of its values.
const bridged = 5

// stretch is a time from lo to hi, scaled. What draws to a column fades over
// the time fade behind lo and before hi.
type stretch struct{ lo, hi, fade float64 }

// unseen are the stretches in which a recording has rows but a column has no
// values, for so long that its spline says nothing there: it is not drawn to
// that, nor are slopes taken from it.
func (p *Problem) unseen(rec, c int) []stretch {
	s, knots := &p.Train[rec], p.Splines[rec][c].T
	n := len(knots)
	if n == s.Len() || n < 2 {
		return nil
	}
	t, _ := model.ScaledColumn(s, c, &p.Parts.Frame)
	steps := make([]float64, n-1)
	for i := range steps {
		steps[i] = knots[i+1] - knots[i]
	}
	slices.Sort(steps)
	usual := steps[len(steps)/2]
	var out []stretch
	for i := range n + 1 {
		one := stretch{math.Inf(-1), math.Inf(1), usual}
		if i > 0 {
			one.lo = knots[i-1]
		}
		if i < n {
			one.hi = knots[i]
		}
		inside := sort.Search(len(t), func(k int) bool { return t[k] > one.lo }) // its first row
		long := min(one.hi, t[len(t)-1])-max(one.lo, t[0]) > bridged*usual
		if long && inside < len(t) && t[inside] < one.hi {
			out = append(out, one)
		}
	}
	return out
}

// blind are the unseen stretches of the columns of a recording; nil if there
// are none.
func (p *Problem) blind(rec int) [][]stretch {
	var out [][]stretch
	any := false
	for c := range p.Train[rec].Names {
		out = append(out, p.unseen(rec, c))
		any = any || out[c] != nil
	}
	if !any {
		return nil
	}
	return out
}

// blinds are those of all recordings.
func (p *Problem) blinds() [][][]stretch {
	out := make([][][]stretch, len(p.Train))
	for rec := range out {
		out[rec] = p.blind(rec)
	}
	return out
}

// breaks are the finite ends of the stretches and of their fading, and more, in
// order.
func breaks(columns [][]stretch, more []float64) []float64 {
	out := slices.Clone(more)
	for _, all := range columns {
		for _, s := range all {
			for _, t := range []float64{s.lo, s.lo + s.fade, s.hi - s.fade, s.hi} {
				if !math.IsInf(t, 0) {
					out = append(out, t)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// seen is the part of a gain that acts at time t: 1 outside all stretches.
func seen(all []stretch, t float64) float64 {
	part := 1.0
	for _, s := range all {
		if s.lo < t && t < s.hi {
			part = max(0, 1-(t-s.lo)/s.fade, 1-(s.hi-t)/s.fade)
		}
	}
	return part
}

// within tells whether t lies inside one of the stretches.
func within(all []stretch, t float64) bool {
	for _, s := range all {
		if s.lo < t && t < s.hi {
			return true
		}
	}
	return false
}

// anyWithin tells whether t lies inside a stretch of any column.
func anyWithin(columns [][]stretch, t float64) bool {
	return slices.ContainsFunc(columns, func(all []stretch) bool { return within(all, t) })
}

// smoothed is column c at scaled time t by its spline, which is held where the
// column is not seen any more or not yet.
func (p *Problem) smoothed(rec, c int, t float64) float64 {
	sp := p.Splines[rec][c]
	for _, s := range p.unseen(rec, c) {
		switch {
		case t > s.lo && math.IsInf(s.hi, 1):
			t = s.lo
		case t < s.hi && math.IsInf(s.lo, -1):
			t = s.hi
		}
	}
	return sp.At(t)
}

// undrawn says of what a coupling to the data does not hold, for people.
func (p *Problem) undrawn() []string {
	var out []string
	f := &p.Parts.Frame
	if n := len(p.Parts.Start); n > 0 {
		out = append(out, fmt.Sprintf("the coupling holds the measured states only; %d of %d are hidden", n, len(f.States)))
	}
	for rec := range p.Train {
		s := &p.Train[rec]
		which := ""
		if s.ID != "" {
			which = fmt.Sprintf("recording %q: ", s.ID)
		}
		for c, name := range s.Names {
			for _, one := range p.unseen(rec, c) {
				out = append(out, fmt.Sprintf("%scolumn %q has no values %s; the coupling leaves it alone there", which, name, one.words(f)))
			}
		}
	}
	return out
}

// words is a stretch in user units.
func (s stretch) words(f *field.Frame) string {
	lo, hi := f.T0+f.Time*s.lo, f.T0+f.Time*s.hi
	switch {
	case math.IsInf(lo, -1):
		return fmt.Sprintf("before time %.6g", hi)
	case math.IsInf(hi, 1):
		return fmt.Sprintf("after time %.6g", lo)
	}
	return fmt.Sprintf("between times %.6g and %.6g", lo, hi)
}
