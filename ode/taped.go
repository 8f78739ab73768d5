package ode

import (
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/program"
)

// taped takes the steps of a field whose operations are all on single rows,
// such as a few equations: the whole step is one tape (see kernel.Tape), the
// field written out at every stage between the sums, and nothing is left
// between two operations but the operations. With many lanes its bits are those of
// a step taken stage by stage.
type taped struct {
	fixed   *kernel.Tape // what the parameters alone determine
	slope   *kernel.Tape // the first slope
	next    *kernel.Tape // a step that goes on from the last
	again   *kernel.Tape // a step whose first slope is known
	onward  *kernel.Tape // the same, in place and ready for the next; nil unless the stepper is lean
	faults  *kernel.Tape // the estimated errors
	timed   bool         // the field depends on the time
	demand               // of the stepper
	settled bool         // fixed was run for the lanes that are here
}

// The bases of the tapes.
const (
	tapeX     = iota // state at the start
	tapeTime         // time at the start
	tapeH            // step sizes
	tapeLast         // latest time to evaluate at
	tapeTheta        // parameters
	tapeWork         // states of all stages
	tapeK            // slopes of all stages
	tapeX1           // state at the end
	tapeRoom         // of the field, fixed values and others, then the time of a stage
	tapeErr          // both estimated errors
	tapeZero
	tapeBases
)

// mostTaped is how many operations a step may have; reading them takes over
// where a step is longer.
const mostTaped = 4096

// tapeWriter writes the tapes of one method and field.
type tapeWriter struct {
	r     *rungeKutta
	p     *program.Program
	rows  *program.Rows
	place []int // base of each input of p
	tape  *kernel.Tape
	timed bool

	inPlace bool // the step ends where it began, in state and slope
}

// newTaped returns nil if the field cannot be written on tapes.
func newTaped(r *rungeKutta, f field.Programmed) *taped {
	if f == nil || f.Shape().Input > 0 || r.rows == 0 {
		return nil
	}
	w, ok := tapeWriter{r: r, p: f.Program()}, false
	if w.rows, ok = w.p.Rows(r.lanes == 1, "t", "x"); !ok || len(w.rows.Ops)*r.stages > mostTaped {
		return nil
	}
	where := map[string]int{"t": tapeTime, "x": tapeWork, "theta": tapeTheta}
	for _, i := range w.p.Inputs {
		base, ok := where[w.p.Nodes[i].Name]
		if !ok {
			return nil
		}
		w.place = append(w.place, base)
	}
	_, timed := w.p.Input("t")
	w.timed = timed
	t := &taped{timed: timed, demand: r.demand}
	t.fixed = w.write(func() { w.field(0, true) })
	t.slope = w.write(func() { w.begin(); w.field(0, false) })
	t.next = w.write(w.next)
	t.again = w.write(w.again)
	t.faults = w.write(w.faults)
	if r.lean {
		w.inPlace = true
		t.onward = w.write(w.onward)
	}
	room := make([]float64, (w.rows.Temps+1)*r.lanes)
	for _, p := range t.all() {
		p.Bind(tapeRoom, room)
		p.Bind(tapeK, r.slopes)
		p.Bind(tapeErr, r.faults)
		p.Bind(tapeZero, r.zero)
	}
	return t
}

func (t *taped) all() []*kernel.Tape {
	p := []*kernel.Tape{t.fixed, t.slope, t.next, t.again, t.faults}
	if t.onward != nil {
		p = append(p, t.onward)
	}
	return p
}

func (w *tapeWriter) write(f func()) *kernel.Tape {
	w.tape = kernel.NewTape(w.r.lanes, tapeBases)
	f()
	if w.r.lean {
		w.tape.Finish(tapeWork)
	} else {
		w.tape.Finish()
	}
	return w.tape
}

// row is row i of a base.
func (w *tapeWriter) row(base, i int) kernel.TapeRow { return w.tape.Row(base, i) }

func (w *tapeWriter) do(code kernel.TapeCode, s float64, a kernel.TapeRow) {
	w.tape.Do(code, s, a, kernel.TapeRow{})
}

// state is row i of the state of stage s. If nobody asks for it later the
// stages share their room, so that less of the first-level cache is used.
func (w *tapeWriter) state(s, i int) kernel.TapeRow {
	r := w.r
	switch {
	case !r.lean:
		return w.row(tapeWork, s*r.rows+i)
	case s == 0:
		return w.row(tapeX, i)
	case r.tab.FSAL && s == r.stages-1:
		return w.row(w.end(), i)
	}
	return w.row(tapeWork, i)
}

// begin puts the state of the first stage where it belongs.
func (w *tapeWriter) begin() {
	if w.r.lean {
		return
	}
	w.sum(nil, tapeX, w.row(tapeWork, 0))
}

// next takes over the last slope of the step before, or evaluates the first.
func (w *tapeWriter) next() {
	r := w.r
	w.begin()
	if r.tab.FSAL {
		w.tape.Sum(r.rows, nil, nil, kernel.TapeRow{}, w.row(tapeK, (r.stages-1)*r.rows), w.row(tapeK, 0))
	} else {
		w.field(0, false)
	}
	w.stages()
	w.judge()
}

// again writes a step whose first slope is there.
func (w *tapeWriter) again() {
	w.begin()
	w.stages()
	w.judge()
}

// judge writes the estimated errors if they are wanted in any case.
func (w *tapeWriter) judge() {
	if w.r.judged {
		w.faults()
	}
}

// onward writes a step that leaves state and slope where it found them.
func (w *tapeWriter) onward() {
	if !w.r.tab.FSAL {
		w.field(0, false)
	}
	w.stages()
}

// end is where the state goes at the end of a step.
func (w *tapeWriter) end() int {
	if w.inPlace {
		return tapeX
	}
	return tapeX1
}

// slot is where the slope of stage s goes among them.
func (w *tapeWriter) slot(s int) int {
	if w.inPlace && w.r.tab.FSAL && s == w.r.stages-1 {
		return 0
	}
	return s
}

// stages writes all stages but the first, and the state at the end.
func (w *tapeWriter) stages() {
	r := w.r
	for s := 1; s < r.stages; s++ {
		to := []kernel.TapeRow{w.state(s, 0)}
		if r.tab.FSAL && s == r.stages-1 && !r.lean {
			to = append(to, w.row(tapeX1, 0))
		}
		w.sum(r.tab.A[s], tapeX, to...)
		w.time(s)
		w.field(s, false)
	}
	if !r.tab.FSAL {
		w.sum(r.tab.B, tapeX, w.row(w.end(), 0))
	}
}

// sum is x + h Σ coef k.
func (w *tapeWriter) sum(coef []float64, x int, to ...kernel.TapeRow) {
	k := make([]kernel.TapeRow, len(coef))
	for s := range k {
		k[s] = w.row(tapeK, s*w.r.rows)
	}
	w.tape.Sum(w.r.rows, coef, k, w.row(tapeH, 0), w.row(x, 0), to...)
}

// time is the time of stage s, see rungeKutta.place.
func (w *tapeWriter) time(s int) {
	if !w.timed {
		return
	}
	if c := w.r.tab.C[s]; c < 1 {
		w.do(kernel.TapeScale, c, w.row(tapeH, 0))
		w.do(kernel.TapeAdd, 0, w.row(tapeTime, 0))
		w.do(kernel.TapeMin, 0, w.row(tapeLast, 0))
	} else {
		w.do(kernel.TapeLoad, 0, w.row(tapeLast, 0))
	}
	w.do(kernel.TapeStore, 0, w.row(tapeRoom, w.rows.Temps))
}

// field writes the slope of stage s, or what is the same in all.
func (w *tapeWriter) field(s int, fixed bool) {
	row := func(o program.RowOf) kernel.TapeRow {
		switch o.Where {
		case program.RowInput:
			base, i := w.place[o.K], o.Row
			switch {
			case base == tapeWork:
				return w.state(s, i)
			case base == tapeTime && s > 0:
				base, i = tapeRoom, w.rows.Temps
			}
			return w.row(base, i)
		case program.RowNumber:
			return w.tape.Number(w.place[o.K], o.Row)
		case program.RowOutput:
			return w.row(tapeK, w.slot(s)*w.r.rows+o.Row)
		}
		return w.row(tapeRoom, o.Row)
	}
	for _, op := range w.rows.Ops {
		switch {
		case op.Fixed != fixed:
		case op.Code == program.RowAct:
			w.tape.Act(row(op.B), row(op.A), op.N, op.Kind, op.Order)
		default:
			w.tape.Do(op.Code, op.S, row(op.A), row(op.B))
		}
	}
}

// faults writes the estimated errors.
func (w *tapeWriter) faults() {
	for j, e := range [][]float64{w.r.tab.E, w.r.tab.E2} {
		if e != nil {
			w.sum(e, tapeZero, w.row(tapeErr, j*w.r.rows))
		}
	}
}

// run binds a tape to a step and goes through it.
func (t *taped) run(p *kernel.Tape, s *Step) {
	t.bind(p, s)
	p.Run()
}

func (t *taped) bind(p *kernel.Tape, s *Step) {
	p.Bind(tapeX, s.From.X.V)
	p.Bind(tapeTime, s.From.T)
	p.Bind(tapeH, s.H)
	p.Bind(tapeLast, s.Last)
	p.Bind(tapeTheta, s.From.Theta.V)
	p.Bind(tapeWork, s.Work)
	p.Bind(tapeX1, s.X.V)
}

// follow prepares for steps in place after s, which has been taken.
func (t *taped) follow(s *Step, r *rungeKutta) *kernel.Tape {
	copy(r.k[0].V, r.k[r.stages-1].V)
	t.bind(t.onward, s)
	return t.onward
}
