package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// linear factorises the symmetric matrix of a step,
//
//	[ W + diag(d)    Jᵀ      ]   n rows
//	[ J           −diag(e)   ]   m rows
//
// where W and J have the patches of the shape it was made for. For a step that
// goes downhill the inertia has to be (n, m, 0).
type linear interface {
	name() string
	factor(hess, jac, d, e []float64) num.Inertia
	// solve replaces b (length n+m) by the solution, to the accuracy of the
	// factors.
	solve(b []float64)
}

// shifter is linear algebra that can add to the diagonal of all unknowns that are not fixed, once it has
// factors, for less than it takes to factorise. ok = false: it cannot this time.
type shifter interface {
	shift(by float64) (in num.Inertia, ok bool)
}

// steadier is linear algebra that has a slower way to factorise the matrix of the last call, for solutions
// that came out too inaccurate. It returns false if it has none, or if the inertia is then wrong.
type steadier interface {
	steady() bool
}

// kkt is the matrix of a step and its factors.
type kkt struct {
	shape     Shape
	lin       linear
	prog      *program
	d, e      []float64
	rest, sum []float64 // of refinement
	right     []float64 // the right side, as it was

	begun bool    // it has factors of the present Hessian and rows, with begin on the diagonal of unknowns
	begin float64 // more may be added to
	rows  float64 // and this on that of rows
}

func newKKT(shape Shape, prog *program, lin linear) *kkt {
	n, m := prog.n, prog.m
	return &kkt{shape: shape, lin: lin, prog: prog, d: make([]float64, n), e: make([]float64, m),
		rest: make([]float64, n+m), sum: make([]float64, n+m),
		right: make([]float64, n+m)}
}

// Constants of the correction of inertia.
//
// Source: Wächter, Biegler (2006), algorithm IC.
const (
	deltaFirst  = 1e-4
	deltaLeast  = 1e-20
	deltaMost   = 1e40
	deltaGrow   = 8
	deltaLeap   = 100 // while no step has needed any
	deltaShrink = 1.0 / 3
	deltaRows   = 1e-8 // times μ^¼
)

// factorise makes factors with the right inertia, adding to the diagonals as
// little as it can. It returns false if nothing helped. Where adding nothing failed, it is
// tried again after ever more steps in a row, Rest at most, for which a third of what the one before had
// was enough, or one where that is little.
func (s *InteriorSolver) factorise(st *InteriorState, it *Iteration) bool {
	s.kkt.begun = false
	delta := 0.0
	if st.K < s.cfg.FirstSteps && s.prox == nil {
		delta = s.cfg.FirstDelta
	}
	if none := st.Delta == 0 || st.Eased >= st.Wait || st.Eased > 0 && st.Delta < deltaFirst; delta > 0 || none {
		if s.unaided(st, it, delta) {
			it.Delta, st.Wait = delta, 1
			return true
		}
		st.Eased, st.Wait = 0, min(max(1, 2*st.Wait), max(1, s.cfg.Rest))
	}
	leap := float64(deltaGrow)
	if st.Delta == 0 {
		leap = deltaLeap
		delta = max(delta, deltaFirst)
	} else {
		delta = max(delta, deltaLeast, st.Delta*deltaShrink)
	}
	for first := true; delta <= deltaMost; delta *= leap {
		in := s.factor(delta, it.DeltaRows, it)
		if s.right(in) {
			if it.Delta, st.Delta = delta, delta; first {
				st.Eased++
			} else {
				st.Eased = 0
			}
			return true
		}
		if in.Negative < s.prog.m || in.Zero > 0 {
			it.DeltaRows = s.deltaRows(st)
		}
		first = false
	}
	return false
}

// unaided makes factors with delta added to the diagonal and, should rows depend on each
// other, something to theirs.
func (s *InteriorSolver) unaided(st *InteriorState, it *Iteration, delta float64) bool {
	in := s.factor(delta, 0, it)
	if !s.right(in) && (in.Zero > 0 || in.Negative < s.prog.m) {
		it.DeltaRows = s.deltaRows(st)
		in = s.factor(delta, it.DeltaRows, it)
	}
	return s.right(in)
}

// deltaRows is what is subtracted from the rows' diagonal if rows depend on
// each other.
func (s *InteriorSolver) deltaRows(st *InteriorState) float64 {
	return deltaRows * math.Pow(st.Mu, 0.25)
}

func (s *InteriorSolver) right(in num.Inertia) bool {
	return in.Zero == 0 && in.Negative == s.prog.m
}

// factor factorises with the given additions. A column is eliminated: its pivot
// is positive, so the inertia of what is left decides.
func (s *InteriorSolver) factor(delta, rows float64, it *Iteration) num.Inertia {
	k := s.kkt
	for i := range k.d {
		k.d[i] = s.hw[i] + delta
		if s.prog.fixed[i] {
			k.d[i] = 1
		}
	}
	kernel.Fill(k.e, rows)
	for c, j := range s.vars.row {
		s.pivot[c] = s.hw[s.vars.n+c] + delta
		k.e[j] += 1 / s.pivot[c]
	}
	it.Factors++
	if by, is := k.lin.(shifter); is && k.begun && k.rows == rows {
		if in, ok := by.shift(delta - k.begin); ok {
			return in
		}
	}
	k.begun, k.begin, k.rows = true, delta, rows
	return k.lin.factor(s.prog.hess, s.prog.jac, k.d, k.e)
}

// direction solves for the step (dv, dy) of unknowns, columns and multipliers
//
//	[ H  Aᵀ ] [dv]     [dual]
//	[ A  −δ ] [dy] = − [ c  ]
//
// where A = [J, coefficients of columns]. It returns false if the solution is
// useless.
func (s *InteriorSolver) direction(dv, dy, dual, c []float64) bool {
	n, m, vars := s.prog.n, s.prog.m, s.vars
	for i := range n {
		s.rhs[i] = -dual[i] // zero of fixed ones: their slopes are
	}
	for j := range m {
		s.rhs[n+j] = -c[j]
	}
	for k, j := range vars.row {
		s.rhs[n+j] += vars.coef[k] * dual[n+k] / s.pivot[k]
	}
	ok := s.kkt.solve(s.rhs)
	copy(dv, s.rhs[:n])
	copy(dy, s.rhs[n:])
	for k, j := range vars.row {
		dv[n+k] = -(dual[n+k] + vars.coef[k]*dy[j]) / s.pivot[k]
	}
	return ok
}

// solve replaces b by the solution, refined. It returns false if the residual
// says that the factors are useless.
func (k *kkt) solve(b []float64) bool {
	const accurate, useless = 1e-9, 1e-5
	copy(k.right, b)
	left := k.refine(b)
	if slow, is := k.lin.(steadier); is && !(left <= accurate) && slow.steady() {
		copy(b, k.right)
		left = k.refine(b)
	}
	return left <= useless && num.AllFinite(b)
}

// refine replaces b by the solution and returns the relative residual that is left.
func (k *kkt) refine(b []float64) float64 {
	const most, enough = 8, 1e-11
	copy(k.rest, b)
	clear(k.sum)
	size, before := largestOf(b), math.Inf(1)
	if size == 0 {
		return 0
	}
	for range most {
		k.lin.solve(k.rest)
		kernel.AddTo(k.sum, k.rest)
		copy(k.rest, b)
		k.subtract(k.rest, k.sum)
		ratio := largestOf(k.rest) / (size + min(largestOf(k.sum), 1e6*size))
		if !(ratio < before/2) || ratio <= enough {
			before = min(ratio, before)
			break
		}
		before = ratio
	}
	copy(b, k.sum)
	return before
}

// subtract takes K·x from r.
func (k *kkt) subtract(r, x []float64) {
	n := len(k.d)
	for i, v := range x {
		x[i] = -v
	}
	addSymmetric(r[:n], k.shape.Hessian, k.prog.hess, x[:n])
	addTransposed(r[:n], k.shape.Jacobian, k.prog.jac, x[n:])
	addProduct(r[n:], k.shape.Jacobian, k.prog.jac, x[:n])
	for i, d := range k.d {
		r[i] += d * x[i]
	}
	for j, e := range k.e {
		r[n+j] -= e * x[n+j]
	}
	for i, v := range x {
		x[i] = -v
	}
}
