package train

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/program"
)

// measured is a recording as short runs see it: scaled times, rows (NaN where a
// value is missing) and the states that runs begin from.
type measured struct {
	t     []float64
	row   []float64 // rows × columns
	state []float64 // rows × columns, smoothed or as measured
	blind [][]stretch
}

// measurements are the training rows of every recording. States are those of the
// smoothing splines unless raw; a missing value is always the spline's.
func (p *Problem) measurements(raw bool) []measured {
	f := &p.Parts.Frame
	all := make([]measured, len(p.Train))
	for rec := range all {
		s := &p.Train[rec]
		d := len(s.Names)
		m := measured{row: make([]float64, len(s.X)), state: make([]float64, len(s.X)), blind: p.blind(rec)}
		for c := range d {
			t, y := model.ScaledColumn(s, c, f)
			m.t = t
			for k, v := range y {
				m.row[k*d+c], m.state[k*d+c] = v, v
				if !raw || math.IsNaN(v) {
					m.state[k*d+c] = p.Splines[rec][c].At(t[k])
				}
			}
		}
		all[rec] = m
	}
	return all
}

// place is a row of a recording.
type place struct{ rec, row int }

// places are the rows from which a run over so many more can begin: none where a
// column has no values for long.
func places(all []measured, rows int) []place {
	var out []place
	for rec := range all {
		for k := range max(0, len(all[rec].t)-rows) {
			if !anyWithin(all[rec].blind, all[rec].t[k]) {
				out = append(out, place{rec, k})
			}
		}
	}
	return out
}

// runs are a rollout whose lanes are short runs from rows of the recordings; what
// a lane is may change between two evaluations.
type runs struct {
	*rollout
	rows   []measured
	inputs *model.Measured // of the lanes; nil: none
	whole  *model.Measured // of the recordings
	of     []place         // where each run begins; rec < 0: nowhere, its lane is idle
	heads  int             // the first runs begin where a recording does, from its unknown start
}

// refuseRuns is the error for what cannot be begun at any row.
func (p *Problem) refuseRuns(method string) error {
	switch {
	case len(p.Parts.Start) > 0:
		return fmt.Errorf("method=%s begins runs from rows, where hidden states are not known; take a model without them, or method=homotopy", method)
	case p.step() > 0:
		return fmt.Errorf("method=%s needs a differential equation; models in discrete time have method=vanilla with forcing=full or scheduled", method)
	}
	return p.onlyBounds(method)
}

// newRuns makes room for so many runs over rows of the field f, whose states are
// those of the model and others behind them.
func newRuns(p *Problem, f *program.Program, count, rows, members int, all []measured) *runs {
	in, _ := f.Input("x")
	grid := newLaneGrid(count, members)
	lanes := grid.lanes
	r := &rollout{laneGrid: grid, p: p, states: in.Rows, columns: len(p.Train[0].Names), rows: rows,
		train: make([]int, count), fixed: make([][]float64, count), equation: f, misfit: p.misfit(),
		field: field.New(f, lanes, members > 1), target: make([]float64, rows*len(p.Train[0].Names)*count)}
	for i := range r.fixed {
		r.fixed[i] = make([]float64, r.states)
	}
	r.u = unknowns{theta: r.field.Shape().Theta, states: r.states} // where runs begin is told them
	r.theta = field.Batch{Rows: r.u.theta, Lanes: members}
	r.wide = r.theta
	if members > 1 {
		r.wide = program.NewBatch(r.u.theta, lanes)
	}
	r.ivp = ode.IVP{Field: r.field, X0: program.NewBatch(r.states, lanes), T0: make([]float64, lanes), Times: make([]float64, rows*lanes)}
	r.tr = *ode.NewTrajectory(rows, r.states, lanes)
	b := &runs{rollout: r, rows: all, of: make([]place, count)}
	b.listen()
	return b
}

// listen prepares the known inputs of lanes.
func (b *runs) listen() {
	p := b.p
	var recs []*data.Series
	for i := range p.Train {
		recs = append(recs, &p.Train[i])
	}
	in, ok := model.NewMeasured(recs, &p.Parts.Frame, len(recs), p.Hold).(*model.Measured)
	if !ok {
		return
	}
	b.whole, b.inputs = in, &model.Measured{T: make([][]float64, b.lanes), V: make([][]float64, b.lanes), Hold: in.Hold}
	b.ivp.Input = b.inputs
}

// begin lets run i go from a place over so many rows.
func (b *runs) begin(i int, at place, rows int) {
	b.of[i] = at
	m, d := &b.rows[max(at.rec, 0)], b.columns
	if at.rec < 0 {
		rows = 0
	}
	copy(b.fixed[i], m.state[at.row*d:(at.row+1)*d])
	clear(b.fixed[i][d:])
	b.train[i] = rows
	for k := range b.rollout.rows {
		for c := range d {
			v := math.NaN()
			if row := at.row + 1 + k; k < rows && row < len(m.t) {
				v = m.row[row*d+c]
			}
			b.target[b.value(k, c, i)] = v
		}
	}
}

// ready sets the times of all lanes, spare ones included, and counts what is
// compared.
func (b *runs) ready() {
	b.count = 0
	for _, v := range b.target {
		if !math.IsNaN(v) {
			b.count++
		}
	}
	b.count = max(b.count, 1)
	for l := range b.lanes {
		i := b.record(l)
		at := b.of[i]
		m := &b.rows[max(at.rec, 0)]
		b.ivp.T0[l] = m.t[at.row]
		for k := range b.rollout.rows {
			t := math.NaN()
			if row := at.row + 1 + k; k < b.train[i] && row < len(m.t) && b.real(l) {
				t = m.t[row]
			}
			b.ivp.Times[k*b.lanes+l] = t
		}
		if b.inputs != nil {
			b.inputs.T[l], b.inputs.V[l] = b.whole.T[max(at.rec, 0)], b.whole.V[max(at.rec, 0)]
		}
	}
}

// set points the initial value problem at the unknowns z of the problem; runs
// that begin a recording begin at its start among them.
func (b *runs) set(z []float64) {
	b.bind(z[:b.u.theta*b.members])
	all := ofMembers(z, b.members)
	b.eachStart(func(l, at int) {
		for c := range b.columns {
			b.ivp.X0.Set(c, l, all.At(at+c, b.member(l)))
		}
	})
}

// eachStart calls f with every lane whose run begins at an unknown start, and with the
// place of that.
func (b *runs) eachStart(f func(lane, at int)) {
	u := b.p.ofRecordings()
	for l := 0; u.starts > 0 && l < b.heads*b.members; l++ {
		f(l, u.start(b.of[b.record(l)].rec))
	}
}

// movingRuns says why losses of runs change.
const movingRuns = "each step has other runs"

// runLoss is the trajectory loss of short runs, and what a term compares beside it.
type runLoss struct {
	*tracking
	b *runs
	// where a gradient is asked for, what comes before and after it; nil: nothing
	before func(z []float64, k int)
	after  func(k int)
	load   func(k int) // the runs of iteration k
	aim    func()      // changes where runs begin; nil: nothing
	term   func()      // adds to o.loss and o.gtr of runs that have been made; nil: nothing
	more   func(grad, z []float64, k int)
}

func newRunLoss(b *runs, d Descent) (*runLoss, error) {
	if d.Steer != 0 {
		return nil, fmt.Errorf("steer=%g: runs must end at the rows they are compared with; use it with method=vanilla", d.Steer)
	}
	t, err := newTracking(b.rollout)
	if err != nil {
		return nil, err
	}
	return &runLoss{tracking: t, b: b}, d.equip(t)
}

// Size implements opt.Objective.
func (o *runLoss) Size() int { return o.b.p.ofRecordings().size() * o.b.members }

// Eval implements opt.Objective.
func (o *runLoss) Eval(grad, z []float64, k int) opt.Loss {
	b := o.b
	if grad != nil && o.before != nil {
		o.before(z, k)
	}
	o.load(k)
	b.set(z)
	if o.aim != nil {
		o.aim()
	}
	o.follow(k)
	if o.term != nil {
		o.term()
	}
	if grad != nil {
		size := b.u.theta * b.members
		o.pull(grad[:size])
		clear(grad[size:])
		all := ofMembers(grad, b.members)
		b.eachStart(func(l, at int) {
			for c := range b.columns {
				all.Row(at + c)[b.member(l)] += o.g.X.At(c, l)
			}
		})
	}
	if o.more != nil {
		o.more(grad, z, k)
	}
	if grad != nil && o.after != nil {
		o.after(k)
	}
	return o.total()
}

// draw fills the runs from first on with random places, the heads with the
// beginnings of recordings, one after the other.
func (b *runs) draw(r *rand.Rand, k int, from []place, rows func(i int) int) {
	recs := len(b.rows)
	for i := range b.of {
		at := from[r.IntN(len(from))]
		if i < b.heads {
			at = place{(k*b.heads + i) % recs, 0}
		}
		b.begin(i, at, rows(i))
	}
}

// anchored gives the model of r the states of rows from which its trajectory goes on
// anew where errors have grown out of proportion, as those of method auto, and
// scores that.
func (p *Problem) anchored(r *Result, all []measured) {
	m, any := r.Model, false
	for rec := range m.Records {
		steps := p.growth(rec, 0, m.Theta[0])
		if steps == nil || totalGrowth(steps) < wholeGrowth {
			continue
		}
		at := goOnCutting(anchors(steps, 0, mostGrowth), 0, len(steps), p.Train[rec].Len())
		for _, k := range at[1:] {
			m.Records[rec].Anchors, any = append(m.Records[rec].Anchors, all[rec].anchor(p.Train[rec].T[k], k, len(m.Theta))), true
		}
	}
	if !any {
		return
	}
	p.lookFar(r)
	variance := variances(p.rows(true))
	train, held := p.scorer(variance), p.scorer(variance)
	for rec, s := range p.rows(true) {
		f, err := m.Forecast(rec, s.T, &s)
		if err != nil || f.Len() < s.Len() { // the scores of the whole run stay
			return
		}
		for k := range f.Len() {
			to := train
			if k >= p.Train[rec].Len() {
				to = held
			}
			to.Add(f.Row(k), s.Row(k))
		}
	}
	if r.Train = train.Scores(); r.Held != nil {
		*r.Held = held.Scores()
	}
}

// anchor is the state of row k, at time t in user units, for all members.
func (m *measured) anchor(t float64, k, members int) model.Anchor {
	d := len(m.state) / len(m.t)
	one := model.Anchor{T: t}
	for range members {
		one.State = append(one.State, append([]float64{}, m.state[k*d:(k+1)*d]...))
	}
	return one
}
