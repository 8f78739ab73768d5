package data

import (
	"slices"
	"time"
)

// Series is one recording: one row per time, as in the file. NaN marks a
// missing value. X is row-major, len(T) × len(Names); U holds the known
// inputs (forcing) in the same way, len(T) × len(Inputs).
type Series struct {
	ID     string    // recording name; "" when the file holds only one
	IDName string    // of the column that tells recordings apart; "" if none does
	Names  []string  // state (observed) columns
	Units  []string  // as written in brackets in the header; "" if none
	Inputs []string  // known input columns; may be empty
	Time   string    // name of the time column
	TUnit  string    // unit of time; "" if none
	Epoch  time.Time // instant of T = 0 when the file held timestamps; else zero
	// Dates is how weeks, months or quarters are written: {Mon} {YYYY} is Jan 2008, {YYYY}Q{Q} is
	// 2008Q1; "": instants, in ISO 8601.
	Dates string
	T     []float64
	X     []float64
	U     []float64
	// Below is, of each state, the limit that some of its values are written below, as <0.05: they
	// are here as the limit, and values at or below the largest of them are known only not to be
	// above it. NaN: none is; nil: of no state.
	Below []float64
	// Label is what a whole recording is called, such as the class that it belongs to; "": nothing.
	Label string
	// Embedding says that the columns are one and what it was before; nil: they are as measured.
	Embedding *Embedding
	// Components says that the columns are principal components of others; nil: they are as measured.
	Components *Components
	// Shown are the columns that the components are of, rows × Components.Columns; nil: they were not
	// kept.
	Shown []float64
}

// Len returns the number of rows.
func (s *Series) Len() int { return len(s.T) }

// Row returns the states of row i; it shares memory with s.
func (s *Series) Row(i int) []float64 {
	d := len(s.Names)
	return s.X[i*d : (i+1)*d]
}

// InputRow returns the known inputs of row i; it shares memory with s.
func (s *Series) InputRow(i int) []float64 {
	d := len(s.Inputs)
	return s.U[i*d : (i+1)*d]
}

// Column returns a copy of state column c, NaN where missing.
func (s *Series) Column(c int) []float64 {
	return column(s.X, len(s.Names), c)
}

// Slice returns rows from ≤ i < to; it shares memory with s.
func (s *Series) Slice(from, to int) Series {
	part, d, m := *s, len(s.Names), len(s.Inputs)
	part.T = s.T[from:to:to]
	part.X = s.X[from*d : to*d : to*d]
	part.U = s.U[from*m : to*m : to*m]
	if s.Shown != nil {
		n := len(s.Components.Columns)
		part.Shown = s.Shown[from*n : to*n : to*n]
	}
	return part
}

// Every returns every k-th row, the first one too. With k = 1 it is s itself.
func (s *Series) Every(k int) Series {
	if k <= 1 {
		return *s
	}
	part := *s
	part.T, part.X, part.U, part.Shown = nil, nil, nil, nil
	for i := 0; i < s.Len(); i += k {
		part.T = append(part.T, s.T[i])
		part.X = append(part.X, s.Row(i)...)
		part.U = append(part.U, s.InputRow(i)...)
	}
	return part
}

func column(v []float64, width, c int) []float64 {
	out := make([]float64, 0, len(v)/max(width, 1))
	for i := c; i < len(v); i += width {
		out = append(out, v[i])
	}
	return out
}

// Step is the median distance of rows in time; 0 with fewer than two.
func (s *Series) Step() float64 {
	var d []float64
	for i := 1; i < len(s.T); i++ {
		d = append(d, s.T[i]-s.T[i-1])
	}
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}

// Measured is how many of the columns were measured at the time of their row: all, unless the others
// are what the first was before.
func (s *Series) Measured() int {
	if s.Embedding != nil {
		return 1
	}
	return len(s.Names)
}
