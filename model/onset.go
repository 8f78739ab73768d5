package model

import (
	"fmt"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/ode"
)

// Onset is where trajectories begin that go on behind the rows of a recording: at its last row, in
// the present state; with states of earlier times at the first row of the window that tells the
// present, so that the trajectory through the window is the past of what follows.
type Onset struct {
	m      *Model
	t      float64     // user units
	states [][]float64 // of each member, scaled
	past   ode.Past    // nil: what the model says
}

// GoOn finds where to begin in order to go on from time t, see Presents.
func (m *Model) GoOn(history *data.Series, t float64, rec *Record, inputs *data.Series) (*Onset, error) {
	if m.Parts.Delays == nil {
		states, _, err := m.Presents(history, t, rec, inputs)
		return &Onset{m: m, t: t, states: states}, err
	}
	rows, err := upTo(history, t)
	if err != nil {
		return nil, err
	}
	all, err := m.estimates(rows, t, rec, inputs)
	if err != nil {
		return nil, err
	}
	o := &Onset{m: m, t: all[0].begin.T}
	for _, e := range all {
		if e.begin.T != o.t { // this member follows its own fit
			e = all[0]
		}
		o.states = append(o.states, e.begin.State[0])
	}
	if all[0].rows != fittedWindow {
		o.past = m.before(rows, rows.Len()-max(1, all[0].rows))
	}
	return o, nil
}

// Forecast follows every member to times, see Integrate.
func (o *Onset) Forecast(id string, times []float64, inputs *data.Series) (*Forecast, error) {
	return o.m.integrate(id, o.t, o.states, o.past, times, inputs)
}

// Hidden are the hidden states of the first member on the way to times, times × hidden states in
// user units; NaN where the trajectory does not get to. Their names stand behind those of
// Measured in the frame.
func (o *Onset) Hidden(times []float64, inputs *data.Series) ([]float64, error) {
	if err := o.m.checkTimes(o.t, times, inputs); err != nil || len(times) == 0 {
		return nil, err
	}
	tr, _, err := o.m.follow(o.t, o.states, o.past, times, inputs)
	if err != nil {
		return nil, err
	}
	f, first := &o.m.Parts.Frame, len(o.m.Measured())
	lanes := len(tr.X) / (len(times) * len(f.States))
	var out []float64
	for k := range times {
		for i := first; i < len(f.States); i++ {
			out = append(out, f.User(i, tr.X[(k*len(f.States)+i)*lanes]))
		}
	}
	return out, nil
}

// shortPast notes at a forecast from rows that its equations look back beyond them.
func (m *Model) shortPast(f *Forecast, rows *data.Series) *Forecast {
	if f == nil || m.Parts.Delays == nil {
		return f
	}
	longest, span := slices.Max(m.Parts.Delays.Values(m.Theta[0]))*m.Parts.Frame.Time, rows.T[rows.Len()-1]-rows.T[0]
	if longest > span {
		f.Note = fmt.Sprintf("the equations look back by %.4g and the rows by %.4g: before them counts what history: says, or the first state; give more rows", longest, span)
	}
	return f
}

// trail is a past that rows tell: straight lines between the values of each measured column, in
// scaled units. It knows nothing before the first of them.
type trail struct {
	t, x [][]float64 // of each column
}

// before are the rows before number from, and that one; nil if there are none, or if equations look
// back at what is not measured.
func (m *Model) before(rows *data.Series, from int) ode.Past {
	if from <= 0 || !m.looksAtColumns() {
		return nil
	}
	part := rows.Slice(0, from+1)
	out := &trail{}
	for c := range rows.Names {
		t, x := ScaledColumn(&part, c, &m.Parts.Frame)
		n := 0
		for i, v := range x {
			if v == v {
				t[n], x[n] = t[i], v
				n++
			}
		}
		if n == 0 {
			return nil
		}
		out.t, out.x = append(out.t, t[:n]), append(out.x, x[:n])
	}
	return out
}

// looksAtColumns tells that all states of earlier times are measured.
func (m *Model) looksAtColumns() bool {
	for _, state := range m.Parts.Delays.Of {
		if state >= len(m.Parts.Frame.States)-len(m.Parts.Start) {
			return false
		}
	}
	return true
}

// At implements ode.Past.
func (p *trail) At(x, slope []float64, t float64) bool {
	for c, ts := range p.t {
		if t < ts[0] {
			return false
		}
		if i := sort.SearchFloat64s(ts, t); i > 0 && i < len(ts) {
			slope[c] = (p.x[c][i] - p.x[c][i-1]) / (ts[i] - ts[i-1])
			x[c] = p.x[c][i-1] + slope[c]*(t-ts[i-1])
		} else {
			slope[c], x[c] = 0, p.x[c][min(i, len(ts)-1)]
		}
	}
	return true
}
