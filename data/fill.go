package data

import "math"

// FillInputs returns the recordings with a value of every input in every row: a
// missing one lies on the line between its neighbours or, if that input holds its
// value until the next row, is that of the row before. Before the first and
// behind the last value of an input there is only that value to go on with; rows
// there without a value of any state are left out. What needs no filling is not
// copied.
// hold has an entry an input.
func FillInputs(series []Series, hold []bool) []Series {
	out := append([]Series{}, series...)
	for n := range out {
		if s := &out[n]; s.lacksInput() {
			*s = s.ended()
			u := append([]float64{}, s.U...)
			for c := range s.Inputs {
				fillColumn(s.T, u, c, len(s.Inputs), hold[c])
			}
			s.U = u
		}
	}
	return out
}

func (s *Series) lacksInput() bool {
	for _, v := range s.U {
		if math.IsNaN(v) {
			return true
		}
	}
	return false
}

// ended is s without the rows at its ends where an input is not known yet or any
// more and no state is.
func (s *Series) ended() Series {
	from, to := 0, s.Len()
	for c := range s.Inputs {
		v := column(s.U, len(s.Inputs), c)
		for lo := 0; lo < to && math.IsNaN(v[lo]); lo++ {
			if s.empty(lo) && lo == from {
				from++
			}
		}
		for hi := to - 1; hi >= from && math.IsNaN(v[hi]); hi-- {
			if s.empty(hi) && hi == to-1 {
				to--
			}
		}
	}
	if to-from < minTrain {
		return *s
	}
	return s.Slice(from, to)
}

// empty tells whether a row has no value of any state.
func (s *Series) empty(row int) bool {
	for _, v := range s.Row(row) {
		if !math.IsNaN(v) {
			return false
		}
	}
	return true
}

// fillColumn fills column c of u, which has m columns over the times t.
func fillColumn(t, u []float64, c, m int, hold bool) {
	last := -1
	for i := range t {
		v := u[i*m+c]
		if math.IsNaN(v) {
			continue
		}
		for k := last + 1; k < i; k++ {
			switch {
			case last < 0:
				u[k*m+c] = v
			case hold:
				u[k*m+c] = u[last*m+c]
			default:
				w := (t[k] - t[last]) / (t[i] - t[last])
				u[k*m+c] = (1-w)*u[last*m+c] + w*v
			}
		}
		last = i
	}
	for k := last + 1; last >= 0 && k < len(t); k++ {
		u[k*m+c] = u[last*m+c]
	}
}
