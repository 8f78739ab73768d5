package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// addProduct adds A·x to y, for A with the given patches.
func addProduct(y []float64, patches []Patch, v, x []float64) {
	for _, p := range patches {
		if p.Rows > 0 && p.Cols > 0 {
			kernel.MatVecAdd(y[p.Row:p.Row+p.Rows], v[:p.size()], x[p.Col:p.Col+p.Cols], p.Rows, p.Cols, 1)
		}
		v = v[p.size():]
	}
}

// addTransposed adds Aᵀ·y to x.
func addTransposed(x []float64, patches []Patch, v, y []float64) {
	for _, p := range patches {
		if p.Rows > 0 && p.Cols > 0 {
			kernel.MatVecTAdd(x[p.Col:p.Col+p.Cols], v[:p.size()], y[p.Row:p.Row+p.Rows], p.Rows, p.Cols, 1)
		}
		v = v[p.size():]
	}
}

// addSymmetric adds W·x to y, for W whose lower triangle has the given patches.
func addSymmetric(y []float64, patches []Patch, v, x []float64) {
	for _, p := range patches {
		if p.Row != p.Col {
			addProduct(y, []Patch{p}, v, x)
			addTransposed(y, []Patch{p}, v, x)
			v = v[p.size():]
			continue
		}
		for i := range p.Rows {
			row := v[i*p.Cols : i*p.Cols+i]
			xs, ys := x[p.Col:p.Col+i], y[p.Col:p.Col+i]
			y[p.Row+i] += kernel.Dot(row, xs) + v[i*p.Cols+i]*x[p.Row+i]
			kernel.AXPY(ys, x[p.Row+i], row)
		}
		v = v[p.size():]
	}
}

// scaleRows multiplies row i of A by s[i].
func scaleRows(patches []Patch, v, s []float64) {
	for _, p := range patches {
		for i := range p.Rows {
			row := v[i*p.Cols : (i+1)*p.Cols]
			if f := s[p.Row+i]; f != 1 {
				kernel.Scale(row, f, row)
			}
		}
		v = v[p.size():]
	}
}

// largestOfRows writes the largest magnitude of each row of A.
func largestOfRows(dst []float64, patches []Patch, v []float64) {
	clear(dst)
	for _, p := range patches {
		for i := range p.Rows {
			for _, a := range v[i*p.Cols : (i+1)*p.Cols] {
				dst[p.Row+i] = max(dst[p.Row+i], math.Abs(a))
			}
		}
		v = v[p.size():]
	}
}

// places lists where the entries of a matrix are that lie in a marked row or
// column (nil marks none).
func places(patches []Patch, rows, cols []bool) []int {
	var at []int
	o := 0
	for _, p := range patches {
		for i := range p.Rows {
			for j := range p.Cols {
				if rows != nil && rows[p.Row+i] || cols != nil && cols[p.Col+j] {
					at = append(at, o+i*p.Cols+j)
				}
			}
		}
		o += p.size()
	}
	return at
}
