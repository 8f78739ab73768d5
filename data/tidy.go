package data

import (
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Names of the two columns of a tidy (long) table: what was measured, and its value.
var (
	variableNames = []string{"variable", "signal", "name", "key", "parameter", "quantity", "sensor", "channel", "measure", "observable", "dvid"}
	valueNames    = []string{"value", "val", "reading", "measurement", "dv"}
)

// untidy makes a column of each variable of a tidy table, in which every row
// holds one value and the name of what it is; any other table stays as it is.
func (t *table) untidy(o *ReadOptions) (*table, error) {
	variable, value := t.among(variableNames), t.among(valueNames)
	if !t.isTidy(variable, value, o) {
		return t, nil
	}
	return t.widened(variable, value)
}

// isTidy tells that one column names what another one holds, and the user does not
// read them as they are.
func (t *table) isTidy(variable, value int, o *ReadOptions) bool {
	if variable < 0 || value < 0 || len(t.names) > 5 || t.columns[variable].bad == 0 || !t.columns[value].isNumber() || len(t.columns[variable].ends) < len(t.lines) {
		return false
	}
	for _, name := range slices.Concat([]string{o.ID, o.Time}, o.States, o.Inputs, o.Ignore) {
		if name == t.names[variable] || name == t.names[value] {
			return false
		}
	}
	return true
}

// widened is the table with a column for each name, or t itself where that makes no
// sense.
func (t *table) widened(variable, value int) (*table, error) {
	wide := &table{file: t.file, comma: t.comma, commas: t.commas, thousands: t.thousands, pointGroups: t.pointGroups, header: t.header, limits: t.limits, told: t.told, parts: slices.Clone(t.parts)}
	var keys []int // columns that tell rows apart: time, recording
	var fields []string
	for c := range t.names {
		if c != variable && c != value {
			keys, fields = append(keys, c), append(fields, t.headers[c])
		}
	}
	index := map[string]int{}
	for i := range t.lines {
		name := t.columns[variable].field(i)
		if _, ok := index[name]; !ok {
			if len(index)+len(keys) >= t.limits.Columns {
				return t, nil // the limits of columns are told where they are read as states
			}
			index[name] = len(fields)
			fields = append(fields, name)
		}
	}
	if slices.ContainsFunc(fields[len(keys):], func(f string) bool { return isMissing(f) || slices.Contains(fields[:len(keys)], f) }) {
		return t, nil
	}
	if err := t.columns[value].doubt; err != nil {
		return nil, err
	}
	if err := wide.setHeader(fields); err != nil {
		return nil, err
	}
	for k, c := range keys {
		wide.columns[k].keep = t.columns[c].keep
	}
	if err := t.gather(wide, keys, variable, value, index); err != nil {
		return nil, err
	}
	if len(wide.lines) == 0 { // neither keys nor values
		return t, nil
	}
	wide.note("a tidy table: every value of %s became a column (%s)", budget.Quote(t.names[variable]), budget.List(wide.names[len(keys):]))
	return wide, wide.finish()
}

// gather fills the rows of a wide table.
func (t *table) gather(wide *table, keys []int, variable, value int, index map[string]int) error {
	rows := map[string]int{}
	var all [][]string
	var lines []int
	part := 0
	for i := range t.lines {
		if next := t.partOf(i); next != part {
			part, rows = next, map[string]int{}
			wide.parts[part].first = len(all)
		}
		var key strings.Builder
		for _, c := range keys {
			key.WriteString(t.columns[c].field(i))
			key.WriteByte(0)
		}
		n, known := rows[key.String()]
		if !known {
			n = len(all)
			rows[key.String()] = n
			row := make([]string, len(wide.names))
			for k, c := range keys {
				row[k] = t.columns[c].field(i)
			}
			all, lines = append(all, row), append(lines, int(t.lines[i]))
			if len(all)*len(row) > t.limits.Cells {
				return t.at(i, "", "the table has more than %d cells as columns, which is the limit; %s", t.limits.Cells,
					budget.Hint("cells", 4*int64(t.limits.Cells)))
			}
		}
		c := index[t.columns[variable].field(i)]
		if all[n][c] != "" {
			return t.at(i, t.names[variable], "%s has a value at this time already; keep one, or name the column that tells recordings apart with id=…",
				budget.Quote(wide.names[c]))
		}
		all[n][c] = formatNumber(t.columns[value].number[i])
		if t.columns[value].below.has(i) {
			all[n][c] = "<" + all[n][c]
		}
	}
	for n, row := range all {
		if err := wide.add(row, lines[n]); err != nil {
			return err
		}
	}
	return nil
}

// among is the first column with one of the names, in any case; -1 if there is none.
func (t *table) among(names []string) int {
	return slices.IndexFunc(t.names, func(have string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, have) })
	})
}
