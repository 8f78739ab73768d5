package num

import (
	"math"
	"slices"
)

// Grid cuts a box of d dimensions into bins cells along every side.
type Grid struct {
	Lo, Hi []float64
	Bins   int
}

// Cells is the number of cells.
func (g *Grid) Cells() float64 { return math.Pow(float64(g.Bins), float64(len(g.Lo))) }

// cells are the numbers of the cells in which the points x, n × d, row-major,
// lie; points outside are left out.
func (g *Grid) cells(x []float64) []uint64 {
	d := len(g.Lo)
	scale := make([]float64, d)
	for k := range scale {
		scale[k] = float64(g.Bins) / (g.Hi[k] - g.Lo[k])
	}
	out, most := make([]uint64, 0, len(x)/d), float64(g.Bins)
next:
	for ; len(x) >= d; x = x[d:] {
		cell := uint64(0)
		for k := d - 1; k >= 0; k-- {
			at := (x[k] - g.Lo[k]) * scale[k]
			if !(at >= 0 && at < most) {
				if at != most {
					continue next
				}
				at = most - 1 // the upper edge belongs to the last cell
			}
			cell = cell*uint64(g.Bins) + uint64(at)
		}
		out = append(out, cell)
	}
	return out
}

// mostDense cells are counted in an array; of more those with points are sorted.
const mostDense = 1 << 20

// tallies are the numbers of points of two clouds in the cells that have any.
func (g *Grid) tallies(x, y []float64, each func(p, q float64)) {
	a, b := g.cells(x), g.cells(y)
	if n := g.Cells(); n <= mostDense {
		p, q := make([]uint32, int(n)), make([]uint32, int(n))
		for _, c := range a {
			p[c]++
		}
		for _, c := range b {
			q[c]++
		}
		for c, v := range p {
			if v > 0 || q[c] > 0 {
				each(float64(v), float64(q[c]))
			}
		}
		return
	}
	slices.Sort(a)
	slices.Sort(b)
	for len(a) > 0 || len(b) > 0 {
		c := uint64(math.MaxUint64)
		if len(a) > 0 {
			c = a[0]
		}
		if len(b) > 0 {
			c = min(c, b[0])
		}
		i, j := run(a, c), run(b, c)
		each(float64(i), float64(j))
		a, b = a[i:], b[j:]
	}
}

// run is how many entries at the beginning of v are c.
func run(v []uint64, c uint64) int {
	n := 0
	for n < len(v) && v[n] == c {
		n++
	}
	return n
}

// HistogramKL returns the Kullback–Leibler divergence of the histogram of y from
// that of x on a grid, in nats.
//
//	Σ p log(p/q),  p = (count + smooth) / (points inside + smooth·cells)
//
// x and y are n × d, row-major; points outside the grid are left out.
// Cost: points + cells, or points·log(points) of many cells.
func HistogramKL(g *Grid, x, y []float64, smooth float64) float64 {
	var ps, qs []float64
	var np, nq float64
	g.tallies(x, y, func(p, q float64) {
		ps, qs = append(ps, p), append(qs, q)
		np, nq = np+p, nq+q
	})
	cells, seen := g.Cells(), float64(len(ps))
	np, nq = np+smooth*cells, nq+smooth*cells
	sum := 0.0
	for i, p := range ps {
		p, q := (p+smooth)/np, (qs[i]+smooth)/nq
		sum += p * math.Log(p/q)
	}
	return sum + (cells-seen)*smooth/np*math.Log(nq/np)
}

// HistogramL1 returns Σ |p − q| over the cells of a grid, between 0 (alike) and 2
// (apart), with p and q the shares of the points of x and y. Points outside the
// grid lie in no cell, but belong to the whole, so 2 is reached by two clouds
// of which one is outside and one inside.
func HistogramL1(g *Grid, x, y []float64) float64 {
	d := len(g.Lo)
	n, m := float64(len(x)/d), float64(len(y)/d)
	sum, p, q := 0.0, 0.0, 0.0
	g.tallies(x, y, func(a, b float64) {
		sum += math.Abs(a/n - b/m)
		p, q = p+a, q+b
	})
	return sum + math.Abs((1-p/n)-(1-q/m))
}
