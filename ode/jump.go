package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

// jumps takes the lanes of a Solver through the jumps of its problem's input. A jump comes
// between two steps: the one before it ends at its time, what is saved there is the state
// before it, and the next step begins anew. Lanes jump one by one, so nothing depends on
// their company.
type jumps struct {
	in   field.Jumper   // nil: there are none
	due  [][]field.Jump // of each lane, ascending; those that have happened are cut off
	maps map[*program.Program]field.Field
	at   field.Point // of one lane
	out  Batch
	u    Batch // of all lanes
	t    []float64
	all  []float64 // θ of one lane of an ensemble

	watch jumpWatcher // nil: nobody is told
	cross crossings
}

// jumpWatcher is a watcher that goes through jumps. jumped comes after took; before, after and u
// are of one lane and belong to the Solver.
type jumpWatcher interface {
	jumped(lane int, j *leap)
}

// leap is a jump of a lane that happened.
type leap struct {
	by            field.Field // one lane; Eval is the map
	t             float64
	before, after []float64   // states
	u             []float64   // inputs
	when, law     field.Field // of a jump where when rises through zero: that value, and the field; else nil
	step          int         // steps of all lanes before it; of the owner
}

// begin asks p for its jumps.
func (q *jumps) begin(s *Solver) {
	q.in, _ = s.p.Input.(field.Jumper)
	if q.in == nil {
		return
	}
	shape := s.p.Field.Shape()
	if q.maps == nil {
		q.maps = map[*program.Program]field.Field{}
		q.due = make([][]field.Jump, shape.Lanes)
		q.at = field.Point{T: make([]float64, 1), X: newBatch(shape.State, 1), U: newBatch(shape.Input, 1)}
		q.out, q.u, q.t = newBatch(shape.State, 1), newBatch(shape.Input, shape.Lanes), make([]float64, shape.Lanes)
	}
	q.cross.begin(s, q)
	if q.watch, _ = s.watch.(jumpWatcher); q.watch == nil && s.watch != nil {
		panic("ode: this way to derivatives does not go through jumps")
	}
}

// enter notes what will happen to a lane.
func (q *jumps) enter(s *Solver, l int) {
	if q.in != nil {
		q.due[l] = q.in.Jumps(l, s.p.T0[l], s.lane[l].end)
		q.cross.enter(s, q, l)
	}
}

// reach does what happens to lane l, in place j, at the time it has reached.
func (q *jumps) reach(s *Solver, j, l int) {
	if q.in == nil {
		return
	}
	t := s.step.From.T[j]
	q.cross.happen(s, q, j, l)
	for s.lane[l].active && len(q.due[l]) > 0 && q.due[l][0].T <= t {
		by := q.mapping(q.due[l][0].Map)
		q.due[l] = q.due[l][1:]
		q.leap(s, j, l, leap{by: by})
		q.cross.follow(s, q, j, l)
	}
}

// leap takes lane l, in place j, through j.by where it stands.
func (q *jumps) leap(s *Solver, j, l int, p leap) {
	x := s.step.From.X
	p.t = s.step.From.T[j]
	q.stand(s.p, l, p.t)
	for i := range x.Rows {
		q.at.X.V[i] = x.V[i*x.Lanes+j]
	}
	p.by.Eval(q.out, &q.at)
	for i, v := range q.out.V {
		x.V[i*x.Lanes+j] = v
		if v-v != 0 && s.lane[l].active {
			s.fail(l, StatusNonFinite)
		}
	}
	if p.when != nil {
		s.delays.crossed(s, l, p.t)
	}
	if q.watch != nil {
		p.before, p.after, p.u = q.at.X.V, q.out.V, q.at.U.V
		q.watch.jumped(l, &p)
	}
}

// mapping is the map of a jump as a field of one lane.
func (q *jumps) mapping(p *program.Program) field.Field {
	f := q.maps[p]
	if f == nil {
		f = field.New(p, 1, false)
		if f.Shape().State != q.out.Rows {
			panic("ode: a jump must have the states of the field")
		}
		q.maps[p] = f
	}
	return f
}

// stand goes to time t of lane l, with its inputs and parameters.
func (q *jumps) stand(p *IVP, l int, t float64) {
	q.at.T[0] = t
	if q.u.Rows > 0 {
		copy(q.t, p.T0)
		q.t[l] = t
		q.in.At(q.u, q.t)
		for i := range q.u.Rows {
			q.at.U.V[i] = q.u.V[i*q.u.Lanes+l]
		}
	}
	q.at.Theta = laneOf(&q.all, p.Theta, l)
}

// laneOf is one lane of parameters, in room where they have several.
func laneOf(room *[]float64, all Batch, l int) Batch {
	if all.Lanes <= 1 {
		return all
	}
	*room = sized(*room, all.Rows)
	for i := range *room {
		(*room)[i] = all.V[i*all.Lanes+l]
	}
	return Batch{V: *room, Rows: all.Rows, Lanes: 1}
}

// clone keeps a leap.
func (j *leap) clone(step int) *leap {
	keep := func(v []float64) []float64 { return append([]float64(nil), v...) }
	return &leap{by: j.by, t: j.t, before: keep(j.before), after: keep(j.after), u: keep(j.u), when: j.when, law: j.law, step: step}
}

// leaper turns cotangents of states behind leaps into those before.
type leaper struct {
	at, g  field.Point
	lambda Batch
	t      [1]float64
	along  field.Point // the direction of the law and of time
	slope  [2]Batch    // of the law before and behind
	moved  Batch
	one    Batch // a value or its cotangent
}

// pull replaces the cotangent lambda of the state behind j by that of the state before, and
// adds what is owed to θ to gtheta, which may be nil.
func (r *leaper) pull(j *leap, theta Batch, lambda, gtheta []float64) {
	n := len(lambda)
	r.lambda = Batch{V: append(r.lambda.V[:0], lambda...), Rows: n, Lanes: 1}
	clear(lambda)
	r.t[0] = j.t
	r.at = field.Point{T: r.t[:], X: Batch{V: j.before, Rows: n, Lanes: 1}, U: Batch{V: j.u, Rows: len(j.u), Lanes: 1}, Theta: theta}
	r.g = field.Point{X: Batch{V: lambda, Rows: n, Lanes: 1}}
	if gtheta != nil {
		r.g.Theta = Batch{V: gtheta, Rows: len(gtheta), Lanes: 1}
	}
	j.by.VJP(&r.g, &r.at, r.lambda)
	if j.when != nil {
		r.pullTime(j, n)
	}
}

// pullTime adds what the time of j owes to what it depends on. With e the value that rises
// through zero there, f⁻ and f⁺ the slopes before and behind and g the map,
//
//	dt = −(e_x dx + e_θ dθ)/(e_t + e_x f⁻),   dx⁺ = … + (g_x f⁻ + g_t − f⁺) dt,
//
// the saltation matrix. Source: Leine, Nijmeijer, Dynamics and Bifurcations of Non-Smooth
// Mechanical Systems (2004), ch. 7.
func (r *leaper) pullTime(j *leap, n int) {
	if r.moved.Rows != n {
		r.slope = [2]Batch{newBatch(n, 1), newBatch(n, 1)}
		r.moved, r.one = newBatch(n, 1), newBatch(1, 1)
		r.along = field.Point{T: []float64{1}}
	}
	j.law.Eval(r.slope[0], &r.at)
	behind := r.at
	behind.X.V = j.after
	j.law.Eval(r.slope[1], &behind)
	r.along.X = r.slope[0]
	j.by.JVP(r.moved, &r.at, &r.along)
	j.when.JVP(r.one, &r.at, &r.along)
	rate, owed := r.one.V[0], 0.0
	for i, c := range r.lambda.V {
		owed += c * (r.moved.V[i] - r.slope[1].V[i])
	}
	r.one.V[0] = -owed / rate
	j.when.VJP(&r.g, &r.at, r.one)
}

// jumpsBack are the leaps of an integration, for the way back.
type jumpsBack struct {
	leaper
	of    [][]*leap // of each lane, in order
	left  []int     // of each lane, how many are still to be pulled
	lanes int
	any   bool
	one   []float64 // cotangent of one lane
	theta Batch     // what leaps owe θ, in the layout of the gradient
	own   []float64 // of one lane
}

func (b *jumpsBack) forget(lanes int) {
	b.of, b.lanes, b.any = nil, lanes, false
}

func (b *jumpsBack) note(lane, step int, j *leap) {
	if b.of == nil {
		b.of, b.left = make([][]*leap, b.lanes), make([]int, b.lanes)
	}
	b.of[lane] = append(b.of[lane], j.clone(step))
	b.any = true
}

// begin goes to the last leap of every lane.
func (b *jumpsBack) begin(g *field.Point) {
	if !b.any {
		return
	}
	for l, all := range b.of {
		b.left[l] = len(all)
	}
	b.theta = Batch{Rows: g.Theta.Rows, Lanes: g.Theta.Lanes}
	if g.Theta.V != nil {
		b.theta.V = make([]float64, len(g.Theta.V))
		b.own = sized(b.own, g.Theta.Rows)
	}
}

// pull pulls the cotangent of lane l, where it stands in batch x, through its leaps behind step.
func (b *jumpsBack) pull(s *Solver, x Batch, l, step int) {
	if !b.any {
		return
	}
	for b.left[l] > 0 && b.of[l][b.left[l]-1].step > step {
		b.left[l]--
		j := b.of[l][b.left[l]]
		b.one = sized(b.one, x.Rows)
		for i := range b.one {
			b.one[i] = x.V[i*x.Lanes+l]
		}
		var own []float64
		if b.theta.V != nil {
			own = b.own
			clear(own)
		}
		b.leaper.pull(j, laneOf(&s.jumps.all, s.p.Theta, l), b.one, own)
		for i, v := range b.one {
			x.V[i*x.Lanes+l] = v
		}
		for i, v := range own {
			b.theta.V[i*b.theta.Lanes+l%b.theta.Lanes] += v
		}
	}
}

// close adds what is owed to θ.
func (b *jumpsBack) close(g *field.Point) {
	if b.any && g.Theta.V != nil {
		for i, v := range b.theta.V {
			g.Theta.V[i] += v
		}
	}
}

// again puts lane l, in place j of x, behind its leaps that came right after step.
func (b *jumpsBack) again(x Batch, j, l, step int) {
	if !b.any {
		return
	}
	for _, p := range b.of[l] {
		if p.step == step+1 {
			for i, v := range p.after {
				x.V[i*x.Lanes+j] = v
			}
		}
	}
}

// jumpSlopes carries sensitivities through leaps.
type jumpSlopes struct {
	leaper
	jx, jt, x, theta []float64 // of the leap; before it
	row              []float64
}

// carry turns S = ∂x/∂(θ, x0) before j into that behind it: theta is n rows, wide numbers
// apart, x is n × n. Each row of the derivative of j is the pull of a unit cotangent.
func (v *jumpSlopes) carry(theta, x []float64, wide int, j *leap, p Batch) {
	n := len(j.before)
	v.jx, v.jt, v.row = sized(v.jx, n*n), sized(v.jt, n*p.Rows), sized(v.row, n)
	clear(v.jt)
	for i := range n {
		clear(v.row)
		v.row[i] = 1
		var own []float64
		if p.Rows > 0 {
			own = v.jt[i*p.Rows : (i+1)*p.Rows]
		}
		v.pull(j, p, v.row, own)
		copy(v.jx[i*n:], v.row)
	}
	v.x, v.theta = append(v.x[:0], x...), append(v.theta[:0], theta[:n*wide]...)
	matMul(x, v.jx, v.x, n)
	for i := range n {
		to := theta[i*wide : i*wide+p.Rows]
		copy(to, v.jt[i*p.Rows:(i+1)*p.Rows])
		for k := range n {
			kernel.AXPY(to, v.jx[i*n+k], v.theta[k*wide:k*wide+p.Rows])
		}
	}
}
