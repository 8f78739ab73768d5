package opt

import (
	"slices"

	"github.com/entrain-dev/entrain/internal/registry"
)

func init() {
	Optimisers.Register("lm", "Levenberg–Marquardt on residuals", func() Settings { return DefaultLM() })
}

// LM are the settings of the Levenberg–Marquardt method. The damping added to
// the Gauss–Newton matrix H is μ·D; μ has no unit. D is, by the name in Scale:
//
//   - diagonal: the diagonal of H (Marquardt). A change of units of one unknown
//     changes nothing; right for physical parameters.
//   - identity: the mean of that diagonal, for all unknowns (Levenberg). Holds
//     back unknowns that hardly matter; right for networks.
//   - balanced: the geometric mean of both, which lost to neither on its own
//     ground.
type LM struct {
	Damping    float64 `json:"damping" yaml:"damping"`         // first μ
	MinDamping float64 `json:"min_damping" yaml:"min_damping"` // μ does not fall below
	MaxDamping float64 `json:"max_damping" yaml:"max_damping"` // no step lowers the cost up to here: stalled
	Scale      string  `json:"scale" yaml:"scale"`             // balanced, diagonal, identity
	CostTol    float64 `json:"cost_tol" yaml:"cost_tol"`       // relative cost reduction, actual and predicted, at which it is over
	GradTol    float64 `json:"grad_tol" yaml:"grad_tol"`       // largest gradient component at which it is over
	StepTol    float64 `json:"step_tol" yaml:"step_tol"`       // length of a step relative to z at which it is over
	Iterations int     `json:"iterations" yaml:"iterations"`   // limit of Minimise
	Prior      Prior   `json:"-" yaml:"-"`
	// Stop, if not nil, is asked from time to time in the middle of a step; true
	// makes the step fail at once, for the reason WasStopped.
	Stop func() bool `json:"-" yaml:"-"`
}

// WasStopped is why a step failed that Stop ended.
const WasStopped = "it was stopped"

// DefaultLM returns the settings that suit smooth models with up to a few
// thousand unknowns.
func DefaultLM() *LM {
	return &LM{Damping: 0.1, MinDamping: 1e-10, MaxDamping: 1e16, Scale: "balanced",
		CostTol: 1e-10, GradTol: 1e-12, StepTol: 1e-12, Iterations: 200}
}

// Check reports what is wrong with the settings.
func (c *LM) Check() error {
	scales := []string{"balanced", "diagonal", "identity"}
	if c.Scale != "" && !slices.Contains(scales, c.Scale) {
		return &registry.UnknownError{Kind: "scale", Name: c.Scale, Known: scales}
	}
	return firstOf(notNegative("damping", c.Damping), notNegative("min_damping", c.MinDamping),
		notNegative("max_damping", c.MaxDamping), notNegative("cost_tol", c.CostTol),
		notNegative("grad_tol", c.GradTol), notNegative("step_tol", c.StepTol))
}

// LMState is what a run knows beside z. The zero value begins a run; a run
// that goes on from a copy of (z, state) gives the same bits.
type LMState struct {
	Damping float64 `json:"damping"` // μ
	Growth  float64 `json:"growth"`  // ν: factor of μ at the next rejection; 0 = a new run
	Cost    float64 `json:"cost"`    // at z, if Known
	// Known is false when the cost at z has to be computed: at the start and
	// after z, the prior or the residuals were changed from outside.
	Known bool `json:"known"`
}

// LMSolver minimises ½‖r(z)‖² (or the cost of a Likely) + prior by the method of Levenberg and
// Marquardt. Its fields are work space and the Jacobian of the last z: nothing
// that a resumed run could miss.
type LMSolver struct {
	cfg  LM
	res  Residual
	m, n int
	dual bool

	at     []float64 // z of r, jac, grad, hess
	have   bool      // these belong to at
	r, jac []float64
	grad   []float64 // Jᵀr + prior
	scale  []float64 // D
	hess   []float64 // primal: JᵀJ, lower triangle
	fact   []float64 // Cholesky factor, size×size
	wide   []float64 // dual, for the posterior: m×n; made when first needed
	a, inv []float64 // prior + μD and 1/that
	step   []float64
	trial  []float64 // z + step
	rTrial []float64
	y      []float64 // length m
	gram   gram
	panels *cholesky // factors of a step, if they are large
}

// manyPanels is from how many unknowns on steps are factorised panel by panel.
const manyPanels = 128

// NewLM allocates everything for residuals of the given size. It works
// on n×n matrices if n ≤ m and otherwise, by Woodbury's identity, on m×m ones.
// It panics if the settings fail Check.
func NewLM(res Residual, cfg LM) *LMSolver {
	if cfg.Check() != nil {
		panic("opt: LM settings do not pass Check")
	}
	m, n := res.Size()
	s := &LMSolver{cfg: cfg, res: res, m: m, n: n, dual: m < n}
	s.allocate()
	return s
}

func (s *LMSolver) allocate() {
	m, n, size := s.m, s.n, min(s.m, s.n)
	s.r, s.rTrial, s.y = make([]float64, m), make([]float64, m), make([]float64, m)
	s.jac = make([]float64, m*n)
	block := make([]float64, 7*n)
	for i, v := range []*[]float64{&s.at, &s.grad, &s.scale, &s.a, &s.inv, &s.step, &s.trial} {
		*v = block[i*n : (i+1)*n : (i+1)*n]
	}
	s.fact = make([]float64, size*size)
	s.hess = nil
	if !s.dual {
		s.hess = make([]float64, n*n)
	}
	if size >= manyPanels {
		s.panels = newCholesky(size)
		s.panels.stop = s.stopped
	}
	s.gram = newGram(size, max(m, n))
	s.gram.stop = s.stopped
}

func (s *LMSolver) stopped() bool { return s.cfg.Stop != nil && s.cfg.Stop() }
