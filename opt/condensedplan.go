package opt

import (
	"runtime"

	"github.com/entrain-dev/entrain/internal/par"
)

// newCondensed returns nil if the chains of a shape cannot be condensed: there are shared rows, a group has
// fewer unknowns than rows or, beside the first of a chain, more, or a group's rows touch the group behind it
// or unknowns before that have no row.
func newCondensed(shape Shape) *condensed {
	p, err := newPlan(shape)
	if err != nil {
		panic("opt: chains do not pass Check")
	}
	if p.rows > 0 || len(p.shared) == 0 {
		return nil
	}
	s := &condensed{shape: shape, plan: p, q: len(p.shared), fixed: make([]float64, p.n), groups: make([]condensedGroup, len(p.member))}
	for i, low := range shape.Low {
		if low != shape.High[i] {
			s.fixed[i] = 1
		}
	}
	first := append(append([]int(nil), shape.Chains.First...), shape.Chains.Groups)
	free := 0
	for k := range len(first) - 1 {
		c := condensedChain{first: first[k], last: first[k+1]}
		for g := c.first; g < c.last; g++ {
			if !s.group(g, g == c.first) {
				return nil
			}
		}
		if c.last > c.first {
			c.free = s.groups[c.first].free
		}
		free = max(free, len(c.free))
		s.chains = append(s.chains, c)
	}
	if free > gatherBlock {
		return nil
	}
	s.wide = (s.q + free + 7) &^ 7
	s.allocate()
	return s
}

// group sorts the members of a group. It returns false if they cannot be condensed.
func (s *condensed) group(g int, first bool) bool {
	p, a := s.plan, &s.groups[g]
	n := 0
	for _, i := range p.member[g] {
		if i >= p.n {
			n++
		}
	}
	f := len(p.member[g]) - 2*n
	if f < 0 || f > 0 && !first {
		return false
	}
	a.free, a.unknown, a.row = p.member[g][:f], p.member[g][f:f+n], p.member[g][f+n:]
	a.at = s.n
	s.n += n
	if !first {
		unknowns := len(p.member[g-1]) - len(s.groups[g-1].row)
		for _, q := range p.beside[g-1] {
			from, to := q.row, q.row+q.rows
			if q.flip {
				from, to = q.col, q.col+q.cols
			}
			if from < len(s.groups[g-1].free) || to > unknowns {
				return false
			}
			a.before = max(a.before, unknowns-from)
		}
	}
	for _, q := range p.border[g] {
		a.border = append(a.border, borderPieces(q, f, f+n)...)
	}
	return true
}

// borderPieces cuts a piece where the unknowns without a row end and where rows begin.
func borderPieces(q piece, ends ...int) (out []borderPiece) {
	from, count := q.row, q.rows
	if q.flip {
		from, count = q.col, q.cols
	}
	kinds := [...]borderKind{borderFree, borderUnknown, borderRow}
	low := 0
	for k, end := range append(ends, from+count) {
		lo, hi := max(low, from), min(end, from+count)
		if lo < hi {
			b := borderPiece{q, kinds[k]}
			if q.flip {
				b.at, b.col, b.cols = q.at+lo-from, lo-low, hi-lo
			} else {
				b.at, b.row, b.rows = q.at+(lo-from)*q.stride, lo-low, hi-lo
			}
			out = append(out, b)
		}
		low = end
	}
	return out
}

func (s *condensed) allocate() {
	s.b, s.m = make([]float64, s.n*s.wide), make([]float64, s.n*s.wide)
	s.s, s.t, s.chol = newPanels(s.q), newPanels(s.q), newCholesky(s.q)
	s.vec, s.slope, s.shared = make([]float64, s.n), make([]float64, s.n), make([]float64, s.q)
	for g := range s.groups {
		a := &s.groups[g]
		f, n, before := len(a.free), len(a.row), a.before
		all := f + 2*n
		a.full, a.past = make([]float64, all*all), make([]float64, all*before)
		a.inverse, a.step, a.low = make([]float64, n*n), make([]float64, n*before), make([]float64, n*(before+n))
	}
	rows := 0
	for g := range s.groups {
		rows = max(rows, len(s.groups[g].row))
	}
	for k := range s.chains {
		c := &s.chains[k]
		own := len(c.free) * s.wide
		c.s, c.t, c.l, c.sums = make([]float64, own), make([]float64, own), make([]float64, own), make([]float64, s.wide)
		work := make([]float64, rows*s.wide) // chains are side by side, groups of one are not
		for g := c.first; g < c.last; g++ {
			s.groups[g].rows = work[:len(s.groups[g].row)*s.wide]
		}
	}
	workers := runtime.GOMAXPROCS(0)
	s.work = make([][2][]float64, workers)
	for w := range s.work {
		s.work[w] = [2][]float64{make([]float64, gatherBlock*panel), make([]float64, gatherBlock*panel)}
	}
	s.sweep = par.NewPool(workers, func(_, c int) { s.condenseChain(&s.chains[c]) })
	s.gather = par.NewPool(workers, s.gatherPanel)
	s.forward = par.NewPool(workers, func(_, c int) { s.forwardChain(&s.chains[c]) })
	s.backward = par.NewPool(workers, func(_, c int) { s.backwardChain(&s.chains[c]) })
}
