package cli

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/data"
	follow "github.com/entrain-dev/entrain/filter"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// filterFlags say what is followed and how.
type filterFlags struct {
	from, state, kind string
	id, fitted        string // column that tells recordings apart: as said, as in the fit
	process, noise    float64
	horizon, every    int
}

func (a *app) filterCommand() *cobra.Command {
	var f filterFlags
	usual := follow.Usual()
	c := &cobra.Command{
		Use: "filter RUN|MODEL", Short: "Follow a stream of rows: the present state after each of them",
		Long: `Read rows as text with a head, one after another, and print a line for each: the time, all
states of the model, hidden ones too, the deviation of each (name_sd), the log-likelihood
so far, and an alarm where the rows are not what the model expects.

--from names a file; without it, or as -, rows come from standard input. Rows that cannot
be read, or have more or fewer fields than the head, are skipped, counted and told; empty
values are missing. Names of columns are
those of the recording that was learnt from; columns it did not have are passed over.
Where a column tells recordings apart (the one of the fit, id, run, batch or recording;
--id names another), each is followed by itself, and its name is printed too.

--kind is extended (the default: tangents are exact), unscented or horizon (the last
--horizon rows are gone through again with every row). --noise is the deviation of
measured values, in that of the column, where the model knows none; --process how far
states wander by themselves, in their deviations, in a unit of the model's own time.
A filter that diverges begins again at the rows, and says so.

With --state FILE the filter goes on where it ended, and writes down where it is every
--every rows and at the end, also when it is interrupted. Rows it had taken in before are
passed over, so a file that grows may be given again; a last line without a newline, which
may be half written, is left for the next time.`,
		Example: "  entrain filter runs/plant --from today.csv > states.csv\n  tail -f plant.csv | entrain filter runs/plant --state plant.state",
		Args:    arguments(1, 1, "one run folder or model file"),
		RunE:    func(_ *cobra.Command, args []string) error { return a.filter(args[0], &f) },
	}
	c.Flags().StringVar(&f.from, "from", "-", "file with the rows; - is standard input")
	c.Flags().StringVar(&f.id, "id", "", "column that tells recordings apart")
	c.Flags().StringVar(&f.state, "state", "", "file that holds where the filter is")
	c.Flags().StringVar(&f.kind, "kind", usual.Kind, "extended, unscented or horizon")
	realVar(c.Flags(), &f.process, "process", usual.Process, 0, follow.Farthest, "wandering of the states, in their deviations")
	realVar(c.Flags(), &f.noise, "noise", usual.Noise, 1/follow.Farthest, follow.Farthest, "deviation of measured values where none is known")
	wholeVar(c.Flags(), &f.horizon, "horizon", "", usual.Horizon, 1, mostHorizon, "rows of the horizon")
	wholeVar(c.Flags(), &f.every, "every", "", 100, 1, math.MaxInt32, "rows between two writings of the state")
	return c
}

// mostHorizon is how many rows are gone through again with every row.
const mostHorizon = 10_000

func (f *filterFlags) check() error {
	if !slices.Contains(follow.Kinds, f.kind) {
		return fmt.Errorf("--kind %s: it is extended, unscented or horizon", budget.Cut(f.kind))
	}
	return nil
}

func (a *app) filter(path string, f *filterFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	m, err := a.readModel(path)
	if err != nil {
		return err
	}
	a.doubt(path)
	if err := noTrajectory(m, path, "has no states to follow"); err != nil {
		return err
	}
	if f.id == "" {
		f.fitted = a.recordingColumn(path)
	}
	s, err := newStream(a, m, f)
	if err != nil {
		return err
	}
	in, _, err := a.open(f.from, 1<<62)
	if err != nil {
		return err
	}
	defer in.Close()
	a.saving(s.rescue)
	if err := s.run(bufio.NewReaderSize(in, 1<<16)); err != nil {
		return err
	}
	return s.end()
}

// columnsOf are where a stream has what a model needs.
type columnsOf struct {
	separator      string
	count          int   // of fields in the head
	time, id       int   // −1: nothing tells recordings apart
	states, inputs []int // −1: the stream has no such column

	last map[string]time.Time // of each recording, where clocks are put forward and back
}

// head finds the columns of a model in the first line.
func head(line string, m *model.Model, f *filterFlags) (*columnsOf, error) {
	c := &columnsOf{separator: ",", last: map[string]time.Time{}}
	for _, sep := range []string{";", "\t"} {
		if strings.Count(line, sep) > strings.Count(line, c.separator) {
			c.separator = sep
		}
	}
	var names []string
	fields := c.split(strings.TrimPrefix(line, "\ufeff"))
	for len(fields) > 1 && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	c.count = len(fields)
	for _, n := range fields {
		n = strings.Trim(strings.TrimSpace(n), `"`)
		if cut := strings.IndexAny(n, "[("); cut > 0 {
			n = strings.TrimSpace(n[:cut])
		}
		names = append(names, n)
	}
	if c.time = slices.Index(names, m.Time); c.time < 0 {
		return nil, fmt.Errorf("the stream has no column %q, the time of the model (columns: %s)", m.Time, budget.List(names))
	}
	var err error
	if c.id, err = f.recordings(names, m); err != nil {
		return nil, err
	}
	any := false
	for _, n := range m.Measured() {
		at := slices.Index(names, n)
		if !slices.Contains(m.Columns(), n) { // what another column was before is not read
			at = -1
		}
		c.states = append(c.states, at)
		any = any || at >= 0
	}
	if !any {
		return nil, fmt.Errorf("the stream has none of the columns %v of the model (columns: %s)", m.Columns(), budget.List(names))
	}
	for _, n := range m.Parts.Frame.Inputs {
		at := slices.Index(names, n)
		if at < 0 {
			return nil, fmt.Errorf("the stream has no column %q, an input of the model (columns: %s)", n, budget.List(names))
		}
		c.inputs = append(c.inputs, at)
	}
	return c, nil
}

// recordings is the column of names that tells recordings apart; −1 if there is none.
func (f *filterFlags) recordings(names []string, m *model.Model) (int, error) {
	if f.id != "" {
		c := slices.Index(names, f.id)
		if c < 0 {
			return 0, fmt.Errorf("the stream has no column %q (columns: %s)", f.id, budget.List(names))
		}
		return c, nil
	}
	if c := slices.Index(names, f.fitted); c >= 0 && f.fitted != "" {
		return c, nil
	}
	used := slices.Concat(m.Measured(), m.Parts.Frame.Inputs, []string{m.Time})
	return slices.IndexFunc(names, func(n string) bool { return data.NamesRecordings(n) && !slices.Contains(used, n) }), nil
}

// split cuts a line at separators outside quotation marks.
func (c *columnsOf) split(line string) []string {
	var fields []string
	from, quoted := 0, false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == c.separator[0] && !quoted:
			fields, from = append(fields, line[from:i]), i+1
		}
	}
	return append(fields, line[from:])
}

// cut is split of a row, which has as many fields as the head; empty ones behind them are
// left out.
func (c *columnsOf) cut(line string) ([]string, error) {
	fields := c.split(line)
	for len(fields) > c.count && strings.TrimSpace(fields[len(fields)-1]) == "" {
		fields = fields[:len(fields)-1]
	}
	if len(fields) != c.count {
		return nil, fmt.Errorf("it has %s, the head has %d", words.Several(len(fields), "field"), c.count)
	}
	return fields, nil
}

// row reads a line: its recording, time, measured values (NaN: missing) and inputs.
func (c *columnsOf) row(line string, m *model.Model) (id string, t float64, y, u []float64, err error) {
	fields, err := c.cut(line)
	if err != nil {
		return "", 0, nil, nil, err
	}
	if c.id >= 0 {
		id = strings.Trim(strings.TrimSpace(fields[c.id]), `"`)
	}
	t, y, u, err = c.values(id, fields, m)
	return id, t, y, u, err
}

// values are those of the fields of a line of a recording.
func (c *columnsOf) values(id string, fields []string, m *model.Model) (t float64, y, u []float64, err error) {
	number := func(at int) (float64, error) {
		if at < 0 {
			return math.NaN(), nil
		}
		text := strings.Trim(strings.TrimSpace(fields[at]), `"`)
		switch strings.ToLower(text) {
		case "", "na", "nan", "null", "-":
			return math.NaN(), nil
		}
		if c.separator != "," {
			text = strings.Replace(text, ",", ".", 1)
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsInf(v, 0) {
			return 0, fmt.Errorf("%s is no number", budget.Quote(text))
		}
		return v, nil
	}
	if t, err = c.when(id, fields, m, number); err != nil {
		return 0, nil, nil, err
	}
	for _, at := range c.states {
		v, err := number(at)
		if err != nil {
			return 0, nil, nil, err
		}
		y = append(y, v)
	}
	for i, at := range c.inputs {
		v, err := number(at)
		if err == nil && math.IsNaN(v) && !m.Parts.IsDose(i) {
			err = fmt.Errorf("the input %q has no value", m.Parts.Frame.Inputs[i])
		}
		if err != nil {
			return 0, nil, nil, err
		}
		u = append(u, v)
	}
	return t, y, u, nil
}

// when is the time of a line, a number or, where the model's rows are dated, a date; of an hour that
// comes twice the first that follows the line before of the recording.
func (c *columnsOf) when(id string, fields []string, m *model.Model, number func(at int) (float64, error)) (float64, error) {
	if !m.Epoch.IsZero() {
		text := strings.Trim(strings.TrimSpace(fields[c.time]), `"`)
		if all := data.Instants(text, m.Epoch.Location()); len(all) > 0 {
			at := all[0]
			if !at.After(c.last[id]) {
				at = all[len(all)-1]
			}
			if data.ZoneName(m.Epoch) != "" {
				c.last[id] = at
			}
			return data.SecondsSince(at, m.Epoch) / seconds[m.TUnit], nil
		}
	}
	t, err := number(c.time)
	if err == nil && math.IsNaN(t) {
		err = fmt.Errorf("it has no time")
	}
	return t, err
}

// longestLine is how many bytes of a line are looked at.
const longestLine = 1 << 20

// eachLine calls each with every line, and whether it ends in a newline, which the last
// one may lack; one that is too long is cut, and no more of it is kept.
func eachLine(r *bufio.Reader, each func(line string, ended bool) error) error {
	for {
		var line []byte
		part, err := r.ReadSlice('\n')
		for ; err == bufio.ErrBufferFull; part, err = r.ReadSlice('\n') {
			line = append(line, part[:min(len(part), longestLine-len(line))]...)
		}
		line = append(line, part[:min(len(part), longestLine-len(line))]...)
		if text := strings.TrimRight(string(line), "\r\n"); strings.TrimSpace(text) != "" {
			if err := each(text, err == nil); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("the stream cannot be read: %w", reason(err))
		}
	}
}

// recordingColumn is the column that told recordings apart when a run was fitted; "" if none did, or
// nobody knows.
func (a *app) recordingColumn(dir string) string {
	if !exists(filepath.Join(dir, study.ConfigFile)) {
		return ""
	}
	c, err := folders{a}.config(dir)
	if err != nil {
		return ""
	}
	return c.ID
}
