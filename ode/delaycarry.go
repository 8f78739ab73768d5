package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// delayCarrier carries S = ∂x/∂(θ, x0) through explicit stages whose field looks back. With
// K_i = J_i S_i + Θ_i + Σ_r U_ir D_r the slope of S at stage i, U the derivative by what is looked
// up and D that of what is looked up,
//
//	S_i = S + h Σ_j A_ij K_j,   D = S(t − τ) − x′(t − τ) ∂τ,
//
// where S(t − τ) is the continuous extension of S: that of the derivative is the derivative of
// that. Behind a time t_b at which something looked up jumps, S has jumped by (f⁻ − f⁺) ∂t_b.
type delayCarrier struct {
	s          *Solver
	rk         *rungeKutta
	n, p, cols int // states, parameters, both together

	theta, x []float64 // S before the step
	toT, toX []float64 // S inside it or behind
	before   []float64 // S before it in one piece, n × cols
	k        [][]float64
	have     bool // they are those of the step under way
	handed   bool // … and the first of them is known
	jx, ju   []float64
	unit     Batch
	g        field.Point
	pieces   []float64 // S over each step that the delays remember: (1 + degree) × n × cols
	first    int       // number of the first of them
	lag      []float64 // derivatives of the lags by θ, lags × p
	past     []float64 // of what is looked up before the start
	side     [2]Batch  // slopes on both sides of a jump
	weight   []float64
}

func newDelayCarrier(s *Solver, n, p int) *delayCarrier {
	rk := s.all.Stepper.(*rungeKutta)
	v := &delayCarrier{s: s, rk: rk, n: n, p: p, cols: p + n, unit: newBatch(n, 1)}
	size := n * v.cols
	room := func(n int) []float64 { return make([]float64, n) }
	v.theta, v.toT, v.x, v.toX, v.before = room(n*v.width()), room(n*v.width()), room(n*n), room(n*n), room(size)
	for range rk.total {
		v.k = append(v.k, room(size))
	}
	v.jx, v.ju = room(n*n), room(n*rk.at.U.Rows)
	v.lag, v.past = room(s.delays.count()*p), room(v.cols)
	v.side, v.weight = [2]Batch{newBatch(n, 1), newBatch(n, 1)}, room(len(rk.tab.Dense.P))
	return v
}

func (v *delayCarrier) width() int { return max(1, v.p) }

func (v *delayCarrier) start() (theta, x []float64) { return v.theta, v.x }

func (v *delayCarrier) reset() {
	clear(v.theta)
	identity(v.x, v.n)
	v.have, v.handed, v.first, v.pieces = false, false, 0, v.pieces[:0]
	d := &v.s.delays
	clear(v.lag)
	unit := newBatch(d.count(), 1)
	d.place(0, v.s.p.T0[0])
	for k := range d.count() {
		clear(unit.V)
		unit.V[k] = 1
		if v.p > 0 {
			g := field.Point{Theta: Batch{V: v.lag[k*v.p : (k+1)*v.p], Rows: v.p, Lanes: 1}}
			d.lags.VJP(&g, &d.at, unit)
		}
	}
}

func (v *delayCarrier) at(s *Step, at float64) (theta, x []float64) {
	w := v.rk.tab.B
	if at < 1 {
		w = v.weight
		v.rk.tab.Dense.weights(w, at)
	}
	v.stages(s)
	out := func(row, col int) float64 {
		sum := v.before[row*v.cols+col]
		for i, w := range w {
			sum += s.H[0] * w * v.k[i][row*v.cols+col]
		}
		return sum
	}
	for i := range v.n {
		for j := range v.p {
			v.toT[i*v.width()+j] = out(i, j)
		}
		for j := range v.n {
			v.toX[i*v.n+j] = out(i, v.p+j)
		}
	}
	return v.toT, v.toX
}

func (v *delayCarrier) take(s *Step, linked bool) {
	v.at(s, 1)
	v.keep(s)
	copy(v.theta, v.toT)
	copy(v.x, v.toX)
	v.have, v.handed = false, v.rk.tab.FSAL && linked
	if v.handed {
		last := v.rk.stages - 1
		v.k[0], v.k[last] = v.k[last], v.k[0]
	}
}

// stages computes the slopes of S at the stages of the step just taken.
func (v *delayCarrier) stages(s *Step) {
	if v.have {
		return
	}
	v.have = true
	v.gather()
	if !v.handed {
		v.echo(s)
	}
	for i := range v.rk.total {
		if i > 0 || !v.handed {
			v.slope(s, i)
		}
	}
}

// gather puts both parts of S together.
func (v *delayCarrier) gather() {
	for i := range v.n {
		copy(v.before[i*v.cols:], v.theta[i*v.width():i*v.width()+v.p])
		copy(v.before[i*v.cols+v.p:], v.x[i*v.n:(i+1)*v.n])
	}
}

// slope computes the slope of S at stage i.
func (v *delayCarrier) slope(s *Step, i int) {
	n, rows := v.n, v.rk.at.U.Rows
	k := v.k[i]
	clear(k)
	clear(v.jx)
	clear(v.ju)
	v.rk.place(s, i)
	for r := range n {
		clear(v.unit.V)
		v.unit.V[r] = 1
		v.g = field.Point{X: Batch{V: v.jx[r*n : (r+1)*n], Rows: n, Lanes: 1}, U: Batch{V: v.ju[r*rows : (r+1)*rows], Rows: rows, Lanes: 1}}
		if v.p > 0 {
			v.g.Theta = Batch{V: k[r*v.cols : r*v.cols+v.p], Rows: v.p, Lanes: 1}
		}
		s.Field.VJP(&v.g, &v.rk.at, v.unit)
	}
	add := func(of []float64, scale float64) { // J times a part of S_i
		for r := range n {
			for m := range n {
				kernel.AXPY(k[r*v.cols:(r+1)*v.cols], scale*v.jx[r*n+m], of[m*v.cols:(m+1)*v.cols])
			}
		}
	}
	add(v.before, 1)
	for j, a := range v.rk.a[i] {
		if a != 0 {
			add(v.k[j], s.H[0]*a)
		}
	}
	d := &v.s.delays
	for row, state := range d.of.Of {
		v.lookUp(state, d.of.By[row], v.rk.at.T[0])
		for r := range n {
			kernel.AXPY(k[r*v.cols:(r+1)*v.cols], v.ju[r*rows+d.of.Row+row], v.past)
		}
	}
}

// lookUp sets past to the derivative of a state by a lag before t.
func (v *delayCarrier) lookUp(state, lag int, t float64) {
	d := &v.s.delays
	m := &d.lane[0]
	at, i := m.find(lag, t)
	clear(v.past)
	if i < 0 {
		v.history(state, at)
	} else {
		theta, size := (at-m.from[i])/m.h[i], v.n*v.cols
		c := v.pieces[(m.dropped+i-v.first)*(d.degree+1)*size:]
		for j := d.degree; j >= 0; j-- {
			kernel.Scale(v.past, theta, v.past)
			kernel.AddTo(v.past, c[j*size+state*v.cols:j*size+(state+1)*v.cols])
		}
	}
	if v.p > 0 {
		kernel.AXPY(v.past[:v.p], -d.rate(0, state, lag, t), v.lag[lag*v.p:(lag+1)*v.p])
	}
}

// history adds the derivative of a state before the start.
func (v *delayCarrier) history(state int, t float64) {
	d := &v.s.delays
	if d.told(0, t) {
		return
	}
	d.place(0, t)
	clear(v.unit.V)
	v.unit.V[state] = 1
	v.g = field.Point{X: Batch{V: v.past[v.p:], Rows: v.n, Lanes: 1}}
	if v.p > 0 {
		v.g.Theta = Batch{V: v.past[:v.p], Rows: v.p, Lanes: 1}
	}
	d.history.VJP(&v.g, &d.at, v.unit)
}

// keep remembers S over the step.
func (v *delayCarrier) keep(s *Step) {
	d, size := &v.s.delays, v.n*v.cols
	m := &d.lane[0]
	if whole := (d.degree + 1) * size; m.dropped > v.first {
		v.pieces = append(v.pieces[:0], v.pieces[(m.dropped-v.first)*whole:]...)
		v.first = m.dropped
	}
	at := len(v.pieces)
	v.pieces = append(v.pieces, make([]float64, (d.degree+1)*size)...)
	c := v.pieces[at:]
	copy(c, v.before)
	for i, p := range v.rk.tab.Dense.P {
		for j, w := range p {
			if w != 0 {
				kernel.AXPY(c[(j+1)*size:(j+2)*size], s.H[0]*w, v.k[i])
			}
		}
	}
}

// echo takes S through the jumps of what is looked up at the start of a step.
func (v *delayCarrier) echo(s *Step) {
	d := &v.s.delays
	m := &d.lane[0]
	t := s.From.T[0]
	for _, e := range m.echoes {
		if math.Abs(e.t-t) > sameKink*m.least {
			continue
		}
		middle := m.middle[e.lag]
		m.middle[e.lag] = t - s.H[0]/2
		v.beside(s, v.side[0])
		m.middle[e.lag] = middle
		v.beside(s, v.side[1])
		for i := range v.n {
			jump := v.side[0].V[i] - v.side[1].V[i]
			row := v.before[i*v.cols : (i+1)*v.cols]
			kernel.AXPY(row[:v.p], jump, v.lag[e.lag*v.p:(e.lag+1)*v.p])
			if e.moves != nil {
				kernel.AXPY(row, jump, e.moves)
			}
		}
	}
}

// beside is the slope at the start of the step, of what lies on the side that is looked at.
func (v *delayCarrier) beside(s *Step, dx Batch) {
	v.rk.place(s, 0)
	s.Field.Eval(dx, &v.rk.at)
}

// crossed notes how the time of a crossing j moves: dt = −(e_x dx + e_θ dθ)/(e_t + e_x f⁻).
func (v *delayCarrier) crossed(j *leap, theta Batch) {
	n := v.n
	at := field.Point{T: []float64{j.t}, X: Batch{V: j.before, Rows: n, Lanes: 1}, U: Batch{V: j.u, Rows: len(j.u), Lanes: 1}, Theta: theta}
	slope, rate := newBatch(n, 1), newBatch(1, 1)
	j.law.Eval(slope, &at)
	j.when.JVP(rate, &at, &field.Point{T: []float64{1}, X: slope})
	one, gx, moves := newBatch(1, 1), newBatch(n, 1), make([]float64, v.cols)
	one.V[0] = -1 / rate.V[0]
	g := field.Point{X: gx}
	if v.p > 0 {
		g.Theta = Batch{V: moves[:v.p], Rows: v.p, Lanes: 1}
	}
	j.when.VJP(&g, &at, one)
	v.gather()
	for i, w := range gx.V {
		kernel.AXPY(moves, w, v.before[i*v.cols:(i+1)*v.cols])
	}
	m := &v.s.delays.lane[0]
	for i := range m.echoes {
		if m.echoes[i].origin == j.t {
			m.echoes[i].moves = moves
		}
	}
}
