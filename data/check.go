package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// Severity says whether training can go on.
type Severity int

// Severities of problems.
const (
	Warning Severity = iota // training works, the result may suffer
	Error                   // training cannot work
)

// String returns "warning" or "error".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Problem is one thing that is wrong with recordings, for people.
type Problem struct {
	Severity  Severity
	Recording string // ID; "" if the file holds one recording or all are meant
	Column    string // "" if rows are meant
	Message   string // what is wrong and what to try
	Begins    bool   // it is about where a trajectory begins, which a fit may know otherwise
}

// String returns "recording, column: message".
func (p Problem) String() string {
	place := ""
	if p.Recording != "" {
		place = fmt.Sprintf("recording %q: ", p.Recording)
	}
	if p.Column != "" {
		place += fmt.Sprintf("column %q: ", p.Column)
	}
	return place + p.Message
}

// Thresholds of warnings: where experience with short recordings begins to hurt.
const (
	fewRows     = 10
	manyMissing = 0.5 // fraction of a column
	longGap     = 20  // median steps
)

// Check lists all that would stop or hurt training on recordings: errors first, then
// in the order of the file. It returns nil if all is well. The split is checked by Split.
func Check(series []Series) []Problem {
	c := &checker{}
	if len(series) == 0 {
		c.add(Error, "", "", "there is no recording")
		return c.found
	}
	c.columns(series)
	for n := range series {
		c.rows(&series[n])
		c.resolution(&series[n])
		c.spikes(&series[n])
		c.start(&series[n])
		c.inputs(&series[n])
	}
	slices.SortStableFunc(c.found, func(a, b Problem) int { return int(b.Severity) - int(a.Severity) })
	return c.found
}

// Where times have few digits beside their steps, and where a value has nothing to
// do with the others.
const (
	coarseTime = 1e-3 // of a step
	grossTime  = 0.05 // of a step
	farAway    = 1e4  // interquartile ranges from the median
	fewSpikes  = 3    // more are a law that spans decades
)

// resolution looks whether floating-point numbers tell the times apart.
func (c *checker) resolution(s *Series) {
	if s.Len() < 2 {
		return
	}
	last := math.Max(math.Abs(s.T[0]), math.Abs(s.T[s.Len()-1]))
	grain := math.Nextafter(last, math.Inf(1)) - last
	if step := s.Step(); grain > coarseTime*step {
		severity := Warning
		if grain > grossTime*step { // nothing fits between two rows
			severity = Error
		}
		c.add(severity, s.ID, "", "times near %g are exact to %.2g only, which is %.2g of a step; count time from the first row", last, grain, grain/step)
	}
}

// spikes looks for single values far from all others.
func (c *checker) spikes(s *Series) {
	for k, name := range s.Names {
		var v []float64
		for _, x := range s.Column(k) {
			if !math.IsNaN(x) {
				v = append(v, x)
			}
		}
		if len(v) < fewRows {
			continue
		}
		sorted := slices.Sorted(slices.Values(v))
		n := len(sorted)
		middle, width := sorted[n/2], sorted[3*n/4]-sorted[n/4]
		far := 0
		worst := middle
		for _, x := range sorted {
			if math.Abs(x-middle) > farAway*width {
				far++
				if math.Abs(x-middle) > math.Abs(worst-middle) {
					worst = x
				}
			}
		}
		if alone, ok := standsAlone(v, sorted); ok && far == 0 {
			far, worst = 1, alone
		}
		if width > 0 && far > 0 && far <= fewSpikes {
			c.add(Warning, s.ID, name, "the value %g is far from all others, half of which lie within %.2g of each other; if it is a mistake, leave the cell empty", worst, width)
		}
	}
}

// standsAlone is the value, neither the first nor the last, that lies as far from all others as three
// times their range. A law of decades has its largest values beside others that are large.
func standsAlone(v, sorted []float64) (value float64, ok bool) {
	const apart = 3
	n := len(sorted)
	for _, end := range [][3]float64{{sorted[0], sorted[1], sorted[n-1]}, {sorted[n-1], sorted[0], sorted[n-2]}} {
		alone, lo, hi := end[0], end[1], end[2]
		if !(alone < lo-apart*(hi-lo) || alone > hi+apart*(hi-lo)) {
			continue
		}
		k := slices.Index(v, alone)
		if k == 0 || k == n-1 {
			continue
		}
		before, after := math.Abs(alone-v[k-1]), math.Abs(alone-v[k+1])
		if min(before, after) > apart*(hi-lo) {
			return alone, true
		}
	}
	return 0, false
}

// Flat names the states that have one value in all rows of all recordings, or none at all.
func Flat(series []Series) (names []string) {
	if len(series) == 0 {
		return nil
	}
	m := NewMoments(series...)
	for k, name := range series[0].Names {
		if m.Count[k] == 0 || m.Min[k] == m.Max[k] {
			names = append(names, name)
		}
	}
	return names
}

// FirstError returns the first problem that stops training as an error, or nil.
func FirstError(problems []Problem) error {
	for _, p := range problems {
		if p.Severity == Error {
			return fmt.Errorf("%s", p)
		}
	}
	return nil
}

type checker struct{ found []Problem }

func (c *checker) add(s Severity, recording, column, format string, args ...any) {
	c.found = append(c.found, Problem{Severity: s, Recording: recording, Column: column, Message: fmt.Sprintf(format, args...)})
}

// columns looks at each state over all recordings.
func (c *checker) columns(series []Series) {
	m := NewMoments(series...)
	rows := 0
	for n := range series {
		rows += series[n].Len()
	}
	for k, name := range series[0].Names {
		missing := rows - m.Count[k]
		switch {
		case m.Count[k] == 0:
			c.add(Error, "", name, "all values are missing; leave the column out with ignore=%s", name)
		case max(math.Abs(m.Min[k]), math.Abs(m.Max[k])) > budget.Largest:
			c.add(Error, "", name, "values from %g to %g are too large to compute with; choose another unit, or leave the column out with ignore=%s", m.Min[k], m.Max[k], name)
		case m.Min[k] < m.Max[k] && m.SD[k] < budget.Smallest:
			c.add(Error, "", name, "values from %g to %g differ too little to compute with; choose another unit, or leave the column out with ignore=%s", m.Min[k], m.Max[k], name)
		case m.Min[k] == m.Max[k]:
			c.add(Error, "", name, "all values are %g; a constant has no dynamics, leave the column out with ignore=%s", m.Min[k], name)
		case float64(missing) > manyMissing*float64(rows):
			c.add(Warning, "", name, "%d of %d values are missing", missing, rows)
		}
		for _, v := range []float64{m.Min[k], m.Max[k]} {
			if n := isMark(v, series, k); n > 0 {
				c.add(Warning, "", name, "the value %g, %s, is far from all others; if it stands for a missing one, say missing=%g", v, times(n), v)
			}
		}
	}
}

// markers are numbers that instruments and archives write for a missing value.
var markers = []float64{-99, -999, -9999, -99999, -999.9, -9999.9, -999.99, 999, 9999, 99999, 999.9, 9999.9, 1e20, 1e30, -1e30, -1e34}

// isMark counts how often v stands in column k if it looks like such a mark: it
// is one by name, and as far from the others as three times their range.
func isMark(v float64, series []Series, k int) (count int) {
	if !slices.Contains(markers, v) {
		return 0
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	each(series, k, func(x float64) {
		if x == v {
			count++
			return
		}
		lo, hi = min(lo, x), max(hi, x)
	})
	if far := 3 * (hi - lo); !(v < lo-far || v > hi+far) || lo >= hi {
		return 0
	}
	return count
}

func times(n int) string {
	if n == 1 {
		return "once in it"
	}
	return fmt.Sprintf("%d times in it", n)
}

// rows looks at the times of one recording.
func (c *checker) rows(s *Series) {
	switch n := s.Len(); {
	case n < minTrain:
		c.add(Error, s.ID, "", "%s: too few, at least %d are needed and %d or more are better", words.Several(n, "row"), minTrain, fewRows)
		return
	case n < fewRows:
		c.add(Warning, s.ID, "", "%d rows are few; %d or more are better", n, fewRows)
	}
	if span := s.T[s.Len()-1] - s.T[0]; span > budget.Largest {
		c.add(Error, s.ID, s.Time, "times from %g to %g are too far apart to compute with; choose another unit", s.T[0], s.T[s.Len()-1])
		return
	}
	steps := make([]float64, 0, s.Len())
	widest := 0
	for i := 1; i < s.Len(); i++ {
		steps = append(steps, s.T[i]-s.T[i-1])
		if !(steps[i-1] > 0) {
			c.add(Error, s.ID, s.Time, "the time does not increase from %g (row %d) to %g; sort the rows, keep one per time", s.T[i-1], i, s.T[i])
			return
		}
		if steps[i-1] > steps[widest] {
			widest = i - 1
		}
	}
	gap := steps[widest]
	slices.Sort(steps)
	if steps[0] < 1/budget.Largest {
		c.add(Error, s.ID, s.Time, "rows %g apart are too close together to compute with; choose another unit", steps[0])
		return
	}
	if median := steps[len(steps)/2]; gap > longGap*median {
		c.add(Warning, s.ID, s.Time, "there is a gap of %.4g after time %g, %.0f times the usual step", gap, s.T[widest], gap/median)
	}
}

// start looks at the first row, where trajectories begin.
func (c *checker) start(s *Series) {
	if s.Len() == 0 {
		return
	}
	for k, v := range s.Row(0) {
		if !math.IsNaN(v) {
			continue
		}
		first := slices.IndexFunc(s.Column(k), func(v float64) bool { return !math.IsNaN(v) })
		if first < 0 {
			c.add(Error, s.ID, s.Names[k], "the recording has no value at all")
			continue
		}
		c.add(Warning, s.ID, s.Names[k], "the value at the start (time %g) is missing, the first is at time %g; the trajectory begins where it fits best, or as start= says", s.T[0], s.T[first])
		c.found[len(c.found)-1].Begins = true
	}
}

// inputs looks at the known inputs of one recording.
func (c *checker) inputs(s *Series) {
	for k, name := range s.Inputs {
		v := column(s.U, len(s.Inputs), k)
		missing := 0
		for _, x := range v {
			if math.IsNaN(x) {
				missing++
			}
		}
		switch {
		case missing == len(v):
			c.add(Error, s.ID, name, "the input has no value; leave it out with ignore=%s", name)
		case math.IsNaN(v[0]) || math.IsNaN(v[len(v)-1]):
			c.add(Warning, s.ID, name, "%s of the input missing; they are interpolated, and before its first and behind its last value it stays what it is", words.Several(missing, "value"))
		case missing > 0:
			c.add(Warning, s.ID, name, "%s of the input missing; they are interpolated", words.Several(missing, "value"))
		}
	}
}
