package opt

import (
	"math"
	"runtime"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// finish factorises S for the δ that is wanted: first what is a chain's own.
func (s *condensed) finish() num.Inertia {
	copy(s.chol.v, s.s.v)
	if s.by != 0 {
		kernel.AXPY(s.chol.v, s.by, s.t.v)
	}
	wrong := num.Inertia{Negative: 1 << 30}
	for c := range s.chains {
		if !s.chains[c].factor(s) {
			return wrong
		}
		s.chains[c].subtract(s)
	}
	if !s.chol.factor() {
		return wrong
	}
	return num.Inertia{Positive: s.plan.n, Negative: s.plan.m}
}

// factor factorises the chain's own part of S.
func (c *condensedChain) factor(s *condensed) bool {
	f, w := len(c.free), s.wide
	copy(c.l, c.s)
	if s.by != 0 {
		kernel.AXPY(c.l, s.by, c.t)
	}
	for i := range f {
		row, first := c.l[i*w:(i+1)*w], c.l[i*w+s.q+i]
		for j := range i {
			before := c.l[j*w : (j+1)*w]
			kernel.AXPY(row, -row[s.q+j]/before[s.q+j], before)
			// What that leaves of column j is the factor, as long as it is kept.
			row[s.q+j] = 0
		}
		d := row[s.q+i]
		if !(d > 1e-15*first) || math.IsInf(d, 1) {
			return false
		}
		kernel.Scale(row, 1/math.Sqrt(d), row)
	}
	return true
}

// subtract takes it out of what is shared.
func (c *condensedChain) subtract(s *condensed) {
	f := len(c.free)
	for j := range s.chol.count() {
		if f == 0 {
			return
		}
		x := s.work[0][0]
		v := c.l[j*panel:]
		s.pack(x, v, f, j)
		for i := range x[:f*panel] {
			x[i] = -x[i]
		}
		kernel.MatVecTPart(s.chol.of(j), v, x, f, s.q-j*panel, s.wide, panel)
	}
}

// solve implements linear.
func (s *condensed) solve(b []float64) {
	if s.chained {
		s.chain.solve(b)
		return
	}
	for i, at := range s.plan.shared {
		s.shared[i] = b[at]
	}
	s.dual = b
	s.forward.Run(len(s.chains), runtime.GOMAXPROCS(0))
	for c := range s.chains {
		kernel.AddTo(s.shared, s.chains[c].sums)
	}
	s.chol.solve(s.shared)
	for i, at := range s.plan.shared {
		b[at] = s.shared[i]
	}
	s.backward.Run(len(s.chains), runtime.GOMAXPROCS(0))
}

// forwardChain finds the step to the chain's rows, and what right side that leaves to what is free:
//
//	r_t + Bᵀ (r_X − L x) − Mᵀ x,   x the step to the rows
func (s *condensed) forwardChain(c *condensedChain) {
	b := s.dual
	clear(c.sums)
	if c.first == c.last {
		return
	}
	from, rows := s.groups[c.first].at, c.rows(s)
	for g := c.first; g < c.last; g++ {
		a := &s.groups[g]
		n, before := len(a.row), a.before
		x := s.vec[a.at-before : a.at+n]
		for k := range n {
			sum := 0.0
			for l, v := range a.inverse[k*n : (k+1)*n] {
				sum -= v * b[a.row[l]]
			}
			for i, v := range a.step[k*before : (k+1)*before] {
				sum += v * x[i]
			}
			x[before+k] = sum
		}
		for k := range n {
			lx := s.by * x[before+k]
			for i, v := range a.low[k*(before+n) : (k+1)*(before+n)] {
				lx += v * x[i]
			}
			s.slope[a.at+k] = b[a.unknown[k]] - lx
		}
	}
	kernel.MatVecTAdd(c.sums, s.b[from*s.wide:], s.slope[from:from+rows], rows, s.wide, 1)
	for k := range rows {
		s.vec[from+k] = -s.vec[from+k]
	}
	kernel.MatVecTAdd(c.sums, s.m[from*s.wide:], s.vec[from:from+rows], rows, s.wide, 1)
	for k := range rows {
		s.vec[from+k] = -s.vec[from+k]
	}
	// What is its own is eliminated.
	for i, at := range c.free {
		row := c.l[i*s.wide : (i+1)*s.wide]
		z := c.sums[s.q+i] + b[at]
		for j := range i {
			z -= c.l[j*s.wide+s.q+i] * b[c.free[j]]
		}
		z /= row[s.q+i]
		b[at] = z
		kernel.AXPY(c.sums[:s.q], -z, row)
	}
}

// backwardChain finds the chain's unknowns and multipliers, given what is shared.
func (s *condensed) backwardChain(c *condensedChain) {
	b := s.dual
	if c.first == c.last {
		return
	}
	t := c.sums
	clear(t)
	copy(t, s.shared)
	for i := len(c.free) - 1; i >= 0; i-- {
		row := c.l[i*s.wide : (i+1)*s.wide]
		z := b[c.free[i]] - kernel.Dot(row[:s.q], s.shared)
		for j := i + 1; j < len(c.free); j++ {
			z -= row[s.q+j] * b[c.free[j]]
		}
		z /= row[s.q+i]
		b[c.free[i]], t[s.q+i] = z, z
	}
	from, rows := s.groups[c.first].at, c.rows(s)
	x, v := s.vec[from:from+rows], s.slope[from:from+rows]
	// r_X − L x − M t, to which −Lᵀ dX comes below.
	for i := range t {
		t[i] = -t[i]
	}
	kernel.AXPY(v, s.by, x)
	kernel.MatVecAdd(v, s.m[from*s.wide:], t, rows, s.wide, 1)
	for i := range t {
		t[i] = -t[i]
	}
	kernel.MatVecAdd(x, s.b[from*s.wide:], t, rows, s.wide, 1)
	s.multipliers(c)
}

// multipliers finds those of the chain's rows, last ones first.
func (s *condensed) multipliers(c *condensedChain) {
	b := s.dual
	for g := c.last - 1; g >= c.first; g-- {
		a := &s.groups[g]
		f, n, before := len(a.free), len(a.row), a.before
		dx, v := s.vec[a.at-before:a.at+n], s.slope[a.at-before:a.at+n]
		for k := range n {
			for i, l := range a.low[k*(before+n) : (k+1)*(before+n)] {
				v[i] -= l * dx[before+k]
			}
			v[before+k] -= s.by * dx[before+k]
		}
		for l := range n {
			sum := 0.0
			for k := range n {
				sum -= a.inverse[k*n+l] * v[before+k]
			}
			b[a.row[l]] = sum
			for i, p := range a.past[(f+n+l)*before : (f+n+l+1)*before] {
				v[i] -= p * sum
			}
		}
		for k, at := range a.unknown {
			b[at] = s.vec[a.at+k]
		}
	}
}
