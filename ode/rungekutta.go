package ode

import (
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
)

func newSum(coef []float64, of []Batch) *kernel.Combination {
	var k [][]float64
	for _, b := range of {
		k = append(k, b.V)
	}
	return kernel.NewCombination(coef, k)
}

// rungeKutta integrates with any Tableau. Work holds the state of every stage,
// the first included, then those of the extension.
type rungeKutta struct {
	tab           *Tableau
	rows, lanes   int
	stages, total int // without and with the extension
	c             []float64
	a             [][]float64

	at        field.Point           // where the field is evaluated
	slopes    []float64             // of all stages
	k         []Batch               // each of them
	state     []*kernel.Combination // what stage i adds to x
	x1, e, e2 *kernel.Combination
	faults    []float64 // both estimated errors
	err       []float64 // the first of them
	zeros     []float64 // of all stages
	zero      []float64 // of one
	norm2     []float64
	weight    []float64
	pull      pullback
	field     field.Programmed // what taped was made for
	taped     *taped           // nil if that cannot be
	demand                     // what taped is written for

	most   int          // numbers of a stage there is room to keep
	keep   int          // numbers kept of a stage
	holder field.Holder // the field if it holds the parameters
	keeper field.Keeper // … and keeps what going back needs

	scripts *scripts // of the keeper, nil if there are none
	made    *scripts // those made last

	beside beside // what of the state is not among its rows; nil if nothing is
}

// demand is what a stepper is asked for beside its steps.
type demand struct {
	lean   bool // nobody needs the states of stages after a step
	judged bool // the error is asked for after every step
}

// newRungeKutta allocates a stepper for fields of that shape; inside says
// whether it will be asked for states inside steps.
func newRungeKutta(shape field.Shape, tab *Tableau, inside bool) *rungeKutta {
	r := &rungeKutta{tab: tab, rows: shape.State, lanes: shape.Lanes, stages: tab.Stages()}
	a := tab.A
	r.c = tab.C
	if inside {
		a = append(append([][]float64{}, a...), tab.Dense.A...)
		r.c = append(append([]float64{}, r.c...), tab.Dense.C...)
	}
	r.a, r.total = a, len(a)
	r.at.T = make([]float64, r.lanes)
	r.at.X = Batch{Rows: r.rows, Lanes: r.lanes}
	r.at.U = field.Batch{V: make([]float64, shape.Input*r.lanes), Rows: shape.Input, Lanes: r.lanes}
	r.slopes = make([]float64, r.total*r.size())
	for i := range r.total {
		r.k = append(r.k, Batch{V: r.stage(r.slopes, i), Rows: r.rows, Lanes: r.lanes})
	}
	for i := range a {
		r.state = append(r.state, newSum(a[i], r.k))
	}
	r.x1, r.e, r.e2 = newSum(tab.B, r.k), newSum(tab.E, r.k), newSum(tab.E2, r.k)
	r.faults, r.zeros = make([]float64, 2*r.size()), make([]float64, r.total*r.size())
	r.err, r.zero = r.faults[:r.size()], r.zeros[:r.size()]
	r.norm2 = make([]float64, r.lanes)
	r.weight = make([]float64, len(tab.Dense.P))
	r.pull = newPullback(r)
	return r
}

func newBatch(rows, lanes int) Batch {
	return Batch{V: make([]float64, rows*lanes), Rows: rows, Lanes: lanes}
}

func (r *rungeKutta) size() int { return r.rows * r.lanes }

// Room has the states of all stages, then what is kept of them.
func (r *rungeKutta) Room() Room {
	return Room{Rows: r.stages * r.rows, Inside: (r.total - r.stages) * r.rows, Len: r.room()}
}

// room is the length of Step.Work.
func (r *rungeKutta) room() int { return r.keptAt(r.total) }

// Prepare says what steps are written for.
func (r *rungeKutta) Prepare(w Wants) { r.demand = demand{lean: w.Lean, judged: w.Judged} }

// stage is what belongs to stage i in the room of a step, or among the slopes.
func (r *rungeKutta) stage(work []float64, i int) []float64 {
	return work[i*r.size() : (i+1)*r.size()]
}

// place sets the point at which stage i of s is evaluated. Nothing is
// evaluated later than s.Last.
func (r *rungeKutta) place(s *Step, i int) {
	r.when(r.at.T, s, i)
	r.at.X.V = r.stage(s.Work, i)
	r.at.Theta = s.From.Theta
	if s.Input != nil {
		s.Input.At(r.at.U, r.at.T)
	}
}

// when sets t to the times of stage i.
func (r *rungeKutta) when(t []float64, s *Step, i int) {
	switch c := r.c[i]; {
	case i == 0:
		copy(t, s.From.T)
	case c < 1:
		for l, from := range s.From.T {
			t[l] = min(from+c*s.H[l], s.Last[l])
		}
	default:
		copy(t, s.Last)
	}
}

// Slope evaluates the first stage.
func (r *rungeKutta) Slope(s *Step) Batch {
	r.slope(r.k[0], s)
	return r.k[0]
}

// slope evaluates the first stage.
func (r *rungeKutta) slope(dst Batch, s *Step) {
	if t := r.tape(s); t != nil {
		t.run(t.fixed, s)
		t.slope.Bind(tapeK, dst.V)
		t.run(t.slope, s)
		return
	}
	copy(r.stage(s.Work, 0), s.From.X.V)
	r.place(s, 0)
	r.eval(s, 0, dst)
}

// tape returns what takes whole steps of the field; nil if nothing can.
func (r *rungeKutta) tape(s *Step) *taped {
	if s.program != r.field || r.taped != nil && r.taped.demand != r.demand {
		r.field, r.taped = s.program, newTaped(r, s.program)
	}
	return r.taped
}

// first makes k[0] the slope at s.From, taking over what is known.
func (r *rungeKutta) first(s *Step) {
	all, fresh := true, false
	for _, st := range s.Start {
		f := st == StartFresh || st == StartNext && !r.tab.FSAL
		all, fresh = all && f, fresh || f
	}
	old, next := r.k[0], r.k[r.stages-1]
	if fresh {
		dst := old
		if !all {
			dst.V = r.err
		}
		r.slope(dst, s)
		if all {
			return
		}
	}
	for l, st := range s.Start {
		switch {
		case st == StartNext && r.tab.FSAL:
			copyLane(old.V, next.V, l, r.lanes)
		case st != StartAgain:
			copyLane(old.V, r.err, l, r.lanes)
		}
	}
}

func copyLane(dst, src []float64, l, lanes int) {
	for i := l; i < len(dst); i += lanes {
		dst[i] = src[i]
	}
}

// Step evaluates the stages and the state at the end.
func (r *rungeKutta) Step(s *Step) {
	switch t := r.tape(s); {
	case t == nil:
		r.step(s)
	case t.settled && (s.next || allNext(s.Start)):
		t.run(t.next, s)
	default:
		t.run(t.fixed, s)
		t.settled = true
		r.first(s)
		t.run(t.again, s)
	}
	if s.Evals == nil {
		return
	}
	for l, st := range s.Start {
		if s.H[l] == 0 {
			continue
		}
		s.Evals[l] += r.stages - 1
		if st == StartFresh || st == StartNext && !r.tab.FSAL {
			s.Evals[l]++
		}
	}
}

func allNext(start []Start) bool {
	for _, st := range start {
		if st != StartNext {
			return false
		}
	}
	return true
}

// step goes from stage to stage.
func (r *rungeKutta) step(s *Step) {
	copy(r.stage(s.Work, 0), s.From.X.V)
	if r.scripts.fit(r, s) {
		r.scripts.step(r, s)
	} else {
		r.first(s)
		for i := 1; i < r.stages; i++ {
			r.advance(s, i)
		}
	}
	if r.tab.FSAL {
		copy(s.X.V, r.stage(s.Work, r.stages-1))
	} else {
		r.add(s.X.V, s.From.X.V, s.H, r.x1)
	}
}

// advance goes to stage i.
func (r *rungeKutta) advance(s *Step, i int) {
	r.add(r.stage(s.Work, i), s.From.X.V, s.H, r.state[i])
	r.place(s, i)
	r.eval(s, i, r.k[i])
}

// add writes dst = x + h Σ.
func (r *rungeKutta) add(dst, x, h []float64, t *kernel.Combination) { t.Step(dst, x, h) }

// Error writes the norm of the estimated error; NaN without an estimate.
func (r *rungeKutta) Error(norm []float64, s *Step, rtol, atol float64) {
	if !r.tab.Adaptive() {
		kernel.Fill(norm[:r.lanes], math.NaN())
		return
	}
	if t := r.tape(s); t != nil {
		if !t.judged {
			t.run(t.faults, s)
		}
	} else {
		r.add(r.err, r.zero, s.H, r.e)
		r.add(r.faults[r.size():], r.zero, s.H, r.e2)
	}
	kernel.ErrNorm(norm, r.err, s.From.X.V, s.X.V, rtol, atol, r.rows, r.lanes)
	if r.beside != nil {
		r.beside.step(s)
		r.beside.extend(norm, s, r.tab.E, rtol, atol)
	}
	if r.tab.E2 == nil {
		return
	}
	kernel.ErrNorm(r.norm2, r.faults[r.size():], s.From.X.V, s.X.V, rtol, atol, r.rows, r.lanes)
	if r.beside != nil {
		r.beside.extend(r.norm2, s, r.tab.E2, rtol, atol)
	}
	for l, n := range norm[:r.lanes] {
		if d := n*n + 0.01*r.norm2[l]*r.norm2[l]; d != 0 {
			norm[l] = n * n / math.Sqrt(d)
		}
	}
}

// Extend evaluates the stages that only the continuous extension needs.
func (r *rungeKutta) Extend(s *Step, inside []bool) {
	for i := r.stages; i < r.total; i++ {
		r.advance(s, i)
	}
	if s.Evals == nil {
		return
	}
	for l, in := range inside {
		if in {
			s.Evals[l] += r.total - r.stages
		}
	}
}

// Inside evaluates the continuous extension.
func (r *rungeKutta) Inside(x []float64, s *Step, lane int, theta float64) {
	r.tab.Dense.weights(r.weight, theta)
	for j := lane; j < len(x); j += r.lanes {
		v, k := 0.0, j
		for _, w := range r.weight {
			v += w * r.slopes[k]
			k += len(x)
		}
		x[j] = s.From.X.V[j] + s.H[lane]*v
	}
}
