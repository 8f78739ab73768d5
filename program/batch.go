package program

// Batch is Rows × Lanes numbers, row-major: component i of lane l is
// V[i*Lanes+l]. Lanes is 1 or a multiple of 8; spare lanes repeat lane 0 and
// carry zero cotangents. A lane is one trajectory, segment, node, tangent
// direction or ensemble member.
type Batch struct {
	V           []float64
	Rows, Lanes int
}

// NewBatch allocates a zero Batch.
func NewBatch(rows, lanes int) Batch {
	return Batch{V: make([]float64, rows*lanes), Rows: rows, Lanes: lanes}
}

// Row returns component i of every lane; it shares memory with b.
func (b Batch) Row(i int) []float64 { return b.V[i*b.Lanes : (i+1)*b.Lanes] }

// At returns component i of lane l.
func (b Batch) At(i, l int) float64 { return b.V[i*b.Lanes+l] }

// Set stores component i of lane l.
func (b Batch) Set(i, l int, v float64) { b.V[i*b.Lanes+l] = v }

// Lane copies lane l into dst (length Rows) and returns dst; nil allocates.
func (b Batch) Lane(dst []float64, l int) []float64 {
	if dst == nil {
		dst = make([]float64, b.Rows)
	}
	for i := range dst {
		dst[i] = b.V[i*b.Lanes+l]
	}
	return dst
}

// SetLane copies src (length Rows) into lane l.
func (b Batch) SetLane(l int, src []float64) {
	for i, v := range src {
		b.V[i*b.Lanes+l] = v
	}
}

// PadLanes returns the lane count that holds n trajectories: 1 for one,
// otherwise n rounded up to a multiple of 8.
func PadLanes(n int) int {
	if n <= 1 {
		return 1
	}
	return (n + 7) &^ 7
}
