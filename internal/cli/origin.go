package cli

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
)

// origins lists where forecasts begin: the recordings of the model, or those
// of another file.
func (a *app) origins(m *model.Model, f *forecastFlags) ([]origin, error) {
	var all []origin
	if len(f.from) == 0 {
		for i := range m.Records {
			r := &m.Records[i]
			all = append(all, origin{id: r.ID, rec: i, from: r.T0, end: r.End, span: r.End - r.T0, step: r.Step, inputs: &r.U})
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("the model knows no recording; give one with --from")
		}
	} else {
		series, err := a.readOthers(m, f.from)
		if err != nil {
			return nil, err
		}
		for i := range series {
			if err := onClock(m, &series[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", config.Files(f.from), err)
			}
		}
		if series, err = m.States(series); err != nil {
			return nil, fmt.Errorf("%s: %w", config.Files(f.from), err)
		}
		a.withoutLogarithm(m, series)
		for i := range series {
			all = append(all, fromRows(m, &series[i]))
		}
	}
	if f.recording == "" {
		return all, nil
	}
	var known []string
	if len(all) == 1 && all[0].id == "" {
		return nil, fmt.Errorf("--recording %s: there is one recording, which has no name; leave --recording away", f.recording)
	}
	for _, o := range all {
		if o.id == f.recording {
			return []origin{o}, nil
		}
		known = append(known, o.id)
	}
	slices.Sort(known)
	return nil, &registry.UnknownError{Kind: "recording", Name: f.recording, Known: known}
}

// fromRows is where the forecast of a recording begins: at its last row, or, if it has no values, at its
// first, to go as far and as finely as those of the model.
func fromRows(m *model.Model, s *data.Series) origin {
	first, end := s.T[0], s.T[s.Len()-1]
	if empty(s) && len(m.Records) > 0 {
		r := &m.Records[0]
		return origin{id: s.ID, rec: -1, from: first, end: first, span: max(end-first, r.End-r.T0), step: r.Step, series: s, inputs: s}
	}
	return origin{id: s.ID, rec: -1, from: first, end: end, span: end - first, step: s.Step(), series: s, inputs: s}
}

// withoutLogarithm takes values that are not positive out of columns that the model knows by their
// logarithms, and tells which.
func (a *app) withoutLogarithm(m *model.Model, series []data.Series) {
	var first string
	count := 0
	for i := range series {
		s := &series[i]
		for k, v := range s.X {
			name, t := s.Names[k%len(s.Names)], s.T[k/len(s.Names)]
			if c := slices.Index(m.Measured(), name); c < 0 || !m.Parts.Frame.IsLog(c) || math.IsNaN(v) || v > 0 {
				continue
			}
			if count++; count == 1 {
				first = fmt.Sprintf("%q is %g at time %s%s", name, v, when(m, t), words.Recording(s.ID))
			}
			s.X[k] = math.NaN()
		}
	}
	switch count {
	case 0:
	case 1:
		fmt.Fprintf(a.Stderr, "note: %s, which has no logarithm: it is left out\n", first)
	default:
		fmt.Fprintf(a.Stderr, "note: %s, which has no logarithm: this and %s are left out\n", first, words.Several(count-1, "more such value"))
	}
}

// readOthers reads recordings that the model may not know, which the column it knows tells apart
// where their files have it.
func (a *app) readOthers(m *model.Model, files []string) ([]data.Series, error) {
	o := data.ReadOptions{Time: m.Time, States: m.Columns(), Inputs: m.Parts.Frame.Inputs, ID: m.IDName, Timezone: data.ZoneName(m.Epoch)}
	if e, ok := m.Arch.(*field.Equations); ok {
		o = config.Dosing(e, o)
	}
	if m.IDName != "" && !slices.Contains(files, "-") { // which can be read once
		if series, _, err := a.readData(files, o); err == nil {
			return series, nil
		}
	}
	o.ID = ""
	series, _, err := a.readData(files, o)
	if err != nil && len(o.Inputs) > 0 && m.KnownStart && !slices.Contains(files, "-") {
		if series, ok := a.readInputsAlone(m, files, o); ok {
			return series, nil
		}
	}
	return series, err
}

// readInputsAlone reads recordings that have the inputs of a model and no column that it measures, such
// as doses alone.
func (a *app) readInputsAlone(m *model.Model, files []string, o data.ReadOptions) ([]data.Series, bool) {
	o.States, o.Inputs, o.Layout = o.Inputs, nil, data.LayoutPlain
	series, _, err := a.readData(files, o)
	for i := range series {
		s := &series[i]
		s.U, s.Inputs, s.Names, s.Units = s.X, s.Names, m.Columns(), m.Units
		s.X = slices.Repeat([]float64{math.NaN()}, s.Len()*len(s.Names))
	}
	return series, err == nil
}

// future reads the inputs beyond the recording; nil without a file.
func (a *app) future(m *model.Model, file string) (*data.Series, error) {
	names := m.Parts.Frame.Inputs
	if file == "" {
		return nil, nil
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("--inputs %s: the model has no inputs; leave it away", file)
	}
	varied, constant := variedInputs(m)
	if len(varied) == 0 {
		return nil, fmt.Errorf("--inputs %s: the inputs %v are constant in each recording, which keeps its own; leave it away", file, names)
	}
	all, err := a.readPlan(m, file, varied)
	if err != nil {
		return nil, err
	}
	if len(all) > 1 {
		return nil, fmt.Errorf("--inputs %s: it has the inputs of %d recordings; give those of one, and say which with --recording", file, len(all))
	}
	s := all[0]
	if err := onClock(m, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s.X = reorder(&s, names)
	for i, v := range s.X {
		if c := i % len(names); math.IsNaN(v) && !m.Parts.IsDose(c) && (constant == nil || !constant[c]) {
			return nil, fmt.Errorf("%s: input %q is missing at time %g; fill it in", file, names[c], s.T[i/len(names)])
		}
	}
	s.Names = names
	s.U, s.Inputs, s.X, s.Names = reorder(&s, names), names, nil, nil
	return &s, nil
}

// readPlan reads inputs, as states, from a file of their own or from a table of doses.
func (a *app) readPlan(m *model.Model, file string, varied []string) ([]data.Series, error) {
	o := data.ReadOptions{Time: m.Time, States: varied, Timezone: data.ZoneName(m.Epoch)}
	e, ok := m.Arch.(*field.Equations)
	if ok && len(e.Doses)+len(e.Infusions) > 0 && file != "-" {
		layout, doses := "", config.Dosing(e, o)
		doses.States, doses.Inputs, doses.ID = m.Columns(), varied, m.IDName
		doses.Settled = func(o data.ReadOptions) { layout = o.Layout }
		if all, _, err := a.readData(config.Files{file}, doses); err == nil && layout == data.LayoutDosing {
			for i := range all {
				all[i].X, all[i].Names = all[i].U, all[i].Inputs
			}
			return all, nil
		}
	}
	o.Layout = data.LayoutPlain
	all, _, err := a.readData(config.Files{file}, o)
	return all, err
}

// variedInputs are the inputs of a model that no recording keeps beyond its rows, and which ones it
// does; nil: none.
func variedInputs(m *model.Model) (names []string, constant []bool) {
	constant = m.Constant()
	for c, name := range m.Parts.Frame.Inputs {
		if constant == nil || !constant[c] {
			names = append(names, name)
		}
	}
	return names, constant
}

// ownInputs refuses the planned inputs of one recording for forecasts of others.
func ownInputs(origins []origin, future *data.Series) error {
	for _, o := range origins {
		if future != nil && future.ID != "" && o.id != "" && o.id != future.ID {
			return fmt.Errorf("these are the inputs of recording %s; forecast it alone (--recording %s), or leave its name out of the file if they are those of all", future.ID, future.ID)
		}
	}
	return nil
}

// reorder returns the states of s, row-major, in the order of names; NaN of those it does not have.
func reorder(s *data.Series, names []string) []float64 {
	out := make([]float64, 0, s.Len()*len(names))
	for i := range s.T {
		for _, name := range names {
			v := math.NaN()
			if c := slices.Index(s.Names, name); c >= 0 {
				v = s.Row(i)[c]
			}
			out = append(out, v)
		}
	}
	return out
}

// follow integrates from the origin. future continues the inputs of the
// recording, which win where both have values.
func (o *origin) follow(m *model.Model, times []float64, future *data.Series) (*model.Forecast, error) {
	inputs := joined(m, o.inputs, future)
	if o.rec >= 0 {
		return m.Forecast(o.rec, times, inputs)
	}
	if empty(o.series) {
		fc, err := m.ForecastNew(o.from, times, inputs)
		if fc != nil {
			fc.ID = o.id
		}
		return fc, err
	}
	row, err := o.lastSeen(times[0])
	if err != nil {
		return nil, err
	}
	rows := o.series.Slice(0, row+1)
	rows.X, rows.Names = reorder(&rows, m.Measured()), m.Measured()
	fc, err := m.ForecastAfter(&rows, times, inputs)
	if fc != nil {
		fc.ID = o.id
	}
	return fc, err
}

// empty tells that a recording has no value of any column.
func empty(s *data.Series) bool {
	return !slices.ContainsFunc(s.X, func(v float64) bool { return !math.IsNaN(v) })
}

// lastSeen is the last row at or before time t that has a value; by then every
// state must have had one.
func (o *origin) lastSeen(t float64) (int, error) {
	last, seen := -1, make([]bool, len(o.series.Names))
	for i := 0; i < o.series.Len() && o.series.T[i] <= t; i++ {
		for c, v := range o.series.Row(i) {
			if !math.IsNaN(v) {
				last, seen[c] = i, true
			}
		}
	}
	if c := slices.Index(seen, false); c >= 0 {
		return 0, fmt.Errorf("the recording%s has no value of %q at or before time %g to start from", label(o.id), o.series.Names[c], t)
	}
	return last, nil
}

// joined are the inputs of a recording followed by those after its last row.
func joined(m *model.Model, past, future *data.Series) *data.Series {
	n := len(m.Parts.Frame.Inputs)
	if n == 0 {
		return nil
	}
	if past == nil || past.Len() == 0 {
		return future
	}
	out := data.Series{Inputs: m.Parts.Frame.Inputs, T: past.T, U: past.U}
	if len(past.Inputs) == n && !slices.Equal(past.Inputs, out.Inputs) { // another file, other order
		s := data.Series{Names: past.Inputs, T: past.T, X: past.U}
		out.U = reorder(&s, out.Inputs)
	}
	if future == nil {
		return &out
	}
	end := out.T[len(out.T)-1]
	i := sort.Search(future.Len(), func(i int) bool { return future.T[i] > end })
	out.T = append(out.T[:len(out.T):len(out.T)], future.T[i:]...)
	out.U = append(out.U[:len(out.U):len(out.U)], future.U[i*n:]...)
	for c, is := range m.Constant() {
		for at := len(past.U) + c; is && at < len(out.U); at += n {
			out.U[at] = out.U[at-n]
		}
	}
	return &out
}
