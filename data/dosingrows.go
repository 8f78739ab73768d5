package data

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/words"
)

// person are the rows of one recording of a table of doses, in the order of time.
type person struct {
	part  int
	id    string
	rows  []int
	doses []dose
	last  float64
	// measured tells that a row has an observation; else the recording is a plan of doses.
	measured bool
}

// people are the recordings of the table, in the order of their first rows, and numbers what is
// observed in them, ascending.
func (d *dosing) people() (all []*person, numbers []int, err error) {
	index, times := map[string]*person{}, d.columns[d.at["time"]].number
	found := map[int]bool{}
	for i := range d.lines {
		id := d.columns[d.at["id"]].field(i)
		if isMissing(id) {
			return nil, nil, d.fail(i, "id", "the ID is missing, so nobody knows whose row this is; fill it in or remove the row")
		}
		key := fmt.Sprint(d.partOf(i), "/", id)
		p := index[key]
		if p == nil {
			p = &person{part: d.partOf(i), id: id, last: math.Inf(-1)}
			index[key], all = p, append(all, p)
		}
		if math.IsNaN(times[i]) {
			return nil, nil, d.fail(i, "time", "the time is missing; fill it in or remove the row")
		}
		if len(p.rows) > 0 && times[i] < p.last && !d.o.Sort {
			return nil, nil, d.fail(i, "time", "the time goes back from %g (line %d) to %g; put the rows in order with sort=true, or give what follows an ID of its own",
				p.last, d.lines[p.rows[len(p.rows)-1]], times[i])
		}
		p.rows, p.last = append(p.rows, i), max(p.last, times[i])
		is, err := d.measures(i)
		if err != nil {
			return nil, nil, err
		}
		p.measured, found[d.number(i)] = p.measured || is, found[d.number(i)] || is
	}
	maps.DeleteFunc(found, func(_ int, is bool) bool { return !is })
	if numbers = slices.Sorted(maps.Keys(found)); len(found) == 0 {
		err = d.emptyOutputs(&numbers)
	}
	for k := 0; k < len(all) && err == nil; k++ {
		err = d.dose(all[k])
	}
	if err != nil {
		return nil, nil, err
	}
	return all, numbers, nil
}

// dose finds all doses of a recording, whose rows it puts in order.
func (d *dosing) dose(p *person) error {
	times := d.columns[d.at["time"]].number
	sort.SliceStable(p.rows, func(a, b int) bool { return times[p.rows[a]] < times[p.rows[b]] })
	if !p.measured {
		p.last = d.planned(p)
	}
	at := newGrid(times, p.rows, p.last)
	for _, i := range p.rows {
		these, err := d.doses(i, at)
		if err != nil {
			return err
		}
		p.doses = append(p.doses, these...)
	}
	at.join(p.doses)
	if !p.measured {
		for _, one := range p.doses {
			p.last = max(p.last, one.time, one.until)
		}
	}
	return nil
}

// planned is when the last dose of a plan is given that a row says or ADDL repeats.
func (d *dosing) planned(p *person) float64 {
	end := p.last
	for _, i := range p.rows {
		more, every := d.value("addl", i, 0), d.value("ii", i, 0)
		if t := d.columns[d.at["time"]].number[i] + more*every; more > 0 && more <= maxADDL && num.Finite(t) {
			end = max(end, t)
		}
	}
	return end
}

// emptyOutputs are the numbers of what could be measured where no row has a value, which a forecast of
// doses alone may do without.
func (d *dosing) emptyOutputs(numbers *[]int) error {
	for n := range max(len(d.o.States), 1) {
		*numbers = append(*numbers, n+1)
	}
	if len(d.o.States) == 0 {
		return at(d.file, 0, d.names[d.at["dv"]], "no row has an observation: all are doses, or MDV leaves them out")
	}
	return nil
}

// plan gives the amounts and rates of all doses their columns.
func (d *dosing) plan(all []*person) {
	bolus, rate := map[int]bool{}, map[int]bool{}
	for _, p := range all {
		for _, one := range p.doses {
			if one.rate > 0 {
				rate[one.compartment] = true
			} else {
				bolus[one.compartment] = true
			}
		}
	}
	d.columnsOf(d.names[d.at["amt"]], bolus, false)
	name := "RATE"
	if d.has("rate") {
		name = d.names[d.at["rate"]]
	}
	d.columnsOf(name, rate, true)
}

// columnsOf names the columns of amounts or rates: with the number of the compartment where there are
// several, or where inputs= names such.
func (d *dosing) columnsOf(name string, into map[int]bool, rate bool) {
	numbered := len(into) > 1
	for _, input := range d.o.Inputs {
		n := 0
		if _, err := fmt.Sscanf(strings.TrimPrefix(input, name), "_%d", &n); err == nil && strings.HasPrefix(input, name+"_") {
			numbered, into[n] = true, true
		} else if input == name && len(into) == 0 {
			into[1] = true
		}
	}
	for _, n := range slices.Sorted(maps.Keys(into)) {
		column := name
		if numbered {
			column = fmt.Sprintf("%s_%d", name, n)
		}
		d.out = append(d.out, Dosing{column, n, rate})
	}
}

// rows makes the table with a row for each time of each recording.
func (d *dosing) rows() (*table, error) {
	all, numbers, err := d.people()
	if err != nil {
		return nil, err
	}
	names, err := d.nameOutputs(numbers)
	if err != nil {
		return nil, err
	}
	d.plan(all)
	for k, n := range numbers {
		d.seen[n] = k
	}
	if !d.has("dvid") && len(numbers) == 1 { // whatever its number
		for _, p := range all {
			for _, i := range p.rows {
				d.seen[d.number(i)] = 0
			}
		}
	}
	wide := d.empty(names)
	part := 0
	for _, p := range all {
		if p.part != part {
			part, wide.parts[p.part].first = p.part, len(wide.lines)
		}
		if err := d.fill(wide, p, len(names)); err != nil {
			return nil, err
		}
	}
	d.describe(names, numbers)
	wide.told = d.told
	d.o.Time, d.o.ID, d.o.States = d.names[d.at["time"]], d.names[d.at["id"]], names
	d.o.Inputs = nil
	for _, one := range d.out {
		d.o.Inputs = append(d.o.Inputs, one.Column)
	}
	for _, c := range d.kept {
		d.o.Inputs = append(d.o.Inputs, d.names[c])
	}
	d.o.Ignore = nil
	return wide, wide.check(d)
}

// empty is the table without rows: recording, time, observations, amounts and rates, covariates.
func (d *dosing) empty(outputs []string) *table {
	wide := *d.table
	wide.names, wide.units, wide.headers, wide.columns, wide.lines = nil, nil, nil, nil, nil
	wide.parts = slices.Clone(d.parts)
	add := func(name, unit string) {
		wide.names, wide.units, wide.headers = append(wide.names, name), append(wide.units, unit), append(wide.headers, name)
		wide.columns = append(wide.columns, tableColumn{number: []float64{}})
	}
	id, time, dv := d.at["id"], d.at["time"], d.at["dv"]
	add(d.names[id], "")
	wide.columns[0] = tableColumn{keep: true}
	add(d.names[time], d.units[time])
	for _, name := range outputs {
		unit := ""
		if len(outputs) == 1 {
			unit = d.units[dv]
		}
		add(name, unit)
	}
	for _, one := range d.out {
		add(one.Column, "")
	}
	for _, c := range d.kept {
		add(d.names[c], d.units[c])
	}
	return &wide
}

// fill appends the rows of a recording: at all times of the file, of doses, and where infusions end.
func (d *dosing) fill(wide *table, p *person, outputs int) error {
	times, first := d.columns[d.at["time"]].number, d.times(p)
	cov := d.firstCovariates(p)
	supplies := make([]*supply, len(d.out))
	for k, one := range d.out {
		supplies[k] = p.supply(one)
	}
	next, given := 0, dose{time: math.NaN()}
	for _, t := range slices.Sorted(maps.Keys(first)) {
		row := wide.blank(p.id, t, d.lines[first[t]])
		for ; next < len(p.rows) && times[p.rows[next]] == t; next++ {
			i := p.rows[next]
			if err := d.observe(wide, row, i, outputs); err != nil {
				return err
			}
			given = d.behind(given, i, t)
			d.update(cov, i)
		}
		for k := range d.out {
			wide.columns[2+outputs+k].number[row] = supplies[k].at(t)
		}
		for k, v := range cov {
			wide.columns[2+outputs+len(d.out)+k].number[row] = v
		}
		if len(wide.lines) > wide.limits.Rows {
			return d.table.at(first[t], "", "there are more than %d rows with all doses, which is the limit; %s", wide.limits.Rows, budget.Hint("rows", 4*int64(wide.limits.Rows)))
		}
	}
	return nil
}

// times are those of the rows of a recording, of its doses, and where its infusions end, each with the
// first row of the file that has it or says it.
func (d *dosing) times(p *person) map[float64]int {
	times, first := d.columns[d.at["time"]].number, map[float64]int{}
	for _, i := range p.rows {
		if _, known := first[times[i]]; !known {
			first[times[i]] = i
		}
	}
	for _, one := range p.doses {
		for _, t := range []float64{one.time, one.until} {
			if _, known := first[t]; !known && t <= p.last && (t == one.time || one.rate > 0) {
				first[t] = one.row
			}
		}
	}
	return first
}

// behind counts a row that is measured where a dose was given, at its time and behind it in the file; it
// returns the dose last given.
func (d *dosing) behind(given dose, i int, t float64) dose {
	cmt := int(d.value("cmt", i, 1))
	if d.value("amt", i, 0) != 0 {
		return dose{time: t, compartment: cmt}
	}
	if is, _ := d.measures(i); is && d.has("cmt") && given.time == t && given.compartment == cmt {
		if d.late++; d.late == 1 {
			d.line = int(d.lines[i])
		}
	}
	return given
}

// firstCovariates are the first values of covariates, which hold until others come.
func (d *dosing) firstCovariates(p *person) []float64 {
	cov := slices.Repeat([]float64{math.NaN()}, len(d.kept))
	for k, c := range d.kept {
		for _, i := range p.rows {
			if v := d.columns[c].number; v != nil && math.IsNaN(cov[k]) {
				cov[k] = v[i]
			}
		}
	}
	return cov
}

// update puts the values of covariates that row i has in the place of those before.
func (d *dosing) update(cov []float64, i int) {
	for k, c := range d.kept {
		if v := d.columns[c].number; v != nil && !math.IsNaN(v[i]) {
			cov[k] = v[i]
		}
	}
}

// blank appends a row without values.
func (t *table) blank(id string, at float64, line uint32) (row int) {
	row = len(t.lines)
	t.lines = append(t.lines, line)
	t.columns[0].text = append(t.columns[0].text, id...)
	t.columns[0].ends = append(t.columns[0].ends, len(t.columns[0].text))
	t.columns[1].number = append(t.columns[1].number, at)
	for c := 2; c < len(t.columns); c++ {
		t.columns[c].number = append(t.columns[c].number, math.NaN())
	}
	return row
}

// observe puts the observation of row i of the file, if it is one, into a row.
func (d *dosing) observe(wide *table, row, i, outputs int) error {
	if is, err := d.measures(i); err != nil || !is {
		return err
	}
	v, below, err := d.observed(i)
	if err != nil {
		return err
	}
	k, ok := d.seen[d.number(i)]
	if !ok {
		return d.fail(i, "dv", "states= does not say what observation %d is", d.number(i))
	}
	col := &wide.columns[2+min(k, outputs-1)]
	if !math.IsNaN(col.number[row]) {
		switch d.o.Duplicates {
		case "first":
			return nil
		case "mean":
			n := max(d.means[[2]int{row, k}], 1)
			d.means[[2]int{row, k}] = n + 1
			v = col.number[row] + (v-col.number[row])/float64(n+1)
		default:
			return d.fail(i, "dv", "there is a value at this time already; keep one, or say duplicates=mean or duplicates=first")
		}
	}
	if col.number[row] = v; below {
		col.below.add(row, "<"+formatNumber(v))
	}
	return nil
}

// check wants numbers in all covariates.
func (t *table) check(d *dosing) error {
	for _, c := range d.kept {
		if col := &d.columns[c]; !col.isNumber() {
			return d.table.at(max(col.bad-1, 0), d.names[c], "%s is not a number, and the equations use the column", budget.Quote(col.what))
		}
	}
	return nil
}

// describe lists what each column was taken for.
func (d *dosing) describe(names []string, numbers []int) {
	var list [][2]string
	for _, r := range dosingNames {
		c, ok := d.at[r.role]
		if !ok {
			continue
		}
		about := r.about
		switch r.role {
		case "dv":
			about = "measured: " + strings.Join(names, ", ")
			if len(numbers) > 1 {
				about += " for the numbers " + strings.Join(numerals(numbers), ", ")
			}
		case "amt", "rate":
			var into []string
			for _, one := range d.out {
				if one.Rate == (r.role == "rate") {
					into = append(into, fmt.Sprintf("%s into %s", one.Column, d.compartment(one.Compartment)))
				}
			}
			if len(into) > 0 {
				about += ": " + strings.Join(into, ", ")
			}
		}
		list = append(list, [2]string{d.names[c], about})
	}
	for _, c := range d.kept {
		about := "varies"
		if d.constant(c) {
			about = "covariate, constant in each recording"
		}
		list = append(list, [2]string{d.names[c], about})
	}
	d.list = append(list, d.list...)
	if d.late > 0 {
		d.note("%s of a compartment at the time of a dose into it and behind it in the file (line %d first): what a row shows is the state "+
			"just before; write a later time where it was after", words.Several(d.late, "observation"), d.line)
	}
	d.note("one row is one dose or observation: %s of %s; layout=%s reads the rows as they are",
		words.Several(len(d.lines), "row"), words.Several(d.doseRows(), "dose"), LayoutPlain)
}

// doseRows is how many rows give a dose.
func (d *dosing) doseRows() (n int) {
	for i := range d.lines {
		if d.value("amt", i, 0) != 0 {
			n++
		}
	}
	return n
}

// compartment is the name of a compartment, or its number.
func (d *dosing) compartment(n int) string {
	if n <= len(d.o.Compartments) {
		return fmt.Sprintf("%s (compartment %d)", d.o.Compartments[n-1], n)
	}
	return fmt.Sprintf("compartment %d", n)
}
