package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// mostMultiplier is the size beyond which a first guess of multipliers is not
// trusted.
const mostMultiplier = 1000

// Start returns the state that begins a run at x (length n), which is moved
// inside its bounds. If the program cannot be computed there the state's
// verdict says so.
func (s *InteriorSolver) Start(x []float64) *InteriorState {
	st := s.begin(x, s.cfg.Push, s.cfg.Mu)
	if st.Verdict == Open {
		s.estimate(st, mostMultiplier)
	}
	return st
}

// Warm returns the state that begins a run near a solution: unknowns,
// multipliers as Solution gives them (nil: guessed) and a barrier parameter of about
// the accuracy that x is thought to have.
func (s *InteriorSolver) Warm(x []float64, from *Multipliers, mu float64) *InteriorState {
	push := min(s.cfg.Push, max(mu, 1e-12))
	st := s.begin(x, push, max(mu, s.leastMu()))
	if st.Verdict != Open {
		return st
	}
	if from == nil {
		s.estimate(st, mostMultiplier)
		return st
	}
	for j, y := range from.Y {
		st.Y[j] = y * st.Objective / st.Rows[j]
	}
	for i := range s.prog.n {
		st.ZL[i], st.ZU[i] = from.ZL[i]*st.Objective, from.ZU[i]*st.Objective
	}
	for k, j := range s.vars.row {
		// The dual equation of a slack is −y − zl + zu = 0.
		i := s.prog.n + k
		st.ZL[i], st.ZU[i] = max(0, -st.Y[j]), max(0, st.Y[j])
	}
	s.clampDuals(st)
	return st
}

// begin returns a state at x with central multipliers for bounds and zero for
// rows.
func (s *InteriorSolver) begin(x []float64, push, mu float64) *InteriorState {
	n, size, shape := s.prog.n, len(s.vars.low), s.prog.shape
	st := &InteriorState{X: make([]float64, size), Y: make([]float64, s.prog.m), ZL: make([]float64, size),
		ZU: make([]float64, size), Mu: mu, Filter: make([][2]float64, 0, 64)}
	for i := range n {
		st.X[i] = inside(x[i], s.vars.low[i], s.vars.high[i], push)
		if s.prog.fixed[i] {
			st.X[i] = shape.Low[i]
		}
	}
	st.Objective, st.Rows = 1, ones(s.prog.m)
	s.use(st)
	c := make([]float64, s.prog.m)
	_, fail := s.prog.values(c, st.X[:n])
	if fail == "" {
		fail = s.prog.linearise(st.X[:n])
	}
	if fail != "" {
		st.Verdict, st.Reason = NonFinite, "at the start: "+fail
		return st
	}
	st.Objective, st.Rows = s.prog.scale(s.cfg.Scaling)
	s.use(st)
	for k, j := range s.vars.row {
		i := n + k
		st.X[i] = inside(c[j]*st.Rows[j], s.vars.low[i], s.vars.high[i], push)
	}
	s.centre(st)
	s.startFilter(st)
	return st
}

// use takes the scales of a state.
func (s *InteriorSolver) use(st *InteriorState) {
	s.prog.use(st.Objective, st.Rows)
	s.vars.scaled(s.prog.shape, s.cfg.Relax, st.Rows)
}

// centre gives all bounds the multiplier μ/distance. (The publication begins
// with one, which is far from the centre where distances are.)
func (s *InteriorSolver) centre(st *InteriorState) {
	for i := range st.X {
		st.ZL[i], st.ZU[i] = 0, 0
		if !math.IsInf(s.vars.low[i], 0) {
			st.ZL[i] = st.Mu / (st.X[i] - s.vars.low[i])
		}
		if !math.IsInf(s.vars.high[i], 0) {
			st.ZU[i] = st.Mu / (s.vars.high[i] - st.X[i])
		}
	}
}

// startFilter sets the limits of violation that go by the start.
func (s *InteriorSolver) startFilter(st *InteriorState) {
	if fail := s.arrive(st); fail != "" {
		st.Verdict, st.Reason = NonFinite, "at the start: "+fail
		return
	}
	base := max(1, s.point.theta)
	st.ThetaMax, st.ThetaMin = thetaMost*base, thetaLeast*base
}

// estimate guesses the multipliers of rows by least squares on the dual
// equations where the program is linearised; zero if one is larger than most.
//
// Source: Wächter, Biegler (2006), section 3.6.
func (s *InteriorSolver) estimate(st *InteriorState, most float64) {
	clear(st.Y)
	if s.prog.m == 0 {
		return
	}
	clear(s.prog.hess)
	kernel.Fill(s.hw, 1)
	s.slopes(st)
	for i, x := range st.X {
		// slopes has μ/distance where the equations have multipliers.
		below, above := s.vars.room(i, x)
		s.dual[i] += st.Mu*(1/below-1/above) - st.ZL[i] + st.ZU[i]
	}
	clear(s.soc.c)
	s.kkt.begun = false
	var it Iteration
	if !s.right(s.factor(0, 0, &it)) || !s.direction(s.dv2, s.dy2, s.dual, s.soc.c) {
		return
	}
	if largestOf(s.dy2) <= most {
		copy(st.Y, s.dy2)
	}
}

// Multipliers are those of a solution in the program's own units, with
// ∇f + (∂c/∂x)ᵀY − ZL + ZU = 0.
type Multipliers struct {
	Y      []float64 // of rows; ≤ 0 at a floor, ≥ 0 at a ceiling
	ZL, ZU []float64 // of bounds of unknowns, ≥ 0
}

// Solution returns the unknowns of a state, its multipliers and the objective.
// Unknowns lie within their bounds.
func (s *InteriorSolver) Solution(st *InteriorState) (x []float64, by *Multipliers, f float64) {
	n, m := s.prog.n, s.prog.m
	x = make([]float64, n)
	by = &Multipliers{Y: make([]float64, m), ZL: make([]float64, n), ZU: make([]float64, n)}
	for i := range n {
		x[i] = min(max(st.X[i], s.prog.shape.Low[i]), s.prog.shape.High[i])
		by.ZL[i], by.ZU[i] = st.ZL[i]/st.Objective, st.ZU[i]/st.Objective
	}
	for j := range m {
		by.Y[j] = st.Y[j] * st.Rows[j] / st.Objective
	}
	s.use(st)
	f, _ = s.prog.values(make([]float64, m), x)
	return x, by, f / st.Objective
}
