package field

import "gonum.org/v1/gonum/mat"

// orthogonal layers keep lengths: rows or columns are orthonormal, whichever are
// fewer, uniform over all such matrices; biases are zero.
//
// Source: Saxe, McClelland, Ganguli, ICLR (2014), arXiv:1312.6120.
func orthogonal(l Layer, w, b []float64, r Source) {
	q := frame(min(l.Rows, l.Cols), max(l.Rows, l.Cols), r)
	m := mat.NewDense(l.Rows, l.Cols, w)
	if l.Rows <= l.Cols {
		m.Copy(q)
	} else {
		m.Copy(q.T())
	}
	clear(b)
}

func init() {
	Initialisers.Register("orthogonal", "orthonormal rows or columns, zero biases", func() Initialiser { return LayerDraw(orthogonal) })
}
