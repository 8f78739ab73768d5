package data

// Series is one recording: one row per time, as in the file. NaN marks a
// missing value. X is row-major, len(T) × len(Names); U holds the known
// inputs (forcing) in the same way, len(T) × len(Inputs).
type Series struct {
	ID     string   // recording name; "" when the file holds only one
	Names  []string // state (observed) columns
	Units  []string // as written in brackets in the header; "" if none
	Inputs []string // known input columns; may be empty
	Time   string   // name of the time column
	TUnit  string   // unit of time; "" if none
	T      []float64
	X      []float64
	U      []float64
}

// Len returns the number of rows.
func (s *Series) Len() int { return len(s.T) }

// Row returns the states of row i; it shares memory with s.
func (s *Series) Row(i int) []float64 {
	d := len(s.Names)
	return s.X[i*d : (i+1)*d]
}
