package data

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/words"
)

// A table of doses and observations, as programs for populations in pharmacology read it, has one
// row an event: ID and TIME, DV where something is measured (EVID 0), AMT where a dose is given
// (EVID 1). Here it becomes a table of rows with amounts, rates, covariates and a column for each
// kind of observation.

// Words for ReadOptions.Layout.
const (
	LayoutDosing = "dosing" // one row a dose or an observation
	LayoutPlain  = "plain"  // rows are as they are
)

// Dosing is a column of amounts or rates that a table of doses was turned into.
type Dosing struct {
	Column      string
	Compartment int  // that it goes into, from 1
	Rate        bool // the values are rates, each until the next row; else amounts at their rows
}

// dosingNames are the columns of such a table, in any case; the first is the usual one.
var dosingNames = []struct {
	role  string
	names []string
	about string
}{
	{"id", []string{"id", "#id", "subject", "subjid"}, "tells recordings apart"},
	{"time", []string{"time"}, "time"},
	{"dv", []string{"dv"}, "what is measured"},
	{"amt", []string{"amt", "amount"}, "amounts of doses"},
	{"rate", []string{"rate"}, "rates of infusions"},
	{"dur", []string{"dur", "tinf"}, "how long infusions last"},
	{"evid", []string{"evid"}, "0: measured, 1: dose, 2: neither"},
	{"cmt", []string{"cmt", "adm"}, "number of a compartment"},
	{"dvid", []string{"dvid", "ytype"}, "which of several things is measured"},
	{"mdv", []string{"mdv"}, "1: nothing is measured"},
	{"cens", []string{"cens", "blq", "bloq", "bql"}, "1: the value is only known to be below its limit"},
	{"lloq", []string{"lloq", "loq"}, "lower limits of quantification"},
	{"addl", []string{"addl"}, "how many more doses follow"},
	{"ii", []string{"ii"}, "time between them"},
	{"ss", []string{"ss"}, "1: in steady state"},
}

// dosing is such a table on its way.
type dosing struct {
	*table
	o    *ReadOptions
	at   map[string]int // columns by role
	kept []int          // covariates
	out  []Dosing
	seen map[int]int // column of observations by its number
	list [][2]string // what each column was taken for

	means      map[[2]int]int // how many values a cell is the mean of
	late, line int            // observations behind a dose at its time, and where the first is
}

// dosed makes rows of amounts and observations of a table of doses; any other table stays as it is.
func (t *table) dosed(o *ReadOptions) (*table, error) {
	d := &dosing{table: t, o: o, at: map[string]int{}, seen: map[int]int{}, means: map[[2]int]int{}}
	for _, r := range dosingNames {
		if c := t.among(r.names); c >= 0 {
			d.at[r.role] = c
		}
	}
	if is, err := d.recognised(); err != nil || !is {
		return t, err
	}
	if err := d.numbers(); err != nil {
		return nil, err
	}
	if o.Duplicates == "shift" {
		return nil, at(d.file, 0, "", "duplicates=shift is not possible in a table of doses, whose rows at one time become one; "+
			"say duplicates=mean or duplicates=first for values at one time")
	}
	d.covariates()
	wide, err := d.rows()
	if err != nil {
		return nil, err
	}
	o.Taken, o.Dosings = d.list, d.out
	return wide, nil
}

// has tells that there is a column of a role.
func (d *dosing) has(role string) bool { _, ok := d.at[role]; return ok }

// recognised tells that a table is one of doses, by the names of its columns or because that is said.
func (d *dosing) recognised() (bool, error) {
	o, said := d.o, d.o.Layout == LayoutDosing
	switch {
	case o.Layout == LayoutPlain, o.Embed != nil, o.Label != "", o.Step > 0:
		return false, nil
	case said:
	case !d.has("amt") || !d.has("evid") && !d.has("mdv") && !d.has("cmt"):
		return false, nil
	}
	if err := d.unnumbered(said); err != nil {
		return false, err
	}
	for _, role := range []string{"id", "time", "dv"} {
		if !d.has(role) && said {
			return false, at(d.file, d.header, "", "layout=%s: there is no column %s (columns: %s)", LayoutDosing, strings.ToUpper(role), budget.List(d.names))
		} else if !d.has(role) {
			return false, nil
		}
	}
	named := func(name, role string) bool { return name == "" || name == d.names[d.at[role]] }
	if !said && (!named(o.Time, "time") || !named(o.ID, "id")) {
		return false, nil
	}
	o.Layout = LayoutDosing
	return true, nil
}

// unnumbered is the error of a table of doses that lacks only ID.
func (d *dosing) unnumbered(said bool) error {
	if d.has("time") && d.has("dv") && !d.has("id") && d.o.ID == "" && (said || len(d.o.States) == 0) {
		return at(d.file, d.header, "", "a table of doses (AMT, DV, …) has no column ID, which tells recordings apart; add one, such as ID with 1 in all rows of "+
			"one recording, or say layout=%s if the table is none", LayoutPlain)
	}
	return nil
}

// numbers checks that the columns it knows have numbers.
func (d *dosing) numbers() error {
	for role, c := range d.at {
		col := &d.columns[c]
		if role == "id" || col.isNumber() && col.doubt == nil {
			continue
		}
		if col.doubt != nil {
			return col.doubt
		}
		return d.table.at(max(col.bad-1, 0), d.names[c], "%s is not a number, which %s of a table of doses has; correct it, or say layout=%s if the table is none",
			budget.Quote(col.what), strings.ToUpper(role), LayoutPlain)
	}
	return nil
}

// value is that of a role in a row; of none, or a missing one, it is otherwise.
func (d *dosing) value(role string, i int, otherwise float64) float64 {
	if c, ok := d.at[role]; ok && !math.IsNaN(d.columns[c].number[i]) {
		return d.columns[c].number[i]
	}
	return otherwise
}

// fail is an error in the column of a role.
func (d *dosing) fail(i int, role, format string, args ...any) error {
	name := ""
	if d.has(role) {
		name = d.names[d.at[role]]
	}
	return d.table.at(i, name, format, args...)
}

// covariates are the columns of numbers that the equations use, or, where none are known, those that
// are constant in each recording.
func (d *dosing) covariates() {
	for c, name := range d.names {
		col := &d.columns[c]
		switch {
		case slices.Contains(d.roles(), c) || slices.Contains(d.o.Ignore, name):
			continue
		case d.used(c):
			d.kept = append(d.kept, c)
			continue
		case d.o.Uses == nil && len(d.o.Inputs) == 0 && col.isNumber() && d.constant(c):
			d.kept = append(d.kept, c)
			continue
		}
		d.list = append(d.list, [2]string{d.names[c], "left out: the equations do not use it"})
	}
}

func (d *dosing) roles() (columns []int) {
	for _, c := range d.at {
		columns = append(columns, c)
	}
	return columns
}

// used tells that a column is an input by its name, in any case where the equations know the name.
func (d *dosing) used(c int) bool {
	if slices.Contains(d.o.Inputs, d.names[c]) || slices.Contains(d.o.Uses, d.names[c]) {
		return true
	}
	for _, name := range d.o.Uses {
		if strings.EqualFold(name, d.names[c]) && !slices.Contains(d.names, name) {
			d.names[c] = name
			return true
		}
	}
	return false
}

// constant tells that a column has one value in each recording.
func (d *dosing) constant(c int) bool {
	of := map[string]float64{}
	for i, v := range d.columns[c].number {
		id := fmt.Sprint(d.partOf(i), "/", d.columns[d.at["id"]].field(i))
		if first, known := of[id]; known && first != v && !math.IsNaN(v) && !math.IsNaN(first) {
			return false
		}
		of[id] = v
	}
	return true
}

// dose is one that a row says, the first of those it repeats.
type dose struct {
	row         int
	time        float64
	compartment int
	amount      float64
	rate, until float64 // of an infusion; rate 0: there is none
}

// doses are those of a row, with all that ADDL repeats up to the last row of the recording.
func (d *dosing) doses(i int, at *grid) ([]dose, error) {
	one := dose{row: i, time: d.columns[d.at["time"]].number[i], compartment: int(d.value("cmt", i, 1)), amount: d.value("amt", i, 0)}
	rate, dur := d.value("rate", i, 0), d.value("dur", i, 0)
	switch {
	case d.value("ss", i, 0) != 0:
		return nil, d.fail(i, "ss", "a dose in steady state: what was given before is not in the file; write it as doses of their own, such as a first one "+
			"some half-lives earlier with ADDL and II, and SS 0")
	case one.amount < 0:
		return nil, d.fail(i, "amt", "the amount %g is below 0", one.amount)
	case rate < 0:
		return nil, d.fail(i, "rate", "RATE %g asks for a rate or duration to be estimated, which a table cannot; write the infusion under events: with a parameter, and ignore this column", rate)
	case dur < 0:
		return nil, d.fail(i, "dur", "the duration %g is below 0", dur)
	case rate > 0 && one.amount == 0:
		return nil, d.fail(i, "rate", "a rate without an amount has no end; give AMT")
	case rate > 0 && dur > 0 && math.Abs(one.amount/rate-dur) > 1e-6*dur:
		return nil, d.fail(i, "rate", "an amount of %g at a rate of %g lasts %.6g, but the duration says %g; leave one of them out", one.amount, rate, one.amount/rate, dur)
	case one.compartment < 1 || d.has("cmt") && float64(one.compartment) != d.value("cmt", i, 1):
		return nil, d.fail(i, "cmt", "a dose into compartment %g; compartments are numbered from 1", d.value("cmt", i, 1))
	case one.amount == 0 && d.value("evid", i, 0) == 1:
		return nil, d.fail(i, "amt", "EVID 1 is a dose, but AMT is 0 or missing; give the amount, or EVID 2 where nothing was given")
	case one.amount == 0:
		return nil, nil
	}
	if rate > 0 {
		dur = one.amount / rate
	} else if dur > 0 {
		rate = one.amount / dur
	}
	if dur > 0 && dur <= at.near || rate > 0 && dur == 0 {
		return nil, d.fail(i, "amt", "the infusion lasts %.3g, which times up to %g cannot tell from 0; leave RATE and DUR out for a dose at once", dur, at.size)
	}
	one.rate = rate
	return d.repeated(one, dur, at)
}

// maxADDL is how many doses may follow one in a row.
const maxADDL = 1e6

// repeated are a dose that lasts dur and those that ADDL has follow, up to the end of the recording.
func (d *dosing) repeated(one dose, dur float64, at *grid) ([]dose, error) {
	more, every := d.value("addl", one.row, 0), d.value("ii", one.row, 0)
	switch {
	case more < 0 || more != math.Trunc(more) || more > maxADDL:
		return nil, d.fail(one.row, "addl", "ADDL %g is no number of further doses: it is a whole one from 0 to %.0f", more, maxADDL)
	case more > 0 && !(every > 0):
		return nil, d.fail(one.row, "addl", "%g more doses follow, but II does not say how far apart", more)
	case more > 0 && every <= 2*at.near:
		return nil, d.fail(one.row, "ii", "doses %g apart are nearer than times up to %g can tell; correct II, or give one dose of the whole amount", every, at.size)
	}
	var all []dose
	for k := 0; k <= int(more); k++ {
		next := one
		if k > 0 {
			next.time = at.snap(one.time + float64(k)*every)
		}
		if k > 0 && next.time > at.end+at.near {
			break
		}
		if next.rate > 0 {
			next.until = at.snap(next.time + dur)
		}
		all = append(all, next)
	}
	return all, nil
}

// measures tells that a row has an observation.
func (d *dosing) measures(i int) (bool, error) {
	amount, event := d.value("amt", i, 0), 0.0
	if amount != 0 {
		event = 1
	}
	switch event = d.value("evid", i, event); event {
	case 0:
		if amount != 0 {
			return false, d.fail(i, "evid", "EVID 0 is an observation, but AMT is %g; a dose has EVID 1", amount)
		}
	case 1, 2:
	case 3, 4:
		return false, d.fail(i, "evid", "EVID %g sets all compartments to nothing; give what follows an ID of its own, so that it is a recording", event)
	default:
		return false, d.fail(i, "evid", "EVID %g is none of 0 (measured), 1 (dose) and 2 (neither)", event)
	}
	return event == 0 && d.value("mdv", i, 0) == 0 && !math.IsNaN(d.value("dv", i, math.NaN())) || event == 0 && d.value("cens", i, 0) == 1, nil
}

// observed is the value of a row with an observation, and whether that is a limit it lies below.
func (d *dosing) observed(i int) (v float64, below bool, err error) {
	v = d.value("dv", i, math.NaN())
	limit := d.value("lloq", i, math.NaN())
	switch cens := d.value("cens", i, 0); {
	case cens != 0 && cens != 1:
		return 0, false, d.fail(i, "cens", "%g says that the value is above a limit; only limits that values are below are known (1)", cens)
	case cens == 1 && !math.IsNaN(limit):
		return limit, true, nil
	case cens == 1 && math.IsNaN(v):
		return 0, false, d.fail(i, "cens", "the value is below a limit, which neither LLOQ nor DV says")
	case cens == 1, d.columns[d.at["dv"]].below.has(i):
		return v, true, nil
	case !d.has("cens") && v < limit:
		return limit, true, nil
	}
	return v, false, nil
}

// number is which observation a row has: DVID, else CMT where there are several.
func (d *dosing) number(i int) int {
	if d.has("dvid") {
		return int(d.value("dvid", i, 1))
	}
	return int(d.value("cmt", i, 0))
}

// nameOutputs names the columns of the observations of numbers, ascending.
func (d *dosing) nameOutputs(numbers []int) (names []string, err error) {
	o, dv := d.o, d.names[d.at["dv"]]
	known := func(name string) bool { return slices.Contains(o.Uses, name) }
	compartment := func(n int) string {
		if d.has("dvid") || !d.has("cmt") || n < 1 || n > len(o.Compartments) {
			return ""
		}
		return o.Compartments[n-1]
	}
	switch {
	case len(o.States) > 0 && len(o.States) != len(numbers):
		return nil, at(d.file, 0, dv, "%s measured, but states= names %d: %s", words.Several(len(numbers), "thing"), len(o.States), budget.List(o.States))
	case len(o.States) > 0:
		return o.States, nil
	case len(numbers) == 1 && (o.Uses == nil || known(dv)):
		return []string{dv}, nil
	case len(numbers) == 1 && len(o.Observed) == 1:
		return o.Observed, nil
	}
	for _, n := range numbers {
		name := compartment(n)
		if own := fmt.Sprintf("%s_%d", dv, n); o.Uses == nil || known(own) {
			name = own
		}
		if name == "" {
			return nil, at(d.file, 0, dv, "the equations do not say what is measured; say states=NAME, which they move or observe: shows, one for each of %s (%s)",
				words.Several(len(numbers), "number"), budget.List(numerals(numbers)))
		}
		names = append(names, name)
	}
	return names, nil
}

func numerals(numbers []int) (out []string) {
	for _, n := range numbers {
		out = append(out, strconv.Itoa(n))
	}
	return out
}
