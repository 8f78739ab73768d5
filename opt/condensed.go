package opt

import (
	"math"
	"runtime"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// condensed factorises the matrix of a program with Chains whose rows are equations for the
// unknowns of their group: X, given those of the group before and what is free, t (what all
// chains share, and the unknowns of a chain's first group that no row is for). With
// X = B t + …, B found group by group,
//
//	S = Zᵀ W Z = W_tt + Bᵀ M + Mᵀ B,   M = W_Xt + L B,   Z = [B; I],   W_XX = L + Lᵀ
//
// is all there is to factorise, and the inertia of the whole matrix is right exactly if S is positive
// definite. With δ more on the diagonal S becomes S + δ ZᵀZ: another δ costs a Cholesky factorisation.
//
// B grows as trajectories do. Beyond mostGrowth, or where rows have a diagonal of their own,
// chainSolver factorises instead.
//
// Source: Haynsworth, Linear Algebra and its Applications 1 (1968) 73–81 (inertia); Bock (1987) for
// condensing.
type condensed struct {
	shape  Shape
	plan   *plan
	fixed  []float64 // 1 where δ is added, 0 of fixed unknowns
	groups []condensedGroup
	chains []condensedChain
	q      int // shared
	wide   int // columns of B and M: shared, then a chain's own, then what fills up to lanes
	n      int // unknowns of all groups that have a row

	b, m  []float64 // n × wide
	s, t  panels    // S of what is shared, for the δ of factor; ZᵀZ
	known bool      // t is
	by    float64   // more than the δ of factor
	chol  *cholesky
	work  [][2][]float64 // of each worker: panels of blocks of B and M

	vec, slope, dual []float64 // n: of a solution
	shared           []float64

	hess, jac, d, e []float64
	chained         bool // chainSolver has the factors
	chain           *chainSolver

	sweep, gather, forward, backward *par.Pool
}

// condensedGroup is a group of a chain: m unknowns with a row each.
type condensedGroup struct {
	unknown, row []int // indices of the matrix, of as many
	at           int   // its first row of B
	before       int   // last unknowns of the group before that it touches
	free         []int // indices of unknowns without a row
	border       []borderPiece

	full    []float64 // own entries: unknowns with and without a row, then rows, upper triangle
	past    []float64 // entries by what comes before: (unknowns, then rows) × before
	inverse []float64 // of −(derivatives of its rows by its unknowns)
	step    []float64 // how its unknowns follow those before: m × before
	low     []float64 // L: m × (before + m)
	rows    []float64 // derivatives of its rows by what is free: m × wide
}

// borderPiece is a piece whose columns are shared.
type borderPiece struct {
	piece
	kind borderKind
}

type borderKind uint8

const (
	borderRow     borderKind = iota // of a row
	borderUnknown                   // of an unknown with a row
	borderFree                      // of one without
)

// condensedChain is a chain.
type condensedChain struct {
	first, last int
	free        []int     // unknowns of its first group that have no row
	s, t        []float64 // their rows of S and ZᵀZ: free × wide, by what is shared and then by themselves
	l           []float64 // the same, factorised: the Cholesky factor behind L⁻¹ S
	sums        []float64 // wide
}

// Limits of condensing.
const (
	mostGrowth  = 1e6  // Frobenius norm of B
	leastPivot  = 1e-6 // of the derivatives of a group's rows by its unknowns, in the largest of them
	gatherBlock = 64   // rows of B and M whose panels are packed together
)

func (s *condensed) name() string { return "structured" }

// factor implements linear.
func (s *condensed) factor(hess, jac, d, e []float64) num.Inertia {
	s.hess, s.jac, s.d, s.e = hess, jac, d, e
	s.known, s.by, s.chained = false, 0, false
	if !allZero(e) || !s.condense() {
		return s.byChains()
	}
	s.gather.Run(s.s.count(), runtime.GOMAXPROCS(0))
	s.addShared()
	return s.finish()
}

// byChains factorises without condensing.
func (s *condensed) byChains() num.Inertia {
	if s.chain == nil {
		s.chain = newChainSolver(s.shape)
	}
	s.chained = true
	return s.chain.factor(s.hess, s.jac, s.d, s.e)
}

// shift implements shifter.
func (s *condensed) shift(by float64) (num.Inertia, bool) {
	if s.chained {
		return num.Inertia{}, false
	}
	if !s.known {
		s.known = true
		s.gather.Run(s.t.count(), runtime.GOMAXPROCS(0))
		for i, at := range s.plan.shared {
			s.t.add(i, i, s.fixed[at])
		}
		for c := range s.chains {
			s.chains[c].square(s)
		}
	}
	s.by = by
	return s.finish(), true
}

// steady implements steadier.
func (s *condensed) steady() bool {
	return !s.chained && s.byChains().Negative == s.plan.m
}

func allZero(v []float64) bool {
	for _, x := range v {
		if x != 0 {
			return false
		}
	}
	return true
}

// condense finds B, M and the chains' own rows of S. It returns false if B grows too much.
func (s *condensed) condense() bool {
	s.sweep.Run(len(s.chains), runtime.GOMAXPROCS(0))
	size := kernel.Dot(s.b, s.b)
	return size <= mostGrowth*mostGrowth // and a number
}

// condenseChain does so for a chain. A group that cannot be solved makes B infinite.
func (s *condensed) condenseChain(c *condensedChain) {
	clear(c.s)
	for g := c.first; g < c.last; g++ {
		a := &s.groups[g]
		s.assemble(c, g)
		b, m := s.b[a.at*s.wide:(a.at+len(a.row))*s.wide], s.m[a.at*s.wide:(a.at+len(a.row))*s.wide]
		if !a.invert() {
			b[0] = math.Inf(1)
			return
		}
		past := s.b[(a.at-a.before)*s.wide : (a.at+len(a.row))*s.wide]
		kernel.MatVec(b, a.inverse, a.rows, len(a.row), len(a.row), s.wide)
		kernel.MatVecAdd(b, a.step, past, len(a.row), a.before, s.wide)
		kernel.MatVecAdd(m, a.low, past, len(a.row), a.before+len(a.row), s.wide)
	}
	if f := len(c.free); f > 0 && c.last > c.first {
		from, rows := s.groups[c.first].at, c.rows(s)
		b, m := s.b[from*s.wide:(from+rows)*s.wide], s.m[from*s.wide:(from+rows)*s.wide]
		kernel.MatVecTPart(c.s, b[s.q:], m, rows, f, s.wide, s.wide)
		kernel.MatVecTPart(c.s, m[s.q:], b, rows, f, s.wide, s.wide)
	}
}

// rows is how many unknowns of the chain have a row.
func (c *condensedChain) rows(s *condensed) (n int) {
	for g := c.first; g < c.last; g++ {
		n += len(s.groups[g].row)
	}
	return n
}

// square adds what ZᵀZ has in the chain's own rows.
func (c *condensedChain) square(s *condensed) {
	clear(c.t)
	f, from, rows := len(c.free), 0, c.rows(s)
	if f == 0 {
		return
	}
	from = s.groups[c.first].at
	b := s.b[from*s.wide : (from+rows)*s.wide]
	kernel.MatVecTPart(c.t, b[s.q:], b, rows, f, s.wide, s.wide)
	for i, at := range c.free {
		c.t[i*s.wide+s.q+i] += s.fixed[at]
	}
}

// assemble fills the matrices of group g of a chain.
func (s *condensed) assemble(c *condensedChain, g int) {
	a, p := &s.groups[g], s.plan
	f, n := len(a.free), len(a.row)
	all := f + 2*n
	clear(a.full)
	for i := range p.own[g] {
		p.own[g][i].add(a.full, all, 0, s.values(&p.own[g][i]))
	}
	for i, at := range p.member[g][:f+n] {
		a.full[i*all+i] += s.d[at]
	}
	if g > c.first { // rows of the group before, columns of this one
		clear(a.past)
		last := len(p.member[g-1]) - len(s.groups[g-1].row) - a.before // where what it touches begins
		for i := range p.beside[g-1] {
			s.pastPiece(a, &p.beside[g-1][i], last)
		}
	}
	clear(a.rows)
	m := s.m[a.at*s.wide : (a.at+n)*s.wide]
	clear(m)
	for i := range a.border {
		q := &a.border[i]
		dst := [...][]float64{a.rows, m, c.s}[q.kind]
		q.add(dst, s.wide, 0, s.values(&q.piece))
	}
	s.assembleFree(c, a, m)
	a.lower()
}

// pastPiece adds an entry by entry what meets the unknowns before, whose first is last.
func (s *condensed) pastPiece(a *condensedGroup, q *piece, last int) {
	v := s.values(q)
	for i := range q.rows {
		for j := range q.cols {
			from, to := q.row+i, q.col+j
			if q.flip {
				from, to = q.col+j, q.row+i
			}
			a.past[to*a.before+from-last] += v[q.at+i*q.stride+j]
		}
	}
}

// assembleFree moves what meets the unknowns of a first group that have no row to the columns behind
// what is shared.
func (s *condensed) assembleFree(c *condensedChain, a *condensedGroup, m []float64) {
	f, n := len(a.free), len(a.row)
	all := f + 2*n
	for i := range f {
		row := a.full[i*all:]
		for j := i; j < f; j++ {
			c.s[i*s.wide+s.q+j] += row[j]
			if j > i {
				c.s[j*s.wide+s.q+i] += row[j]
			}
		}
		for k := range n {
			m[k*s.wide+s.q+i] = row[f+k]
			a.rows[k*s.wide+s.q+i] = row[f+n+k]
		}
	}
}

// lower sets L: what meets unknowns before, and the lower triangle with half of the diagonal.
func (a *condensedGroup) lower() {
	f, n, before := len(a.free), len(a.row), a.before
	all := f + 2*n
	for k := range n {
		row := a.low[k*(before+n) : (k+1)*(before+n)]
		copy(row[:before], a.past[(f+k)*before:])
		for l := range k {
			row[before+l] = a.full[(f+l)*all+f+k]
		}
		row[before+k] = a.full[(f+k)*all+f+k] / 2
	}
}

func (s *condensed) values(q *piece) []float64 {
	if q.hess {
		return s.hess
	}
	return s.jac
}

// invert finds the inverse of minus the derivatives of the rows by their unknowns, and the step.
func (a *condensedGroup) invert() bool {
	f, n, before := len(a.free), len(a.row), a.before
	all := f + 2*n
	j := a.full[f*all:] // row k of it: derivatives by unknown k, from column f+n on
	largest := 0.0
	for k := range n {
		for l := range n {
			largest = max(largest, math.Abs(j[k*all+f+n+l]))
		}
	}
	inv := a.inverse
	if !invertTransposed(inv, j[f+n:], n, all, leastPivot*largest) {
		return false
	}
	for i := range inv[:n*n] {
		inv[i] = -inv[i]
	}
	for k := range n {
		row := a.step[k*before : (k+1)*before]
		clear(row)
		for l, v := range inv[k*n : (k+1)*n] {
			for i, p := range a.past[(f+n+l)*before : (f+n+l+1)*before] {
				row[i] += v * p
			}
		}
	}
	return true
}

// invertTransposed sets inv (n×n) to the inverse of the transpose of a, whose rows are width apart and which is
// overwritten. It returns false if a pivot is not above least.
func invertTransposed(inv, a []float64, n, width int, least float64) bool {
	clear(inv[:n*n])
	for i := range n {
		inv[i*n+i] = 1
	}
	// Columns of a are eliminated: row k of the transpose is column k of a.
	for k := range n {
		p := k
		for l := k + 1; l < n; l++ {
			if math.Abs(a[k*width+l]) > math.Abs(a[k*width+p]) {
				p = l
			}
		}
		pivot := a[k*width+p]
		if !(math.Abs(pivot) > least) {
			return false
		}
		if p != k {
			for i := range n {
				a[i*width+k], a[i*width+p] = a[i*width+p], a[i*width+k]
				inv[k*n+i], inv[p*n+i] = inv[p*n+i], inv[k*n+i]
			}
		}
		d := 1 / pivot
		own := inv[k*n : (k+1)*n]
		for i := range own {
			own[i] *= d
		}
		for i := k; i < n; i++ {
			a[i*width+k] *= d
		}
		for l := range n {
			f := a[k*width+l]
			if l == k || f == 0 {
				continue
			}
			for i := k; i < n; i++ {
				a[i*width+l] -= f * a[i*width+k]
			}
			row := inv[l*n : (l+1)*n]
			for i, v := range own {
				row[i] -= f * v
			}
		}
	}
	return true
}

// gatherPanel sets panel j of S, or of ZᵀZ once that is asked for, to what B and M make of it. The
// block on the diagonal is the sum of BᵀM and its transpose.
func (s *condensed) gatherPanel(w, j int) {
	to := s.s.of(j)
	if s.known {
		to = s.t.of(j)
	}
	clear(to)
	rows := s.q - j*panel
	below := max(0, rows-panel)
	for from := 0; from < s.n; from += gatherBlock {
		terms := min(gatherBlock, s.n-from)
		b, m := s.b[from*s.wide+j*panel:], s.m[from*s.wide+j*panel:]
		pb := s.pack(s.work[w][0], b, terms, j)
		if s.known {
			kernel.MatVecTPart(to, b, pb, terms, rows, s.wide, panel)
			continue
		}
		pm := s.pack(s.work[w][1], m, terms, j)
		kernel.MatVecTPart(to, b, pm, terms, rows, s.wide, panel)
		if below > 0 {
			kernel.MatVecTPart(to[panel*panel:], m[panel:], pb, terms, below, s.wide, panel)
		}
	}
	if s.known {
		return
	}
	for i := range min(panel, rows) {
		row := to[i*panel : i*panel+i+1]
		for l := range i {
			row[l] += to[l*panel+i]
		}
		row[i] *= 2
	}
}

// pack copies the columns of panel j.
func (s *condensed) pack(dst, v []float64, terms, j int) []float64 {
	count := min(panel, s.wide-j*panel)
	for r := range terms {
		copy(dst[r*panel:r*panel+count], v[r*s.wide:])
	}
	return dst[:terms*panel]
}

// addShared adds the entries of what is shared.
func (s *condensed) addShared() {
	for i := range s.plan.corner {
		q := &s.plan.corner[i]
		v := s.values(q)
		for r := range q.rows {
			cols := q.cols
			if q.lower {
				cols = r + 1
			}
			s.s.addRow(q.row+r, q.col, v[q.at+r*q.stride:q.at+r*q.stride+cols])
		}
	}
	for i, at := range s.plan.shared {
		s.s.add(i, i, s.d[at])
	}
}

// addRow adds values to a row, from column j on.
func (p panels) addRow(i, j int, v []float64) {
	for len(v) > 0 {
		k := j / panel
		n := min(len(v), (k+1)*panel-j)
		at := (i-k*panel)*panel + j - k*panel
		kernel.AddTo(p.of(k)[at:at+n], v)
		v, j = v[n:], j+n
	}
}
