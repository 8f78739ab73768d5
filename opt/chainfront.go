package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// front is the part of the matrix that belongs to a group, and its rows of the
// factor U of K = Uᵀ D U. It is stored by rows from the diagonal on:
//
//	columns 0 … nf−1          its own rows, then rows that earlier groups left
//	        most … most+c−1   rows of the next group that it touches
//	        most+c …          the border: what is shared
//
// Rows are eliminated as long as their pivot is not small against the rest of
// the row, next group and border included; the others are left to the next
// group, in the end to the border. So the trajectory is never condensed through
// a direction in which it is unstable: such rows wait for a good pivot.
//
// Source: Duff, Reid, ACM TOMS 9 (1983) 302–325 (delayed pivots).
type front struct {
	own      []int // indices of the matrix
	next     []int // places in the next group of the rows touched there
	most     int   // rows there is room for
	width    int   // of a row
	v        []float64
	order    []int     // index of the matrix of each row, as pivoted
	nf, ne   int       // rows, and how many are eliminated
	pivot    []float64 // of each eliminated row
	turn     []turn    // of each pair of rows
	work     []float64
	sums     []float64
	negative int // pivots
	zero     int // pivots that were forced
}

// turn is a rotation of rows k and k+1 that made a block of two pivots
// diagonal; s = 0 if there is none.
type turn struct{ c, s float64 }

const (
	threshold  = 1e-3  // least pivot relative to its row: entries of the factors stay below its inverse
	lastChance = 1e-7  // the same where rows would be left to the border
	negligible = 1e-15 // in rows of unit size, this is rounding
)

func newFront(own, next []int, room, border int) *front {
	most := len(own) + room
	width := most + len(next) + border
	return &front{own: own, next: next, most: most, width: width, v: make([]float64, most*width),
		order: make([]int, most), pivot: make([]float64, most), turn: make([]turn, most),
		work: make([]float64, most), sums: make([]float64, len(next))}
}

// at returns the entry (i, j) of the symmetric part.
func (f *front) at(i, j int) float64 {
	if i > j {
		i, j = j, i
	}
	return f.v[i*f.width+j]
}

// largest returns the largest entry of row i among columns k … end−1 but its
// own, and where it is.
func (f *front) largest(i, k, end int) (size float64, at int) {
	at = -1
	for j := k; j < i; j++ {
		if v := math.Abs(f.v[j*f.width+i]); v > size {
			size, at = v, j
		}
	}
	row := f.v[i*f.width:]
	for j := i + 1; j < end; j++ {
		if v := math.Abs(row[j]); v > size {
			size, at = v, j
		}
	}
	return size, at
}

// outside returns the length of row i beside columns k … end−1: rows set aside,
// the next group, the border. No entry there is larger.
func (f *front) outside(i, end int) float64 {
	aside, rest := f.v[i*f.width+end:i*f.width+f.nf], f.v[i*f.width+f.most:(i+1)*f.width]
	return math.Sqrt(kernel.Dot(aside, aside) + kernel.Dot(rest, rest))
}

// choose looks the rook way for a pivot among rows k … end−1: p alone (q < 0)
// or p and q together. It returns ok = false if the best one is too small.
func (f *front) choose(k, end int, least float64) (p, q int, ok bool) {
	const rook = 0.6403882032022076 // (1+√17)/8
	size, r := f.largest(k, k, end)
	p, q = k, -1
	if r >= 0 && math.Abs(f.at(k, k)) < rook*size {
		for i := k; ; {
			sizeR, next := f.largest(r, k, end)
			if math.Abs(f.at(r, r)) >= rook*sizeR {
				p = r
				break
			}
			if next == i || sizeR <= size {
				p, q = i, r
				break
			}
			i, r, size = r, next, sizeR
		}
	}
	if q < 0 {
		d := math.Abs(f.at(p, p))
		return p, q, d > negligible && d >= least*f.outside(p, end)
	}
	d := math.Abs(f.at(p, q))
	return p, q, d > negligible && d >= least*max(f.outside(p, end), f.outside(q, end))
}

// swap exchanges rows and columns i and j of what is left, and columns of what
// is done.
func (f *front) swap(i, j int) {
	if i == j {
		return
	}
	if i > j {
		i, j = j, i
	}
	w, v := f.width, f.v
	f.order[i], f.order[j] = f.order[j], f.order[i]
	for r := range i {
		v[r*w+i], v[r*w+j] = v[r*w+j], v[r*w+i]
	}
	v[i*w+i], v[j*w+j] = v[j*w+j], v[i*w+i]
	for c := i + 1; c < j; c++ {
		v[i*w+c], v[c*w+j] = v[c*w+j], v[i*w+c]
	}
	a, b := v[i*w+j+1:(i+1)*w], v[j*w+j+1:(j+1)*w]
	for c, x := range a {
		a[c], b[c] = b[c], x
	}
}

// rotate makes the block of rows k and k+1 diagonal.
func (f *front) rotate(k int) {
	w, v := f.width, f.v
	a, b, d := v[k*w+k], v[k*w+k+1], v[(k+1)*w+k+1]
	tau := (d - a) / (2 * b)
	t := math.Copysign(1, tau) / (math.Abs(tau) + math.Hypot(1, tau))
	c := 1 / math.Hypot(1, t)
	s := t * c
	f.turn[k] = turn{c, s}
	for r := range k {
		v[r*w+k], v[r*w+k+1] = c*v[r*w+k]-s*v[r*w+k+1], s*v[r*w+k]+c*v[r*w+k+1]
	}
	x, y := v[k*w+k+2:(k+1)*w], v[(k+1)*w+k+2:(k+2)*w]
	for i, xi := range x {
		yi := y[i]
		x[i], y[i] = c*xi-s*yi, s*xi+c*yi
	}
	v[k*w+k], v[k*w+k+1], v[(k+1)*w+k+1] = a-t*b, 0, d+t*b
}

// eliminate takes row k out of those below and divides it by its pivot.
func (f *front) eliminate(k int) {
	w, v := f.width, f.v
	d := v[k*w+k]
	row := v[k*w : (k+1)*w]
	for i := k + 1; i < f.nf; i++ {
		l := row[i] / d
		if l == 0 {
			continue
		}
		kernel.AXPY(v[i*w+i:i*w+f.nf], -l, row[i:])
		kernel.AXPY(v[i*w+f.most:(i+1)*w], -l, row[f.most:])
	}
	kernel.Scale(row[k+1:f.nf], 1/d, row[k+1:f.nf])
	kernel.Scale(row[f.most:], 1/d, row[f.most:])
	f.pivot[k] = d
	if d < 0 {
		f.negative++
	}
}

// factor eliminates rows. At most leave rows remain; if there were more, pivots
// are forced. The last front of a chain is content with smaller pivots.
func (f *front) factor(leave int, last bool) {
	f.negative, f.zero = 0, 0
	clear(f.turn)
	least := threshold
	k, end, before := 0, f.nf, 0
	for k < f.nf {
		if k < end {
			if p, q, ok := f.choose(k, end, least); ok {
				k = f.take(k, p, q)
			} else { // set aside
				end--
				f.swap(max(p, q), end)
			}
			continue
		}
		if k == before { // a whole pass found nothing
			switch {
			case last && least > lastChance:
				least = lastChance
			case f.nf-k <= leave:
				f.ne = k
				return
			default:
				f.force(k)
				k++
			}
		}
		before, end = k, f.nf
	}
	f.ne = k
}

// take eliminates row p, or rows p and q if q ≥ 0, as the next ones.
func (f *front) take(k, p, q int) int {
	f.swap(k, p)
	if q >= 0 {
		if q == k {
			q = p
		}
		f.swap(k+1, q)
		f.rotate(k)
		f.eliminate(k)
		k++
	}
	f.eliminate(k)
	return k + 1
}

// force eliminates row k whatever its pivot.
func (f *front) force(k int) {
	at := k*f.width + k
	if !(math.Abs(f.v[at]) > negligible) {
		f.v[at] = negligible
		f.zero++
	}
	f.eliminate(k)
}

// passOn adds what elimination left to the front of the next group, whose own
// entries are there already.
func (f *front) passOn(g *front) {
	w, shared := f.width, f.width-f.most-len(f.next)
	border, there := f.most+len(f.next), g.width-shared
	for k := range f.ne {
		row, d := f.v[k*w:(k+1)*w], f.pivot[k]
		for a, i := range f.next {
			s := -d * row[f.most+a]
			if s == 0 {
				continue
			}
			dst := g.v[i*g.width:]
			for b := a; b < len(f.next); b++ {
				dst[f.next[b]] += s * row[f.most+b]
			}
			kernel.AXPY(dst[there:g.width], s, row[border:])
		}
	}
	b := len(g.own)
	for k := f.ne; k < f.nf; k++ {
		i := b + k - f.ne
		g.order[i] = f.order[k]
		src, dst := f.v[k*w:(k+1)*w], g.v[i*g.width:(i+1)*g.width]
		copy(dst[i:], src[k:f.nf])
		copy(dst[there:], src[border:])
		for a, j := range f.next { // the row of the next group comes first
			g.v[j*g.width+i] = src[f.most+a]
		}
	}
	g.nf = b + f.nf - f.ne
}
