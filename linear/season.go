package linear

import (
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

// SeasonOptions are the choices of Season.
type SeasonOptions struct {
	Periods []float64   // of each column, about right, user time; 0: it has none
	Stop    func() bool // asked between evaluations; nil: never
}

const (
	mostWaves    = 6    // of a season: its period and the parts of it
	seasonRows   = 1000 // last rows of a recording by which a column is judged
	seasonRounds = 30   // Levenberg–Marquardt steps from each start
	leastTrend   = -8.  // decimal logarithm of a variance beside that of the rows that is none
	mostTrend    = 5.   // and that beside which the rows have none
	leastReturn  = -1.  // decimal logarithm of a rate in a span below which a level stays
	periodWithin = 0.25 // by how much of a cycle over the record a period may be wrong
	nearNyquist  = 1.02 // rows of the fastest wave, in halves of it: times are rounded
	undecided    = 10   // criteria that are nearer decide nothing about what comes
	flatState    = 1e-4 // variance of a state that stays zero, in that of the columns
)

// Season is the law of columns of which each, by itself, moves about a level, with waves of
// one period and its parts:
//
//	level' = slope + w₁,  slope' = w₂,  (cₖ, sₖ)' = 2πk/period·(sₖ, −cₖ) + w₃,  y = level + Σ cₖ + e.
//
// Or the slope fades (slope' = −rate·slope + w₂), or there is none, or the level returns to the
// mean of the column: level' = −rate·(level − mean) + w₁. Which it is, and the number of waves, is
// chosen by Schwarz's criterion; the variances of the noise, the rate and the period are those of
// most likelihood, the starts unknown. Inputs have no effect.
// Errors: a column that cannot be followed, fewer rows than the states need, Stop.
//
// Source: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter,
// Cambridge (1989), §2.3 and, in continuous time, §9.
//
// Where the rows say little about whether the level has a slope, the law of the other kind, the best
// of those with a slope or without, comes second.
func Season(series []data.Series, o SeasonOptions) ([]Seasonal, error) {
	if len(series) == 0 || len(o.Periods) != len(series[0].Names) {
		return nil, fmt.Errorf("a season wants a recording and a period for each of its columns")
	}
	var first, second []*wavy
	open := false
	for c := range series[0].Names {
		w, other, err := newWavy(series, c, o)
		if err != nil {
			return nil, err
		}
		open = open || other != w
		first, second = append(first, w), append(second, other)
	}
	law, err := seasonal(series, first)
	if err != nil || !open {
		return []Seasonal{law}, err
	}
	out := []Seasonal{law}
	if law, err = seasonal(series, second); err == nil { // or the first is enough
		out = append(out, law)
	}
	return out, nil
}

// Seasonal is a law of Season.
type Seasonal struct {
	Law      *Model
	Unknowns int  // numbers of the law that the rows say, without the starts
	Waves    int  // of all columns
	Sloping  bool // the level of a column has a slope
	// Criterion is Schwarz's, the sum over the columns in units of their deviations: the less the better.
	Criterion float64
}

// seasonal joins the laws of columns.
func seasonal(series []data.Series, parts []*wavy) (Seasonal, error) {
	m := scaled(series, nil)
	out := Seasonal{Law: &m}
	for _, w := range parts {
		out.Unknowns, out.Waves = out.Unknowns+w.numbers(), out.Waves+w.waves
		out.Criterion += w.best
		out.Sloping = out.Sloping || w.course.states() == 2
	}
	m.join(parts)
	r := m.records(series)
	fit := m.followed(r)
	if fit == nil {
		return out, fmt.Errorf("a law of level and season cannot be followed through the rows")
	}
	m.describe(r, fit.starts)
	for i := range m.N {
		m.Spread[i*m.N+i] += flatState
	}
	return out, nil
}

// followed is what the filter finds of the rows, the starts having a flat prior; nil if it
// cannot be followed.
func (m *Model) followed(r *records) *fitness { return (&unknowns{m: *m, exact: true}).evaluate(r) }

// wavy is the search for the law of one column.
type wavy struct {
	column  int
	name    string
	records *records
	unit    Model   // names and units of the column alone
	step    float64 // mean length of a step
	span    float64 // of the longest recording
	period  float64 // as it was told; 0: no waves
	course  course
	waves   int
	at      []float64 // decimal logarithms of the variances or the rate, then the change of the frequency
	best    float64   // criterion
	stop    func() bool
}

// course is how the level of a column goes on.
type course int

const (
	sloping   course = iota // with a slope that changes
	staying                 // where it is
	returning               // to the mean
	fading                  // with a slope that becomes less
)

// trends are the decimal logarithms that each course has, from which its search begins: of
// the variance of the level's noise, and of that of the slope's or the rate in a span.
var trends = [...][][]float64{
	sloping:   {{-1, -3}, {-6, 1}, {-1, 1}},
	staying:   {{-1}, {-6}},
	returning: {{-1, 0.5}, {0, 1.2}},
	fading:    {{-1, -3, 0.5}, {-6, -1, 0.8}},
}

// states of a course.
func (c course) states() int {
	if c == sloping || c == fading {
		return 2
	}
	return 1
}

// numbers are how many of the law are found from the rows; the mean is one.
func (w *wavy) numbers() int {
	if w.course == returning {
		return len(w.at) + 1
	}
	return len(w.at)
}

// levelled is column c alone: at most so many last rows of each recording, and units.
func levelled(series []data.Series, c, most int) *wavy {
	w := &wavy{column: c, name: series[0].Names[c], stop: func() bool { return false }}
	var own []data.Series
	steps := 0
	for i := range series {
		s := &series[i]
		from := max(0, s.Len()-most)
		own = append(own, data.Series{Names: []string{w.name}, T: s.T[from:], X: s.Column(c)[from:]})
		w.span = max(w.span, s.T[s.Len()-1]-s.T[from])
		w.step += s.T[s.Len()-1] - s.T[from]
		steps += s.Len() - 1 - from
	}
	w.step /= float64(max(1, steps))
	w.unit = scaled(own, nil)
	w.records = w.unit.records(own)
	return w
}

// newWavy finds the law of column c, and the other that is about as likely, or the same again.
func newWavy(series []data.Series, c int, o SeasonOptions) (w, other *wavy, err error) {
	w = levelled(series, c, seasonRows)
	if w.period = o.Periods[c]; o.Stop != nil {
		w.stop = o.Stop
	}
	if w.records.values <= 4*len(series) || !(w.step > 0) {
		return nil, nil, fmt.Errorf("column %q has too few rows for a level with a slope", w.name)
	}
	other = w.settle()
	if w.stop() {
		return nil, nil, fmt.Errorf("stopped while looking for a season of column %q", w.name)
	}
	if math.IsInf(w.best, 1) {
		return nil, nil, fmt.Errorf("column %q cannot be followed by a level with a slope", w.name)
	}
	return w, other, nil
}

// settle finds the number of waves and the course, and returns the best of the other kind, with a
// slope or without, if it is about as likely. A season of few sharp parts is worth none of its waves
// by itself, so all numbers of them are tried, with a level that stays.
func (w *wavy) settle() (other *wavy) {
	w.course = staying
	w.at, w.best = w.search(0)
	for k := 1; w.period > 0 && k <= mostWaves && 2*float64(k)*w.step < nearNyquist*w.period; k++ {
		if at, criterion := w.search(k); criterion < w.best-positive {
			w.waves, w.at, w.best = k, at, criterion
		}
	}
	kinds := [2]*wavy{}
	for _, c := range []course{staying, returning, sloping, fading} {
		next, ahead := *w, 0.0
		if next.course = c; c == fading { // it has a number more, and has to be better
			ahead = 2 * positive
		}
		if c != staying {
			next.at, next.best = next.search(w.waves)
		}
		if kind := &kinds[c.states()-1]; *kind == nil || next.best < (*kind).best-ahead {
			*kind = &next
		}
	}
	first, second := kinds[0], kinds[1]
	if second.best < first.best {
		first, second = second, first
	}
	if *w = *first; second.best < first.best+undecided {
		return second
	}
	return w
}

// search is the best law of a course with so many waves, and Schwarz's criterion of it, +Inf
// if there is none.
func (w *wavy) search(waves int) (at []float64, criterion float64) {
	var best *fitness
	evaluate := func(x []float64) *fitness {
		if w.stop() {
			return nil
		}
		m := w.law(waves, x, 1)
		return m.followed(w.records)
	}
	for i, trend := range trends[w.course] {
		start := slices.Clone(trend)
		if waves > 0 {
			start = append(start, []float64{-3, -6}[i%2], 0)
		}
		first := evaluate(start)
		if first == nil {
			continue
		}
		x, fit := climb(first, start, evaluate, search{rounds: seasonRounds, tol: 1e-5})
		if best == nil || fit.logLikelihood() > best.logLikelihood() {
			at, best = x, fit
		}
	}
	if best == nil {
		return nil, math.Inf(1)
	}
	m := w.law(waves, at, 1)
	fit := (&unknowns{m: m}).evaluate(w.records)
	if fit == nil {
		return nil, math.Inf(1)
	}
	n, told := math.Log(float64(w.records.values)), *w
	told.at = at
	return at, -2*fit.logLikelihood() + n*float64(told.numbers()+len(w.records.all)*m.N)
}

// frequency is that of the first wave: it may be wrong by periodWithin cycles.
func (w *wavy) frequency(x []float64) float64 {
	return 2 * math.Pi * (1/w.period + periodWithin*math.Tanh(x[len(x)-1])/w.span)
}

// law is the column's with so many waves; rows is the variance of the rows, in that of
// the column. The slope is what the level changes by in the span.
func (w *wavy) law(waves int, x []float64, rows float64) Model {
	m, trend := w.unit, w.course.states()
	n := trend + 2*waves
	m.N, m.A, m.B, m.C, m.D = n, make([]float64, n*n), make([]float64, n), make([]float64, n), make([]float64, 1)
	m.Q, m.R = make([]float64, n*n), []float64{rows}
	noise := func(i int) float64 {
		return rows * math.Pow(10, min(max(x[i], leastTrend), mostTrend)) / w.step
	}
	m.C[0], m.Q[0] = 1, noise(0)
	rate := func(i int) float64 {
		return math.Pow(10, min(max(x[i], leastReturn), math.Log10(w.span/w.step))) / w.span
	}
	switch w.course {
	case returning:
		m.A[0] = -rate(1)
	case fading:
		m.A[n+1] = -rate(2)
		fallthrough
	case sloping:
		m.A[1], m.Q[n+1] = 1/w.span, noise(1)
	}
	for k := range waves {
		c, omega := trend+2*k, float64(k+1)*w.frequency(x)
		m.A[c*n+c+1], m.A[(c+1)*n+c] = omega, -omega
		m.C[c] = 1
		wander := noise(len(x) - 2)
		m.Q[c*n+c], m.Q[(c+1)*n+c+1] = wander, wander
	}
	return m
}

// join fills the model with the laws of its columns, one behind the other.
func (m *Model) join(parts []*wavy) {
	p := len(parts)
	q := len(m.Inputs) + 1
	var laws []Model
	for _, w := range parts {
		one := w.law(w.waves, w.at, 1)
		unit := w.unit.Scale[0] / m.Scale[w.column]
		one = w.law(w.waves, w.at, one.followed(w.records).mean*unit*unit)
		laws = append(laws, one)
		m.N += one.N
	}
	n := m.N
	m.A, m.B, m.C, m.D = make([]float64, n*n), make([]float64, n*q), make([]float64, p*n), make([]float64, p*q)
	m.Q, m.R = make([]float64, n*n), make([]float64, p)
	at := 0
	for c := range laws {
		l := &laws[c]
		for i := range l.N {
			copy(m.A[(at+i)*n+at:], l.A[i*l.N:(i+1)*l.N])
			copy(m.Q[(at+i)*n+at:], l.Q[i*l.N:(i+1)*l.N])
		}
		copy(m.C[c*n+at:], l.C)
		m.R[c] = l.R[0]
		at += l.N
	}
}
