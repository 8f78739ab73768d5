package filter

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/model/noise"
)

// Kinds of filters that a Follower may use.
var Kinds = []string{"extended", "unscented", "horizon"}

// Following says how a Follower follows.
type Following struct {
	Kind    string  // one of Kinds
	Process float64 // how far states wander by themselves, in their deviations, in a unit of scaled time
	Noise   float64 // deviation of measured values, in that of the column, where the model knows none
	Horizon int     // rows that kind horizon goes through again with every row
}

// Usual is how rows are followed where nobody says otherwise.
func Usual() Following {
	return Following{Kind: "extended", Process: 0.05, Noise: 0.05, Horizon: 10}
}

// Memory is what a Follower has to know to go on from where it was.
type Memory struct {
	State   *State    `json:"state"`
	Input   []float64 `json:"input,omitempty"` // of the last row
	Skipped int       `json:"skipped"`         // rows, counted by whoever skips them
	Same    int       `json:"rows_at_t"`       // rows taken in at the time of the state
	Again   int       `json:"again"`           // times it began again
	// Recent are the last innovations, in deviations, the latest last.
	Recent []float64 `json:"recent"`
	// Odd counts, column by column, how often in a row its value has been out of question.
	Odd []int `json:"odd,omitempty"`
	// Quiet says that an alarm was given and is not over.
	Quiet bool `json:"alarm"`
}

const (
	recentRows = 50   // innovations that an alarm looks at
	startWidth = 1.5  // deviation of a state of which nothing is known, scaled
	knownWidth = 1e-3 // of one that is known
	refined    = 3    // times that kind horizon goes through its rows
	outOf      = 8    // deviations from what is expected beyond which a value is out of question
	persists   = 3    // such values in a row that are no mistake: the filter has lost its way
	fewRecent  = 5    // innovations by which an alarm may be given
)

// RepeatedError says that a row has been taken in already.
type RepeatedError struct{ T float64 }

// Error tells when.
func (e *RepeatedError) Error() string { return "it has the time and the values of the row before" }

// LeftOut is a value that was out of question and is taken for missing.
type LeftOut struct {
	Name       string
	Value      float64 // user units
	Deviations float64 // from what was expected
	Why        string  // why the noise of the column cannot have led to it; "" if it can
}

// String says so.
func (l LeftOut) String() string {
	if l.Why != "" {
		return fmt.Sprintf("%s is %g, and %s: it is left out", l.Name, l.Value, l.Why)
	}
	return fmt.Sprintf("%s is %g, %.3g deviations from what is expected: it is left out", l.Name, l.Value, l.Deviations)
}

// Farthest is how many deviations from the rows it learnt from anything may be.
const Farthest = 1e6

// FarError says that a row is too far away from what the model has seen to be one.
type FarError struct {
	Name  string
	Value float64
}

// Error tells which value it is.
func (e *FarError) Error() string {
	return fmt.Sprintf("%s is %g, more than a million deviations from what the model has seen", e.Name, e.Value)
}

// Follower follows rows in user units with a filter of a model, one after another. One that diverges
// begins again at the rows.
type Follower struct {
	Model *model.Model
	How   Following
	Memory

	system  System
	noise   Noise
	logs    []int // states that are followed by their logarithms
	filter  *Filter
	horizon *Horizon
	inputs  data.Series // the last rows
	last    []float64   // values and inputs of the last row
	// Left are the values of the last row that were left out.
	Left []LeftOut
}

// NewFollower is one that begins at its first row.
func NewFollower(m *model.Model, how Following) (*Follower, error) {
	s := &Follower{Model: m, How: how, inputs: data.Series{Inputs: m.Parts.Frame.Inputs}}
	var err error
	var in *data.Series
	if len(m.Parts.Frame.Inputs) > 0 {
		in = &s.inputs
	}
	if s.system, err = Of(m, in); err != nil {
		return nil, err
	}
	frame := &m.Parts.Frame
	n := len(frame.States)
	s.noise.Q = make([]float64, n*n)
	for i := range n {
		s.noise.Q[i*n+i] = how.Process * how.Process / frame.Time
	}
	for c := range n - len(m.Parts.Start) {
		r := how.Noise
		if m.Noise != nil && m.Noise[c] > 0 {
			r = max(m.Noise[c]/frame.Scale[c], 1e-4)
		}
		s.noise.R = append(s.noise.R, r*r)
	}
	s.likelihoods()
	s.constants()
	return s, nil
}

// likelihoods takes over the noise of columns that is not normal with one variance.
func (s *Follower) likelihoods() {
	f := &s.Model.Parts.Frame
	for c, n := range s.Model.NoiseModels {
		at := n.Scores()
		s.noise.Like = append(s.noise.Like, nil)
		if at == nil {
			continue
		}
		shift, scale := f.Shift[c], f.Scale[c]
		var score noise.Score
		s.noise.Like[c] = func(y, mu float64) (cost, slope, info float64) {
			at(&score, shift+scale*y, shift+scale*mu)
			return score.Value - math.Log(scale), scale * score.Slope[0], scale * scale * score.Info[0]
		}
	}
}

// constants are the parameters of recordings: nothing moves them, and positive ones are followed by
// their logarithms.
func (s *Follower) constants() {
	f := &s.Model.Parts.Frame
	n := len(f.States)
	for _, c := range s.Model.Population {
		s.noise.Q[c.State*n+c.State] = 0
		if c.Log {
			s.logs = append(s.logs, c.State)
		}
	}
	if s.logs != nil {
		s.system = &inLogs{System: s.system, frame: f, states: s.logs}
	}
}

// Resume goes on from a memory, unless it is not one of a filter of this model.
func (s *Follower) Resume(from Memory) error {
	if err := from.check(len(s.Model.Parts.Frame.States), len(s.Model.Parts.Frame.Inputs)); err != nil {
		return err
	}
	s.Memory = from
	s.inputs.T, s.inputs.U = []float64{from.State.T}, slices.Clone(from.Input)
	return s.begin(from.State)
}

// check refuses what no filter of a model with so many states and inputs has written.
func (m *Memory) check(states, inputs int) error {
	switch {
	case m.State == nil:
		return errors.New("it has no state")
	case len(m.Input) != inputs || !num.AllFinite(m.Input):
		return fmt.Errorf("it needs %d inputs", inputs)
	case len(m.Recent) > recentRows || !num.AllFinite(m.Recent):
		return errors.New("the last innovations are no numbers")
	case len(m.Odd) > states:
		return errors.New("it counts more columns than there are")
	case m.Skipped < 0 || m.Again < 0 || m.Same < 0 || slices.ContainsFunc(m.Odd, func(n int) bool { return n < 0 }):
		return errors.New("a count is below 0")
	}
	for _, v := range m.State.X {
		if math.Abs(v) > Farthest {
			return fmt.Errorf("a state is %g, more than a million deviations from what the model has seen", v)
		}
	}
	if err := m.State.Check(states); err != nil {
		return err
	}
	for i := range states {
		if v := m.State.P[i*states+i]; v > Farthest*Farthest {
			return fmt.Errorf("a variance is %g, that of a state of which nothing can be known", v)
		}
	}
	return nil
}

// begin makes a filter at a state.
func (s *Follower) begin(at *State) error {
	var err error
	if s.filter, err = New(s.system, s.noise, at); err != nil {
		return err
	}
	s.State = s.filter.State
	s.filter.Unscented, s.horizon = s.How.Kind == "unscented", nil
	if s.How.Kind == "horizon" {
		s.horizon = &Horizon{Filter: s.filter, Length: s.How.Horizon, Again: refined}
	}
	return nil
}

// unknown is a state of which no more is known than of states in general and of recordings in
// common; first tells that a recording begins there.
func (s *Follower) unknown(t float64, first bool) *State {
	f := &s.Model.Parts.Frame
	n := len(f.States)
	at := &State{T: t, X: make([]float64, n), P: make([]float64, n*n)}
	for i := range n {
		at.P[i*n+i] = startWidth * startWidth
	}
	records := s.Model.Records
	if known := first && s.Model.KnownStart; len(records) > 0 && (known || s.Model.Parts.Observe != nil) {
		copy(at.X, records[0].Start[0])
		for i := 0; known && i < n; i++ {
			at.P[i*n+i] = knownWidth * knownWidth
		}
	}
	population, units := s.Model.Population, make([]float64, n)
	for _, c := range population {
		i, unit := c.State, f.Scale[c.State]
		at.X[i] = (c.Value - f.Shift[i]) / unit
		if c.Log {
			at.X[i], unit = math.Log(c.Value), 1
		}
		units[i] = unit
	}
	for i := range population {
		for j := range population {
			one, other := &population[i], &population[j]
			if v := one.Covariance(other) / (units[one.State] * units[other.State]); v != 0 {
				at.P[one.State*n+other.State] = v
			}
		}
	}
	if s.Model.Parts.Observe == nil {
		return at
	}
	// Columns that only show states are seen from there.
	if seen, err := Seen(s.system, at); err == nil {
		at = seen
	}
	return at
}

// Row takes in the values of measured columns (NaN: missing) and of inputs at a time that is not before
// the last one. Again tells that the filter diverged, or was contradicted by several rows, and began
// again here. The error is a *FarError or a *RepeatedError if the row was not taken in.
func (s *Follower) Row(t float64, y, u []float64) (again bool, err error) {
	f := &s.Model.Parts.Frame
	z := make([]float64, len(y))
	for i, v := range y {
		if z[i] = f.Scaled(i, v); math.Abs(z[i]) > Farthest {
			return false, &FarError{f.States[i], v}
		}
	}
	s.Left = s.Left[:0]
	if row := slices.Concat(y, u); s.filter != nil && t == s.filter.T && alike(row, s.last) {
		s.Same++
		return false, &RepeatedError{t}
	} else {
		s.last = row
	}
	s.remember(t, u)
	if s.filter == nil || t != s.filter.T {
		s.Same = 0
	}
	s.Same++
	if s.filter == nil {
		if err := s.begin(s.unknown(t, true)); err != nil {
			return false, err
		}
	}
	row := s.filter.Row
	if s.horizon != nil {
		row = s.horizon.Row
	}
	lost := s.question(t, y, z)
	if lost {
		err = errLost
	} else {
		err = row(t, z)
	}
	if err != nil || !s.sound() {
		again, err = true, s.again(t, z)
		if err != nil {
			return again, err
		}
	}
	s.State = s.filter.State
	return again, nil
}

var errLost = errors.New("the rows contradict the filter")

// alike tells rows that are the same; a missing value is like another.
func alike(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(v, w float64) bool { return v == w || math.IsNaN(v) && math.IsNaN(w) })
}

// question takes values of z that are out of question out of it. Lost tells that a column has had
// several in a row: then they stay, for a filter that begins again.
func (s *Follower) question(t float64, y, z []float64) (lost bool) {
	if len(s.Odd) != len(z) {
		s.Odd = make([]int, len(z))
	}
	at := s.filter
	if s.horizon != nil { // which goes back before it goes on
		c := *s.filter
		c.State, c.cross = s.filter.State.Clone(), slices.Clone(c.cross)
		at = &c
	}
	if err := at.Predict(t); err != nil {
		return false // the row itself will tell
	}
	seen := at.State
	if s.Model.Parts.Observe != nil {
		var err error
		if seen, err = Seen(s.system, at.State); err != nil {
			return false
		}
	}
	n := len(seen.X)
	f := &s.Model.Parts.Frame
	for c, v := range z {
		off, why := s.off(c, v, y[c], seen.X[c], seen.P[c*n+c])
		switch {
		case math.IsNaN(v):
			if !math.IsNaN(y[c]) && f.IsLog(c) {
				s.Left = append(s.Left, LeftOut{Name: f.States[c], Value: y[c], Why: "that has no logarithm"})
			}
		case why != "":
			s.Left, z[c] = append(s.Left, LeftOut{Name: f.States[c], Value: y[c], Why: why}), math.NaN()
		case !(off > outOf):
			s.Odd[c] = 0
		default:
			s.Odd[c]++
			lost = lost || s.Odd[c] >= persists
			s.Left = append(s.Left, LeftOut{Name: f.States[c], Value: y[c], Deviations: off})
		}
	}
	for c := range z {
		switch {
		case lost:
			s.Odd[c] = 0
		case s.Odd[c] > 0:
			z[c] = math.NaN()
		}
	}
	if lost {
		s.Left = s.Left[:0]
	}
	return lost
}

// off is how far the value v of column c, y in user units, is from the expected one x of variance p, in
// deviations; why it cannot be one.
func (s *Follower) off(c int, v, y, x, p float64) (off float64, why string) {
	if s.noise.Like == nil || s.noise.Like[c] == nil || math.IsNaN(v) {
		return math.Abs(v-x) / math.Sqrt(p+s.noise.R[c]), ""
	}
	n := s.Model.NoiseModels[c]
	if kind, err := noise.Kinds.Lookup(n.Kind); err == nil && !(n.Limit != nil && y <= *n.Limit) {
		if why = kind.Check(y); why != "" {
			return 0, why
		}
	}
	_, slope, info := s.noise.Like[c](v, x)
	return math.Abs(slope/info) / math.Sqrt(p+1/info), ""
}

// remember keeps the inputs that the filter still needs.
func (s *Follower) remember(t float64, u []float64) {
	if k := len(s.inputs.T); k > 0 && s.inputs.T[k-1] == t {
		s.inputs.T, s.inputs.U = s.inputs.T[:k-1], s.inputs.U[:(k-1)*len(u)]
	}
	if k := len(s.inputs.T); k > 1 && s.How.Kind != "horizon" {
		s.inputs.T, s.inputs.U = s.inputs.T[k-1:], s.inputs.U[(k-1)*len(u):]
	} else if more := k - s.How.Horizon - 2; more > 0 {
		s.inputs.T, s.inputs.U = s.inputs.T[more:], s.inputs.U[more*len(u):]
	}
	s.inputs.T, s.inputs.U = append(s.inputs.T, t), append(s.inputs.U, u...)
	s.Input = slices.Clone(u)
	for i, v := range u { // no dose
		if math.IsNaN(v) {
			s.Input[i] = 0
		}
	}
}

// again begins anew where the filter diverged, with what it has counted so far.
func (s *Follower) again(t float64, z []float64) error {
	was := s.filter.State
	if err := s.begin(s.unknown(t, false)); err != nil {
		return err
	}
	f := s.filter
	f.Rows, f.LogLikelihood, f.Surprise, f.Values = was.Rows, was.LogLikelihood, was.Surprise, was.Values
	if !num.Finite(f.LogLikelihood) || !num.Finite(f.Surprise) {
		f.LogLikelihood, f.Surprise, f.Values = 0, 0, 0
	}
	s.Again++
	return f.Update(z)
}

// sound tells that the state and its errors are numbers.
func (s *Follower) sound() bool {
	for _, v := range s.filter.X {
		if !num.Finite(v) || math.Abs(v) > Farthest {
			return false
		}
	}
	n := len(s.filter.X)
	for i, v := range s.filter.P {
		if !num.Finite(v) || i%(n+1) == 0 && v > Farthest*Farthest {
			return false
		}
	}
	return true
}

// Estimate is the present state in user units and the deviation of each.
func (s *Follower) Estimate() (x, sd []float64) {
	f := &s.Model.Parts.Frame
	n := len(f.States)
	for i, v := range s.State.X {
		x, sd = append(x, f.User(i, v)), append(sd, f.Unit(i, v)*math.Sqrt(max(0, s.State.P[i*n+i])))
	}
	for _, i := range s.logs {
		x[i] = math.Exp(s.State.X[i])
		sd[i] = x[i] * math.Sqrt(max(0, s.State.P[i*n+i]))
	}
	return x, sd
}

// Alarm says what is wrong with the last innovations, which should be independent and of unit deviation:
// larger, drift, or "". It is to be asked once after every row; first tells that the alarm begins.
func (s *Follower) Alarm() (what string, first bool) {
	for _, e := range s.filter.Innovation {
		if !math.IsNaN(e) {
			s.Recent = append(s.Recent, e)
		}
	}
	for _, l := range s.Left { // one alone may be a mistake
		if s.Odd[slices.Index(s.Model.Parts.Frame.States, l.Name)] > 1 {
			s.Recent = append(s.Recent, min(l.Deviations, 2*outOf))
		}
	}
	if more := len(s.Recent) - recentRows; more > 0 {
		s.Recent = s.Recent[more:]
	}
	if n := float64(len(s.Recent)); n >= fewRecent {
		sum, next := 0.0, 0.0
		for i, e := range s.Recent {
			sum += e * e
			if d := len(s.filter.Innovation); i >= d {
				next += e * s.Recent[i-d]
			}
		}
		sure := 5.0
		if n < recentRows { // fewer say less, and are asked more often
			sure = 7
		}
		switch {
		case sum/n > 1+sure*math.Sqrt(2/n):
			what = "larger"
		case n == recentRows && next > 5*math.Sqrt(n)*sum/n:
			what = "drift"
		}
	}
	first = what != "" && !s.Quiet
	s.Quiet = what != ""
	return what, first
}

// AlarmWords say what an alarm means.
var AlarmWords = map[string]string{"larger": "the rows are farther from what the model expects than it takes for noise",
	"drift": "the rows leave what the model expects to one side"}
