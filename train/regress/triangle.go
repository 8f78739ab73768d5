package regress

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Triangle is a least-squares problem reduced to R·x = d with R upper
// triangular; columns can be taken away one at a time.
type Triangle struct {
	q    int         // columns
	r    [][]float64 // rows of R
	d    []float64
	rest float64 // sum of squares that no x can lower
}

// newTriangle reduces a system whose last column is the right-hand side.
func newTriangle(sys *mat.Dense) *Triangle {
	_, cols := sys.Dims()
	var qr mat.QR
	var full mat.Dense
	qr.Factorize(sys)
	qr.RTo(&full)
	t := &Triangle{q: cols - 1}
	for i := range t.q {
		t.r = append(t.r, append([]float64{}, full.RawRowView(i)[:t.q]...))
		t.d = append(t.d, full.At(i, t.q))
	}
	left := full.At(t.q, t.q)
	t.rest = left * left
	return t
}

// solution is x. A column that the ones before it explain to the last digit
// gets zero.
func (t *Triangle) solution() []float64 {
	x := make([]float64, t.q)
	for i := t.q - 1; i >= 0; i-- {
		v := t.d[i]
		for k := i + 1; k < t.q; k++ {
			v -= t.r[i][k] * x[k]
		}
		if t.r[i][i] != 0 {
			x[i] = v / t.r[i][i]
		}
	}
	return x
}

// Inverse is R⁻¹, by rows from the diagonal on.
func (t *Triangle) Inverse() [][]float64 {
	inv := make([][]float64, t.q)
	for i := t.q - 1; i >= 0; i-- {
		row := make([]float64, t.q-i)
		w := t.r[i][i]
		if w == 0 {
			w = math.Inf(1)
		}
		row[0] = 1 / w
		for m := i + 1; m < t.q; m++ {
			c := t.r[i][m] / w
			if c == 0 {
				continue
			}
			for k, v := range inv[m] {
				row[m-i+k] -= c * v
			}
		}
		inv[i] = row
	}
	return inv
}

// losses are by how much the sum of squares grows without each column.
func (t *Triangle) losses() []float64 {
	x, out := t.solution(), make([]float64, t.q)
	for i, row := range t.Inverse() {
		square := 0.0
		for _, v := range row {
			square += v * v
		}
		if square > 0 {
			out[i] = x[i] * x[i] / square
		}
	}
	return out
}

// drop takes column k away. Rotations make the rest triangular again.
//
// Source: Golub, Van Loan, Matrix Computations (1996), §12.5.2.
func (t *Triangle) drop(k int) {
	for i, row := range t.r {
		t.r[i] = append(row[:k], row[k+1:]...)
	}
	t.q--
	for i := k; i < t.q; i++ {
		a, b := t.r[i][i], t.r[i+1][i]
		h := math.Hypot(a, b)
		if h == 0 {
			continue
		}
		c, s := a/h, b/h
		for j := i; j < t.q; j++ {
			u, v := t.r[i][j], t.r[i+1][j]
			t.r[i][j], t.r[i+1][j] = c*u+s*v, c*v-s*u
		}
		u, v := t.d[i], t.d[i+1]
		t.d[i], t.d[i+1] = c*u+s*v, c*v-s*u
	}
	t.rest += t.d[t.q] * t.d[t.q]
	t.r, t.d = t.r[:t.q], t.d[:t.q]
}
