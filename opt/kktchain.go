package opt

import (
	"math"
	"runtime"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/par"
)

// chainSolver factorises the matrix of a program with Chains: groups one after
// the other along every chain, chains side by side, and in the end the dense
// matrix of what is shared, whose Cholesky factorisation tells whether the
// inertia is right. With b rows in a group and q shared a group costs b³/6 +
// b²q/2 + bq²/2 multiply-adds, the end q³/6. The result does not depend on the
// number of threads.
type chainSolver struct {
	shape  Shape
	plan   *plan
	q      int // shared
	chains []trajectory
	fronts []*front
	end    *corner
	scale  []float64 // of each row and column
	size   []float64 // squared length of each row
	row    []float64
	x      []float64 // scaled right side
	shared []float64 // of it

	sharedScale []float64

	hess, jac, d, e []float64 // being factorised

	sweep, forward, backward *par.Pool // over chains
}

// trajectory is a chain of groups.
type trajectory struct {
	first, last int       // its groups are first … last−1
	slot        int       // of its first eliminated row
	rows        int       // all of its groups
	leave       int       // rows that it may leave to the corner
	sums        []float64 // of the border
}

// corners is the number of rows that all chains together may leave to the
// corner, at least one each.
const corners = 64

func newChainSolver(shape Shape) *chainSolver {
	p, err := newPlan(shape)
	if err != nil {
		panic("opt: chains do not pass Check")
	}
	size := p.n + p.m
	s := &chainSolver{shape: shape, plan: p, q: len(p.shared), scale: make([]float64, size),
		size: make([]float64, size), row: make([]float64, p.n), x: make([]float64, size),
		sharedScale: make([]float64, len(p.shared))}
	for g, own := range p.member {
		s.fronts = append(s.fronts, newFront(own, p.touched(g), max(8, len(own)/2), s.q))
	}
	s.makeChains(append(append([]int(nil), shape.Chains.First...), shape.Chains.Groups))
	workers := runtime.GOMAXPROCS(0)
	s.sweep = par.NewPool(workers, func(_, c int) { s.factorChain(&s.chains[c]) })
	s.forward = par.NewPool(workers, func(_, c int) { s.forwardChain(&s.chains[c]) })
	s.backward = par.NewPool(workers, func(_, c int) { s.backwardChain(&s.chains[c]) })
	return s
}

func (s *chainSolver) makeChains(first []int) {
	slot, extra := 0, 0
	for k := range len(first) - 1 {
		c := trajectory{first: first[k], last: first[k+1], slot: slot, sums: make([]float64, s.q),
			leave: max(1, corners/(len(first)-1))}
		for _, own := range s.plan.member[c.first:c.last] {
			c.rows += len(own)
		}
		slot += c.rows
		extra += c.leave
		s.chains = append(s.chains, c)
	}
	s.shared = make([]float64, s.q+extra)
	s.end = newCorner(s.q, extra, slot, s.plan.rows == 0)
}

// touched returns the places in the next group that group g touches, and makes
// its pieces speak of their order.
func (p *plan) touched(g int) (list []int) {
	if g+1 >= len(p.member) {
		return nil
	}
	at := make([]int, len(p.member[g+1]))
	for _, q := range p.beside[g] {
		from, count := q.col, q.cols
		if q.flip {
			from, count = q.row, q.rows
		}
		for i := range count {
			at[from+i] = 1
		}
	}
	for i, touched := range at {
		if touched == 1 {
			at[i] = len(list)
			list = append(list, i)
		}
	}
	for i := range p.beside[g] {
		q := &p.beside[g][i]
		if q.flip {
			q.row = at[q.row]
		} else {
			q.col = at[q.col]
		}
	}
	return list
}

func (s *chainSolver) name() string { return "structured" }

func (s *chainSolver) factor(hess, jac, d, e []float64) num.Inertia {
	s.hess, s.jac, s.d, s.e = hess, jac, d, e
	s.equilibrate()
	s.sweep.Run(len(s.chains), runtime.GOMAXPROCS(0))
	s.assembleCorner()
	in := s.end.factor()
	for _, f := range s.fronts {
		in = in.Add(num.Inertia{Positive: f.ne - f.negative - f.zero, Negative: f.negative, Zero: f.zero})
	}
	return in
}

// equilibrate chooses scales, powers of two, that bring the lengths of rows near
// one.
func (s *chainSolver) equilibrate() {
	kernel.Fill(s.scale, 1)
	n := s.plan.n
	for range 2 {
		clear(s.size)
		s.squares(s.shape.Hessian, s.hess, 0)
		s.squares(s.shape.Jacobian, s.jac, n)
		for i, d := range s.d {
			d *= s.scale[i] * s.scale[i]
			s.size[i] += d * d
		}
		for j, e := range s.e {
			e *= s.scale[n+j] * s.scale[n+j]
			s.size[n+j] += e * e
		}
		for i, b := range s.size {
			if b > 0 && !math.IsInf(b, 1) {
				_, exp := math.Frexp(b)
				s.scale[i] *= math.Ldexp(1, -exp/4)
			}
		}
	}
	for t, i := range s.plan.shared {
		s.sharedScale[t] = s.scale[i]
	}
}

// squares adds the squares of entries of patches, moved down, to their rows and
// columns.
func (s *chainSolver) squares(patches []Patch, v []float64, down int) {
	for _, p := range patches {
		cols, size, row := s.scale[p.Col:p.Col+p.Cols], s.size[p.Col:p.Col+p.Cols], s.row[:p.Cols]
		for i := range p.Rows {
			at := p.Row + down + i
			kernel.Scale(row, s.scale[at], cols)
			kernel.Mul(row, row, v[i*p.Cols:])
			s.size[at] += kernel.Dot(row, row)
			kernel.MulAddTo(size, row, row)
		}
		v = v[p.size():]
	}
}

func (s *chainSolver) values(q *piece) []float64 {
	if q.hess {
		return s.hess
	}
	return s.jac
}

// diagonal returns the diagonal's own part for an index of the matrix.
func (s *chainSolver) diagonal(i int) float64 {
	if i < s.plan.n {
		return s.d[i]
	}
	return -s.e[i-s.plan.n]
}

// assemble fills the front of group g with its own entries, scaled.
func (s *chainSolver) assemble(g int) {
	f, p := s.fronts[g], s.plan
	clear(f.v)
	border := f.most + len(f.next)
	for i := range p.own[g] {
		p.own[g][i].add(f.v, f.width, 0, s.values(&p.own[g][i]))
	}
	for i := range p.beside[g] {
		p.beside[g][i].add(f.v, f.width, f.most, s.values(&p.beside[g][i]))
	}
	for i := range p.border[g] {
		p.border[g][i].add(f.v, f.width, border, s.values(&p.border[g][i]))
	}
	for i, at := range f.own {
		row := f.v[i*f.width : (i+1)*f.width]
		row[i] += s.diagonal(at)
		si := s.scale[at]
		for j := i; j < len(f.own); j++ {
			row[j] *= si * s.scale[f.own[j]]
		}
		for a, j := range f.next {
			row[f.most+a] *= si * s.scale[p.member[g+1][j]]
		}
		kernel.Mul(row[border:], row[border:], s.sharedScale)
		kernel.Scale(row[border:], si, row[border:])
	}
	f.nf = len(f.own)
	copy(f.order, f.own)
}

// factorChain eliminates the groups of a chain.
func (s *chainSolver) factorChain(c *trajectory) {
	slot := c.slot
	for g := c.first; g < c.last; g++ {
		if g == c.first {
			s.assemble(g)
		}
		f, leave := s.fronts[g], c.leave
		if g+1 < c.last {
			s.assemble(g + 1)
			leave = s.fronts[g+1].most - len(s.fronts[g+1].own)
		}
		f.factor(leave, g+1 == c.last)
		if g+1 < c.last {
			f.passOn(s.fronts[g+1])
		}
		s.end.put(slot, f)
		slot += f.ne
	}
	s.end.spare(slot, c.slot+c.rows)
}

// assembleCorner fills the corner with what is shared and what chains left.
func (s *chainSolver) assembleCorner() {
	left := 0
	for _, c := range s.chains {
		if c.last > c.first {
			f := s.fronts[c.last-1]
			left += f.nf - f.ne
		}
	}
	a, size := s.end.matrix(left), s.q+left
	for i := range s.plan.corner {
		s.plan.corner[i].add(a, size, 0, s.values(&s.plan.corner[i]))
	}
	for i, at := range s.plan.shared {
		a[i*size+i] += s.diagonal(at)
		for j, other := range s.plan.shared[:i+1] {
			a[i*size+j] *= s.scale[at] * s.scale[other]
		}
	}
	r := s.q
	for _, c := range s.chains {
		if c.last == c.first {
			continue
		}
		f := s.fronts[c.last-1]
		for k := f.ne; k < f.nf; k++ {
			copy(a[r*size:r*size+s.q], f.v[k*f.width+f.most+len(f.next):])
			for i := k; i < f.nf; i++ {
				a[(r+i-k)*size+r] = f.v[k*f.width+i]
			}
			r++
		}
	}
}

// solve implements linear.
func (s *chainSolver) solve(b []float64) {
	for i, scale := range s.scale {
		s.x[i] = scale * b[i]
	}
	s.forward.Run(len(s.chains), runtime.GOMAXPROCS(0))
	for t, i := range s.plan.shared {
		s.shared[t] = s.x[i]
		for c := range s.chains {
			s.shared[t] += s.chains[c].sums[t]
		}
	}
	s.left(func(r, i int) { s.shared[r] = s.x[i] })
	s.end.solve(s.shared)
	for t, i := range s.plan.shared {
		s.x[i] = s.shared[t]
	}
	s.left(func(r, i int) { s.x[i] = s.shared[r] })
	s.backward.Run(len(s.chains), runtime.GOMAXPROCS(0))
	for i, scale := range s.scale {
		b[i] = scale * s.x[i]
	}
}

// left calls f with the place in the corner and the index of each row that a
// chain left.
func (s *chainSolver) left(f func(r, i int)) {
	r := s.q
	for _, c := range s.chains {
		if c.last == c.first {
			continue
		}
		last := s.fronts[c.last-1]
		for _, i := range last.order[last.ne:last.nf] {
			f(r, i)
			r++
		}
	}
}

func (s *chainSolver) nextOwn(c *trajectory, g int) []int {
	if g+1 < c.last {
		return s.fronts[g+1].own
	}
	return nil
}

func (s *chainSolver) forwardChain(c *trajectory) {
	clear(c.sums)
	for g := c.first; g < c.last; g++ {
		s.fronts[g].forward(s.x, c.sums, s.nextOwn(c, g))
	}
}

func (s *chainSolver) backwardChain(c *trajectory) {
	for g := c.last - 1; g >= c.first; g-- {
		s.fronts[g].backward(s.x, s.shared[:s.q], s.nextOwn(c, g))
	}
}
