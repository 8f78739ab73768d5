package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"sync"

	"github.com/entrain-dev/entrain/data"
	follow "github.com/entrain-dev/entrain/filter"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// stream follows rows with a filter.
type stream struct {
	*app
	m       *model.Model
	flags   *filterFlags
	system  follow.System
	noise   follow.Noise
	f       *follow.Filter
	horizon *follow.Horizon
	columns *columnsOf
	inputs  data.Series // the last two rows
	memo    memo
	line    int
	told    int
	from    *follow.State // of an earlier run, until a row behind it comes
	before  int           // rows that the earlier run had taken in
	mu      sync.Mutex    // of what save writes
}

// memo is what a checkpoint keeps.
type memo struct {
	State   *follow.State `json:"state"`
	Input   []float64     `json:"input,omitempty"` // of the last row
	Skipped int           `json:"skipped"`
	Same    int           `json:"rows_at_t"` // rows taken in at the time of the state
	Again   int           `json:"again"`     // times it began again
	// Recent are the last innovations, in deviations, the latest last.
	Recent []float64 `json:"recent"`
	// Quiet says that an alarm was given and is not over.
	Quiet bool `json:"alarm"`
}

const (
	recentRows = 50  // innovations that an alarm looks at
	mostTold   = 10  // skipped rows that are told one by one
	startWidth = 1.5 // deviation of a state of which nothing is known, scaled
)

func newStream(a *app, m *model.Model, f *filterFlags) (*stream, error) {
	s := &stream{app: a, m: m, flags: f, inputs: data.Series{Inputs: m.Parts.Frame.Inputs}}
	var err error
	var in *data.Series
	if len(m.Parts.Frame.Inputs) > 0 {
		in = &s.inputs
	}
	if s.system, err = follow.Of(m, in); err != nil {
		return nil, err
	}
	frame := &m.Parts.Frame
	n := len(frame.States)
	s.noise.Q = make([]float64, n*n)
	for i := range n {
		s.noise.Q[i*n+i] = f.process * f.process / frame.Time
	}
	for c := range n - len(m.Parts.Start) {
		r := f.noise
		if m.Noise != nil && m.Noise[c] > 0 {
			r = max(m.Noise[c]/frame.Scale[c], 1e-4)
		}
		s.noise.R = append(s.noise.R, r*r)
	}
	return s, s.load()
}

// load takes over a checkpoint, if there is one.
func (s *stream) load() error {
	if s.flags.state == "" {
		return nil
	}
	if err := study.CheckFile(s.flags.state); err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	if !exists(s.flags.state) {
		return nil
	}
	f, _, err := s.open(s.flags.state, budget.ModelBytes)
	if err != nil {
		return err
	}
	defer f.Close()
	d := json.NewDecoder(f)
	if err = d.Decode(&s.memo); err == nil && d.More() {
		err = errors.New("something stands behind it")
	}
	if err == nil {
		err = s.memo.check(len(s.m.Parts.Frame.States), len(s.m.Parts.Frame.Inputs))
	}
	if err != nil {
		return fmt.Errorf("%s does not hold the state of a filter of this model (%w); name another file, or remove it to begin anew", s.flags.state, err)
	}
	s.from = s.memo.State
	s.inputs.T, s.inputs.U = []float64{s.memo.State.T}, s.memo.Input
	return s.begin(s.memo.State)
}

// check refuses what no filter of a model with so many states and inputs has written.
func (m *memo) check(states, inputs int) error {
	switch {
	case m.State == nil:
		return errors.New("it has no state")
	case len(m.Input) != inputs || !num.AllFinite(m.Input):
		return fmt.Errorf("it needs %s", words.Several(inputs, "input"))
	case len(m.Recent) > recentRows || !num.AllFinite(m.Recent):
		return errors.New("the last innovations are no numbers")
	case m.Skipped < 0 || m.Again < 0 || m.Same < 0:
		return errors.New("a count is below 0")
	}
	for _, v := range m.State.X {
		if math.Abs(v) > farthest {
			return fmt.Errorf("a state is %g, more than a million deviations from what the model has seen", v)
		}
	}
	if err := m.State.Check(states); err != nil {
		return err
	}
	for i := range states {
		if v := m.State.P[i*states+i]; v > farthest*farthest {
			return fmt.Errorf("a variance is %g, that of a state of which nothing can be known", v)
		}
	}
	return nil
}

// begin makes a filter at a state.
func (s *stream) begin(at *follow.State) error {
	var err error
	if s.f, err = follow.New(s.system, s.noise, at); err != nil {
		return err
	}
	s.f.Unscented, s.horizon = s.flags.kind == "unscented", nil
	if s.flags.kind == "horizon" {
		s.horizon = &follow.Horizon{Filter: s.f, Length: s.flags.horizon, Again: 3}
	}
	return nil
}

// unknown is a state of which no more is known than of states in general.
func (s *stream) unknown(t float64) *follow.State {
	f := &s.m.Parts.Frame
	n := len(f.States)
	at := &follow.State{T: t, X: make([]float64, n), P: make([]float64, n*n)}
	for i := range n {
		at.P[i*n+i] = startWidth * startWidth
	}
	if s.m.Parts.Observe == nil {
		return at
	}
	// Hidden states begin where the first recording of the model does, and are seen from there.
	if r := s.m.Records; len(r) > 0 {
		copy(at.X, r[0].Start[0])
	}
	if seen, err := follow.Seen(s.system, at); err == nil {
		at = seen
	}
	return at
}

// run follows all rows of a reader.
func (s *stream) run(r *bufio.Reader) error {
	return eachLine(r, func(line string, ended bool) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.line++
		if !ended && s.flags.state != "" { // half a number is a number too, and would be remembered
			fmt.Fprintf(s.Stderr, "note: line %d, the last one, has no newline at its end and may be half written; it is left for the next time\n", s.line)
			return nil
		}
		if s.columns == nil {
			var err error
			if s.columns, err = head(line, s.m); err == nil {
				s.printHead()
			}
			return err
		}
		t, y, u, err := s.columns.row(line, s.m)
		if err == nil && s.known(t) {
			return nil
		}
		if err == nil && s.f != nil && t < s.f.T {
			err = fmt.Errorf("its time %g is before %g, the last one", t, s.f.T)
		}
		if err != nil {
			s.skip(err)
			return nil
		}
		if err := s.take(t, y, u); err != nil {
			return err
		}
		if s.flags.state != "" && s.f != nil && s.f.Rows%s.flags.every == 0 {
			return s.save()
		}
		return nil
	})
}

// known tells that the run that left the state had taken in a row of time t: rows up to its
// time are, of those at its time as many as it had.
func (s *stream) known(t float64) bool {
	switch {
	case s.from == nil:
		return false
	case t < s.from.T:
	case t == s.from.T && s.memo.Same > 0:
		s.memo.Same--
	default:
		s.from, s.memo.Same = nil, 0
		if s.before > 0 {
			fmt.Fprintf(s.Stderr, "note: %s had been taken in before and are passed over\n", words.Several(s.before, "row"))
		}
		return false
	}
	s.before++
	return true
}

func (s *stream) skip(err error) {
	s.memo.Skipped++
	if s.told++; s.told <= mostTold {
		fmt.Fprintf(s.Stderr, "note: line %d is skipped: %v\n", s.line, err)
	}
}

// take takes in a row. A filter that leaves all bounds begins again there.
func (s *stream) take(t float64, y, u []float64) error {
	f := &s.m.Parts.Frame
	z := make([]float64, len(y))
	for i, v := range y {
		if z[i] = (v - f.Shift[i]) / f.Scale[i]; math.Abs(z[i]) > farthest {
			s.skip(fmt.Errorf("%s is %g, more than a million deviations from what the model has seen", f.States[i], v))
			return nil
		}
	}
	s.remember(t, u)
	if s.f == nil || t != s.f.T {
		s.memo.Same = 0
	}
	s.memo.Same++
	if s.f == nil {
		if err := s.begin(s.unknown(t)); err != nil {
			return err
		}
	}
	row := s.f.Row
	if s.horizon != nil {
		row = s.horizon.Row
	}
	if err := row(t, z); err != nil || !s.sound() {
		if err := s.again(t, z); err != nil {
			return err
		}
	}
	s.print(s.alarm())
	return nil
}

// remember keeps the inputs that the filter still needs.
func (s *stream) remember(t float64, u []float64) {
	if k := len(s.inputs.T); k > 0 && s.inputs.T[k-1] == t {
		s.inputs.T, s.inputs.U = s.inputs.T[:k-1], s.inputs.U[:(k-1)*len(u)]
	}
	if k := len(s.inputs.T); k > 1 && s.flags.kind != "horizon" {
		s.inputs.T, s.inputs.U = s.inputs.T[k-1:], s.inputs.U[(k-1)*len(u):]
	} else if more := k - s.flags.horizon - 2; more > 0 {
		s.inputs.T, s.inputs.U = s.inputs.T[more:], s.inputs.U[more*len(u):]
	}
	s.inputs.T, s.inputs.U = append(s.inputs.T, t), append(s.inputs.U, u...)
	s.memo.Input = u
}

// again begins anew where the filter diverged, with what it has counted so far.
func (s *stream) again(t float64, z []float64) error {
	was := s.f.State
	if err := s.begin(s.unknown(t)); err != nil {
		return err
	}
	s.f.Rows, s.f.LogLikelihood, s.f.Surprise, s.f.Values = was.Rows, was.LogLikelihood, was.Surprise, was.Values
	if !num.Finite(s.f.LogLikelihood) || !num.Finite(s.f.Surprise) {
		s.f.LogLikelihood, s.f.Surprise, s.f.Values = 0, 0, 0
	}
	s.memo.Again++
	fmt.Fprintf(s.Stderr, "warning: line %d: the filter diverged and begins again here\n", s.line)
	return s.f.Update(z)
}

// farthest is how many deviations from the rows it learnt from anything may be.
const farthest = 1e6

// sound tells that the state and its errors are numbers.
func (s *stream) sound() bool {
	for _, v := range s.f.X {
		if !num.Finite(v) || math.Abs(v) > farthest {
			return false
		}
	}
	n := len(s.f.X)
	for i, v := range s.f.P {
		if !num.Finite(v) || i%(n+1) == 0 && v > farthest*farthest {
			return false
		}
	}
	return true
}

// alarm says what is wrong with the last innovations, "" if they are as they should be:
// independent, of unit deviation.
func (s *stream) alarm() string {
	for _, e := range s.f.Innovation {
		if !math.IsNaN(e) {
			s.memo.Recent = append(s.memo.Recent, e)
		}
	}
	if more := len(s.memo.Recent) - recentRows; more > 0 {
		s.memo.Recent = s.memo.Recent[more:]
	}
	what := ""
	if n := float64(len(s.memo.Recent)); n == recentRows {
		sum, next := 0.0, 0.0
		for i, e := range s.memo.Recent {
			sum += e * e
			if d := len(s.f.Innovation); i >= d {
				next += e * s.memo.Recent[i-d]
			}
		}
		switch {
		case sum/n > 1+5*math.Sqrt(2/n):
			what = "larger"
		case next > 5*math.Sqrt(n)*sum/n:
			what = "drift"
		}
	}
	if what != "" && !s.memo.Quiet {
		words := map[string]string{"larger": "the rows are farther from what the model expects than it takes for noise",
			"drift": "the rows leave what the model expects to one side"}
		fmt.Fprintf(s.Stderr, "alarm: line %d: %s\n", s.line, words[what])
	}
	s.memo.Quiet = what != ""
	return what
}

func (s *stream) printHead() {
	out := []string{s.m.Time}
	for _, n := range s.m.Parts.Frame.States {
		out = append(out, n, n+"_sd")
	}
	fmt.Fprintln(s.Stdout, strings.Join(append(out, "log_likelihood", "alarm"), ","))
}

func (s *stream) print(alarm string) {
	f := &s.m.Parts.Frame
	n := len(f.States)
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	out := []string{number(s.f.T)}
	for i, v := range s.f.X {
		out = append(out, number(f.Shift[i]+f.Scale[i]*v), number(f.Scale[i]*math.Sqrt(max(0, s.f.P[i*n+i]))))
	}
	fmt.Fprintln(s.Stdout, strings.Join(append(out, number(s.f.LogLikelihood), alarm), ","))
}

// save writes the checkpoint, which is there whole or not at all.
func (s *stream) save() error {
	s.memo.State = s.f.State
	return failed(study.WritePage(s.flags.state, func(w io.Writer) error { return json.NewEncoder(w).Encode(&s.memo) }))
}

// rescue saves the state of a stream that is left behind.
func (s *stream) rescue() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flags.state == "" || s.f == nil || s.save() != nil {
		return ""
	}
	return "the state is saved in " + s.flags.state
}

// end tells what there was and keeps it.
func (s *stream) end() error {
	if s.columns == nil {
		return fmt.Errorf("the stream is empty; its first line has the names of the columns")
	}
	if s.told > mostTold {
		fmt.Fprintf(s.Stderr, "note: %d more lines were skipped\n", s.told-mostTold)
	}
	if s.f == nil {
		return fmt.Errorf("no row of the stream could be read")
	}
	if s.from != nil { // of rows at the time of the state some may still come
		fmt.Fprintf(s.Stderr, "note: all %s had been taken in before; the state stays as it is\n", words.Several(s.before, "row"))
		return nil
	}
	if s.flags.state == "" {
		return nil
	}
	return s.save()
}
