package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// panel is the number of columns of a product made at a time: wide enough for
// the vector kernels, narrow enough that a panel of a few hundred rows stays
// in the first-level cache.
const panel = 32

// gram holds the work space of products A·Bᵀ that are symmetric.
type gram struct {
	x, y []float64
	stop func() bool // asked before every panel; the product is then not whole
}

func newGram(rows, cols int) gram {
	return gram{x: make([]float64, cols*panel), y: make([]float64, rows*panel)}
}

// lower sets the lower triangle of c (rows×rows) to A·Bᵀ, where A and B are
// rows×cols. pack(x, j, width, lanes) writes rows j … j+width−1 of B as the
// columns of x, cols×lanes; columns from width on are not used.
func (g *gram) lower(c, a []float64, rows, cols int, b packer) {
	for j := 0; j < rows && !g.stop(); j += panel {
		width := min(panel, rows-j)
		lanes := (width + 7) &^ 7
		b.pack(g.x[:cols*lanes], j, width, lanes)
		y := g.y[:(rows-j)*lanes]
		kernel.MatVec(y, a[j*cols:], g.x, rows-j, cols, lanes)
		for i := j; i < rows; i++ {
			copy(c[i*rows+j:i*rows+min(j+width, i+1)], y[(i-j)*lanes:])
		}
	}
}

// square sets the lower triangle of c (cols×cols) to AᵀA, where A is rows×cols.
func (g *gram) square(c, a []float64, rows, cols int) {
	for j := 0; j < cols && !g.stop(); j += panel {
		width := min(panel, cols-j)
		lanes := (width + 7) &^ 7
		x, y := g.x[:rows*lanes], g.y[:(cols-j)*lanes]
		for i := range rows {
			copy(x[i*lanes:i*lanes+width], a[i*cols+j:])
		}
		clear(y)
		kernel.MatVecTPart(y, a[j:], x, rows, cols-j, cols, lanes)
		for i := j; i < cols; i++ {
			copy(c[i*cols+j:i*cols+min(j+width, i+1)], y[(i-j)*lanes:])
		}
	}
}

type packer struct {
	v     []float64
	cols  int       // row length of v
	scale []float64 // column factors of v, nil = 1
}

func (p packer) pack(x []float64, j, width, lanes int) {
	for l := range width {
		row := p.v[(j+l)*p.cols : (j+l+1)*p.cols]
		if p.scale == nil {
			for i, v := range row {
				x[i*lanes+l] = v
			}
			continue
		}
		for i, v := range row {
			x[i*lanes+l] = v * p.scale[i]
		}
	}
}

// choleskyUnless overwrites the lower triangle of a (n×n) with L of a = L·Lᵀ. It
// returns false if a is not positive definite to working precision, and gives up
// as soon as stop says so.
func choleskyUnless(stop func() bool, a []float64, n int) bool {
	for i := range n {
		if stop() {
			return false
		}
		ri := a[i*n : i*n+i+1]
		for j := range i {
			rj := a[j*n : j*n+j+1]
			ri[j] = (ri[j] - kernel.Dot(ri[:j], rj)) / rj[j]
		}
		d := ri[i] - kernel.Dot(ri[:i], ri)
		// A pivot that lost all its digits is noise.
		if !(d > 1e-15*ri[i]) || math.IsInf(d, 1) {
			return false
		}
		ri[i] = math.Sqrt(d)
	}
	return true
}

// solveCholesky replaces b by (L·Lᵀ)⁻¹ b.
func solveCholesky(l, b []float64, n int) {
	for i := range n {
		row := l[i*n : i*n+i+1]
		b[i] = (b[i] - kernel.Dot(row[:i], b)) / row[i]
	}
	for i := n - 1; i >= 0; i-- {
		row := l[i*n : i*n+i+1]
		b[i] /= row[i]
		kernel.AXPY(b[:i], -b[i], row)
	}
}

// forwardRowsUnless replaces B (n×cols) by L⁻¹ B; false: stop said so in the middle.
func forwardRowsUnless(stop func() bool, l, b []float64, n, cols int) bool {
	for i := range n {
		if stop() {
			return false
		}
		bi := b[i*cols : (i+1)*cols]
		for j, v := range l[i*n : i*n+i] {
			kernel.AXPY(bi, -v, b[j*cols:(j+1)*cols])
		}
		kernel.Scale(bi, 1/l[i*n+i], bi)
	}
	return true
}

// invertLowerUnless replaces the lower triangle of l (n×n) by that of L⁻¹; false: stop
// said so in the middle.
func invertLowerUnless(stop func() bool, l []float64, n int) bool {
	for i := range n {
		if stop() {
			return false
		}
		ri := l[i*n : i*n+i+1]
		inv := 1 / ri[i]
		// Row i of L⁻¹ is −inv Σ_j L[i,j] (row j of L⁻¹), with rows j < i
		// already inverted; ascending j overwrites only entries ≤ j.
		for j := range i {
			v := ri[j]
			ri[j] = 0
			kernel.AXPY(ri[:j+1], v, l[j*n:j*n+j+1])
		}
		kernel.Scale(ri[:i], -inv, ri)
		ri[i] = inv
	}
	return true
}

// logDiagonal returns Σ log l[i,i].
func logDiagonal(l []float64, n int) float64 {
	sum := 0.0
	for i := range n {
		sum += math.Log(l[i*n+i])
	}
	return sum
}
