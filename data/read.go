package data

import (
	"io"
	"math"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// Words for ReadOptions.
const (
	DayFirst      = "day-first"
	MonthFirst    = "month-first"
	DecimalComma  = "comma"
	DecimalPoint  = "point"
	DecimalEither = "either"
)

// ReadOptions say what the columns of a file are for, and what its text
// leaves open. The zero value guesses.
type ReadOptions struct {
	File string // name for messages

	// Time names the time column. Guess: t, time, timestamp, seconds, year, date and the
	// like, else the first column that strictly increases.
	Time string
	// ID names the column that tells recordings apart. Guess: id, run, batch
	// or recording, else the file holds one recording.
	ID string
	// States, Inputs and Ignore name the observed, the known and the unused
	// columns. Without States, every column left over is a state. The
	// order is always that of the file.
	States, Inputs, Ignore []string
	// Label names the column that calls each recording something: it has one value within a
	// recording, and need not be a number. No state has to be left then.
	Label string
	// Step is the distance of the rows of a file without a time, in each recording from 0 on.
	Step float64
	// Dates is DayFirst or MonthFirst; "": what all rows together say.
	Dates string
	// Timezone names the zone (tz database) whose clocks show times that are written without an
	// offset, and in which instants are written back; "": UTC. Days without a clock stay days.
	Timezone string
	// Decimal is DecimalComma (points stand between thousands), DecimalPoint (commas do) or
	// DecimalEither (both are decimal marks); "": what the rows say.
	Decimal string
	// Missing are numbers and words that stand for a missing value, beside the usual ones.
	Missing []string
	// Duplicates says what becomes of rows at the same time: mean, first, shift or error; "": an error.
	Duplicates string
	// Sort puts the rows of each recording in the order of time. Rows of which all come
	// latest first are put in order without it.
	Sort bool

	// Layout is LayoutDosing or LayoutPlain; "": what the names of columns say.
	Layout string
	// Compartments are the names of states by their numbers in a table of doses, from 1 on, Observed
	// what is seen of them, and Uses all names that the equations know; nil: they are not known.
	Compartments, Observed, Uses []string

	// Embed makes states of the only column; nil: the columns are the states.
	Embed *Embedding

	Limits Limits            // of what is taken in
	Note   func(text string) // is told what was assumed of the text; may be nil
	// Settled is given the options that leave nothing of it to be guessed; may be nil.
	Settled func(o ReadOptions)
	// Taken, in what Settled is given, is what each column of a table of doses was taken for, and
	// Dosings are the columns of amounts and rates that it has become.
	Taken   [][2]string
	Dosings []Dosing
}

func (o *ReadOptions) comma() mark {
	switch o.Decimal {
	case DecimalComma, DecimalEither:
		return decimal
	case DecimalPoint:
		return thousands
	}
	return noComma
}

func (o *ReadOptions) check() error {
	for _, c := range []struct {
		key, value string
		known      []string
	}{
		{"dates", o.Dates, []string{DayFirst, MonthFirst}}, {"decimal", o.Decimal, []string{DecimalComma, DecimalPoint, DecimalEither}},
		{"duplicates", o.Duplicates, duplicateRules}, {"layout", o.Layout, []string{LayoutDosing, LayoutPlain}},
	} {
		if c.value != "" && !slices.Contains(c.known, c.value) {
			return at(o.File, 0, "", "%s=%s: choose one of %s", c.key, budget.Cut(c.value), strings.Join(c.known, ", "))
		}
	}
	if err := o.named(); err != nil {
		return err
	}
	if _, err := Zone(o.Timezone); err != nil {
		return err
	}
	if o.Step < 0 || math.IsNaN(o.Step) || math.IsInf(o.Step, 0) {
		return at(o.File, 0, "", "row_step=%g: the distance of rows is above 0", o.Step)
	}
	return nil
}

// named refuses columns that are named twice for one thing.
func (o *ReadOptions) named() error {
	for _, list := range []struct {
		key   string
		names []string
	}{{"states", o.States}, {"inputs", o.Inputs}, {"ignore", o.Ignore}, {"missing", o.Missing}, {"compartments", o.Compartments}} {
		for i, name := range list.names {
			if slices.Contains(list.names[:i], name) {
				return at(o.File, 0, "", "%s= names %s twice; leave one of them out", list.key, budget.Quote(name))
			}
		}
	}
	return nil
}

// Read returns the recordings of a CSV or TSV text, in the order of their
// first rows, rows in the order of the file.
//
// A header names the columns, units in brackets: "speed [m/s]". Fields are
// separated by commas, semicolons, tabs, | or blanks; a number may have a decimal comma
// (3,14) where the separator leaves that open. Lines that start with # are comments.
// Empty fields, NaN, NA, N/A, null and the like are missing. Gzipped text is
// unpacked; UTF-16 and Windows-1252 are understood. What stands before the
// header, a line of units below it and a first line sep=; are recognised. Times
// are numbers, or dates and clocks, which are counted from the earliest one
// (Epoch) in the largest of d, h, min and s that is not longer than the median step.
// What was assumed is told to o.Note.
//
// The text is read line by line, and never more than o.Limits of it.
//
// Errors: *ParseError for what cannot be parsed, including times that do not
// increase strictly, and for what is too large. What can be parsed but not
// learnt from is left to Check.
func Read(r io.Reader, o ReadOptions) ([]Series, error) {
	return ReadFiles([]File{{Name: o.File, Open: func() (io.ReadCloser, error) { return io.NopCloser(r), nil }}}, o)
}

// understand makes recordings of a table.
func (t *table) understand(o *ReadOptions) ([]Series, error) {
	t, err := t.dosed(o)
	if err == nil && o.Layout != LayoutDosing {
		t, err = t.untidy(o)
	}
	if err != nil {
		return nil, err
	}
	use, err := t.assign(o)
	if err != nil {
		return nil, err
	}
	t.sortRows(use, o.Sort)
	keep, err := t.resolveDuplicates(use, o.Duplicates)
	if err != nil {
		return nil, err
	}
	use.clock.chooseUnit(use.rows.of, len(use.rows.names), keep)
	all, err := t.recordings(use, keep)
	if err != nil {
		return nil, err
	}
	if o.Note != nil {
		for _, text := range append(t.told, use.clock.told...) {
			o.Note(text)
		}
	}
	if o.Settled != nil {
		o.Settled(t.settled(use, o))
	}
	return all, nil
}

// settled are the options with what was found.
func (t *table) settled(use *roles, o *ReadOptions) ReadOptions {
	s := *o
	s.States, s.Inputs = pick(t.names, use.states), pick(t.names, use.inputs)
	if use.time >= 0 {
		s.Time = t.names[use.time]
	}
	if use.id >= 0 {
		s.ID = t.names[use.id]
	}
	if use.clock.order != "" {
		s.Dates = use.clock.order
	}
	switch {
	case s.Decimal != "" || !t.commas && !t.pointGroups:
	case t.comma == decimal && !t.thousands:
		s.Decimal = DecimalComma
	case t.comma == thousands:
		s.Decimal = DecimalPoint
	}
	return s
}

// recordings gathers the rows of each id into a Series, those that are kept (nil: all).
func (t *table) recordings(use *roles, keep []bool) ([]Series, error) {
	for _, c := range slices.Concat(use.states, use.inputs) {
		if t.columns[c].number == nil {
			return nil, t.notNumber(use)
		}
	}
	if err := t.notNumber(use); err != nil {
		return nil, err
	}
	all, below := make([]Series, len(use.rows.names)), t.limitsBelow(use)
	for n := range all {
		all[n] = t.empty(use.rows.names[n], use)
		all[n].Below = below
		rows := use.rows.count[n]
		all[n].T = make([]float64, 0, rows)
		all[n].X = make([]float64, 0, rows*len(use.states))
		if len(use.inputs) > 0 {
			all[n].U = make([]float64, 0, rows*len(use.inputs))
		}
	}
	for i := range t.lines {
		if keep != nil && !keep[i] {
			continue
		}
		s := &all[use.rows.of[i]]
		s.T = append(s.T, use.clock.t[i])
		for _, c := range use.states {
			s.X = append(s.X, t.columns[c].number[i])
		}
		for _, c := range use.inputs {
			s.U = append(s.U, t.columns[c].number[i])
		}
	}
	return all, t.labels(all, use, keep)
}

// empty returns a recording without rows.
func (t *table) empty(id string, use *roles) Series {
	s := Series{ID: id, Time: use.clock.name, TUnit: use.clock.unit, Epoch: use.clock.epoch, Dates: use.clock.form}
	if use.id >= 0 {
		s.IDName = t.names[use.id]
	}
	for _, c := range use.states {
		s.Names, s.Units = append(s.Names, t.names[c]), append(s.Units, t.units[c])
	}
	for _, c := range use.inputs {
		s.Inputs = append(s.Inputs, t.names[c])
	}
	return s
}

// notNumber is the first field in a column of states or inputs that is no number.
func (t *table) notNumber(use *roles) error {
	first, where := 0, -1
	for _, c := range slices.Concat(use.states, use.inputs) {
		if err := t.columns[c].doubt; err != nil {
			return err
		}
		if bad := t.columns[c].bad; bad > 0 && (where < 0 || bad < first) {
			first, where = bad, c
		}
	}
	if where < 0 {
		return nil
	}
	field, name, row := t.columns[where].what, t.names[where], first-1
	if number, ok := cutAbove(field); ok && isValue(number) {
		return t.at(row, name, "%s is a value above a limit; only limits that values are below are known, as in <0.5: leave the field empty "+
			"or say missing='%s' to leave such values out, or write the limit itself, %s", budget.Quote(field), budget.Cut(field), budget.Cut(number))
	}
	_, asDecimal := parseNumber(field, decimal)
	_, asThousands := parseNumber(field, thousands)
	switch {
	case asDecimal && asThousands:
		return t.at(row, name, "%s may be one number and a fraction or thousands; say decimal=%s or decimal=%s",
			budget.Quote(field), DecimalComma, DecimalPoint)
	case asDecimal:
		return t.at(row, name, "%s is not a number; write decimals with a point, or say decimal=%s", budget.Quote(field), DecimalComma)
	}
	if t.callsRecordings(use, where) {
		return t.at(row, name, "%s is not a number, and the column says the same in all rows of a recording; "+
			"if it says what recordings are, say label=%s, else leave the column out with ignore=%s", budget.Quote(field), budget.Cut(name), budget.Cut(name))
	}
	return t.at(row, name, "%s is not a number; correct it, leave the field empty if it is missing, "+
		"or leave the column out with ignore=%s", budget.Quote(field), budget.Cut(name))
}

// callsRecordings tells that a column of text has one value in all rows of each of several
// recordings, and not the same in all of them.
func (t *table) callsRecordings(use *roles, column int) bool {
	c := &t.columns[column]
	if use.label >= 0 || use.rows == nil || len(c.ends) != len(t.lines) {
		return false
	}
	of, all := make([]string, len(use.rows.names)), map[string]bool{}
	for i := range t.lines {
		text, n := strings.TrimSpace(c.field(i)), use.rows.of[i]
		if isMissing(text) {
			continue
		}
		if i < len(c.number) && !math.IsNaN(c.number[i]) || of[n] != "" && of[n] != text {
			return false
		}
		of[n], all[text] = text, true
	}
	return len(all) > 1
}

// duplicateRules are what may become of rows at the same time.
var duplicateRules = []string{"mean", "first", "shift", "error"}

// resolveDuplicates checks the order of the rows and deals with equal times by
// the rule. It returns the rows to keep, nil for all.
func (t *table) resolveDuplicates(use *roles, rule string) ([]bool, error) {
	times, before := use.clock.t, use.rows.before
	if rule == "" || rule == "error" {
		return nil, t.checkOrder(use.clock, use.time, use.rows)
	}
	keep, next, weight := make([]bool, len(times)), make([]int32, len(times)), make([]float64, len(times))
	found := 0
	for i := range times {
		keep[i], next[i], weight[i] = true, -1, 1
		j := before[i]
		if j < 0 {
			continue
		}
		next[j] = int32(i)
		if times[i] != times[j] {
			continue
		}
		found++
		switch rule {
		case "first":
			keep[i] = false
		case "mean": // the last of equal rows holds the mean of all
			keep[j] = false
			weight[i] = weight[j] + 1
			if err := t.average(use, i, int(j), weight[j]/weight[i]); err != nil {
				return nil, err
			}
		}
	}
	if rule == "shift" {
		times = slices.Clone(times)
		spread(times, before, next)
		use.clock.t = times
	}
	if found > 0 {
		use.clock.note("%s at the time of the one before; duplicates=%s", words.Several(found, "row"), rule)
	}
	kept := *use.rows
	kept.before = slices.Clone(before)
	for i, j := range before {
		for j >= 0 && !keep[j] {
			j = before[j]
		}
		if kept.before[i] = j; !keep[i] {
			kept.before[i] = -1
		}
	}
	return keep, t.checkOrder(use.clock, use.time, &kept)
}

// spread puts rows at the same time evenly between it and the next time.
func spread(times []float64, before, next []int32) {
	for i := range times {
		if j := before[i]; j >= 0 && times[j] == times[i] {
			continue // not the first of equal ones
		}
		run := []int32{int32(i)}
		k := next[i]
		for ; k >= 0 && times[k] == times[i]; k = next[k] {
			run = append(run, k)
		}
		if len(run) == 1 {
			continue
		}
		step := 1.0
		switch {
		case k >= 0:
			step = times[k] - times[i]
		case before[i] >= 0:
			step = times[i] - times[before[i]]
		}
		for n, row := range run {
			times[row] += step * float64(n) / float64(len(run))
		}
	}
}

// average adds row j, with its share, to the mean that row i is to hold.
func (t *table) average(use *roles, i, j int, share float64) error {
	for _, c := range slices.Concat(use.states, use.inputs) {
		v := t.columns[c].number
		if v == nil {
			return t.notNumber(use)
		}
		switch {
		case math.IsNaN(v[i]):
			v[i] = v[j]
		case !math.IsNaN(v[j]):
			v[i] += (v[j] - v[i]) * share
		}
	}
	return nil
}
