package data

import (
	"slices"
	"sort"
)

// sortRows puts the rows of each recording in the order of time if that is wanted, or if all
// of them come latest first.
func (t *table) sortRows(use *roles, wanted bool) {
	times, back, ahead := use.clock.t, 0, 0
	for i, j := range use.rows.before {
		switch {
		case j < 0:
		case times[i] < times[j]:
			back++
		case times[i] > times[j]:
			ahead++
		}
	}
	if back == 0 || !wanted && ahead > 0 {
		return
	}
	order := make([]int32, len(times))
	for i := range order {
		order[i] = int32(i)
	}
	of := use.rows.of
	sort.SliceStable(order, func(a, b int) bool {
		i, j := order[a], order[b]
		if of[i] != of[j] {
			return of[i] < of[j]
		}
		return times[i] < times[j]
	})
	t.permute(order)
	use.clock.t, use.rows.of = permuted(times, order), permuted(of, order)
	for i := range use.rows.before {
		use.rows.before[i] = int32(i - 1)
		if i == 0 || use.rows.of[i] != use.rows.of[i-1] {
			use.rows.before[i] = -1
		}
	}
	if wanted {
		use.clock.note("the rows are put in the order of time")
	} else {
		use.clock.note("the rows come latest first; they are put in the order of time")
	}
}

// permute puts the rows into an order, in which those of one file stay together.
func (t *table) permute(order []int32) {
	for c := range t.columns {
		col := &t.columns[c]
		if len(col.ends) == len(t.lines) {
			var text []byte
			ends := make([]int, len(order))
			for k, i := range order {
				text = append(text, col.field(int(i))...)
				ends[k] = len(text)
			}
			col.text, col.ends = text, ends
		} else {
			col.text, col.ends = nil, nil
		}
		if col.number != nil {
			col.number = permuted(col.number, order)
		}
		if col.bad > 0 {
			col.bad = slices.Index(order, int32(col.bad-1)) + 1
		}
	}
	t.lines = permuted(t.lines, order)
}

func permuted[T any](v []T, order []int32) []T {
	out := make([]T, len(order))
	for k, i := range order {
		out[k] = v[i]
	}
	return out
}
