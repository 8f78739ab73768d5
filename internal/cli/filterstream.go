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

	"github.com/entrain-dev/entrain/data"
	follow "github.com/entrain-dev/entrain/filter"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// stream follows rows with filters, one a recording.
type stream struct {
	*app
	model   *model.Model
	flags   *filterFlags
	all     map[string]*track // of each recording, "" where nothing tells them apart
	columns *columnsOf
	line    int
	odd     int // values left out
	told    int
	skipped int        // lines of which nobody knows the recording
	rows    int        // taken in
	mu      sync.Mutex // of what save writes
}

// track is a recording of a stream.
type track struct {
	f      *follow.Follower
	from   *follow.State // of an earlier run, until a row behind it comes
	before int           // rows that the earlier run had taken in
	same   int           // of them, those at the time of its state
}

// remembered is what a stream writes down: the memory of its filter, or of one a recording.
type remembered struct {
	*follow.Memory
	Recordings map[string]*follow.Memory `json:"recordings,omitempty"`
	Lost       int                       `json:"skipped_lines,omitempty"` // lines of which nobody knew the recording
}

// mostTold is how many skipped rows are told one by one.
const mostTold = 10

func newStream(a *app, m *model.Model, f *filterFlags) (*stream, error) {
	s := &stream{app: a, model: m, flags: f, all: map[string]*track{}}
	if _, err := s.newFollower(); err != nil { // what cannot be followed is said before anything is read
		return nil, err
	}
	return s, s.load()
}

func (s *stream) newFollower() (*follow.Follower, error) {
	f := s.flags
	return follow.NewFollower(s.model, follow.Following{Kind: f.kind, Process: f.process, Noise: f.noise, Horizon: f.horizon})
}

// recording is the filter of a recording.
func (s *stream) recording(id string) (*track, error) {
	if one, ok := s.all[id]; ok {
		return one, nil
	}
	if len(s.all) >= budget.Recordings {
		return nil, fmt.Errorf("the stream has more than %d recordings", budget.Recordings)
	}
	f, err := s.newFollower()
	if err != nil {
		return nil, err
	}
	s.all[id] = &track{f: f}
	return s.all[id], nil
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
	var memory remembered
	if err = d.Decode(&memory); err == nil && d.More() {
		err = errors.New("something stands behind it")
	}
	if err == nil {
		err = s.resume(&memory)
	}
	if err != nil {
		return fmt.Errorf("%s does not hold the state of a filter of this model (%w); name another file, or remove it to begin anew", s.flags.state, err)
	}
	return nil
}

// resume goes on from what was written down.
func (s *stream) resume(m *remembered) error {
	s.skipped = m.Lost
	all := m.Recordings
	if all == nil {
		if m.Memory == nil {
			m.Memory = &follow.Memory{}
		}
		all = map[string]*follow.Memory{"": m.Memory}
	}
	for id, memory := range all {
		one, err := s.recording(id)
		if err != nil {
			return err
		}
		if memory == nil {
			memory = &follow.Memory{}
		}
		if err := one.f.Resume(*memory); err != nil {
			return err
		}
		one.from, one.same = memory.State, memory.Same
	}
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
			if s.columns, err = head(line, s.model, s.flags); err == nil {
				s.printHead()
			}
			return err
		}
		return s.follow(line)
	})
}

// follow takes in a line of values.
func (s *stream) follow(line string) error {
	id, t, y, u, err := s.columns.row(line, s.model)
	if err != nil {
		s.skip(nil, err)
		return nil
	}
	one, err := s.recording(id)
	if err != nil {
		return err
	}
	if s.known(one, t) {
		return nil
	}
	if at := one.f.State; at != nil && t < at.T {
		s.skip(one, fmt.Errorf("its time %s is before %s, the last one%s", when(s.model, t), when(s.model, at.T), words.Recording(id)))
		return nil
	}
	if err := s.take(id, one, t, y, u); err != nil {
		return err
	}
	if s.flags.state != "" && s.rows > 0 && s.rows%s.flags.every == 0 {
		return s.save()
	}
	return nil
}

// known tells that the run that left the state had taken in a row of time t: rows up to its
// time are, of those at its time as many as it had.
func (s *stream) known(one *track, t float64) bool {
	switch {
	case one.from == nil:
		return false
	case t < one.from.T:
	case t == one.from.T && one.f.Same > 0:
		one.f.Same--
	default:
		one.from, one.f.Same = nil, 0
		if one.before > 0 {
			fmt.Fprintf(s.Stderr, "note: %s had been taken in before and are passed over\n", words.Several(one.before, "row"))
		}
		return false
	}
	one.before++
	return true
}

// skip counts a line that is not taken in, as one of a recording if that is known.
func (s *stream) skip(one *track, err error) {
	switch {
	case one == nil && s.columns.id < 0: // there is one filter
		if first, err := s.recording(""); err == nil {
			first.f.Skipped++
		}
	case one == nil:
		s.skipped++
	default:
		one.f.Skipped++
	}
	if s.told++; s.told <= mostTold {
		fmt.Fprintf(s.Stderr, "note: line %d is skipped: %v\n", s.line, err)
	}
}

// take takes in a row and prints a line.
func (s *stream) take(id string, one *track, t float64, y, u []float64) error {
	again, err := one.f.Row(t, y, u)
	var far *follow.FarError
	var twice *follow.RepeatedError
	if errors.As(err, &far) || errors.As(err, &twice) {
		s.skip(one, err)
		return nil
	}
	s.rows++
	for _, l := range one.f.Left {
		if s.odd++; s.odd <= mostTold {
			fmt.Fprintf(s.Stderr, "note: line %d: %v\n", s.line, l)
		}
	}
	if again {
		fmt.Fprintf(s.Stderr, "warning: line %d: the filter has lost the rows%s and begins again here\n", s.line, words.Recording(id))
	}
	if err != nil {
		return err
	}
	alarm, first := one.f.Alarm()
	if first {
		fmt.Fprintf(s.Stderr, "alarm: line %d: %s%s\n", s.line, follow.AlarmWords[alarm], words.Recording(id))
	}
	s.print(id, one.f, alarm)
	return nil
}

// shown are the states that are printed: not what a measured column was before.
func (s *stream) shown() []string {
	if s.model.Embedding != nil {
		return s.model.Columns()
	}
	return s.model.Parts.Frame.States
}

func (s *stream) printHead() {
	out := []string{s.model.Time}
	for _, n := range s.shown() {
		out = append(out, n, n+"_sd")
	}
	out = append(out, "log_likelihood", "alarm")
	if s.columns.id >= 0 {
		out = append(out, "id")
	}
	fmt.Fprintln(s.Stdout, strings.Join(out, ","))
}

func (s *stream) print(id string, f *follow.Follower, alarm string) {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	out := []string{number(f.State.T)}
	if m := s.model; !m.Epoch.IsZero() {
		out[0] = data.Dated(data.Stamp(m.Epoch, f.State.T, m.TUnit), m.Dates)
	}
	x, sd := f.Estimate()
	for i := range s.shown() {
		out = append(out, number(x[i]), number(sd[i]))
	}
	out = append(out, number(f.State.LogLikelihood), alarm)
	if s.columns.id >= 0 {
		if strings.ContainsAny(id, ",\"") {
			id = `"` + strings.ReplaceAll(id, `"`, `""`) + `"`
		}
		out = append(out, id)
	}
	fmt.Fprintln(s.Stdout, strings.Join(out, ","))
}

// save writes the checkpoint, which is there whole or not at all.
func (s *stream) save() error {
	at := remembered{Lost: s.skipped}
	for id, one := range s.all {
		switch {
		case one.f.State == nil:
		case id == "" && len(s.all) == 1:
			at.Memory = &one.f.Memory
		default:
			if at.Recordings == nil {
				at.Recordings = map[string]*follow.Memory{}
			}
			at.Recordings[id] = &one.f.Memory
		}
	}
	return failed(study.WritePage(s.flags.state, func(w io.Writer) error { return json.NewEncoder(w).Encode(&at) }))
}

// rescue saves the state of a stream that is left behind.
func (s *stream) rescue() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flags.state == "" || !s.begun() || s.save() != nil {
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
	if !s.begun() {
		return fmt.Errorf("no row of the stream could be read")
	}
	waiting, before := 0, 0
	for _, one := range s.all {
		if one.from != nil { // of rows at the time of the state some may still come
			waiting, before = waiting+1, before+one.before
		}
	}
	if waiting == len(s.all) {
		fmt.Fprintf(s.Stderr, "note: all %s had been taken in before; the state stays as it is\n", words.Several(before, "row"))
		return nil
	}
	if s.flags.state == "" {
		return nil
	}
	for _, one := range s.all {
		if one.from != nil { // as many rows of its time as there were
			one.f.Same = one.same
		}
	}
	return s.save()
}

// begun tells that a row has been taken in.
func (s *stream) begun() bool {
	for _, one := range s.all {
		if one.f.State != nil {
			return true
		}
	}
	return false
}
