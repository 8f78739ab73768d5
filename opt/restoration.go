package opt

import "math"

// Constants of the restoration.
//
// Source: Wächter, Biegler (2006), section 3.3.
const (
	rho          = 1000 // price of violation
	kappaRest    = 0.9  // the violation has to fall to this fraction
	mostBoundMul = 1000 // multipliers of bounds beyond this are reset
	mostReturns  = 5    // to feasible points that the filter had refused
	mostAgain    = 5    // a restoration that is stuck begins anew so often
)

// proximity is the objective of a restoration beside the violation: a pull
// towards the point where it began,
//
//	½ √μ Σ ((x − ref)/max(1, |ref|))².
type proximity struct {
	ref    []float64
	weight []float64 // 1/max(1, |ref|)²
}

func (p *proximity) at(ref []float64) {
	copy(p.ref, ref)
	for i, r := range ref[:len(p.ref)] {
		w := 1 / max(1, math.Abs(r))
		p.weight[i] = w * w
	}
}

func (p *proximity) value(x []float64, mu float64) float64 {
	sum := 0.0
	for i, r := range p.ref {
		d := x[i] - r
		sum += p.weight[i] * d * d
	}
	return math.Sqrt(mu) * sum / 2
}

func (p *proximity) slope(dst, x []float64, mu float64) {
	for i, r := range p.ref {
		dst[i] = math.Sqrt(mu) * p.weight[i] * (x[i] - r)
	}
}

func (p *proximity) curve(diagonal []float64, mu float64) {
	for i, w := range p.weight {
		diagonal[i] += math.Sqrt(mu) * w
	}
}

// restorer returns the solver of the restoration. It shares the program and
// the matrix with s.
func (s *InteriorSolver) restorer() *InteriorSolver {
	if s.rest == nil {
		s.rest = newInterior(s.cfg, s.prog, s.vars.elastic(rho), s.kkt)
		s.rest.prox = &proximity{make([]float64, s.prog.n), make([]float64, s.prog.n)}
	}
	// Bounds of slacks follow the scales of the run.
	copy(s.rest.vars.low, s.vars.low)
	copy(s.rest.vars.high, s.vars.high)
	return s.rest
}

// beginRestoration leaves the objective aside and looks for a point with less
// violation.
func (s *InteriorSolver) beginRestoration(st *InteriorState, it *Iteration) {
	if s.prox != nil {
		st.Verdict, st.Reason = NoRestoration, "no step of the restoration was taken"
		return
	}
	if s.point.theta <= 1e-2*s.cfg.Tol {
		if st.Mu > s.leastMu() {
			st.Tiny = 2 // the barrier problem is solved as far as rounding lets it be
			return
		}
		s.giveUp(st, it)
		return
	}
	st.Creep = 0
	st.block(s.point.theta, s.point.phi)
	r := &Restoring{Theta: s.point.theta, Phi: s.point.phi, Ref: append([]float64(nil), st.X[:s.prog.n]...)}
	r.Inner = s.elasticStart(st, r.Ref, s.point.c)
	st.Restoring = r
}

// elasticStart returns the state that begins a restoration from a state of the
// program with rows c: the two parts of each violation are where the barrier
// wants them.
func (s *InteriorSolver) elasticStart(st *InteriorState, ref, c []float64) *InteriorState {
	s = s.restorer()
	s.prox.at(ref)
	size, m := len(s.vars.low), s.prog.m
	in := &InteriorState{X: make([]float64, size), Y: make([]float64, m), ZL: make([]float64, size),
		ZU: make([]float64, size), Mu: max(st.Mu, largestOf(c)), Objective: st.Objective, Rows: st.Rows,
		Filter: make([][2]float64, 0, 64)}
	outer := copy(in.X, st.X)
	for i := range outer {
		in.ZL[i], in.ZU[i] = min(rho, st.ZL[i]), min(rho, st.ZU[i])
	}
	for j, v := range c {
		plus, minus := parts(v, in.Mu)
		in.X[outer+j], in.X[outer+m+j] = plus, minus
		in.ZL[outer+j], in.ZL[outer+m+j] = in.Mu/plus, in.Mu/minus
	}
	s.startFilter(in)
	if in.Verdict == Open {
		s.estimate(in, mostMultiplier)
	}
	return in
}

// parts splits a violation c = plus − minus such that the barrier is content:
// the smaller part solves 2ρ t² + 2(ρ|c| − μ) t = μ|c|.
func parts(c, mu float64) (plus, minus float64) {
	if c < 0 {
		minus, plus = parts(-c, mu)
		return plus, minus
	}
	half, product := (mu-rho*c)/(2*rho), mu*c/(2*rho)
	root := math.Sqrt(half*half + product)
	if half > 0 {
		minus = half + root
	} else {
		minus = product / (root - half)
	}
	return c + minus, minus
}

// restore makes one step of the restoration and ends it if it may end.
func (s *InteriorSolver) restore(st *InteriorState, it *Iteration) {
	r, rest := st.Restoring, s.restorer()
	rest.prox.at(r.Ref)
	it.Restoring = true
	rest.advance(r.Inner, it)
	r.Inner.K++
	v := r.Inner.X[:len(st.X)]
	if s.evaluate(&s.trial, v, st.Mu) == "" {
		it.Objective, it.Violation = s.prog.f/s.prog.objective, s.violation(s.trial.c)
		better := s.trial.theta <= (1-gammaTheta)*r.Theta || s.trial.phi <= r.Phi-gammaPhi*r.Theta
		if s.trial.theta <= kappaRest*r.Theta && better && !st.blocked(s.trial.theta, s.trial.phi) {
			s.leaveRestoration(st, v)
			return
		}
	}
	switch r.Inner.Verdict {
	case Open:
	case Optimal, Acceptable:
		switch {
		case s.violation(s.trial.c) > s.cfg.Violation:
			st.Verdict, st.Reason = Infeasible, "the violation of the rows has a minimum here that is not zero"
		case st.Returns >= mostReturns:
			st.Verdict, st.Reason = NoRestoration, "feasible points that were found led nowhere"
		default:
			st.Returns++
			st.Filter = st.Filter[:0]
			s.leaveRestoration(st, v)
		}
	case NonFinite:
		st.Verdict, st.Reason = NonFinite, r.Inner.Reason
	default:
		if r.Again++; r.Again > mostAgain || s.evaluate(&s.point, v, st.Mu) != "" {
			st.Verdict, st.Reason = NoRestoration, r.Inner.Reason
			return
		}
		copy(st.X, v)
		copy(r.Ref, v)
		r.Inner = s.elasticStart(st, r.Ref, s.point.c)
	}
}

// leaveRestoration goes on with the program from v.
func (s *InteriorSolver) leaveRestoration(st *InteriorState, v []float64) {
	for i := range st.X {
		s.dv[i] = v[i] - st.X[i]
	}
	s.dualStep(st, s.dv)
	tau := max(tauLeast, 1-st.Mu)
	alpha := min(longestOf(st.ZL, s.dzl, tau), longestOf(st.ZU, s.dzu, tau))
	for i := range st.X {
		st.ZL[i] += alpha * s.dzl[i]
		st.ZU[i] += alpha * s.dzu[i]
	}
	copy(st.X, v)
	s.clampDuals(st)
	if max(largestOf(st.ZL), largestOf(st.ZU)) > mostBoundMul {
		s.centre(st)
	}
	clear(st.Y)
	st.Delta, st.Eased, st.Wait, st.Dual, st.LeastDual, st.Restoring = 0, 0, 0, 0, 0, nil
}
