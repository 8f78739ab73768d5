package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// Minimise steps from z until a tolerance is met or Iterations are over, and
// returns the last outcome with all evaluations counted.
func (s *LMSolver) Minimise(z []float64) Outcome {
	var state LMState
	var out Outcome
	evals := 0
	for k := 0; k < s.cfg.Iterations && out.Status == Going; k++ {
		out = s.Step(z, &state, k)
		evals += out.Evals
	}
	out.Evals = evals
	return out
}

// Step makes one trial step from z, taken if it lowers the cost, and updates
// the state.
//
//	(JᵀJ + diag(prior) + μD) h = −(Jᵀr + prior∘(z − centre))
//
// The Jacobian is evaluated at a new z only; a rejected step costs one
// evaluation of the residuals. A trial that fails is a rejected one. k goes to
// the residuals; if they change with it, set state.Known to false.
//
// Damping: Nielsen's rule.
// Source: Madsen, Nielsen, Tingleff, Methods for Non-Linear Least Squares
// Problems (2004), algorithm 3.16; differs in D and in the cost test.
func (s *LMSolver) Step(z []float64, state *LMState, k int) Outcome {
	out := Outcome{}
	if state.Growth == 0 {
		state.Damping, state.Growth = s.cfg.Damping, 2
	}
	if fail := s.linearise(z, state, k, &out); fail != "" {
		out.Status, out.Cost, out.Reason = Failed, math.Inf(1), fail
		return out
	}
	out.Cost, out.GradNorm = state.Cost, largestOf(s.grad)
	if out.GradNorm <= s.cfg.GradTol {
		out.Status, out.Reason = Converged, "the gradient is zero to within grad_tol"
		return out
	}
	solved := s.solve(state.Damping)
	if s.stopped() {
		out.Status, out.Cost, out.Reason = Failed, math.Inf(1), WasStopped
		return out
	}
	if !solved {
		s.reject(state, &out, "the linear system is singular")
		return out
	}
	out.StepNorm = math.Sqrt(kernel.Dot(s.step, s.step))
	length := math.Sqrt(kernel.Dot(z, z))
	if small := s.cfg.StepTol * (length + s.cfg.StepTol); out.StepNorm <= small {
		out.Status, out.Reason = Converged, "the step is zero to within step_tol"
		return out
	}
	s.try(z, state, k, &out)
	return out
}

// linearise makes r, the Jacobian and what is built from it belong to z.
func (s *LMSolver) linearise(z []float64, state *LMState, k int, out *Outcome) string {
	if s.have && state.Known && same(s.at, z) {
		return ""
	}
	s.have = false
	out.Evals++
	if fail := s.res.Residuals(s.r, s.jac, z, k); fail != "" {
		return fail
	}
	copy(s.at, z)
	kernel.MatVecT(s.grad, s.jac, s.r, s.m, s.n, 1)
	cost := s.cfg.Prior.cost(s.grad, z) + Cost(s.res, s.r)
	if !num.Finite(cost) || !num.Finite(kernel.Dot(s.grad, s.grad)) {
		return notFinite
	}
	state.Cost, state.Known = cost, true
	s.have = true
	s.scaling()
	if !s.dual {
		s.gram.square(s.hess, s.jac, s.m, s.n)
	}
	if s.stopped() {
		s.have = false
		return WasStopped
	}
	return ""
}

// scaling sets D.
func (s *LMSolver) scaling() {
	clear(s.scale)
	for i := range s.m {
		row := s.jac[i*s.n : (i+1)*s.n]
		kernel.MulAddTo(s.scale, row, row)
	}
	if p := s.cfg.Prior.Precision; p != nil {
		kernel.AddTo(s.scale, p)
	}
	largest, mean := 0.0, 0.0
	for _, d := range s.scale {
		largest = max(largest, d)
		mean += d / float64(s.n)
	}
	// An unknown of no influence gets a number that its matrix can be divided
	// by; its gradient is zero, so it does not move.
	floor := largest * 1e-20
	for i, d := range s.scale {
		d = max(d, floor)
		switch s.cfg.Scale {
		case "identity":
			d = mean
		case "", "balanced":
			d = math.Sqrt(d * mean)
		}
		s.scale[i] = d
	}
}

// try evaluates the trial step and takes or rejects it.
func (s *LMSolver) try(z []float64, state *LMState, k int, out *Outcome) {
	kernel.Add(s.trial, z, s.step)
	out.Evals++
	if fail := s.res.Residuals(s.rTrial, nil, s.trial, k); fail != "" {
		s.reject(state, out, fail)
		return
	}
	cost := s.cfg.Prior.cost(nil, s.trial) + Cost(s.res, s.rTrial)
	if !num.Finite(cost) {
		s.reject(state, out, notFinite)
		return
	}
	predicted := s.predicted(state.Damping)
	gain := state.Cost - cost
	// Both below the tolerance: MINPACK's test, which a badly damped step that
	// merely gained little cannot pass.
	tol := s.cfg.CostTol * sizeOf(s.res, state.Cost)
	flat := math.Abs(gain) <= tol && predicted <= tol
	if flat {
		out.Status, out.Reason = Converged, "the cost no longer falls to within cost_tol"
	}
	if !(gain > 0) {
		if !flat {
			s.reject(state, out, "the cost would rise")
		}
		return
	}
	copy(z, s.trial)
	q := 2*gain/predicted - 1
	state.Cost, state.Growth = cost, 2
	state.Damping *= max(1.0/3, 1-q*q*q)
	state.Damping = max(state.Damping, s.cfg.MinDamping)
	out.Accepted, out.Cost = true, cost
}

// predicted returns by how much the step lowers the model: ½ hᵀ(μDh − g).
func (s *LMSolver) predicted(mu float64) float64 {
	sum := 0.0
	for i, h := range s.step {
		sum += h * (mu*s.scale[i]*h - s.grad[i])
	}
	return sum / 2
}

func (s *LMSolver) reject(state *LMState, out *Outcome, reason string) {
	out.Reason = reason
	if state.Damping >= s.cfg.MaxDamping {
		out.Status = Stalled
		return
	}
	if state.Damping == 0 {
		state.Damping = max(s.cfg.Damping, s.cfg.MinDamping, 1e-10)
		return
	}
	state.Damping = min(state.Damping*state.Growth, s.cfg.MaxDamping)
	state.Growth *= 2
}
