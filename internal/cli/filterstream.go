package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	follow "github.com/entrain-dev/entrain/filter"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// stream follows rows with a filter.
type stream struct {
	*app
	f       *follow.Follower
	flags   *filterFlags
	columns *columnsOf
	line    int
	odd     int // values left out
	told    int
	from    *follow.State // of an earlier run, until a row behind it comes
	before  int           // rows that the earlier run had taken in
	mu      sync.Mutex    // of what save writes
}

// mostTold is how many skipped rows are told one by one.
const mostTold = 10

func newStream(a *app, m *model.Model, f *filterFlags) (*stream, error) {
	s := &stream{app: a, flags: f}
	var err error
	if s.f, err = follow.NewFollower(m, follow.Following{Kind: f.kind, Process: f.process, Noise: f.noise, Horizon: f.horizon}); err != nil {
		return nil, err
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
	var memory follow.Memory
	if err = d.Decode(&memory); err == nil && d.More() {
		err = errors.New("something stands behind it")
	}
	if err == nil {
		err = s.f.Resume(memory)
	}
	if err != nil {
		return fmt.Errorf("%s does not hold the state of a filter of this model (%w); name another file, or remove it to begin anew", s.flags.state, err)
	}
	s.from = memory.State
	return nil
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
			if s.columns, err = head(line, s.f.Model); err == nil {
				s.printHead()
			}
			return err
		}
		t, y, u, err := s.columns.row(line, s.f.Model)
		if err == nil && s.known(t) {
			return nil
		}
		if at := s.f.State; err == nil && at != nil && t < at.T {
			err = fmt.Errorf("its time %g is before %g, the last one", t, at.T)
		}
		if err != nil {
			s.skip(err)
			return nil
		}
		if err := s.take(t, y, u); err != nil {
			return err
		}
		if s.flags.state != "" && s.f.State != nil && s.f.State.Rows%s.flags.every == 0 {
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
	case t == s.from.T && s.f.Same > 0:
		s.f.Same--
	default:
		s.from, s.f.Same = nil, 0
		if s.before > 0 {
			fmt.Fprintf(s.Stderr, "note: %s had been taken in before and are passed over\n", words.Several(s.before, "row"))
		}
		return false
	}
	s.before++
	return true
}

func (s *stream) skip(err error) {
	s.f.Skipped++
	if s.told++; s.told <= mostTold {
		fmt.Fprintf(s.Stderr, "note: line %d is skipped: %v\n", s.line, err)
	}
}

// take takes in a row and prints a line.
func (s *stream) take(t float64, y, u []float64) error {
	again, err := s.f.Row(t, y, u)
	var far *follow.FarError
	var twice *follow.RepeatedError
	if errors.As(err, &far) || errors.As(err, &twice) {
		s.skip(err)
		return nil
	}
	for _, l := range s.f.Left {
		if s.odd++; s.odd <= mostTold {
			fmt.Fprintf(s.Stderr, "note: line %d: %v\n", s.line, l)
		}
	}
	if again {
		fmt.Fprintf(s.Stderr, "warning: line %d: the filter has lost the rows and begins again here\n", s.line)
	}
	if err != nil {
		return err
	}
	alarm, first := s.f.Alarm()
	if first {
		fmt.Fprintf(s.Stderr, "alarm: line %d: %s\n", s.line, follow.AlarmWords[alarm])
	}
	s.print(alarm)
	return nil
}

func (s *stream) printHead() {
	out := []string{s.f.Model.Time}
	for _, n := range s.f.Model.Parts.Frame.States {
		out = append(out, n, n+"_sd")
	}
	fmt.Fprintln(s.Stdout, strings.Join(append(out, "log_likelihood", "alarm"), ","))
}

func (s *stream) print(alarm string) {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	out := []string{number(s.f.State.T)}
	x, sd := s.f.Estimate()
	for i := range x {
		out = append(out, number(x[i]), number(sd[i]))
	}
	fmt.Fprintln(s.Stdout, strings.Join(append(out, number(s.f.State.LogLikelihood), alarm), ","))
}

// save writes the checkpoint, which is there whole or not at all.
func (s *stream) save() error {
	return failed(study.WritePage(s.flags.state, func(w io.Writer) error { return json.NewEncoder(w).Encode(&s.f.Memory) }))
}

// rescue saves the state of a stream that is left behind.
func (s *stream) rescue() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flags.state == "" || s.f.State == nil || s.save() != nil {
		return ""
	}
	return "the state is saved in " + s.flags.state
}

// end tells what there was and keeps it.
func (s *stream) end() error {
	if s.columns == nil {
		return fmt.Errorf("the stream is empty; its first line has the names of the columns")
	}
	if s.odd > mostTold {
		fmt.Fprintf(s.Stderr, "note: %s more were left out\n", words.Several(s.odd-mostTold, "value"))
	}
	if s.told > mostTold {
		fmt.Fprintf(s.Stderr, "note: %d more lines were skipped\n", s.told-mostTold)
	}
	if s.f.State == nil {
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
