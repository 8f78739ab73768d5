package sqlitefile

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Result are the rows of a query, read one by one.
type Result struct {
	Names []string

	q      *query
	rows   *rowsOf
	take   []int // of the columns; the number of the row stands behind them
	where  []int
	width  int
	keys   []bool
	sorted [][]value // what has to be put in order
	d      *Database
	by     []int
}

// Read reads a table, called by its name, or runs a query of one; "" is the only table.
//
// Errors: a question that lists the tables, a query that is not understood (ErrQuery), and a
// damaged file.
func (d *Database) Read(what string) (*Result, error) {
	q, err := d.query(what)
	if err != nil {
		return nil, err
	}
	t, err := d.table(q.table)
	if err != nil {
		return nil, err
	}
	r := &Result{q: q, rows: d.rows(t.root), width: len(t.columns), d: d}
	if q.columns == nil {
		for _, c := range t.columns {
			q.columns, q.names = append(q.columns, c.name), append(q.names, c.name)
		}
	}
	r.Names = q.names
	for _, c := range t.columns {
		r.keys = append(r.keys, c.key)
	}
	var where, by []string
	for _, c := range q.where {
		where = append(where, c.column)
	}
	for _, o := range q.by {
		by = append(by, o.column)
	}
	for _, list := range []struct {
		names []string
		at    *[]int
	}{{q.columns, &r.take}, {where, &r.where}, {by, &r.by}} {
		for _, name := range list.names {
			if *list.at, err = t.find(*list.at, name); err != nil {
				return nil, err
			}
		}
	}
	if len(q.by) > 0 {
		return r, r.sort()
	}
	return r, nil
}

// query is that of a text: a query, or the name of a table.
func (d *Database) query(what string) (*query, error) {
	if fields := strings.Fields(what); len(fields) > 1 && strings.EqualFold(fields[0], "select") {
		return parse(what)
	}
	if what == "" {
		if len(d.tables) != 1 {
			return nil, fmt.Errorf("it has the tables %s; say which, as in FILE#TABLE", budget.List(d.Tables()))
		}
		what = d.tables[0].name
	}
	return &query{table: what, limit: -1}, nil
}

// find appends the place of a column; rowid is the number of the row.
func (t *table) find(dst []int, name string) ([]int, error) {
	var names []string
	for i, c := range t.columns {
		if strings.EqualFold(c.name, name) {
			return append(dst, i), nil
		}
		names = append(names, c.name)
	}
	if strings.EqualFold(name, "rowid") {
		return append(dst, len(t.columns)), nil
	}
	return nil, fmt.Errorf("table %s has no column %s (columns: %s)", budget.Quote(t.name), budget.Quote(name), budget.List(names))
}

// Next appends the values of the next row to dst as text; io.EOF stands behind the last.
func (r *Result) Next(dst []string) ([]string, error) {
	if r.q.limit == 0 {
		return dst, io.EOF
	}
	var row []value
	switch {
	case len(r.q.by) == 0:
		var err error
		if row, err = r.scan(); err != nil {
			return dst, err
		}
	case len(r.sorted) == 0:
		return dst, io.EOF
	default:
		row, r.sorted = r.sorted[0], r.sorted[1:]
	}
	r.q.limit--
	for _, c := range r.take {
		dst = append(dst, row[c].String())
	}
	return dst, nil
}

// scan is the next row that meets the conditions.
func (r *Result) scan() ([]value, error) {
next:
	for {
		row, err := r.rows.next()
		if err != nil {
			return nil, err
		}
		number := row[len(row)-1]
		row = row[:min(len(row)-1, r.width)]
		for len(row) < r.width { // columns that were added later
			row = append(row, value{})
		}
		row = append(row, number)
		for c, key := range r.keys {
			if key {
				row[c] = number
			}
		}
		for i := range r.q.where {
			if !r.q.where[i].holds(&row[r.where[i]]) {
				continue next
			}
		}
		return row, nil
	}
}

// holds compares; of a missing value nothing holds.
func (c *condition) holds(v *value) bool {
	switch c.sign {
	case "IS":
		return v.kind == noValue
	case "IS NOT":
		return v.kind != noValue
	}
	if v.kind == noValue {
		return false
	}
	switch n := v.compare(&c.value); c.sign {
	case "=", "==":
		return n == 0
	case "<>", "!=":
		return n != 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	}
	return v.compare(&c.value) >= 0
}

// sort reads all rows and puts them in order.
func (r *Result) sort() error {
	for {
		row, err := r.scan()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		size := int64(0)
		for i := range row {
			size += 48 + int64(len(row[i].text))
		}
		if err := r.d.hold(size); err != nil {
			return err
		}
		r.sorted = append(r.sorted, row)
	}
	slices.SortStableFunc(r.sorted, func(a, b []value) int {
		for i, c := range r.by {
			n := a[c].compare(&b[c])
			if r.q.by[i].down {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	return nil
}
