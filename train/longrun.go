package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// LongRun is what a model of chaotic data does for a long time, run freely from
// the last row.
type LongRun struct {
	Times    float64 // how many Lyapunov times it was followed
	Span     float64 // the same in user time
	Exponent float64 // per unit of user time, of the field along the data
	Left     float64 // user time after which it was far from all data; NaN: it never was
	Rests    bool    // it comes to rest
	Confined bool    // the model was changed outside the data so that it stays
	Text     string  // a sentence
}

// A long run goes over so many Lyapunov times, in which it is looked at so many times.
// It is far from the data if it is outside their range by this part of it; it rests if
// it moves less than this part in the last half.
const (
	longTimes   = 100
	longLooks   = 4000
	farOutside  = 0.5
	hardlyMoves = 1e-3
	boxRate     = 20
)

// lookFar follows the saved model over a long run, if the data are chaotic: if errors
// along a recording grow by as much as makes auto cut it. A model that leaves the data
// is confined to a box around them, which changes nothing inside. Models with hidden
// states, inputs, time in them, or in discrete time are not looked at.
func (p *Problem) lookFar(r *Result) {
	m := r.Model
	_, timed := m.Parts.Field.Input("t")
	if len(m.Parts.Start) > 0 || !m.Parts.Plain() || len(m.Parts.Frame.Inputs) > 0 || timed || m.Parts.Frame.Step > 0 {
		return
	}
	q, err := p.goingOnWith(m)
	if err != nil {
		return
	}
	rec := 0
	for i := range q.Train {
		if q.Train[i].Len() > q.Train[rec].Len() {
			rec = i
		}
	}
	steps := q.growth(rec, 0, m.Theta[0])
	grown := totalGrowth(steps)
	if !(grown >= wholeGrowth) {
		return
	}
	s := &q.Train[rec]
	l := &LongRun{Times: longTimes, Exponent: grown / (s.T[len(steps)-1] - s.T[0])}
	l.Span = longTimes / l.Exponent
	box := q.dataBox()
	q.follow(l, m, box, rec)
	left := l.Left
	if !math.IsNaN(left) {
		m.Confine(box)
		if r.Chosen != nil {
			r.Chosen.Confine(box)
		}
		q.follow(l, m, box, rec)
		l.Left, l.Confined = left, true
	}
	l.Text = l.text()
	r.LongRun, r.Identified = l, q.identifiability()
	if l.Confined || l.Rests {
		r.Warnings = append(r.Warnings, l.Text)
	}
}

// dataBox is the range of the training rows and a part of it beyond, scaled.
func (p *Problem) dataBox() *field.Box {
	d, f := len(p.Train[0].Names), &p.Parts.Frame
	box := &field.Box{Lo: make([]float64, d), Hi: make([]float64, d), Rate: boxRate}
	for c := range d {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, s := range p.rows(true) {
			_, y := model.ScaledColumn(&s, c, f)
			for _, v := range y {
				if !math.IsNaN(v) {
					lo, hi = min(lo, v), max(hi, v)
				}
			}
		}
		more := farOutside*(hi-lo) + leastUsual
		box.Lo[c], box.Hi[c] = lo-more, hi+more
	}
	return box
}

// follow runs the first member from the last row of a recording.
func (p *Problem) follow(l *LongRun, m *model.Model, box *field.Box, rec int) {
	n := len(m.Parts.Frame.States)
	s, f := &p.Train[rec], &m.Parts.Frame
	span := l.Span / f.Time
	o := m.Solver
	o.MaxSteps = 100 * longLooks
	ivp := ode.IVP{Field: m.Parts.NewField(1, false), X0: program.NewBatch(n, 1), T0: []float64{0},
		Theta: field.Batch{V: m.Theta[0], Rows: len(m.Theta[0]), Lanes: 1}}
	for k := range longLooks {
		ivp.Times = append(ivp.Times, span*float64(k+1)/longLooks)
	}
	for c := range n {
		ivp.X0.V[c] = p.Splines[rec][c].At((s.T[s.Len()-1] - f.T0) / f.Time)
	}
	l.Left = math.NaN()
	tr, err := ode.Solve(&ivp, o)
	if err != nil {
		return
	}
	lo, hi := make([]float64, n), make([]float64, n)
	for k := range longLooks {
		for c, v := range tr.X[k*n : (k+1)*n] {
			// A confined run may be outside by what the field pushes it there.
			if slack := l.slack(m, box, c); !(v >= box.Lo[c]-slack && v <= box.Hi[c]+slack) {
				l.Left = ivp.Times[k] * f.Time
				return
			}
			if k == longLooks/2 {
				lo[c], hi[c] = v, v
			} else if k > longLooks/2 {
				lo[c], hi[c] = min(lo[c], v), max(hi[c], v)
			}
		}
	}
	l.Rests = true
	for c := range n {
		l.Rests = l.Rests && hi[c]-lo[c] < hardlyMoves*(box.Hi[c]-box.Lo[c])
	}
}

// slack is how far outside the box column c of a run may be.
func (*LongRun) slack(m *model.Model, box *field.Box, c int) float64 {
	if m.Box == nil {
		return 0
	}
	return box.Hi[c] - box.Lo[c]
}

func (l *LongRun) text() string {
	run := fmt.Sprintf("a free run of the model over %d Lyapunov times (%.3g, exponent %.3g)", longTimes, l.Span, l.Exponent)
	switch {
	case l.Confined && l.Rests:
		return fmt.Sprintf("%s left the data after %.3g; outside a box around the data states are now drawn back, and it comes to rest there: its long runs are not those of the data", run, l.Left)
	case l.Confined:
		return fmt.Sprintf("%s left the data after %.3g; outside a box around the data states are now drawn back, inside nothing is changed", run, l.Left)
	case l.Rests:
		return run + " comes to rest: its long runs are not those of the data"
	}
	return run + " stays among the data"
}
