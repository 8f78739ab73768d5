package opt

import (
	"runtime"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// block is the number of eliminated rows whose part of the border is kept
// together.
const block = 128

// corner is the dense matrix of what is shared, from which the parts of
// eliminated rows are subtracted, and its factors.
type corner struct {
	q, left  int
	slots    int         // of eliminated rows
	positive bool        // no row is shared: it has to be positive definite
	border   []float64   // rows of eliminated groups, transposed: q × block, one after the other, the last as short as it is
	row      [][]float64 // the same, as it was; nil = unused
	weight   []float64   // pivot of each
	ldl      *num.LDL
	a        []float64
	chol     *cholesky
	cholesky bool // which factors are in use

	work    []cornerWork // of each worker
	columns *par.Pool
}

type cornerWork struct{ x, y []float64 }

func newCorner(q, extra, slots int, positive bool) *corner {
	blocks := (slots + block - 1) / block
	workers := runtime.GOMAXPROCS(0)
	c := &corner{q: q, slots: slots, positive: positive, border: make([]float64, q*blocks*block),
		row: make([][]float64, blocks*block), weight: make([]float64, blocks*block), ldl: num.NewLDL(q + extra), work: make([]cornerWork, workers)}
	for w := range c.work {
		c.work[w] = cornerWork{make([]float64, block*panel), make([]float64, q*panel)}
	}
	c.columns = par.NewPool(workers, func(w, j int) { c.subtract(&c.work[w], j*panel) })
	c.chol = newCholesky(q)
	return c
}

// put keeps the border's part of the rows that a front eliminated, from a slot
// on.
func (c *corner) put(slot int, f *front) {
	border := f.most + len(f.next)
	for k := range f.ne {
		c.weight[slot+k], c.row[slot+k] = f.pivot[k], f.v[k*f.width+border:(k+1)*f.width]
	}
	for lo := 0; lo < f.ne; {
		in := (slot + lo) % block
		hi, terms := min(f.ne, lo+block-in), min(block, c.slots-(slot+lo-in))
		dst := c.border[(slot+lo-in)*c.q:]
		for t := range c.q {
			at := dst[t*terms+in : t*terms+in+hi-lo]
			for k := range at {
				at[k] = f.v[(lo+k)*f.width+border+t]
			}
		}
		lo = hi
	}
}

// spare says that slots from lo to hi−1 are not used.
func (c *corner) spare(lo, hi int) { clear(c.row[lo:hi]) }

// matrix returns the place for the corner with rows that chains left, cleared.
func (c *corner) matrix(left int) []float64 {
	c.left = left
	c.a = c.ldl.Matrix(c.q + left)
	clear(c.a)
	return c.a
}

// factor subtracts the eliminated rows and factorises.
func (c *corner) factor() num.Inertia {
	c.columns.Run((c.q+panel-1)/panel, runtime.GOMAXPROCS(0))
	c.cholesky = c.positive && c.left == 0
	if !c.cholesky {
		return c.ldl.Factor(negligible)
	}
	c.chol.lower(c.a, c.q)
	if c.chol.factor() {
		return num.Inertia{Positive: c.q}
	}
	// Which of them are negative does not matter, but that more than the rows are.
	return num.Inertia{Negative: 1 << 30}
}

// subtract makes columns j … j+panel−1 of the lower triangle of S ready:
//
//	S −= Σ pivot · row rowᵀ
func (c *corner) subtract(w *cornerWork, j int) {
	width := min(panel, c.q-j)
	lanes := (width + 7) &^ 7
	x, y := w.x[:block*lanes], w.y[:(c.q-j)*lanes]
	clear(y)
	for b := 0; b < c.slots; b += block {
		terms := min(block, c.slots-b)
		rows := c.border[b*c.q : b*c.q+terms*c.q]
		for r, row := range c.row[b : b+terms] {
			at := x[r*lanes : r*lanes+lanes]
			if row == nil {
				clear(at)
				continue
			}
			kernel.Scale(at[:width], c.weight[b+r], row[j:])
		}
		kernel.MatVecAdd(y, rows[j*terms:], x, c.q-j, terms, lanes)
	}
	size := c.q + c.left
	for i := j; i < c.q; i++ {
		row := c.a[i*size+j:]
		for l, v := range y[(i-j)*lanes : (i-j)*lanes+min(width, i-j+1)] {
			row[l] -= v
		}
	}
}

func (c *corner) solve(b []float64) {
	if c.cholesky {
		c.chol.solve(b[:c.q])
		return
	}
	c.ldl.Solve(b[:c.q+c.left])
}
