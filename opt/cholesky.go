package opt

import (
	"math"
	"runtime"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/par"
)

// panels is the lower triangle of a symmetric matrix in columns of panel each: panel j
// holds rows j·panel … n−1, panel numbers a row. What lies above the diagonal is of no use.
type panels struct {
	n int
	v []float64
}

func newPanels(n int) panels {
	size := 0
	for j := 0; j < n; j += panel {
		size += (n - j) * panel
	}
	return panels{n, make([]float64, size)}
}

func (p panels) count() int { return (p.n + panel - 1) / panel }

// of returns panel j, rows from j·panel on.
func (p panels) of(j int) []float64 {
	at := panel * (j*p.n - panel*j*(j-1)/2)
	return p.v[at : at+(p.n-j*panel)*panel]
}

// add adds v to the entry in row i and column j ≤ i.
func (p panels) add(i, j int, v float64) {
	k := j / panel
	p.of(k)[(i-k*panel)*panel+j-k*panel] += v
}

// cholesky holds the factor L of a matrix L·Lᵀ, panel by panel, with the inverses of the blocks on
// its diagonal: everything but those is products.
type cholesky struct {
	panels
	inverse []float64   // of block j, transposed: panel × panel
	across  []float64   // −Lᵀ of the block rows of a panel: what is to its left
	row     []float64   // work of the rows below a block
	first   []float64   // diagonal as it was
	stop    func() bool // asked before every panel, and it ends there; nil: never
	j       int
	update  *par.Pool // over stretches of rows of panel j
	divide  *par.Pool
}

// stretch is the number of rows of a panel that one worker changes at a time.
const stretch = 256

func newCholesky(n int) *cholesky {
	c := &cholesky{panels: newPanels(n), row: make([]float64, n*panel), first: make([]float64, n)}
	c.inverse, c.across = make([]float64, c.count()*panel*panel), make([]float64, c.count()*panel*panel)
	workers := runtime.GOMAXPROCS(0)
	c.update = par.NewPool(workers, func(_, k int) { c.updateRows(k * stretch) })
	c.divide = par.NewPool(workers, func(_, k int) { c.divideRows(panel + k*stretch) })
	return c
}

// lower takes the lower triangle of rows of the given width.
func (c *cholesky) lower(a []float64, width int) {
	for j := range c.count() {
		y := c.of(j)
		for i := j * panel; i < c.n; i++ {
			copy(y[(i-j*panel)*panel:(i-j*panel+1)*panel], a[i*width+j*panel:i*width+min(i+1, (j+1)*panel)])
		}
	}
}

// factor replaces the matrix by L. It returns false if it is not positive definite to working precision, or was stopped.
func (c *cholesky) factor() bool {
	workers := runtime.GOMAXPROCS(0)
	for j := range c.count() {
		y := c.of(j)
		for i := range min(panel, c.n-j*panel) {
			c.first[j*panel+i] = y[i*panel+i]
		}
	}
	for c.j = range c.count() {
		if c.stop != nil && c.stop() {
			return false
		}
		rows, wide := c.n-c.j*panel, min(panel, c.n-c.j*panel)
		for k := range c.j {
			left, x := c.of(k)[(c.j-k)*panel*panel:], c.across[k*panel*panel:(k+1)*panel*panel]
			for l := range wide {
				for s, v := range left[l*panel : (l+1)*panel] {
					x[s*panel+l] = -v
				}
			}
		}
		if c.j > 0 {
			c.update.Run((rows+stretch-1)/stretch, workers)
		}
		if !c.block(wide) {
			return false
		}
		if rows > panel {
			c.divide.Run((rows-panel+stretch-1)/stretch, workers)
		}
	}
	return true
}

// updateRows subtracts what is to the left from rows of panel j, counted from its first.
func (c *cholesky) updateRows(from int) {
	y := c.of(c.j)[from*panel:]
	rows := min(stretch, len(y)/panel)
	for k := range c.j {
		kernel.MatVecAdd(y, c.of(k)[((c.j-k)*panel+from)*panel:], c.across[k*panel*panel:], rows, panel, panel)
	}
}

// divideRows multiplies rows below the block of panel j by its transposed inverse.
func (c *cholesky) divideRows(from int) {
	y, work := c.of(c.j)[from*panel:], c.row[from*panel:]
	rows := min(stretch, len(y)/panel)
	kernel.MatVec(work, y, c.inverse[c.j*panel*panel:], rows, panel, panel)
	copy(y[:rows*panel], work)
}

// block factorises the block on the diagonal of panel j, wide rows, and inverts it.
func (c *cholesky) block(wide int) bool {
	y, inv := c.of(c.j), c.inverse[c.j*panel*panel:(c.j+1)*panel*panel]
	var column [panel]float64
	for k := range wide {
		d := y[k*panel+k]
		if !(d > 1e-15*c.first[c.j*panel+k]) || math.IsInf(d, 1) { // all digits lost
			return false
		}
		d = math.Sqrt(d)
		y[k*panel+k] = d
		for i := k + 1; i < wide; i++ {
			column[i] = y[i*panel+k] / d
			y[i*panel+k] = column[i]
			row, by, f := y[i*panel+k+1:i*panel+i+1], column[k+1:i+1], column[i]
			for l, v := range by {
				row[l] -= f * v
			}
		}
	}
	// Row i of the inverse is (e_i − Σ_k L_ik (row k)) / L_ii.
	var rows [panel * panel]float64
	for i := range wide {
		row := rows[i*panel : i*panel+i+1]
		for k, f := range y[i*panel : i*panel+i] {
			to := row[:k+1]
			for l, v := range rows[k*panel : k*panel+k+1] {
				to[l] -= f * v
			}
		}
		d := 1 / y[i*panel+i]
		for l := range i {
			row[l] *= d
		}
		row[i] = d
	}
	for i := range panel {
		for l := range panel {
			inv[l*panel+i] = rows[i*panel+l]
		}
	}
	return true
}

// solve replaces b by (L·Lᵀ)⁻¹ b.
func (c *cholesky) solve(b []float64) {
	var z [panel]float64
	for j := range c.count() {
		own, inv, y := b[j*panel:min(c.n, (j+1)*panel)], c.inverse[j*panel*panel:], c.of(j)
		clear(z[:])
		kernel.MatVecT(z[:], inv[:len(own)*panel], own, len(own), panel, 1)
		copy(own, z[:])
		for l := range z {
			z[l] = -z[l]
		}
		if rest := b[j*panel+len(own):]; len(rest) > 0 {
			kernel.MatVecAdd(rest, y[len(own)*panel:], z[:], len(rest), panel, 1)
		}
	}
	for j := c.count() - 1; j >= 0; j-- {
		own, inv, y := b[j*panel:min(c.n, (j+1)*panel)], c.inverse[j*panel*panel:], c.of(j)
		clear(z[:])
		if rest := b[j*panel+len(own):]; len(rest) > 0 {
			kernel.MatVecTAdd(z[:], y[len(own)*panel:], rest, len(rest), panel, 1)
		}
		for l, v := range own {
			z[l] = v - z[l]
		}
		kernel.MatVec(own, inv, z[:], len(own), panel, 1)
	}
}
