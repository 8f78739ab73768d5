package model

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model/noise"
	"github.com/entrain-dev/entrain/ode"
)

// Model is a trained model: all that is needed to simulate,
// forecast and show it. States and times inside are scaled (see field.Frame).
type Model struct {
	ArchName string
	Arch     field.Architecture
	Parts    *field.Parts // built from Arch and its frame
	Units    []string     // of the measured states
	Time     string       // name of the time column
	TUnit    string
	Epoch    time.Time // instant of time 0 if the file had timestamps
	Dates    string    // how they were written, see data.Series
	// Embedding says that the measured states are one column and what it was before; nil: they are
	// columns.
	Embedding *data.Embedding
	// Components says that the measured states are principal components of columns; nil: they are
	// columns.
	Components *data.Components
	Hold       string
	Loss       string // measure of the distance from rows that it was fitted by; "": the squared one
	Solver     ode.Options
	Theta      [][]float64 // parameters, one row a member; member 0 is the one whose orbit is shown
	Records    []Record
	// Noise is the standard deviation of the noise of each measured state, user
	// units: no more than the rows leave to it; nil: not known.
	Noise []float64
	// NoiseModels say how rows lie around what is predicted of each measured state; nil, or an
	// entry that is: normal, of the deviation in Noise.
	NoiseModels []*noise.Column
	// ProcessNoise is the intensity of white noise that drives the states, states ×
	// states, scaled, a unit of scaled time; nil: nothing drives them. Trajectories
	// leave it out; the present state is estimated with it.
	ProcessNoise []float64
	// Population is what recordings have in common of the parameters that each has for itself.
	Population []Common
	// KnownStart says that recordings begin where Records do, but for those parameters.
	KnownStart bool
	IDName     string // of the column that told recordings apart; "" if none did
	From       Provenance
	Box        *field.Box // outside which its field draws states back; nil: it does not. Confine sets it
	Band       *Band      // what is known of the errors of its forecasts; nil: nothing
}

// Record is what the model knows of one recording it was trained on.
type Record struct {
	ID      string      `json:"id"`
	T0, End float64     // first and last time of all its rows, user units
	Step    float64     // median distance of rows, user units
	Rows    int         `json:"rows"`
	Start   [][]float64 `json:"start"` // state at T0 of each member, scaled
	U       data.Series `json:"-"`     // measured inputs, if any
	// Anchors are later states on the way, ascending, of a recording fitted in
	// segments: the trajectory starts anew at each.
	Anchors []Anchor `json:"-"`
	// Present is the state at End of each member, scaled, as the last rows have
	// it: forecasts of later times begin there. nil: they go on along the
	// trajectory.
	Present [][]float64 `json:"-"`
}

// Anchor is the fitted state of each member at a time in user units, scaled.
type Anchor struct {
	T     float64
	State [][]float64
}

// Provenance says where a model comes from.
type Provenance struct {
	Data    string `json:"data"` // file name
	Hash    string `json:"hash"` // SHA-256 of the file
	Method  string `json:"method"`
	Seed    uint64 `json:"seed"`
	Version string `json:"version"`
	Kernel  string `json:"kernel"`
	Command string `json:"command"`
}

// Forecast is a trajectory with bands, row-major like Series.X. Lo and Hi (the
// band of the fit) say where the trajectory may lie, as far as the members of an
// ensemble know, NaN where they do not; they are nil for a single model. PLo and
// PHi (the predictive band) say where measured values may lie; nil if the model
// has no Band.
type Forecast struct {
	data.Series
	Lo, Hi   []float64
	PLo, PHi []float64
	Failed   string // why it stops early ("" if it does not); later rows are cut
	Note     string // what solver=auto found ("" if nothing)
	Evals    int
}

// Forecast follows recording rec to the given ascending times (user units; none
// before the start): up to its last row along the fitted trajectory, from there
// on from its estimated present state. inputs holds the known inputs over the
// whole span, nil if the model has none.
func (m *Model) Forecast(rec int, times []float64, inputs *data.Series) (*Forecast, error) {
	if rec < 0 || rec >= len(m.Records) {
		return nil, fmt.Errorf("there is no recording %d in the model; it has %d", rec+1, len(m.Records))
	}
	r := &m.Records[rec]
	var out *Forecast
	if !slices.ContainsFunc(times, func(t float64) bool { return !num.Finite(t) }) {
		times = notBefore(times, r.T0)
	}
	starts := append([]Anchor{{T: r.T0, State: r.Start}}, r.Anchors...)
	if r.Present != nil {
		starts = append(starts, Anchor{T: r.End, State: r.Present})
	}
	for i, a := range starts {
		n := len(times)
		if i+1 < len(starts) {
			n = sort.SearchFloat64s(times, starts[i+1].T)
			if r.Present != nil && i+2 == len(starts) && n < len(times) && times[n] == r.End {
				n++ // the last row itself is still fitted
			}
		}
		part, err := m.Integrate(r.ID, a.T, a.State, times[:n], inputs)
		if err != nil {
			return nil, err
		}
		if out == nil {
			out = part
		} else {
			out.append(part)
		}
		times = times[n:]
	}
	return m.predict(out, r.End), nil
}

// append adds a later part of the trajectory; nothing follows a failure.
func (f *Forecast) append(g *Forecast) {
	f.Evals += g.Evals
	if f.Failed != "" {
		return
	}
	f.Failed = g.Failed
	f.T, f.X = append(f.T, g.T...), append(f.X, g.X...)
	f.Lo, f.Hi = append(f.Lo, g.Lo...), append(f.Hi, g.Hi...)
}

// ForecastFrom integrates from the state x0 (user units, measured states, or
// all of them) at time t0.
func (m *Model) ForecastFrom(x0 []float64, t0 float64, times []float64, inputs *data.Series) (*Forecast, error) {
	f := &m.Parts.Frame
	n := len(f.States)
	x0, err := m.wholeStart(x0)
	if err != nil {
		return nil, err
	}
	z := make([]float64, n)
	for i := range z {
		z[i] = f.Scaled(i, x0[i])
		if math.IsNaN(z[i]) || math.IsInf(z[i], 0) {
			return nil, fmt.Errorf("the start of %s is not a finite number", f.States[i])
		}
	}
	starts := make([][]float64, len(m.Theta))
	for i := range starts {
		starts[i] = z
	}
	out, err := m.Integrate("", t0, starts, times, inputs)
	if err != nil {
		return nil, err
	}
	return m.predict(out, t0), nil
}

// wholeStart gives every component of the state its start: x0 has those of all states, or of the
// measured ones, where hidden ones begin as they do by themselves. Columns that only show states
// need none.
func (m *Model) wholeStart(x0 []float64) ([]float64, error) {
	f := &m.Parts.Frame
	n, hidden := len(f.States), len(m.Parts.Start)
	var moving []int
	var names []string
	for i, name := range f.States {
		if m.Parts.Observed == nil || !m.Parts.Observed[i] {
			moving, names = append(moving, i), append(names, name)
		}
	}
	switch k := len(moving); len(x0) {
	case k:
	case k - hidden:
		x0 = slices.Concat(x0, m.Parts.Start)
	case n:
		return x0, nil
	default:
		return nil, fmt.Errorf("the model has %s (%s), the start has %d", words.Several(k, "state"), strings.Join(names, ", "), len(x0))
	}
	out := make([]float64, len(f.States))
	for i := range out {
		out[i] = f.User(i, 0)
	}
	for k, i := range moving {
		out[i] = x0[k]
	}
	return out, nil
}

// Measured are the names of the states that were recorded; hidden ones follow
// them.
func (m *Model) Measured() []string {
	f := &m.Parts.Frame
	return f.States[:len(f.States)-len(m.Parts.Start)]
}

// Columns are the names of the columns from which the measured states are told.
func (m *Model) Columns() []string {
	if m.Components != nil {
		return m.Components.Columns
	}
	if m.Embedding != nil {
		return m.Measured()[:1]
	}
	return m.Measured()
}

// States makes measured states of recordings of its columns, whose times are on its clock.
func (m *Model) States(columns []data.Series) ([]data.Series, error) {
	switch {
	case m.Components != nil:
		return m.Components.Of(columns)
	case m.Embedding == nil:
		return columns, nil
	}
	return m.Embedding.Embed(columns)
}

// Shown is a forecast of measured states as one of the columns from which these are told. Of
// components there are no bands then.
func (m *Model) Shown(f *Forecast) *Forecast {
	if m.Components == nil {
		return f.First(len(m.Columns()))
	}
	out := *f
	out.Names, out.Units, out.X = m.Columns(), nil, m.Components.Show(f.X)
	out.Lo, out.Hi, out.PLo, out.PHi = nil, nil, nil, nil
	return &out
}

// Text says what the model is: the equations it learnt where they can be
// written down, else its structure in words.
func (m *Model) Text() string {
	if e, ok := m.Arch.(field.Explainer); ok {
		// Large parameters may make coefficients that no number holds.
		if text := e.Explain(m.Parts, m.Theta[0]); !strings.Contains(text, "+Inf") && !strings.Contains(text, "NaN") {
			return text
		}
	}
	return m.Parts.Text
}

// Of is the model with some of its members, in the given order.
func (m *Model) Of(members ...int) *Model {
	pick := func(all [][]float64) [][]float64 {
		if all == nil {
			return nil
		}
		var out [][]float64
		for _, j := range members {
			out = append(out, all[j])
		}
		return out
	}
	some := *m
	some.Theta, some.Records = pick(m.Theta), nil
	for _, r := range m.Records {
		r.Start, r.Present = pick(r.Start), pick(r.Present)
		var anchors []Anchor
		for _, a := range r.Anchors {
			anchors = append(anchors, Anchor{T: a.T, State: pick(a.State)})
		}
		r.Anchors = anchors
		some.Records = append(some.Records, r)
	}
	return &some
}

// First is the model with its first member only, which has no present state.
func (m *Model) First() *Model {
	one := m.Of(0)
	for i := range one.Records {
		one.Records[i].Present = nil
	}
	return one
}
