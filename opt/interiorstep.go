package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Minimise steps until the program is solved or cannot be, and returns the
// verdict. on, if not nil, gets every step and returns false to stop.
func (s *InteriorSolver) Minimise(st *InteriorState, on func(Iteration) bool) Verdict {
	for st.Verdict == Open {
		it := s.Step(st)
		if on != nil && !on(it) && st.Verdict == Open {
			st.Verdict, st.Reason = Stopped, "stopped from outside"
		}
	}
	return st.Verdict
}

// Step makes one step of the method, or finds that none is needed or possible.
func (s *InteriorSolver) Step(st *InteriorState) Iteration {
	it := Iteration{K: st.K, Mu: st.Mu}
	if st.Verdict == Open {
		s.use(st)
		before := s.prog.evals
		if st.Restoring != nil {
			s.restore(st, &it)
		} else {
			s.advance(st, &it)
		}
		st.K++
		it.Evals = s.prog.evals - before
		if st.Verdict == Open && st.K >= s.cfg.Iterations {
			st.Verdict, st.Reason = Limit, "the iterations are over"
		}
	}
	it.Verdict, it.Reason = st.Verdict, st.Reason
	return it
}

// advance makes one step of the barrier method.
func (s *InteriorSolver) advance(st *InteriorState, it *Iteration) {
	if fail := s.arrive(st); fail != "" {
		st.Verdict, st.Reason = NonFinite, fail
		return
	}
	if s.judge(st, it); st.Verdict != Open {
		return
	}
	if st.Dual > 0 && (it.Dual > max(1, wild*st.Dual) || it.Dual > max(1, adrift*st.LeastDual)) {
		s.tame(st, it)
	}
	s.lowerMu(st, false)
	if st.Tiny > 1 {
		if st.Mu <= s.leastMu() {
			s.giveUp(st, it)
			return
		}
		st.Tiny = 0
		s.lowerMu(st, true)
	}
	it.Mu = st.Mu
	if fail := s.evaluate(&s.point, st.X, st.Mu); fail != "" {
		st.Verdict, st.Reason = NonFinite, fail
		return
	}
	w := 1.0
	if s.prox != nil {
		w = 0
	}
	if fail := s.prog.curvature(st.X[:s.prog.n], st.Y, w); fail != "" {
		st.Verdict, st.Reason = NonFinite, "second derivatives: "+fail
		return
	}
	s.slopes(st)
	s.diagonal(st)
	if !s.factorise(st, it) || !s.direction(s.dv, s.dy, s.dual, s.point.c) {
		s.beginRestoration(st, it)
		return
	}
	s.search(st, it)
}

// arrive makes all first-order values belong to the state.
func (s *InteriorSolver) arrive(st *InteriorState) string {
	if fail := s.evaluate(&s.point, st.X, st.Mu); fail != "" {
		return fail
	}
	return s.prog.linearise(st.X[:s.prog.n])
}

// Limits of the verdicts, beside the tolerances.
const (
	dualLimit    = 1.0  // largest dual residual at an optimum, in units of the objective if that is large
	productLimit = 1e-4 // likewise of slack times multiplier
	looser       = 100  // violation allowed at an acceptable point, in Violation
	farAway      = 1e15 // beyond it, unknowns and objectives count as unbounded: steps of 1e14 are still told from rounding
)

// judge measures the point, reports it, and gives a verdict if it can.
func (s *InteriorSolver) judge(st *InteriorState, it *Iteration) {
	e := s.residuals(st, 0)
	it.Objective, it.Dual, it.Complementarity = s.prog.f/s.prog.objective, e.dual, e.product
	it.Violation = s.violation(s.point.c)
	units, size := 1/s.prog.objective, math.Abs(it.Objective)
	switch {
	case e.all <= s.cfg.Tol && it.Violation <= s.cfg.Violation && e.dual*units <= dualLimit*max(1, size) && e.product*units <= productLimit*max(1, size):
		st.Verdict, st.Reason = Optimal, "the conditions of a minimum hold to within tol"
		return
	case e.all <= s.cfg.Acceptable && it.Violation <= looser*s.cfg.Violation:
		if st.Good++; st.Good >= s.cfg.Patience {
			st.Verdict, st.Reason = Acceptable, "the conditions of a minimum hold to within acceptable, and no step made them hold better"
			return
		}
	default:
		st.Good = 0
	}
	if s.prox == nil && (largestOf(st.X[:s.prog.n]) > farAway || it.Objective < -farAway) {
		st.Verdict, st.Reason = Unbounded, "unknowns or objective passed 1e15"
	}
}

// Growth of the dual residual, in one step or over all since steps need something
// added to the Hessian, at which the multipliers are not believed.
const (
	wild   = 10
	adrift = 1e4
)

// tame estimates the multipliers of rows anew. A step that needed much added to
// the Hessian's diagonal has multipliers of about that size, their
// curvature needs more to be added, and so on without end.
func (s *InteriorSolver) tame(st *InteriorState, it *Iteration) {
	copy(s.dy, st.Y)
	s.estimate(st, math.Inf(1))
	if e := s.residuals(st, 0); e.dual < it.Dual {
		it.Dual, st.Delta, st.Eased, st.Wait = e.dual, 0, 0, 0
	} else {
		copy(st.Y, s.dy)
	}
	st.LeastDual = it.Dual
}

// violation returns the largest of a row in the program's units.
func (s *InteriorSolver) violation(c []float64) float64 {
	most := 0.0
	for j, v := range c {
		most = max(most, math.Abs(v)/s.prog.rows[j])
	}
	return most
}

// giveUp ends a run whose steps do nothing any more.
func (s *InteriorSolver) giveUp(st *InteriorState, it *Iteration) {
	st.Verdict, st.Reason = NoProgress, "steps are zero to working precision"
	if e := s.residuals(st, 0); e.all <= s.cfg.Acceptable && it.Violation <= looser*s.cfg.Violation {
		st.Verdict, st.Reason = Acceptable, "the conditions of a minimum hold to within acceptable; rounding hinders more"
	}
}

// search takes the longest fraction of the step that the filter lets through.
func (s *InteriorSolver) search(st *InteriorState, it *Iteration) {
	tau := max(tauLeast, 1-st.Mu)
	slope := kernel.Dot(s.grad, s.dv)
	alpha := s.vars.longest(st.X, s.dv, tau)
	it.StepNorm = largestOf(s.dv)
	if s.tiny(st) {
		s.move(st, s.dv, alpha)
		if s.evaluate(&s.trial, s.v2, st.Mu) == "" {
			st.Tiny++
			s.take(st, it, s.dv, s.dy, alpha, tau)
			return
		}
	}
	st.Tiny = 0
	if s.prox == nil && st.Creep >= patient && s.point.theta > s.cfg.Tol {
		s.beginRestoration(st, it)
		return
	}
	least := st.shortest(s.point.theta, slope)
	for first := true; alpha >= least || first; first = false {
		it.Trials++
		s.move(st, s.dv, alpha)
		if fail := s.evaluate(&s.trial, s.v2, st.Mu); fail == "" {
			take, byPhi := s.takes(st, &s.trial, slope, alpha)
			if take {
				s.remember(st, byPhi)
				s.take(st, it, s.dv, s.dy, alpha, tau)
				return
			}
			if first && s.trial.theta >= s.point.theta && s.correct(st, it, slope, alpha, tau) {
				return
			}
		}
		alpha /= 2
	}
	s.beginRestoration(st, it)
}

// A run creeps when patient steps in a row needed cutShort trials or more each:
// the rows bend so much that only a restoration gets on.
const (
	patient  = 10
	cutShort = 13
)

// tiny reports whether the step is rounding.
func (s *InteriorSolver) tiny(st *InteriorState) bool {
	for i, d := range s.dv {
		if math.Abs(d) > rounding*(1+math.Abs(st.X[i])) {
			return false
		}
	}
	return s.point.theta <= 1e-4
}

// move sets the trial point.
func (s *InteriorSolver) move(st *InteriorState, dv []float64, alpha float64) {
	copy(s.v2, st.X)
	kernel.AXPY(s.v2, alpha, dv)
	if s.prog.anyFixed {
		for i, fixed := range s.prog.fixed {
			if fixed {
				s.v2[i] = st.X[i]
			}
		}
	}
}

// remember puts the point that is left into the filter unless the barrier
// function alone judged the step.
func (s *InteriorSolver) remember(st *InteriorState, byPhi bool) {
	if !byPhi {
		st.block(s.point.theta, s.point.phi)
	}
}

// correct tries second-order corrections: steps to rows as they are at the
// trial point.
//
// Source: Wächter, Biegler (2006), section 2.4.
func (s *InteriorSolver) correct(st *InteriorState, it *Iteration, slope, alpha, tau float64) bool {
	copy(s.soc.c, s.point.c)
	length, before := alpha, s.trial.theta
	for range corrections {
		for j := range s.soc.c {
			s.soc.c[j] = length*s.soc.c[j] + s.trial.c[j]
		}
		if !s.direction(s.dv2, s.dy2, s.dual, s.soc.c) {
			return false
		}
		length = s.vars.longest(st.X, s.dv2, tau)
		s.move(st, s.dv2, length)
		it.Trials++
		if s.evaluate(&s.trial, s.v2, st.Mu) != "" {
			return false
		}
		if take, byPhi := s.takes(st, &s.trial, slope, alpha); take {
			s.remember(st, byPhi)
			it.Corrected = true
			s.take(st, it, s.dv2, s.dy2, length, tau)
			return true
		}
		if s.trial.theta > correcting*before {
			return false
		}
		before = s.trial.theta
	}
	return false
}

// take goes to the trial point.
func (s *InteriorSolver) take(st *InteriorState, it *Iteration, dv, dy []float64, alpha, tau float64) {
	s.dualStep(st, dv)
	alphaZ := min(longestOf(st.ZL, s.dzl, tau), longestOf(st.ZU, s.dzu, tau))
	copy(st.X, s.v2)
	kernel.AXPY(st.Y, alpha, dy)
	kernel.AXPY(st.ZL, alphaZ, s.dzl)
	kernel.AXPY(st.ZU, alphaZ, s.dzu)
	s.clampDuals(st)
	it.AlphaPrimal, it.AlphaDual = alpha, alphaZ
	if st.Creep++; it.Trials < cutShort {
		st.Creep = 0
	}
	switch {
	case it.Delta == 0:
		st.Dual, st.LeastDual = 0, 0
	case st.LeastDual == 0 || it.Dual < st.LeastDual:
		st.Dual, st.LeastDual = it.Dual, it.Dual
	default:
		st.Dual = it.Dual
	}
}
