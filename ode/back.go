package ode

import (
	"slices"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

// back is where the lanes are on their way back.
type back struct {
	lane   []backLane
	lambda Batch // ∂L/∂x of every lane where it is
	handed Batch // what the first slope of the step pulled last is owed
	p      *IVP
	g      *field.Point

	program field.Programmed // the field of p if it is one
	ways    []*way           // by lanes/8
	shape   field.Shape
	open    *way // the one whose lanes and cotangents of θ are gathered
	some    bool // something was handed over
}

// backLane is where one lane is on its way back.
type backLane struct {
	below int // its next step is the last one below this
	at    int // the step it takes now; −1: it has none left
	next  int // its next saved state
}

// way is what some number of lanes go back with.
type way struct {
	lanes   int
	company *company // nil: all lanes
	stepper *able
	step, g Step
	of, at  []int // lane and step in each place; −1: the place is idle
	chosen  []int // of when it was opened
	work    []float64
	c       Batch // cotangent of one saved state
	theta   Batch // cotangent of θ of each lane
}

func newBack(shape field.Shape) back {
	return back{shape: shape, lane: make([]backLane, shape.Lanes), ways: make([]*way, shape.Lanes/8+1),
		lambda: newBatch(shape.State, shape.Lanes), handed: newBatch(shape.State, shape.Lanes)}
}

// saved is the cotangent of the k-th saved states.
func (b *back) saved(gtr *Trajectory, k int) []float64 {
	n := len(b.lambda.V)
	return gtr.X[k*n : (k+1)*n]
}

// begin goes to the end of every lane.
func (b *back) begin(d *Discrete, g *field.Point) {
	b.p, b.program, b.g, b.open, b.some = d.solver.p, d.solver.field.program, g, nil, false
	clear(b.lambda.V)
	clear(b.handed.V)
	for l := range b.lane {
		b.lane[l].next = d.solver.lane[l].next - 1
	}
}

// find moves every lane to its last step that is left, from lo on, and returns
// how many have one.
func (b *back) find(r *record, lo int) int {
	n := 0
	for l := range b.lane {
		q := &b.lane[l]
		for q.below > lo && !r.moved(l, q.below-1) {
			q.below--
		}
		q.at = -1
		if q.below > lo {
			q.below--
			q.at = q.below
			n++
		}
	}
	return n
}

// way returns the one for that many lanes.
func (b *back) way(d *Discrete, lanes int) *way {
	if w := b.ways[lanes/8]; w != nil && (w.company == nil || w.company == d.solver.companies.made[lanes/8]) {
		return w
	}
	shape := b.shape
	shape.Lanes = lanes
	w := &way{lanes: lanes, stepper: &d.solver.all, step: newStep(shape), g: newStep(shape), c: newBatch(shape.State, lanes)}
	if lanes < b.shape.Lanes {
		w.company = d.solver.companies.of(lanes)
		w.stepper = &w.company.stepper
	}
	w.of, w.at, w.chosen = make([]int, lanes), make([]int, lanes), make([]int, 0, lanes)
	w.work = kernel.Aligned(w.stepper.room().Len)
	b.ways[lanes/8] = w
	return w
}

// gather seats the n lanes that have a step left, with what they bring.
func (b *back) gather(d *Discrete, n int) *way {
	lanes := b.shape.Lanes
	if d.solver.companies.from != nil {
		lanes = min(lanes, seats(n))
	}
	w := b.way(d, lanes)
	b.place(w)
	b.enter(w)
	clear(w.g.X.V)
	clear(w.g.From.X.V)
	w.stepper.rest()
	var handed Batch
	if o := w.stepper.owing; o != nil {
		o.Owe(b.some)
		handed, _ = o.Owed()
	}
	for j, i := range w.at {
		if i < 0 {
			t := b.p.T0[w.of[j]]
			w.step.From.T[j], w.step.To[j], w.step.Last[j], w.step.H[j], w.step.Start[j] = t, t, t, 0, StartAgain
			continue
		}
		d.rec.load(&w.step, j, w.of[j], i)
		moveLane(w.g.X, b.lambda, j, w.of[j])
		if handed.Lanes > 0 {
			moveLane(handed, b.handed, j, w.of[j])
		}
	}
	return w
}

// place gives the lanes their places. All lanes keep their own.
func (b *back) place(w *way) {
	j := 0
	for l := range b.lane {
		if i := b.lane[l].at; i >= 0 || w.company == nil {
			w.of[j], w.at[j] = l, i
			j++
		}
	}
	for ; j < w.lanes; j++ {
		w.of[j], w.at[j] = w.of[0], -1
	}
}

// scatter takes back what the lanes have become.
func (b *back) scatter(w *way) {
	var handed Batch
	if o := w.stepper.owing; o != nil {
		any := false
		handed, any = o.Owed()
		b.some = b.some || any
	}
	for j, i := range w.at {
		if i >= 0 {
			moveLane(b.lambda, w.g.From.X, w.of[j], j)
			if handed.Lanes > 0 {
				moveLane(b.handed, handed, w.of[j], j)
			}
		}
	}
}

func moveLane(dst, src Batch, to, from int) {
	for i := range dst.Rows {
		dst.V[i*dst.Lanes+to] = src.V[i*src.Lanes+from]
	}
}

// enter points w at the parameters and inputs of its lanes, and at the
// cotangents of their parameters.
func (b *back) enter(w *way) {
	if b.open == w && slices.Equal(w.chosen, w.of) {
		return
	}
	b.close()
	b.point(w)
	b.open, w.chosen = w, append(w.chosen[:0], w.of...)
	w.g.From.Theta = b.g.Theta
	if w.company == nil || b.g.Theta.V == nil || b.g.Theta.Lanes == 1 {
		return
	}
	if w.theta.Rows != b.g.Theta.Rows {
		w.theta = newBatch(b.g.Theta.Rows, w.lanes)
	}
	gather(w.theta, b.g.Theta, w.of)
	w.g.From.Theta = w.theta
}

func (b *back) point(w *way) {
	s := &w.step
	s.Field, s.program, s.Input, s.From.Theta = b.p.Field, b.program, b.p.Input, b.p.Theta
	if w.company != nil {
		s.Field, s.program = w.company.field.Field, w.company.field.program
		s.Input, s.From.Theta = w.company.choose(b.p, w.of)
	}
}

// close returns the cotangents of parameters that were gathered. A lane that
// fills a place is there twice; the first time counts.
func (b *back) close() {
	w := b.open
	if b.open = nil; w == nil || w.company == nil || b.g.Theta.V == nil || b.g.Theta.Lanes == 1 {
		return
	}
	for j := w.lanes - 1; j >= 0; j-- {
		moveLane(b.g.Theta, w.theta, w.chosen[j], j)
	}
}

// rows is how many of Work belong to lanes.
func (w *way) rows() int {
	r := w.stepper.room()
	return r.Rows + r.Inside
}

// copyStages copies the stages of the lane in place from of n to place j.
func (w *way) copyStages(work []float64, j, from, n int, extended bool) {
	room, size := w.stepper.room(), w.c.Rows
	rows, total := room.Rows, room.Rows+room.Inside
	if extended {
		rows = total
	}
	for i := range rows {
		w.work[i*w.lanes+j] = work[i*n+from]
	}
	for i := rows; i < total; i++ { // evaluated for nothing
		w.work[i*w.lanes+j] = work[i%size*n+from]
	}
}

// join seats the lanes of a team for its steps to be repeated.
func (b *back) join(d *Discrete, of []int) *way {
	b.close()
	w := b.way(d, len(of))
	copy(w.of, of)
	b.point(w)
	return w
}

// follow goes on with the lanes of the next team.
func (b *back) follow(d *Discrete, w *way, t, next *team) *way {
	v := b.join(d, next.of)
	for j, l := range next.of {
		v.at[j] = t.place[l]
	}
	gather(v.step.From.X, w.step.From.X, v.at)
	v.stepper.follow(w.stepper, v.at)
	return v
}
