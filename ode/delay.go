package ode

import (
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/field"
)

// Past gives the states of a lane before its start: At writes those at time t, and their slopes,
// unless it knows nothing of that time. They are data, which depend on no parameter.
type Past interface {
	At(x, slope []float64, t float64) (known bool)
}

// delays are the input of the field of a Solver whose field looks back: behind the known inputs
// come the states of earlier times, each lane's own, from the history before its start and from
// the continuous extensions of its accepted steps. Steps are no longer than the least lag, so that
// what is looked up is known.
type delays struct {
	of      *field.Delays // nil: the field does not look back
	own     field.Field   // the field they are those of
	base    field.Input   // the known inputs; may be nil
	lags    field.Field   // of one lane
	history field.Field
	degree  int
	order   int
	n       int
	lane    []memory
	ivp     IVP // the problem, with this as its input
	at      field.Point
	out     Batch
	slope   []float64
	one     field.Point // the direction of time
	theta   []float64
}

// memory is what a lane remembers: pieces of its trajectory, x = Σ_j c_j θ^j over each step.
type memory struct {
	lag     []float64
	least   float64
	middle  []float64 // for each lag: a time within the step under way
	start   []float64 // state at T0
	t0      float64
	from, h []float64 // of each piece
	c       []float64 // of each piece: (1 + degree) × states
	dropped int       // pieces that nothing looks back at any more
	echoes  []echo
}

// echo is a time at which a state of an earlier time jumps: lag after the jump.
type echo struct {
	t, origin float64
	lag       int
	moves     []float64 // derivative of origin by θ and the start; nil: it is a known time
}

const (
	mostEchoes = 1000 // kinks of a lane that steps land on
	sameKink   = 1e-9 // of the least lag: kinks nearer to each other than that are one
	// aside is how far, in parts of the way to the middle of the step, a time that is looked up
	// is moved to tell which side of a kink it lies on.
	aside = 1e-9
)

// know takes over the delays of f, if it has any.
func (d *delays) know(f field.Field, m *Scheme) {
	d.own, d.of = f, field.DelaysOf(f)
	if d.of == nil {
		return
	}
	shape := f.Shape()
	d.n, d.order = shape.State, m.Order
	d.degree = len(m.Tableau.Dense.P[0])
	d.lags, d.history = field.New(d.of.Lags, 1, false), field.New(d.of.History, 1, false)
	d.lane = make([]memory, shape.Lanes)
	for l := range d.lane {
		d.lane[l].lag, d.lane[l].middle = make([]float64, d.count()), make([]float64, d.count())
		d.lane[l].start = make([]float64, d.n)
	}
	d.at = field.Point{T: make([]float64, 1), X: newBatch(d.n, 1)}
	d.out, d.slope = newBatch(max(d.n, d.count()), 1), make([]float64, d.n)
	d.one = field.Point{T: []float64{1}}
}

// count is the number of lags.
func (d *delays) count() int { return slices.Max(d.of.By) + 1 }

// any tells that the field looks back.
func (d *delays) any() bool { return d.of != nil }

// begin returns the problem whose input knows the past; p itself if nothing is looked back at.
func (d *delays) begin(s *Solver, p *IVP) *IVP {
	if !alike(d.own, p.Field) {
		d.know(p.Field, s.scheme)
	}
	if d.of == nil {
		return p
	}
	d.base, d.ivp = p.Input, *p
	d.ivp.Input = d
	for l := range d.lane {
		m := &d.lane[l]
		*m = memory{lag: m.lag, middle: m.middle, start: m.start, t0: p.T0[l], from: m.from[:0], h: m.h[:0], c: m.c[:0], echoes: m.echoes[:0]}
		for i := range m.start {
			m.start[i] = p.X0.At(i, l)
		}
		d.at.T[0], d.at.Theta = p.T0[l], laneOf(&d.theta, p.Theta, l)
		d.lags.Eval(Batch{V: m.lag, Rows: len(m.lag), Lanes: 1}, &d.at)
		m.least = slices.Min(m.lag)
		for k := range m.middle {
			m.middle[k] = p.T0[l] + m.least/2
		}
	}
	return &d.ivp
}

// legal tells that the lags of a lane are numbers above 0.
func (d *delays) legal(l int) bool {
	if d.of == nil {
		return true
	}
	m := &d.lane[l]
	return m.least > 0 && !math.IsInf(slices.Max(m.lag), 1)
}

// steps is how many lane l takes over a span at least.
func (d *delays) steps(l int, span float64) float64 {
	if d.of == nil {
		return 0
	}
	return span / d.lane[l].least
}

// step notes the step that lane l is to take.
func (d *delays) step(l int, from, to float64) {
	if d.of != nil && to > from {
		for k := range d.lane[l].middle {
			d.lane[l].middle[k] = from + (to-from)/2
		}
	}
}

// bound is the latest end of a step of lane l from t on.
func (d *delays) bound(l int, t float64) float64 {
	if d.of == nil {
		return math.Inf(1)
	}
	return t + d.lane[l].least
}

// At implements field.Input.
func (d *delays) At(u Batch, t []float64) {
	if d.base != nil {
		d.base.At(u, t)
	}
	for r, state := range d.of.Of {
		for l := range d.lane {
			u.V[(d.of.Row+r)*u.Lanes+l] = d.value(l, state, d.of.By[r], t[l])
		}
	}
}

// value is a state of lane l by a lag before t.
func (d *delays) value(l, state, lag int, t float64) float64 {
	m := &d.lane[l]
	s, i := m.find(lag, t)
	if i < 0 {
		d.before(l, s, false)
		return d.out.V[state]
	}
	theta, c := (s-m.from[i])/m.h[i], m.c[i*(d.degree+1)*d.n:]
	v := c[d.degree*d.n+state]
	for j := d.degree - 1; j >= 0; j-- {
		v = v*theta + c[j*d.n+state]
	}
	return v
}

// rate is how fast a state of lane l changed by a lag before t.
func (d *delays) rate(l, state, lag int, t float64) float64 {
	m := &d.lane[l]
	s, i := m.find(lag, t)
	if i < 0 {
		d.before(l, s, true)
		return d.slope[state]
	}
	theta, c := (s-m.from[i])/m.h[i], m.c[i*(d.degree+1)*d.n:]
	v := 0.0
	for j := d.degree; j > 0; j-- {
		v = v*theta + float64(j)*c[j*d.n+state]
	}
	return v / m.h[i]
}

// find is the time by a lag before t and the piece it lies in; −1: before the start.
func (m *memory) find(lag int, t float64) (s float64, piece int) {
	s = t - m.lag[lag]
	side := s + aside*(m.middle[lag]-t)
	if side < m.t0 {
		return s, -1
	}
	i := sort.Search(len(m.from), func(i int) bool { return m.from[i] > side }) - 1
	if i < 0 { // nothing is known behind the start yet
		return min(s, m.t0), -1
	}
	return s, i
}

// before sets out, or slope, to the states of lane l at a time before its start, or how fast they
// changed.
func (d *delays) before(l int, t float64, rate bool) {
	if d.told(l, t) {
		return
	}
	d.place(l, t)
	if rate {
		d.history.JVP(Batch{V: d.slope, Rows: d.n, Lanes: 1}, &d.at, &d.one)
		return
	}
	d.history.Eval(Batch{V: d.out.V[:d.n], Rows: d.n, Lanes: 1}, &d.at)
}

// told tells that the past of lane l says what it was at a time; out and slope are that.
func (d *delays) told(l int, t float64) bool {
	past := d.ivp.Past
	return past != nil && past[l] != nil && past[l].At(d.out.V[:d.n], d.slope, t)
}

// place goes to a time before the start of lane l.
func (d *delays) place(l int, t float64) {
	d.at.T[0], d.at.Theta = t, laneOf(&d.theta, d.ivp.Theta, l)
	copy(d.at.X.V, d.lane[l].start)
}

// keep remembers the accepted steps.
func (d *delays) keep(s *Solver) {
	if d.of == nil {
		return
	}
	r := s.stepper.Stepper.(*rungeKutta)
	for j, l := range s.of {
		if !s.accept[j] {
			continue
		}
		m := &d.lane[l]
		m.forget(d)
		m.from, m.h = append(m.from, s.step.From.T[j]), append(m.h, s.step.H[j])
		at := len(m.c)
		m.c = append(m.c, make([]float64, (d.degree+1)*d.n)...)
		r.extension(m.c[at:], &s.step, j)
	}
}

// forget drops the pieces that nothing looks back at, once they are the most.
func (m *memory) forget(d *delays) {
	n := len(m.from)
	if n < 64 || m.from[n/2] > m.from[n-1]-2*slices.Max(m.lag) {
		return
	}
	k, size := n/2, (d.degree+1)*d.n
	m.from, m.h = append(m.from[:0], m.from[k:]...), append(m.h[:0], m.h[k:]...)
	m.c = append(m.c[:0], m.c[k*size:]...)
	m.dropped += k
}

// extension writes the coefficients of the continuous extension of lane's step: those of
// θ^j, (1 + degree) × states.
func (r *rungeKutta) extension(c []float64, s *Step, lane int) {
	p, n := r.tab.Dense.P, r.rows
	clear(c)
	for i := range n {
		c[i] = s.From.X.V[i*r.lanes+lane]
	}
	for k := range p {
		for j, w := range p[k] {
			if w == 0 {
				continue
			}
			w *= s.H[lane]
			for i := range n {
				c[(j+1)*n+i] += w * r.k[k].V[i*r.lanes+lane]
			}
		}
	}
}
