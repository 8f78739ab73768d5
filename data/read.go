package data

import (
	"io"
	"math"
	"strings"
)

// ReadOptions say what the columns of a file are for. The zero value guesses.
type ReadOptions struct {
	File string // name for messages

	// Time names the time column. Guess: t, time, year or date, else the first column that
	// strictly increases.
	Time string
	// ID names the column that tells recordings apart. Guess: id, run, batch
	// or recording, else the file holds one recording.
	ID string
	// States, Inputs and Ignore name the observed, the known and the unused
	// columns. Without States, every column left over is a state. The
	// order is always that of the file.
	States, Inputs, Ignore []string
}

// Read returns the recordings of a CSV or TSV text, in the order of their
// first rows, rows in the order of the file.
//
// The first line names the columns, units in brackets: "speed [m/s]". Fields are
// separated by commas, semicolons (then 3,14 is a number too) or tabs. Lines
// that start with # are comments. Empty fields, NaN, NA, N/A and null are
// missing. Gzipped text is unpacked. Times are numbers, or ISO timestamps, which
// are counted from the earliest one (Epoch) in the largest of d, h, min and s
// that is not longer than the median step.
//
// Errors: *ParseError for what cannot be parsed, including times that do not
// increase strictly. What can be parsed but not learnt from is left to Check.
func Read(r io.Reader, o ReadOptions) ([]Series, error) {
	text, err := decode(r, o.File)
	if err != nil {
		return nil, err
	}
	t, err := tabulate(text, o.File)
	if err != nil {
		return nil, err
	}
	use, err := t.assign(o)
	if err != nil {
		return nil, err
	}
	k, err := t.readClock(use.time, use.id)
	if err != nil {
		return nil, err
	}
	return t.recordings(use, k)
}

// recordings gathers the rows of each id into a Series.
func (t *table) recordings(use *roles, k *clock) ([]Series, error) {
	var all []Series
	index := map[string]int{}
	for i, row := range t.rows {
		id := ""
		if use.id >= 0 {
			id = row[use.id]
			if err := t.checkID(id, i, use.id); err != nil {
				return nil, err
			}
		}
		n, ok := index[id]
		if !ok {
			n = len(all)
			index[id] = n
			all = append(all, t.empty(id, use, k))
		}
		s := &all[n]
		s.T = append(s.T, k.t[i])
		var err error
		if s.X, err = t.values(s.X, i, use.states); err != nil {
			return nil, err
		}
		if s.U, err = t.values(s.U, i, use.inputs); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (t *table) checkID(id string, i, c int) error {
	switch {
	case id == "":
		return at(t.file, t.lines[i], t.names[c], "the name of the recording is missing; fill it in or remove the row")
	case strings.ContainsFunc(id, invisible):
		return at(t.file, t.lines[i], t.names[c], "the name of the recording holds a line break or control character")
	}
	return nil
}

// empty returns a recording without rows.
func (t *table) empty(id string, use *roles, k *clock) Series {
	s := Series{ID: id, Time: t.names[use.time], TUnit: t.units[use.time], Epoch: k.epoch}
	if !k.epoch.IsZero() {
		s.TUnit = k.unit
	}
	for _, c := range use.states {
		s.Names, s.Units = append(s.Names, t.names[c]), append(s.Units, t.units[c])
	}
	for _, c := range use.inputs {
		s.Inputs = append(s.Inputs, t.names[c])
	}
	return s
}

// values appends the numbers of row i in the given columns to dst.
func (t *table) values(dst []float64, i int, columns []int) ([]float64, error) {
	for _, c := range columns {
		v, ok := t.number(t.rows[i][c])
		if !ok {
			return dst, t.notNumber(i, c)
		}
		dst = append(dst, v)
	}
	return dst, nil
}

func (t *table) notNumber(i, c int) error {
	field, name := t.rows[i][c], t.names[c]
	if v, ok := t.number(strings.ReplaceAll(field, ",", ".")); ok && !math.IsNaN(v) && strings.Count(field, ",") == 1 {
		return at(t.file, t.lines[i], name, "%q is not a number; write decimals with a point", field)
	}
	return at(t.file, t.lines[i], name, "%q is not a number; correct it, leave the field empty if it is missing, "+
		"or leave the column out with ignore=%s", field, name)
}
