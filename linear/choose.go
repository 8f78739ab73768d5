package linear

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
)

// Options are the choices of Fit.
type Options struct {
	Hold   []bool // inputs that keep a row's value until the next; nil: none
	Least  int    // fewest states; 0 = 1
	Most   int    // most states; 0 = 8
	Direct string // do inputs act on the outputs at once? auto, yes, no
	Noise  string // have the states noise? auto, yes, no
	Tail   float64
	Stop   func() bool // asked on the way through rows; nil: never
}

// Trial is one law that was tried.
type Trial struct {
	Order         int
	Direct, Noise bool
	Criterion     float64 // Schwarz's, on the rows it was fitted to
	Free          float64 // root mean square error of free runs over the rows behind, in deviations
	Unknowns      int
}

// Result is the law that was chosen.
type Result struct {
	Model         Model
	Trial         Trial
	Tried         []Trial
	LogLikelihood float64 // on all rows, the starts being unknown
	Rows          int
}

const (
	mostOrder   = 8
	trialRows   = 3000  // rows on which orders are compared
	trialRounds = 8     // Levenberg–Marquardt steps of a trial
	finalRounds = 20    // of the law that was chosen
	finalRows   = 40000 // rows × rounds above which there are fewer
	worseFree   = 1.1   // times the smallest error of free runs that the chosen law may have
	worseAlone  = 1.5   // the same without inputs, where free runs are mostly chance
	positive    = 2     // difference of criteria from which on it is evidence for the larger law
	worthwhile  = 0.02  // relative reduction of that error that is one
	fruitless   = 3     // orders in a row that forecast no better end the search
	tailShare   = 0.2
	rowsEach    = 2 // values an unknown needs
)

// errStopped is the error of what Options.Stop ended.
var errStopped = errors.New("it was stopped before there was a linear law")

// Fit finds the order and the numbers of a linear law by maximum likelihood. Orders are
// compared on the first rows of each recording by Schwarz's criterion and, on the rest,
// by free runs: of those whose free runs are about the best the one with the least
// criterion is fitted to all rows. Errors: too few rows, Options.Stop.
func Fit(series []data.Series, o Options) (*Result, error) {
	c, best, err := searched(series, o)
	if err != nil {
		return nil, err
	}
	r := &Result{Trial: best.Trial, Tried: c.tried()}
	all := c.base.records(series).until(o.Stop)
	u := best.u
	rounds := max(2, min(finalRounds, finalRounds*finalRows/max(1, all.values)))
	u, fit := maximise(u, all, search{rounds: rounds, tol: 1e-9})
	if u == nil {
		if o.Stop != nil && o.Stop() {
			return nil, errStopped
		}
		return nil, fmt.Errorf("the linear law cannot be followed through all rows")
	}
	r.Model, r.LogLikelihood, r.Rows = u.settled(fit), fit.logLikelihood(), all.values
	r.Model.describe(all, fit.starts)
	return r, nil
}

// Compare is Fit without its end: the law that would be fitted to all rows, and all that
// were tried.
func Compare(series []data.Series, o Options) (chosen Trial, tried []Trial, err error) {
	c, best, err := searched(series, o)
	if err != nil {
		return Trial{}, nil, err
	}
	return best.Trial, c.tried(), nil
}

func (c *choice) tried() []Trial {
	var out []Trial
	for _, t := range c.trials {
		out = append(out, t.Trial)
	}
	return out
}

// searched has compared the orders.
func searched(series []data.Series, o Options) (c *choice, best *trial, err error) {
	if len(series) == 0 {
		return nil, nil, fmt.Errorf("there is no recording")
	}
	if o.Most == 0 {
		o.Most = mostOrder
	}
	if o.Tail == 0 {
		o.Tail = tailShare
	}
	c = &choice{o: o, series: series, base: scaled(series, o.Hold)}
	c.split()
	if c.fit = c.base.records(c.first).until(o.Stop); c.fit.values < 4 {
		return nil, nil, fmt.Errorf("there are too few values to fit a linear law")
	}
	c.search()
	if o.Stop != nil && o.Stop() {
		return nil, nil, errStopped
	}
	if len(c.trials) == 0 {
		return nil, nil, fmt.Errorf("no linear law can be fitted to these rows: %d values in %d recordings are too few to tell the present from the past, or too far apart; more rows would, and other models may need fewer (leave model= out)",
			c.fit.values, len(c.first))
	}
	return c, c.best(), nil
}

// scaled is a model without states: names and units of the recordings.
func scaled(series []data.Series, hold []bool) Model {
	s := &series[0]
	m := Model{Outputs: s.Names, Inputs: s.Inputs, Hold: hold}
	if hold == nil {
		m.Hold = make([]bool, len(s.Inputs))
	}
	of := data.NewMoments(series...)
	m.Shift, m.Scale = unitOf(of)
	var inputs []data.Series
	for i := range series {
		inputs = append(inputs, data.Series{Names: s.Inputs, T: series[i].T, X: series[i].U})
	}
	m.UShift, m.UScale = unitOf(data.NewMoments(inputs...))
	return m
}

func unitOf(m *data.Moments) (shift, scale []float64) {
	for c, sd := range m.SD {
		if !(sd > 0) {
			sd = 1
		}
		mean := m.Mean[c]
		if math.IsNaN(mean) {
			mean = 0
		}
		shift, scale = append(shift, mean), append(scale, sd)
	}
	return shift, scale
}

// choice is one search for a law.
type choice struct {
	o           Options
	series      []data.Series
	base        Model
	first, rest []data.Series // what is fitted, and what is forecast, recording by recording
	fit         *records
	starts      []*start
	trials      []*trial
}

type trial struct {
	Trial
	u *unknowns
}

// split takes rows to fit and rows behind them to forecast. Of long recordings a few
// pieces, evenly spread, do.
func (c *choice) split() {
	for i := range c.series {
		for _, s := range pieces(c.series[i], max(200, trialRows/len(c.series))) {
			n := s.Len()
			keep := n - int(math.Round(c.o.Tail*float64(n)))
			if keep < 4 || n-keep < 1 {
				keep = n
			}
			c.first, c.rest = append(c.first, s.Slice(0, keep)), append(c.rest, s.Slice(keep, n))
		}
	}
	const most = 200 // recordings
	if step := 1 + (len(c.first)-1)/most; step > 1 {
		c.first, c.rest = every(c.first, step), every(c.rest, step)
	}
}

func every(s []data.Series, k int) []data.Series {
	var out []data.Series
	for i := 0; i < len(s); i += k {
		out = append(out, s[i])
	}
	return out
}

func pieces(s data.Series, rows int) []data.Series {
	n := s.Len()
	if n <= 2*rows {
		return []data.Series{s}
	}
	const parts = 3
	var out []data.Series
	for i := range parts {
		from := i * (n - rows/parts) / (parts - 1)
		out = append(out, s.Slice(from, from+rows/parts))
	}
	return out
}

// search tries orders from the least on.
func (c *choice) search() {
	c.begin()
	least, since := math.Inf(1), 0
	for n := max(1, c.o.Least); n <= c.o.Most && since < fruitless; n++ {
		if c.o.Stop != nil && c.o.Stop() {
			return
		}
		lower := false
		for _, t := range c.try(n) {
			c.trials = append(c.trials, t)
			if t.Free < least*(1-worthwhile) {
				least, lower = t.Free, true
			}
		}
		if since++; lower {
			since = 0
		}
	}
}

// begin makes the subspaces, on grids of a few distances.
func (c *choice) begin() {
	_, p, q := c.base.sizes()
	var times [][]float64
	var steps []float64
	span := 0.0
	for i := range c.first {
		s := &c.first[i]
		times = append(times, s.T)
		steps = append(steps, s.Step())
		span += s.T[s.Len()-1] - s.T[0]
	}
	slices.Sort(steps)
	usual := steps[len(steps)/2]
	if !(usual > 0) {
		return
	}
	usual = max(usual, span/4/float64(c.fit.values))
	for _, times4 := range []float64{1, 4, 16, 64} {
		h := usual * times4
		if s := subspace(c.base.grid(c.fit, times, h), p, q-1, c.o.Most, h); s != nil {
			c.starts = append(c.starts, s)
		}
	}
}

// try fits the laws of n states: without noise in the states, with direct terms and
// without, and from the better of these with noise.
func (c *choice) try(n int) []*trial {
	var out []*trial
	driven := len(c.base.Inputs) > 0
	var plain *unknowns
	var gain []float64
	criterion := math.Inf(1)
	for _, direct := range []bool{false, true} {
		if !c.tries(direct) {
			continue
		}
		u, g := c.nearest(n, direct)
		if u == nil {
			continue
		}
		if c.o.Noise == "yes" || !driven && c.o.Noise != "no" {
			plain, gain = u, g
			break
		}
		if u, fit := maximise(u, c.fit, quick); u != nil {
			t := c.judge(u, fit, direct, false)
			if out = append(out, t); t.Criterion < criterion {
				plain, gain, criterion = u, g, t.Criterion
			}
		}
	}
	if plain == nil || c.o.Noise == "no" {
		return out
	}
	if u := c.noisy(plain, gain, c.actsAtOnce(out, plain)); u != nil {
		if u, fit := maximise(u, c.fit, quick); u != nil {
			out = append(out, c.judge(u, fit, c.actsAtOnce(out, plain), true))
		}
	}
	return out
}

// actsAtOnce tells whether inputs act at once in the trial that plain comes from.
func (c *choice) actsAtOnce(all []*trial, plain *unknowns) bool {
	n := len(all)
	return c.o.Direct == "yes" || n > 0 && all[n-1].u == plain && all[n-1].Direct
}

// tries tells whether inputs that act at once, or only through the state, are to be
// tried.
func (c *choice) tries(direct bool) bool {
	driven := len(c.base.Inputs) > 0
	if direct {
		return driven && c.o.Direct != "no"
	}
	return !driven || c.o.Direct != "yes"
}

var quick = search{rounds: trialRounds, tol: 1e-4}

// nearest is the law of n states, of those that the subspaces begin with, that is
// nearest to the rows, and the gain of its noise; nil if there is none, or if there
// are too few rows for it.
func (c *choice) nearest(n int, direct bool) (best *unknowns, gain []float64) {
	least := math.Inf(1)
	for _, s := range c.starts {
		if n > s.order {
			continue
		}
		u, g := c.from(s, n, direct)
		if u == nil || c.fit.values < rowsEach*len(u.vary) {
			continue
		}
		if f := u.evaluate(c.fit); f != nil && squares(f.resid) < least {
			best, gain, least = u, g, squares(f.resid)
		}
	}
	return best, gain
}

// from is a law of the n most telling states of a subspace.
func (c *choice) from(s *start, n int, direct bool) (*unknowns, []float64) {
	f, seen, k, ok := s.law(n)
	if !ok {
		return nil, nil
	}
	l, ok := continuous(f, seen, k, s.h)
	if !ok {
		return nil, nil
	}
	u := &unknowns{m: c.base}
	u.m.N, u.m.A, u.m.C = n, l.a, l.c
	_, p, q := u.m.sizes()
	u.m.B, u.m.D, u.m.Q = make([]float64, n*q), make([]float64, p*q), make([]float64, n*n)
	u.g = make([]float64, n*p)
	for range p {
		u.m.R = append(u.m.R, 1)
	}
	if !u.drive(c.fit, direct) {
		return nil, nil
	}
	u.free(direct, false)
	scale(l.gain, 1/math.Sqrt(s.h))
	return u, l.gain
}

// noisy is a law with noise in its states, of the strength that is likeliest.
func (c *choice) noisy(u *unknowns, gain []float64, direct bool) *unknowns {
	var best *unknowns
	least := math.Inf(1)
	for _, strength := range []float64{0.03, 0.3, 1, 3, 30} {
		v := *u
		v.g = slices.Clone(gain)
		scale(v.g, strength)
		v.free(direct, true)
		w := v.with(v.values())
		if f := w.evaluate(c.fit); f != nil && squares(f.resid) < least {
			best, least = w, squares(f.resid)
		}
	}
	return best
}

// judge scores a law that was fitted.
func (c *choice) judge(u *unknowns, f *fitness, direct, noise bool) *trial {
	t := &trial{u: u, Trial: Trial{Order: u.m.N, Direct: direct, Noise: noise, Unknowns: u.degrees()}}
	t.Criterion = -2*f.logLikelihood() + float64(u.degrees())*math.Log(f.values)
	m := u.settled(f)
	m.describe(c.fit, f.starts)
	t.Free = c.freeRuns(&m)
	return t
}

// freeRuns is the root mean square error of free runs over the rows behind those that
// were fitted, in deviations; +Inf if one cannot be made.
func (c *choice) freeRuns(m *Model) float64 {
	sum, count := 0.0, 0.0
	for i := range c.first {
		for _, window := range windows(c.first[i], c.rest[i], len(m.Inputs) > 0) {
			e, n := m.freeRun(window[0], window[1])
			sum, count = sum+e, count+n
		}
	}
	if count == 0 {
		return 0
	}
	if v := math.Sqrt(sum / count); !math.IsNaN(v) {
		return v
	}
	return math.Inf(1)
}

// windows are pasts and what follows them: with inputs the whole rest at once, without
// them shorter ones from several origins.
func windows(first, rest data.Series, driven bool) [][2]data.Series {
	n, all := rest.Len(), joined(first, rest)
	if n == 0 {
		return nil
	}
	if driven {
		return [][2]data.Series{{first, rest}}
	}
	const origins = 4
	var out [][2]data.Series
	long := max(1, n/2)
	for k := range min(origins, n-long+1) {
		from := first.Len() + k*(n-long)/max(1, origins-1)
		out = append(out, [2]data.Series{all.Slice(0, from), all.Slice(from, min(from+long, all.Len()))})
	}
	return out
}

// joined is first and the rows behind it, which were one recording.
func joined(first, rest data.Series) data.Series {
	s := first
	s.T = append(slices.Clip(first.T), rest.T...)
	s.X = append(slices.Clip(first.X), rest.X...)
	s.U = append(slices.Clip(first.U), rest.U...)
	return s
}

// freeRun is the sum of squared scaled errors over the rows of ahead, run freely from
// what the past says of the state, and their number.
func (m *Model) freeRun(past, ahead data.Series) (sum, count float64) {
	y, err := m.Forecast(&past, &ahead)
	if err != nil {
		return math.Inf(1), 1
	}
	p := len(m.Outputs)
	for i, v := range ahead.X {
		if !math.IsNaN(v) {
			d := (v - y[i]) / m.Scale[i%p]
			sum, count = sum+d*d, count+1
		}
	}
	return sum, count
}

// Forecast is what the model says of the rows ahead, whose inputs are known, given
// those of the past: rows × outputs, user units.
func (m *Model) Forecast(past, ahead *data.Series) ([]float64, error) {
	x, _, err := m.Filter(past)
	if err != nil {
		return nil, err
	}
	last := past.Len() - 1
	times := append([]float64{past.T[last]}, ahead.T...)
	inputs := append(slices.Clone(past.InputRow(last)), ahead.U...)
	return m.Simulate(x, times, inputs)[len(m.Outputs):], nil
}

// best is the law with the least criterion of those whose free runs are about the best.
func (c *choice) best() *trial {
	least, worse := math.Inf(1), worseFree
	if len(c.base.Inputs) == 0 {
		worse = worseAlone
	}
	for _, t := range c.trials {
		least = min(least, t.Free)
	}
	var best *trial
	for _, t := range c.trials {
		if (t.Free <= worse*least || math.IsInf(least, 1)) && (best == nil || t.Criterion < best.Criterion-positive) {
			best = t
		}
	}
	return best
}

// describe fills Mean and Spread from the states along the rows.
func (m *Model) describe(r *records, starts [][]float64) {
	n := m.N
	m.Mean, m.Spread = make([]float64, n), make([]float64, n*n)
	steps, count := r.steps(m), 0.0
	for i := range r.all {
		f := newFilter(m, nil, nil)
		copy(f.x, starts[i])
		f.X = nil
		f.run(&r.all[i], steps, func(int) {
			count++
			for a := range n {
				m.Mean[a] += f.x[a]
				for b := range n {
					m.Spread[a*n+b] += f.x[a] * f.x[b]
				}
			}
		})
	}
	scale(m.Mean, 1/count)
	scale(m.Spread, 1/count)
	size := 0.0
	for a := range n {
		size += m.Spread[a*n+a] / float64(n)
		for b := range n {
			m.Spread[a*n+b] -= m.Mean[a] * m.Mean[b]
		}
	}
	for a := range n {
		m.Spread[a*n+a] += leastSpread * size
	}
}

// leastSpread keeps the covariance of states regular, relative to their mean square.
const leastSpread = 1e-8
