package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

func init() {
	Optimisers.Register("lbfgs", "limited-memory BFGS with a strong Wolfe line search", func() Settings { return DefaultLBFGS() })
}

// LBFGS are the settings of the limited-memory BFGS method.
type LBFGS struct {
	Memory     int     `json:"memory" yaml:"memory"`         // pairs of steps and gradient changes kept
	C1         float64 `json:"c1" yaml:"c1"`                 // sufficient decrease
	C2         float64 `json:"c2" yaml:"c2"`                 // curvature
	MaxEvals   int     `json:"max_evals" yaml:"max_evals"`   // per line search
	CostTol    float64 `json:"cost_tol" yaml:"cost_tol"`     // relative cost reduction at which it is over
	GradTol    float64 `json:"grad_tol" yaml:"grad_tol"`     // largest gradient component at which it is over
	StepTol    float64 `json:"step_tol" yaml:"step_tol"`     // length of a step relative to z at which it is over
	Iterations int     `json:"iterations" yaml:"iterations"` // limit of Minimise
}

// DefaultLBFGS returns ten pairs and the line search constants of Nocedal and
// Wright, section 3.1.
func DefaultLBFGS() *LBFGS {
	return &LBFGS{Memory: 10, C1: 1e-4, C2: 0.9, MaxEvals: 25,
		CostTol: 1e-13, GradTol: 1e-10, StepTol: 1e-13, Iterations: 1000}
}

// Check reports what is wrong with the settings.
func (c *LBFGS) Check() error {
	return firstOf(within("memory", float64(c.Memory), 1, 1000), within("max_evals", float64(c.MaxEvals), 2, 1000),
		within("c1", c.C1, 0, c.C2), within("c2", c.C2, c.C1, 1),
		notNegative("cost_tol", c.CostTol), notNegative("grad_tol", c.GradTol), notNegative("step_tol", c.StepTol))
}

// LBFGSState is what a run knows beside z; a run that goes on from a copy of
// (z, state) gives the same bits. Pair p, the newest of Count being
// p = Next−1 (mod Memory), has S and Y at p·n … (p+1)·n−1.
type LBFGSState struct {
	Cost float64   `json:"cost"` // at z, if Known
	Grad []float64 `json:"grad"` // at z, if Known
	// Known is false when cost and gradient at z have to be computed: at the
	// start and after z or the objective was changed from outside.
	Known bool      `json:"known"`
	S     []float64 `json:"s"`   // steps, Memory×n
	Y     []float64 `json:"y"`   // changes of the gradient, Memory×n
	Rho   []float64 `json:"rho"` // 1/(s·y)
	Count int       `json:"count"`
	Next  int       `json:"next"`
}

// NewState returns the state that begins a run.
func (s *LBFGSSolver) NewState() *LBFGSState {
	n, m := len(s.dir), s.cfg.Memory
	return &LBFGSState{Grad: make([]float64, n), S: make([]float64, m*n), Y: make([]float64, m*n), Rho: make([]float64, m)}
}

// LBFGSSolver minimises an objective by limited-memory BFGS. It holds work
// space only.
type LBFGSSolver struct {
	cfg   LBFGS
	dir   []float64
	alpha []float64
	line  lineSearch
}

// NewLBFGS allocates everything for n unknowns. It panics if the settings
// fail Check.
func NewLBFGS(n int, cfg LBFGS) *LBFGSSolver {
	if cfg.Check() != nil {
		panic("opt: LBFGS settings do not pass Check")
	}
	return &LBFGSSolver{cfg: cfg, dir: make([]float64, n), alpha: make([]float64, cfg.Memory),
		line: lineSearch{c1: cfg.C1, c2: cfg.C2, maxEvals: cfg.MaxEvals, z: make([]float64, n), grad: make([]float64, n)}}
}

// Minimise steps from z until a tolerance is met or Iterations are over, and
// returns the last outcome with all evaluations counted.
func (s *LBFGSSolver) Minimise(obj Objective, z []float64) Outcome {
	state := s.NewState()
	var out Outcome
	evals := 0
	for k := 0; k < s.cfg.Iterations && out.Status == Going; k++ {
		out = s.Step(obj, z, state, k)
		evals += out.Evals
	}
	out.Evals = evals
	return out
}

// Step does one iteration: a direction from the stored pairs, a line search
// along it, a new pair. An objective that fails, or is not finite, counts as
// higher than any other value, so the step shrinks. If no lower point is found
// z stays, the pairs are dropped and the next Step follows the gradient; if
// that has been tried the outcome is Stalled. k goes to the objective; if that
// changes with k, set state.Known to false.
// Source: Nocedal, Wright, Numerical Optimization (2006), algorithms 7.4, 7.5.
func (s *LBFGSSolver) Step(obj Objective, z []float64, state *LBFGSState, k int) Outcome {
	out := Outcome{}
	if !state.Known {
		out.Evals++
		loss := obj.Eval(state.Grad, z, k)
		if fail := usable(loss, state.Grad); fail != "" {
			out.Status, out.Cost, out.Reason = Failed, math.Inf(1), fail
			return out
		}
		state.Cost, state.Known = loss.Value, true
	}
	out.Cost, out.GradNorm = state.Cost, largestOf(state.Grad)
	if out.GradNorm <= s.cfg.GradTol {
		out.Status, out.Reason = Converged, "the gradient is zero to within grad_tol"
		return out
	}
	first := s.direction(state)
	before := s.line.evals
	found := s.line.search(obj, z, s.dir, state.Grad, state.Cost, first, k)
	out.Evals += s.line.evals - before
	if !found {
		return s.giveUp(state, out)
	}
	s.accept(z, state, &out)
	return out
}

// direction sets dir = −H·gradient by the two-loop recursion and returns the
// step length to try first.
func (s *LBFGSSolver) direction(state *LBFGSState) float64 {
	d := s.dir
	kernel.Scale(d, -1, state.Grad)
	for age := range state.Count {
		p := s.pair(state, age)
		si, yi := s.slices(state, p)
		s.alpha[p] = state.Rho[p] * kernel.Dot(si, d)
		kernel.AXPY(d, -s.alpha[p], yi)
	}
	if state.Count > 0 {
		p := s.pair(state, 0)
		_, y := s.slices(state, p)
		kernel.Scale(d, 1/(state.Rho[p]*kernel.Dot(y, y)), d)
	}
	for age := state.Count - 1; age >= 0; age-- {
		p := s.pair(state, age)
		si, yi := s.slices(state, p)
		kernel.AXPY(d, s.alpha[p]-state.Rho[p]*kernel.Dot(yi, d), si)
	}
	slope := kernel.Dot(d, state.Grad)
	if state.Count > 0 && slope < 0 && num.Finite(slope) {
		return 1
	}
	// No curvature is known: a first step of length at most 1 in any unit.
	state.Count = 0
	kernel.Scale(d, -1, state.Grad)
	return min(1, 1/math.Sqrt(kernel.Dot(d, d)))
}

func (s *LBFGSSolver) pair(state *LBFGSState, age int) int {
	return (state.Next - 1 - age + 2*s.cfg.Memory) % s.cfg.Memory
}

func (s *LBFGSSolver) slices(state *LBFGSState, p int) (si, yi []float64) {
	n := len(s.dir)
	return state.S[p*n : (p+1)*n], state.Y[p*n : (p+1)*n]
}

// accept takes the point the line search found, stores the new pair and tests
// for convergence.
func (s *LBFGSSolver) accept(z []float64, state *LBFGSState, out *Outcome) {
	si, yi := s.slices(state, state.Next)
	for i := range z {
		si[i] = s.line.z[i] - z[i]
		yi[i] = s.line.grad[i] - state.Grad[i]
	}
	length := math.Sqrt(kernel.Dot(s.line.z, s.line.z))
	copy(z, s.line.z)
	copy(state.Grad, s.line.grad)
	gain := state.Cost - s.line.cost
	state.Cost = s.line.cost

	out.Accepted, out.Cost = true, state.Cost
	out.StepNorm = math.Sqrt(kernel.Dot(si, si))
	switch {
	case gain <= s.cfg.CostTol*math.Abs(state.Cost):
		out.Status, out.Reason = Converged, "the cost no longer falls to within cost_tol"
	case out.StepNorm <= s.cfg.StepTol*(length+s.cfg.StepTol):
		out.Status, out.Reason = Converged, "the step is zero to within step_tol"
	}
	// Only a pair of positive curvature keeps H positive definite.
	sy := kernel.Dot(si, yi)
	if sy > 1e-14*kernel.Dot(yi, yi) {
		state.Rho[state.Next] = 1 / sy
		state.Next = (state.Next + 1) % s.cfg.Memory
		state.Count = min(state.Count+1, s.cfg.Memory)
	}
}

func (s *LBFGSSolver) giveUp(state *LBFGSState, out Outcome) Outcome {
	out.Reason = "no lower point was found along the line"
	if state.Count == 0 {
		out.Status = Stalled
	}
	state.Count = 0
	return out
}

// usable says why a loss or gradient cannot be used, "" if it can.
func usable(loss Loss, grad []float64) string {
	switch {
	case loss.Fail != "":
		return loss.Fail
	case !num.Finite(loss.Value) || !num.Finite(kernel.Dot(grad, grad)):
		return "the cost or its gradient is not a finite number"
	}
	return ""
}
