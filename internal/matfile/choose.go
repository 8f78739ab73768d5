package matfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/internal/budget"
)

// Table are columns of equal length.
type Table struct {
	Names   []string
	Columns [][]float64
	Note    string // what was left out
}

// Choose makes a table of variables: of those that are wanted, by names with commas between
// them (a structure stands for its fields, a.b is one of them), or of all arrays, where these
// are of one length and not spread over several structures. A vector is a column, lying or
// standing; of a matrix each column is one, a longer side is time where nothing else tells.
//
// Errors: a question that lists the variables, where it is open which of them are meant.
func Choose(all []Variable, wanted string) (*Table, error) {
	var arrays []Variable
	var err error
	if wanted != "" {
		arrays, err = named(all, wanted)
	} else {
		arrays, err = scope(all)
	}
	if err != nil {
		return nil, err
	}
	var taken []*Variable
	var left []string
	for i := range arrays {
		switch v := &arrays[i]; {
		case v.Reals == nil:
			left = append(left, v.String())
		case len(v.Reals) < 2:
			left = append(left, describeScalar(v))
		default:
			taken = append(taken, v)
		}
	}
	rows := length(taken)
	if rows == 0 {
		return nil, ask("its arrays are not of one length", all)
	}
	t := &Table{}
	for _, v := range taken {
		if err := t.add(v, rows); err != nil {
			return nil, err
		}
	}
	t.Note = fmt.Sprintf("variables %s, %d rows", budget.List(t.Names), rows)
	if len(left) > 0 {
		t.Note += "; left out: " + budget.List(left)
	}
	return t, nil
}

func describeScalar(v *Variable) string {
	if len(v.Reals) == 1 {
		return fmt.Sprintf("%s = %g", v.Name, v.Reals[0])
	}
	return v.String()
}

func ask(why string, all []Variable) error {
	if len(all) == 0 {
		return errors.New("it holds no variable")
	}
	var list []string
	for i := range all {
		list = append(list, all[i].String())
	}
	return fmt.Errorf("%s; say which are meant, as in FILE#%s: there are %s", why, budget.Plain(budget.Cut(all[0].Name)), budget.List(list))
}

// scope are the arrays of the file, or of the only structure with arrays.
func scope(all []Variable) ([]Variable, error) {
	var within []Variable
	structures, long := 0, 0
	for _, v := range all {
		if slices.ContainsFunc(v.Fields, func(f Variable) bool { return len(f.Reals) > 1 }) {
			structures, within = structures+1, v.Fields
		}
		if len(v.Reals) > 1 {
			long++
		}
	}
	switch {
	case structures == 0:
		return all, nil
	case structures == 1 && long == 0:
		return within, nil
	}
	return nil, ask("it holds several tables", all)
}

// named are the variables of a list of names.
func named(all []Variable, wanted string) ([]Variable, error) {
	var out []Variable
	for name := range strings.SplitSeq(wanted, ",") {
		name = strings.TrimSpace(name)
		at := all
		var v *Variable
		for part := range strings.SplitSeq(name, ".") {
			i := slices.IndexFunc(at, func(v Variable) bool { return v.Name == part })
			if i < 0 {
				return nil, ask("there is no variable "+budget.Quote(name), all)
			}
			v, at = &at[i], at[i].Fields
		}
		if v.Fields != nil {
			out = append(out, v.Fields...)
		} else {
			out = append(out, *v)
		}
	}
	return out, nil
}

// length is that of all arrays; 0 if they have none in common.
func length(arrays []*Variable) int {
	for _, v := range arrays { // vectors know
		if v.Rows == 1 || v.Cols == 1 {
			return common(arrays, len(v.Reals))
		}
	}
	if len(arrays) == 0 {
		return 0
	}
	first := arrays[0]
	if n := common(arrays, max(first.Rows, first.Cols)); n > 0 {
		return n
	}
	return common(arrays, min(first.Rows, first.Cols))
}

// common is n if each array has a side of this length, else 0.
func common(arrays []*Variable, n int) int {
	for _, v := range arrays {
		if v.Rows != n && v.Cols != n {
			return 0
		}
	}
	return n
}

// add appends the columns of an array with so many rows.
func (t *Table) add(v *Variable, rows int) error {
	if len(v.Reals) != v.Rows*v.Cols {
		return errDamaged
	}
	lying, wide := v.Rows != rows, v.Cols
	if lying {
		wide = v.Rows
	}
	for c := range wide {
		name := v.Name
		if wide > 1 {
			name = fmt.Sprintf("%s%d", name, c+1)
		}
		column := v.Reals[min(c*rows, len(v.Reals)):]
		if lying {
			column = make([]float64, rows)
			for i := range column {
				column[i] = v.Reals[i*v.Rows+c]
			}
		}
		t.Names, t.Columns = append(t.Names, name), append(t.Columns, column[:rows])
	}
	return nil
}
