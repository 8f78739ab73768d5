package model

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/program"
)

// ForecastAfter goes on from the present state after the rows of a recording, see
// Present, to the given times after the last of them. One row alone is taken as
// it is. The recording is taken as new, even if it is one of the model's. The
// inputs are those of ForecastFrom, known from the first row on.
func (m *Model) ForecastAfter(s *data.Series, times []float64, inputs *data.Series) (*Forecast, error) {
	last := s.Len() - 1
	if last < 0 {
		return nil, fmt.Errorf("there is no row to go on from")
	}
	if last == 0 {
		out, err := m.ForecastFrom(s.Row(last), s.T[last], times, inputs)
		return m.shortPast(out, s), err
	}
	from, err := m.GoOn(s, s.T[last], nil, inputs)
	if err != nil {
		return nil, err
	}
	out, err := from.Forecast(s.ID, notBefore(times, s.T[last]), inputs)
	if err != nil {
		return nil, err
	}
	return m.shortPast(m.predict(out, s.T[last]), s), nil
}

// warmUp is the scaled state of each member at the last row, after it was shown
// the rows before.
func (m *Model) warmUp(s, inputs *data.Series) ([][]float64, error) {
	f := &m.Parts.Frame
	last, d := s.Len()-1, len(f.States)-len(m.Parts.Start)
	shown := &shown{m: m, forced: field.Forced(m.Parts.Field, f.Step/f.Time), s: s}
	if err := shown.smooth(d); err != nil {
		return nil, err
	}
	if len(f.Inputs) > 0 {
		if err := m.checkInputs(s.T[0], s.T[last], inputs); err != nil {
			return nil, err
		}
		shown.inputs = inputs
	}
	starts := make([][]float64, len(m.Theta))
	for j := range starts {
		end, status, err := shown.run(m.Theta[j])
		if err != nil {
			return nil, err
		}
		if status != ode.StatusOK {
			return nil, fmt.Errorf("the model cannot follow the rows: %s", status)
		}
		for i := range d {
			if v := s.Row(last)[i]; !math.IsNaN(v) {
				end[i] = f.Scaled(i, v)
			}
		}
		starts[j] = end
	}
	return starts, nil
}

// shown is a recording that members of a model are shown.
type shown struct {
	m       *Model
	forced  *program.Program
	s       *data.Series
	inputs  *data.Series // nil if the model has none
	splines []*num.Spline
	start   []float64 // scaled
}

func (w *shown) smooth(d int) error {
	f := &w.m.Parts.Frame
	for c := range d {
		t, y := ScaledColumn(w.s, c, f)
		sp, err := num.SmoothSpline(t, y, 0)
		if err != nil {
			return fmt.Errorf("column %q: %w", f.States[c], err)
		}
		sp.Linear = true
		w.splines = append(w.splines, sp)
		w.start = append(w.start, sp.At(t[0]))
	}
	for i, v := range w.m.Parts.Start {
		w.start = append(w.start, (v-f.Shift[d+i])/f.Scale[d+i])
	}
	return nil
}

// run is the state of one member at the last row.
func (w *shown) run(theta []float64) ([]float64, ode.Status, error) {
	f := &w.m.Parts.Frame
	n := len(f.States)
	in := &teacher{known: w.m.Input(w.inputs), inputs: len(f.Inputs), states: n, splines: w.splines}
	ivp := ode.IVP{Field: field.New(w.forced, 1, false), Input: in, X0: program.NewBatch(n, 1),
		Theta: field.Batch{V: theta, Rows: len(theta), Lanes: 1}, T0: []float64{(w.s.T[0] - f.T0) / f.Time},
		Times: []float64{(w.s.T[w.s.Len()-1] - f.T0) / f.Time}}
	copy(ivp.X0.V, w.start)
	tr, err := ode.Solve(&ivp, w.m.Solver)
	if err != nil {
		return nil, 0, err
	}
	return tr.X, tr.Status[0], nil
}

// teacher is the input of a forced field that is drawn all the way to the rows at
// every step: the known inputs, then the smoothed rows (zero for states that are
// not measured), then how far each state is drawn.
type teacher struct {
	known          field.Input // nil if there are none
	inputs, states int
	splines        []*num.Spline
}

// At implements field.Input.
func (in *teacher) At(u field.Batch, t []float64) {
	clear(u.V)
	if in.known != nil {
		in.known.At(field.Batch{V: u.V[:in.inputs*u.Lanes], Rows: in.inputs, Lanes: u.Lanes}, t)
	}
	for l := range u.Lanes {
		for c, s := range in.splines {
			u.Set(in.inputs+c, l, s.At(t[l]))
			u.Set(in.inputs+in.states+c, l, 1)
		}
	}
}

// Breaks implements field.Breaker: those of the known inputs.
func (in *teacher) Breaks(lane int, t0, t1 float64) []float64 {
	if b, ok := in.known.(field.Breaker); ok {
		return b.Breaks(lane, t0, t1)
	}
	return nil
}
