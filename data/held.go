package data

import (
	"fmt"
	"math"
	"slices"
)

// A column that somebody sets, rather than one that obeys an equation, is told by
// how it changes: in steps that are kept, or in pulses.
const (
	keptShare   = 0.8 // of the rows in which such a column stays as it was
	finestSteps = 3   // a jump of so many of the smallest jumps is no rounding
	fewLevels   = 4   // values that rounding rarely leaves of a signal that is worth recording
	pulseShare  = 0.8 // of the rows in which pulses are absent
	fewestKept  = 8   // rows
)

// Shape is what the values of a column look like.
type Shape string

// The shapes of columns.
const (
	Varied Shape = ""       // anything else
	Steps  Shape = "steps"  // it keeps its value for many rows, then jumps
	Pulses Shape = "pulses" // it has one value but for single rows
)

// ShapeOf tells what the values of a column, in the order of rows, look like.
// Values that a coarse instrument rounds are not steps: they jump by one unit
// or two at a time.
func ShapeOf(values []float64) Shape {
	var v []float64
	for _, x := range values {
		if !math.IsNaN(x) {
			v = append(v, x)
		}
	}
	if len(v) < fewestKept {
		return Varied
	}
	off, lonely := unusual(v)
	if off == 0 {
		return Varied // a constant
	}
	if lonely == off && float64(off) <= (1-pulseShare)*float64(len(v)) {
		return Pulses
	}
	if isStepped(v) {
		return Steps
	}
	return Varied
}

// unusual counts the values other than the most frequent one, and those of them that
// stand alone.
func unusual(v []float64) (off, lonely int) {
	usual := mostFrequent(v)
	for k, x := range v {
		if x == usual {
			continue
		}
		off++
		if (k == 0 || v[k-1] == usual) && (k+1 == len(v) || v[k+1] == usual) {
			lonely++
		}
	}
	return off, lonely
}

// isStepped tells that most values are kept for a while, and that rounding does not explain it.
func isStepped(v []float64) bool {
	var jumps []float64
	from, shortest := 0, len(v) // rows that a value between two jumps is kept
	for k := 1; k < len(v); k++ {
		if v[k] == v[k-1] {
			continue
		}
		if jumps != nil {
			shortest = min(shortest, k-from)
		}
		jumps, from = append(jumps, math.Abs(v[k]-v[k-1])), k
	}
	if kept := len(v) - 1 - len(jumps); float64(kept) < keptShare*float64(len(v)-1) {
		return false
	}
	n := levels(v)
	return n == 2 || n <= fewLevels && shortest >= fewestKept || !rounded(jumps)
}

// rounded tells that jumps are one unit, or two.
func rounded(jumps []float64) bool {
	unit := slices.Min(jumps)
	for _, d := range jumps {
		if n := d / unit; n >= finestSteps-0.5 || math.Abs(n-math.Round(n)) > 1e-6 {
			return false
		}
	}
	return true
}

func mostFrequent(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	best, most, run := s[0], 0, 0
	for k, x := range s {
		if k > 0 && x == s[k-1] {
			run++
		} else {
			run = 1
		}
		if run > most {
			best, most = x, run
		}
	}
	return best
}

func levels(v []float64) int {
	return len(slices.Compact(slices.Sorted(slices.Values(v))))
}

// SetColumns warns of state columns that look as if somebody set them, and, where
// the inputs are joined by straight lines (linear says of which), of those that
// look like steps or pulses. The settings that cure it stand in the message.
func SetColumns(series []Series, linear func(input string) bool) []Problem {
	if len(series) == 0 {
		return nil
	}
	c := &checker{}
	first := &series[0]
	for k, name := range first.Names {
		if shape := commonShape(series, func(s *Series) []float64 { return s.Column(k) }); shape != Varied {
			c.add(Warning, "", name, "it changes in %s, as if somebody set it, but is taken for a state that obeys an equation; "+
				"if it drives the others name it with inputs=%s, or leave it out with ignore=%s", shape, name, name)
		}
	}
	shapes := InputShapes(series)
	for k, name := range first.Inputs {
		shape := shapes[k]
		if !linear(name) || shape == Varied {
			continue
		}
		which := ""
		if len(first.Inputs) > 1 {
			which = fmt.Sprintf(", or hold=%s:zero for it alone", name)
		}
		c.add(Warning, "", name, "the input looks like %s, but between rows it is taken for straight lines, so that every change lasts as long as "+
			"the rows are apart; if a value holds until the next row give hold=zero%s", shape, which)
	}
	return c.found
}

// InputShapes are the shapes of the inputs, in their order.
func InputShapes(series []Series) []Shape {
	var out []Shape
	for k := range series[0].Inputs {
		out = append(out, commonShape(series, func(s *Series) []float64 { return column(s.U, len(s.Inputs), k) }))
	}
	return out
}

// commonShape is the shape of a column in the recordings where it changes.
func commonShape(series []Series, of func(*Series) []float64) Shape {
	out, any := Varied, false
	for n := range series {
		v := of(&series[n])
		if len(v) == 0 || levels(v) < 2 {
			continue
		}
		s := ShapeOf(v)
		if any && s != out {
			return Varied
		}
		out, any = s, true
	}
	return out
}
