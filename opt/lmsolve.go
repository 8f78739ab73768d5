package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// solve sets step for damping μ; false means that the matrix is singular.
func (s *LMSolver) solve(mu float64) bool {
	for i, d := range s.scale {
		s.a[i] = mu * d
	}
	if p := s.cfg.Prior.Precision; p != nil {
		kernel.AddTo(s.a, p)
	}
	if !s.factorStep() {
		return false
	}
	if s.dual {
		s.stepDual()
	} else {
		kernel.Scale(s.step, -1, s.grad)
		s.solveStep(s.step)
	}
	return num.Finite(kernel.Dot(s.step, s.step))
}

// factorStep factors the matrix of a step, large ones panel by panel.
func (s *LMSolver) factorStep() bool {
	switch {
	case s.panels == nil && s.dual:
		return s.factorDual()
	case s.panels == nil:
		return s.factorPrimal()
	case s.dual:
		if !s.matrixDual() {
			return false
		}
		s.panels.lower(s.fact, s.m)
	default:
		s.panels.lower(s.hess, s.n)
		for i, a := range s.a {
			s.panels.add(i, i, a)
		}
	}
	return s.panels.factor()
}

// solveStep replaces b by the solution with the factors of a step.
func (s *LMSolver) solveStep(b []float64) {
	if s.panels == nil {
		solveCholesky(s.fact, b, min(s.m, s.n))
		return
	}
	s.panels.solve(b)
}

// factorPrimal factors JᵀJ + diag(a).
func (s *LMSolver) factorPrimal() bool {
	copy(s.fact, s.hess)
	for i, a := range s.a {
		s.fact[i*s.n+i] += a
	}
	return choleskyUnless(s.stopped, s.fact, s.n)
}

// factorDual factors I + J diag(1/a) Jᵀ.
func (s *LMSolver) factorDual() bool {
	return s.matrixDual() && choleskyUnless(s.stopped, s.fact, s.m)
}

// matrixDual sets fact to that matrix.
func (s *LMSolver) matrixDual() bool {
	for i, a := range s.a {
		if !(a > 0) {
			return false
		}
		s.inv[i] = 1 / a
	}
	s.gram.lower(s.fact, s.jac, s.m, s.n, packer{v: s.jac, cols: s.n, scale: s.inv})
	for i := range s.m {
		s.fact[i*s.m+i]++
	}
	return !s.stopped()
}

// stepDual solves with the m×m factor. With p the gradient of the prior,
//
//	h = −A⁻¹ (p + Jᵀ (I + J A⁻¹ Jᵀ)⁻¹ (r − J A⁻¹ p)),
//
// Woodbury's identity in the form that subtracts nothing large.
func (s *LMSolver) stepDual() {
	h := s.step
	clear(h)
	copy(s.y, s.r)
	if s.cfg.Prior.Precision != nil {
		s.cfg.Prior.cost(h, s.at)
		kernel.Mul(s.trial, h, s.inv)
		kernel.MatVec(s.y, s.jac, s.trial, s.m, s.n, 1)
		for i, r := range s.r {
			s.y[i] = r - s.y[i]
		}
	}
	s.solveStep(s.y)
	kernel.MatVecTAdd(h, s.jac, s.y, s.m, s.n, 1)
	for i, v := range s.inv {
		h[i] *= -v
	}
}

// Posterior writes the diagonal of H⁻¹, H = JᵀJ + diag(prior precision) at z,
// to variance (length n) and returns log det H: Laplace's approximation of the
// posterior of z if the residuals are in units of their standard deviation.
// The numbers of MacKay's evidence procedure follow: a group g of unknowns
// with precision α has γ_g = Σ_{i∈g} (1 − α·variance[i]) well-determined ones,
// and the next α is γ_g / Σ_{i∈g} (z_i − centre_i)².
//
// In the dual form (m < n) an unknown without prior is given one of 1e-8 of
// its own curvature. A Hessian that has lost all its digits is factored without
// squaring the Jacobian: directions the data say nothing of have the variance
// of the prior. fail says why there is no result, "" if there is one: that the
// residuals cannot be evaluated at z, or WasStopped. The first call in the dual form, and
// each that needs the second way, allocates m×n.
// Cost: that of a Jacobian and of about one Step; the Jacobian is not
// evaluated again if z is that of the last Step and was not changed by it.
// Source: MacKay, Neural Computation 4 (1992) 415–447, section 4.
func (s *LMSolver) Posterior(variance, z []float64, k int) (logDet float64, fail string) {
	state := LMState{Known: true}
	var out Outcome
	if fail := s.linearise(z, &state, k, &out); fail != "" {
		return 0, fail
	}
	clear(s.a)
	copy(s.a, s.cfg.Prior.Precision)
	if s.dual {
		return s.posteriorDual(variance)
	}
	factored := s.factorPrimal()
	if s.stopped() {
		return 0, WasStopped
	}
	if !factored || s.lost() {
		return s.posteriorQR(variance)
	}
	logDet = 2 * logDiagonal(s.fact, s.n)
	if !invertLowerUnless(s.stopped, s.fact, s.n) {
		return 0, WasStopped
	}
	clear(variance)
	for i := range s.n {
		row := s.fact[i*s.n : i*s.n+i+1]
		kernel.MulAddTo(variance[:i+1], row, row)
	}
	return logDet, ""
}

// lost tells that an unknown is told from those before it by fewer digits than
// squaring the Jacobian leaves.
func (s *LMSolver) lost() bool {
	for i := range s.n {
		l := s.fact[i*s.n+i]
		if l*l < 1e-12*(s.hess[i*s.n+i]+s.a[i]) {
			return true
		}
	}
	return false
}

// posteriorDual uses H⁻¹ = A⁻¹ − A⁻¹Jᵀ(I + JA⁻¹Jᵀ)⁻¹JA⁻¹.
func (s *LMSolver) posteriorDual(variance []float64) (logDet float64, fail string) {
	for i, a := range s.a {
		s.a[i] = max(a, 1e-8*s.scale[i])
	}
	if !s.factorDual() {
		copy(s.a, s.cfg.Prior.Precision)
		if s.stopped() {
			return 0, WasStopped
		}
		return s.posteriorQR(variance)
	}
	for _, a := range s.a {
		logDet += math.Log(a)
	}
	logDet += 2 * logDiagonal(s.fact, s.m)
	if s.wide == nil {
		s.wide = make([]float64, s.m*s.n)
	}
	copy(s.wide, s.jac)
	if !forwardRowsUnless(s.stopped, s.fact, s.wide, s.m, s.n) {
		return 0, WasStopped
	}
	clear(variance)
	for i := range s.m {
		row := s.wide[i*s.n : (i+1)*s.n]
		kernel.MulAddTo(variance, row, row)
	}
	for i, q := range variance {
		variance[i] = s.inv[i] * (1 - s.inv[i]*q)
	}
	return logDet, ""
}
