package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/num"
)

// Constants of the barrier.
//
// Source: Wächter, Biegler (2006), sections 2.1, 3.5, 3.7.
const (
	tauLeast    = 0.99 // distance to a bound that one step may use up
	muLinear    = 0.2  // μ ← min(muLinear·μ, μ^muPower)
	muPower     = 1.5
	muError     = 10   // μ falls when the barrier problem is solved to muError·μ
	primalDual  = 1e10 // multipliers stay within this factor of μ/slack
	dampOneSide = 1e-5 // pull towards the bound of variables with one bound only
	dualSize    = 100  // mean multiplier above which residuals are scaled down
)

// room returns the distances of variable i at value x to its bounds.
func (v *variables) room(i int, x float64) (below, above float64) {
	return x - v.low[i], v.high[i] - x
}

// pull is the slope of the term that keeps variable i, with one bound only,
// from wandering off: +1, −1 or 0.
func (v *variables) pull(i int) float64 {
	low, high := !math.IsInf(v.low[i], 0), !math.IsInf(v.high[i], 0)
	switch {
	case low && !high:
		return 1
	case high && !low:
		return -1
	}
	return 0
}

// evaluate computes the program at (v, μ). fail says why it could not.
func (s *InteriorSolver) evaluate(e *evaluation, v []float64, mu float64) (fail string) {
	n := s.prog.n
	e.f, fail = s.prog.values(e.c, v[:n])
	if fail != "" {
		e.theta, e.phi = math.Inf(1), math.Inf(1)
		return fail
	}
	if s.prox != nil {
		e.f = s.prox.value(v[:n], mu)
	}
	for j, t := range s.vars.target {
		e.c[j] -= t
	}
	for k, j := range s.vars.row {
		e.c[j] += s.vars.coef[k] * v[n+k]
		e.f += s.vars.cost[k] * v[n+k]
	}
	e.theta = 0
	for _, c := range e.c {
		e.theta += math.Abs(c)
	}
	e.phi = e.f + s.barrier(v, mu)
	if !num.Finite(e.phi) || !num.Finite(e.theta) {
		return notFinite
	}
	return ""
}

// barrier returns −μ Σ log(distance to a bound) and the pull of one-sided
// bounds.
func (s *InteriorSolver) barrier(v []float64, mu float64) float64 {
	sum, pull := 0.0, 0.0
	for i, x := range v {
		below, above := s.vars.room(i, x)
		hasLow, hasHigh := !math.IsInf(below, 0), !math.IsInf(above, 0)
		if hasLow {
			sum -= math.Log(below)
		}
		if hasHigh {
			sum -= math.Log(above)
		}
		switch {
		case hasLow && !hasHigh:
			pull += below
		case hasHigh && !hasLow:
			pull += above
		}
	}
	return mu * (sum + dampOneSide*pull)
}

// slopes computes, where the program is linearised, the gradient of the barrier function
// and the residual of the dual equations with multipliers of bounds replaced by
// μ/distance.
func (s *InteriorSolver) slopes(st *InteriorState) {
	n := s.prog.n
	if s.prox == nil {
		copy(s.grad, s.prog.grad)
	} else {
		s.prox.slope(s.grad[:n], st.X, st.Mu)
	}
	copy(s.grad[n:], s.vars.cost)
	for i, x := range st.X {
		below, above := s.vars.room(i, x)
		s.grad[i] += st.Mu * (1/above - 1/below + dampOneSide*s.vars.pull(i))
	}
	s.addRows(s.dual, s.grad, st.Y)
}

// addRows sets dst = v + Aᵀy.
func (s *InteriorSolver) addRows(dst, v, y []float64) {
	n := s.prog.n
	copy(dst, v)
	addTransposed(dst[:n], s.prog.shape.Jacobian, s.prog.jac, y)
	for k, j := range s.vars.row {
		dst[n+k] += s.vars.coef[k] * y[j]
	}
}

// diagonal computes what bounds and proximity add to the Hessian.
func (s *InteriorSolver) diagonal(st *InteriorState) {
	clear(s.hw)
	if s.prox != nil {
		s.prox.curve(s.hw, st.Mu)
	}
	for i, x := range st.X {
		below, above := s.vars.room(i, x)
		s.hw[i] += st.ZL[i]/below + st.ZU[i]/above
	}
}

// errors are the residuals of the optimality conditions.
type errors struct {
	dual, primal, product float64 // largest, unscaled by multipliers
	all                   float64 // largest, scaled by them
}

// residuals returns the error of the conditions with complementarity μ, where
// the program is linearised and s.point evaluated.
func (s *InteriorSolver) residuals(st *InteriorState, mu float64) errors {
	var e errors
	n, m := s.prog.n, s.prog.m
	if s.prox == nil {
		copy(s.v2, s.prog.grad)
	} else {
		s.prox.slope(s.v2[:n], st.X, st.Mu)
	}
	copy(s.v2[n:], s.vars.cost)
	s.addRows(s.v2, s.v2, st.Y)
	sumZ, sumY := 0.0, 0.0
	for i, x := range st.X {
		below, above := s.vars.room(i, x)
		zl, zu := st.ZL[i], st.ZU[i]
		if i < n && s.prog.fixed[i] {
			continue
		}
		e.dual = max(e.dual, math.Abs(s.v2[i]-zl+zu))
		if !math.IsInf(below, 0) {
			e.product = max(e.product, math.Abs(below*zl-mu))
		}
		if !math.IsInf(above, 0) {
			e.product = max(e.product, math.Abs(above*zu-mu))
		}
		sumZ += zl + zu
	}
	for _, y := range st.Y {
		sumY += math.Abs(y)
	}
	e.primal = largestOf(s.point.c)
	sd, sc := 1.0, 1.0
	if count := m + s.vars.bounds; count > 0 {
		sd = max(dualSize, (sumY+sumZ)/float64(count)) / dualSize
	}
	if s.vars.bounds > 0 {
		sc = max(dualSize, sumZ/float64(s.vars.bounds)) / dualSize
	}
	e.all = max(e.dual/sd, e.primal, e.product/sc)
	return e
}

// leastMu is where μ stops falling.
func (s *InteriorSolver) leastMu() float64 { return s.cfg.Tol / (muError + 1) }

// lowerMu lets μ fall as long as the barrier problem is solved for it, at least
// once if force is set. The filter belongs to one μ.
func (s *InteriorSolver) lowerMu(st *InteriorState, force bool) {
	least := s.leastMu()
	for st.Mu > least && (force || s.residuals(st, st.Mu).all <= muError*st.Mu) {
		force = false
		st.Mu = max(least, min(muLinear*st.Mu, math.Pow(st.Mu, muPower)))
		st.Filter = st.Filter[:0]
	}
}

// clampDuals keeps the multipliers of bounds near μ/distance.
func (s *InteriorSolver) clampDuals(st *InteriorState) {
	for i, x := range st.X {
		below, above := s.vars.room(i, x)
		if !math.IsInf(below, 0) {
			st.ZL[i] = max(min(st.ZL[i], primalDual*st.Mu/below), st.Mu/(primalDual*below))
		}
		if !math.IsInf(above, 0) {
			st.ZU[i] = max(min(st.ZU[i], primalDual*st.Mu/above), st.Mu/(primalDual*above))
		}
	}
}

// dualStep computes the steps of the multipliers of bounds from that of the
// variables.
func (s *InteriorSolver) dualStep(st *InteriorState, dv []float64) {
	for i, x := range st.X {
		below, above := s.vars.room(i, x)
		s.dzl[i], s.dzu[i] = 0, 0
		if !math.IsInf(below, 0) {
			s.dzl[i] = (st.Mu-st.ZL[i]*dv[i])/below - st.ZL[i]
		}
		if !math.IsInf(above, 0) {
			s.dzu[i] = (st.Mu+st.ZU[i]*dv[i])/above - st.ZU[i]
		}
	}
}
