package data

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// Embedding makes states of one measured column of a larger system: its value now and those it
// had before, equally far apart.
//
//	x(t), x(t − Lag·Step), …, x(t − (Dimension − 1)·Lag·Step)
//
// Source: Takens, Lecture Notes in Mathematics 898 (1981) 366–381.
type Embedding struct {
	Dimension int     `json:"dimension"` // values of a state, 2 or more
	Lag       int     `json:"lag"`       // rows between two of them
	Step      float64 `json:"step"`      // time between two rows; 0: the median of the first recording
}

// The most that an embedding may reach.
const (
	mostDelays   = 20
	mostLag      = 100_000
	fewestStates = 20 // rows of an embedding
	widestGap    = 3  // usual steps, between whose ends nothing is interpolated
)

// ParseEmbedding reads "DIMENSION:LAG", the lag in rows.
func ParseEmbedding(text string) (*Embedding, error) {
	d, l, ok := strings.Cut(text, ":")
	dim, err1 := strconv.Atoi(d)
	lag, err2 := strconv.Atoi(l)
	if !ok || err1 != nil || err2 != nil {
		return nil, fmt.Errorf("embed=%s: it is auto, or DIMENSION:LAG with the lag in rows, such as embed=3:5", budget.Cut(text))
	}
	e := &Embedding{Dimension: dim, Lag: lag}
	if err := e.Check(); err != nil {
		return nil, err
	}
	return e, nil
}

// Check reports what no embedding has.
func (e *Embedding) Check() error {
	switch {
	case e.Dimension < 2 || e.Dimension > mostDelays:
		return fmt.Errorf("embed=%s: a state has 2 to %d values", e, mostDelays)
	case e.Lag < 1 || e.Lag > mostLag:
		return fmt.Errorf("embed=%s: the lag is 1 to %d rows", e, mostLag)
	case !(e.Step >= 0) || math.IsInf(e.Step, 1):
		return fmt.Errorf("embed=%s: rows are %g apart", e, e.Step)
	}
	return nil
}

// String is what ParseEmbedding reads.
func (e *Embedding) String() string { return fmt.Sprintf("%d:%d", e.Dimension, e.Lag) }

// Delay is the time between two values of a state.
func (e *Embedding) Delay() float64 { return float64(e.Lag) * e.Step }

// Words say what the states are.
func (e *Embedding) Words(column string) string {
	return fmt.Sprintf("the states are %s now and %s before, %s apart (%s)", column,
		words.Several(e.Dimension-1, "time"), words.Short(e.Delay()), words.Several(e.Lag, "row"))
}

// names of the columns of an embedding; the first is the measured one.
func (e *Embedding) names(column string) []string {
	all := []string{column}
	for k := 1; k < e.Dimension; k++ {
		all = append(all, fmt.Sprintf("%s_lag%d", column, k*e.Lag))
	}
	return all
}

// Embed gives each recording the states of an embedding of its only column. The rows stay, but
// for those from which it reaches back to before the first. Where no row is that far back, values
// are interpolated by cubics between rows, unless these are far apart.
//
// Errors: more than one column, recordings that are too short, a column that is the same
// everywhere.
func (e *Embedding) Embed(series []Series) ([]Series, error) {
	own := *e
	if own.Step == 0 && len(series) > 0 {
		own.Step = series[0].Step()
	}
	var out []Series
	for i := range series {
		s := &series[i]
		if len(s.Names) != 1 {
			return nil, fmt.Errorf("embed=%s makes states of one column, but there are %d (%s); name one with states=", e, len(s.Names), budget.List(s.Names))
		}
		one, err := own.embed(s)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (e *Embedding) embed(s *Series) (Series, error) {
	reach := float64(e.Dimension-1) * e.Delay()
	first := sort.Search(s.Len(), func(i int) bool { return s.T[i]-s.T[0] >= reach-e.Step*onGrid })
	if n := s.Len() - first; n < fewestStates {
		return Series{}, fmt.Errorf("the recording%s has %s; embed=%s reaches back %s, which leaves %d, and %d are needed: take fewer values or a shorter lag",
			words.Recording(s.ID), words.Several(s.Len(), "row"), e, words.Several((e.Dimension-1)*e.Lag, "row"), max(0, n), fewestStates)
	}
	known := newRows(s, e.Step)
	if len(known.v) > 0 && slices.Min(known.v) == slices.Max(known.v) {
		return Series{}, fmt.Errorf("column %q%s is the same in all rows, so its delays say nothing", s.Names[0], words.Recording(s.ID))
	}
	out := s.Slice(first, s.Len())
	out.Embedding, out.Names, out.X, out.Below = e, e.names(s.Names[0]), nil, nil
	out.Units = slices.Repeat(s.Units, e.Dimension)
	for i, t := range out.T {
		out.X = append(out.X, s.X[first+i])
		for k := 1; k < e.Dimension; k++ {
			out.X = append(out.X, known.at(t-float64(k)*e.Delay()))
		}
	}
	return out, nil
}

// Even are the values of the only column at equal steps, and whether the rows were: where they are
// not, values are interpolated; in gaps, by straight lines.
func (s *Series) Even() (v []float64, even bool) {
	step := s.Step()
	if step == 0 {
		return nil, true
	}
	known, even := newRows(s, step), true
	for k := 0; s.T[0]+float64(k)*step <= s.T[s.Len()-1]+onGrid*step; k++ {
		t := s.T[0] + float64(k)*step
		even = even && k < s.Len() && math.Abs(s.T[k]-t) <= onGrid*step*max(1, float64(k)*onGrid)
		one := known.at(t)
		if math.IsNaN(one) {
			one = known.between(t)
		}
		v = append(v, one)
	}
	return v, even
}

// onGrid is how many steps a time may be off, within which it is that of a row.
const onGrid = 1e-3

// rows are those of a column that have a value.
type rows struct {
	t, v []float64
	step float64
}

func newRows(s *Series, step float64) *rows {
	r := &rows{step: step}
	for i, v := range s.Column(0) {
		if !math.IsNaN(v) {
			r.t, r.v = append(r.t, s.T[i]), append(r.v, v)
		}
	}
	return r
}

// at is the value at time t; NaN before the first row and where rows are far apart.
func (r *rows) at(t float64) float64 {
	n := len(r.t)
	k := sort.SearchFloat64s(r.t, t)
	for _, i := range []int{k - 1, k} {
		if i >= 0 && i < n && math.Abs(r.t[i]-t) <= onGrid*r.step {
			return r.v[i]
		}
	}
	if k == 0 || k == n || r.t[k]-r.t[k-1] > widestGap*r.step {
		return math.NaN()
	}
	lo := max(0, min(k-2, n-4))
	sum := 0.0
	for i := lo; i < min(n, lo+4); i++ { // Lagrange
		w := r.v[i]
		for j := lo; j < min(n, lo+4); j++ {
			if j != i {
				w *= (t - r.t[j]) / (r.t[i] - r.t[j])
			}
		}
		sum += w
	}
	return sum
}

// between is the value at time t on the straight line between rows; beyond them, that of the nearest.
func (r *rows) between(t float64) float64 {
	n := len(r.t)
	k := sort.SearchFloat64s(r.t, t)
	switch {
	case n == 0:
		return math.NaN()
	case k == 0:
		return r.v[0]
	case k == n:
		return r.v[n-1]
	}
	w := (t - r.t[k-1]) / (r.t[k] - r.t[k-1])
	return r.v[k-1] + w*(r.v[k]-r.v[k-1])
}
