package data

import (
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// timeNames make a column the time by themselves, the first match in this
// order, upper or lower case; but t is not T, which is a temperature as often.
var timeNames = []string{"t", "time", "timestamp", "datetime", "date_time", "zeit", "zeitpunkt", "zeitstempel", "seconds", "secs",
	"sec", "minutes", "hours", "days", "years", "year", "date", "datum"}

// idNames make a column the recording's name; the later ones only if the times
// increase within each recording and not over all rows.
var idNames = []string{"id", "run", "batch", "recording"}
var likelyIDs = []string{"subject", "patient", "animal", "individual", "trial", "experiment", "sample", "unit", "plot", "cell", "group", "series", "replicate"}

// dateNames and clockNames are those of a date and a clock in two columns.
var (
	dateNames  = []string{"date", "datum", "day"}
	clockNames = []string{"time", "zeit", "clock", "uhrzeit", "hour", "time_of_day"}
)

// timeRank is the place of a name among timeNames, -1 if it is none of them.
func timeRank(name string) int {
	return slices.IndexFunc(timeNames, func(n string) bool {
		return name == n || len(n) > 1 && strings.EqualFold(name, n)
	})
}

// NamesRecordings tells that a column of this name holds the names of recordings.
func NamesRecordings(name string) bool {
	return slices.ContainsFunc(idNames, func(n string) bool { return strings.EqualFold(n, name) })
}

// mayBeText tells a column that is kept as it is written: its numbers may be names.
func (o *ReadOptions) mayBeText(name, header string) bool {
	same := func(n string) bool { return strings.EqualFold(n, name) }
	labels := o.Label != "" && (name == o.Label || header == o.Label)
	return labels || name == o.ID && name != "" || header == o.ID && header != "" || slices.ContainsFunc(idNames, same) || slices.ContainsFunc(likelyIDs, same)
}

// roles says what each column of a table is for.
type roles struct {
	time, id       int // -1: none
	daytime        int // the clock beside a column of dates, or -1
	label          int // what recordings are called, or -1
	states, inputs []int
	rows           *groups
	clock          *clock
}

// assignment is roles under way.
type assignment struct {
	*table
	o   *ReadOptions
	use []string // of each column; "" is free
}

// assign gives every column its role: as the options say, else by guessing.
func (t *table) assign(o *ReadOptions) (*roles, error) {
	a := &assignment{t, o, make([]string, len(t.names))}
	if err := a.claims(); err != nil {
		return nil, err
	}
	a.byName("id", idNames)
	r := &roles{id: slices.Index(a.use, "id"), time: slices.Index(a.use, "time"), daytime: -1, label: slices.Index(a.use, "label")}
	var err error
	if r.rows, err = t.group(r.id); err != nil {
		return nil, err
	}
	if o.Step > 0 && r.time < 0 {
		r.clock = regular(r.rows, o.Step)
		for slices.Contains(t.names, r.clock.name) {
			r.clock.name += "_"
		}
	} else if err := a.findTime(r); err != nil {
		return nil, err
	}
	return r, a.collect(r)
}

// claims gives the columns that the options name their roles.
func (a *assignment) claims() error {
	index := map[string]int{}
	for c := len(a.names) - 1; c >= 0; c-- {
		index[a.headers[c]] = c
	}
	for c := len(a.names) - 1; c >= 0; c-- {
		index[a.names[c]] = c
	}
	for _, wish := range []struct {
		role  string
		names []string
	}{
		{"time", nonEmpty(a.o.Time)}, {"id", nonEmpty(a.o.ID)}, {"label", nonEmpty(a.o.Label)},
		{"states", a.o.States}, {"inputs", a.o.Inputs}, {"ignore", a.o.Ignore},
	} {
		for _, name := range wish.names {
			c, ok := index[name]
			if !ok && wish.role == "ignore" && slices.Contains(a.passed, name) {
				continue
			}
			if !ok {
				return at(a.file, 0, "", "%s=%s: %s", wish.role, budget.Cut(name), unknown(name, a.names))
			}
			if a.use[c] != "" && a.use[c] != wish.role {
				return at(a.file, 0, name, "the column is named for %s and for %s; it can be one of them", a.use[c], wish.role)
			}
			a.use[c] = wish.role
		}
	}
	return nil
}

// byName gives the role to the first free column called one of the names, unless it is taken.
func (a *assignment) byName(role string, names []string) {
	if slices.Contains(a.use, role) {
		return
	}
	for _, name := range names {
		if c := a.called(name); c >= 0 {
			a.use[c] = role
			return
		}
	}
}

// called is the first free column of a name, in any case; -1 if there is none.
func (a *assignment) called(name string) int {
	for c, have := range a.names {
		if a.use[c] == "" && strings.EqualFold(have, name) {
			return c
		}
	}
	return -1
}

// findTime settles the column of time and reads it.
func (a *assignment) findTime(r *roles) error {
	if r.time < 0 {
		r.time = a.timeByName()
	}
	if r.time < 0 {
		c, doubt := a.increasing(r)
		if doubt != nil && c < 0 {
			return doubt
		}
		if c < 0 {
			c = a.onlyDates()
		}
		r.time = c
	}
	if r.time < 0 {
		return at(a.file, 0, "", "no column looks like time: none is called t, time, year or date and none "+
			"increases from row to row; name it with time=…, or give the distance of the rows with row_step=… (columns: %s)", budget.List(a.names))
	}
	a.use[r.time] = "time"
	r.daytime = a.beside(r.time)
	if r.daytime >= 0 {
		a.use[r.daytime] = "time"
	}
	var err error
	if r.clock, err = a.readClock(r.time, r.daytime, r.rows, a.o); err != nil {
		return err
	}
	a.findID(r)
	return nil
}

// timeByName is the free column with the first of timeNames; a date wins over
// the clock beside it.
func (a *assignment) timeByName() int {
	best, rank := -1, len(timeNames)
	for c, name := range a.names {
		if n := timeRank(name); a.use[c] == "" && n >= 0 && n < rank {
			best, rank = c, n
		}
	}
	if best >= 0 && a.isClock(best) {
		for _, name := range dateNames {
			if c := a.called(name); c >= 0 && a.isDate(c) {
				return c
			}
		}
	}
	return best
}

// beside is the column with the clock of a column of dates; -1 if there is none.
func (a *assignment) beside(date int) int {
	if !a.isDate(date) {
		return -1
	}
	for _, name := range clockNames {
		if c := a.called(name); c >= 0 && a.isClock(c) {
			a.note("the time is the date %s and the clock %s", budget.Quote(a.names[date]), budget.Quote(a.names[c]))
			return c
		}
	}
	return -1
}

func (a *assignment) isDate(c int) bool {
	m, ok := parseMoment(a.columns[c].field(0))
	return ok && !a.columns[c].isNumber() && m.date && !m.timed
}

// onlyDates is the free column of dates if there is one only, in whatever order its rows are; else -1.
func (a *assignment) onlyDates() int {
	found := -1
	for c := range a.names {
		if m, ok := parseMoment(a.columns[c].field(0)); a.use[c] == "" && ok && m.date && !a.columns[c].isNumber() {
			if found >= 0 {
				return -1
			}
			found = c
		}
	}
	return found
}

func (a *assignment) isClock(c int) bool {
	m, ok := parseMoment(a.columns[c].field(0))
	return ok && !a.columns[c].isNumber() && !m.date
}

// increasing returns the first free column whose values are all present and
// strictly increasing within each recording, or -1; doubt is what kept dates from being read.
func (a *assignment) increasing(r *roles) (c int, doubt error) {
	for c := range a.names {
		if a.use[c] != "" {
			continue
		}
		k, err := a.readClock(c, -1, r.rows, a.o)
		if err == nil && r.rows.increases(k.t) {
			return c, nil
		}
		if err != nil && doubt == nil && (a.isDate(c) || a.columns[c].doubt != nil && r.rows.increases(k.t)) {
			doubt = err
		}
	}
	return -1, doubt
}

// findID takes a column for the names of recordings where the times go back
// over all rows and do not within what it tells apart: one with a likely
// name, else one whose value changes exactly where the times go back.
func (a *assignment) findID(r *roles) {
	if r.id >= 0 || r.rows.increases(r.clock.t) {
		return
	}
	var candidates []int
	for _, name := range likelyIDs {
		if c := a.called(name); c >= 0 {
			candidates = append(candidates, c)
		}
	}
	free := 0
	for c := range a.names {
		if a.use[c] == "" {
			free++
		}
	}
	for c := range a.names {
		if a.use[c] == "" && free > 1 && a.inBlocks(c, r.clock.t) {
			candidates = append(candidates, c)
		}
	}
	for _, c := range candidates {
		if g, err := a.group(c); err == nil && g.increases(r.clock.t) && 2*len(g.names) <= len(a.lines) {
			a.use[c], r.id, r.rows = "id", c, g
			a.note("column %s tells recordings apart; id= names another", budget.Quote(a.names[c]))
			return
		}
	}
}

// inBlocks tells that a column changes exactly where the times do not increase.
func (a *assignment) inBlocks(c int, times []float64) bool {
	for i := 1; i < len(times); i++ {
		if (a.columns[c].field(i) == a.columns[c].field(i-1)) != (times[i] > times[i-1]) {
			return false
		}
	}
	return true
}

func (a *assignment) collect(r *roles) error {
	statesNamed := len(a.o.States) > 0
	for c, role := range a.use {
		switch {
		case role == "inputs":
			r.inputs = append(r.inputs, c)
		case role == "states", role == "" && !statesNamed:
			r.states = append(r.states, c)
		}
	}
	if len(r.states) == 0 && (r.label < 0 || len(r.inputs) == 0) {
		name := ""
		if r.time >= 0 {
			name = a.names[r.time]
		}
		return at(a.file, 0, "", "no state column is left beside the time %s; separate columns by comma, semicolon or tab "+
			"and check states=, inputs= and ignore= (columns: %s)", budget.Quote(name), budget.List(a.names))
	}
	return nil
}

// regular is the time of rows that are a step apart, from 0 on in each recording.
func regular(g *groups, step float64) *clock {
	k := &clock{t: make([]float64, len(g.of)), name: "t"}
	n := make([]int, len(g.names))
	for i, rec := range g.of {
		k.t[i] = float64(n[rec]) * step
		n[rec]++
	}
	return k
}

func nonEmpty(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}
