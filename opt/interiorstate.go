package opt

import "slices"

// Verdict says how a nonlinear program stands.
type Verdict uint8

// The ways a nonlinear program may stand after a step.
const (
	Open          Verdict = iota // another step may help
	Optimal                      // a local minimum to within the tolerance
	Acceptable                   // a local minimum to within the looser tolerance
	Infeasible                   // no point near by violates the rows less
	Unbounded                    // the objective falls without end
	NoRestoration                // the way back to the rows failed
	NoProgress                   // steps are zero to working precision
	Limit                        // the iterations are over
	Stopped                      // by the caller
	NonFinite                    // values or derivatives cannot be computed at the point itself
)

// String returns the verdict as a word.
func (v Verdict) String() string {
	return [...]string{"open", "optimal", "acceptable", "infeasible", "unbounded", "restoration failed",
		"no progress", "limit", "stopped", "not finite"}[v]
}

// Solved reports whether a local minimum was found, to within the tolerance or
// the looser one.
func (v Verdict) Solved() bool { return v == Optimal || v == Acceptable }

// Sentence returns the verdict as a sentence for people.
func (v Verdict) Sentence() string {
	return [...]string{
		"The program is not solved yet.",
		"A local minimum was found.",
		"A local minimum was found, less accurately than asked for.",
		"The constraints contradict each other, at least near the point that was reached: no change of it violates them less.",
		"The objective falls without end; bounds or constraints are missing.",
		"No way back to the constraints was found.",
		"Steps became zero to working precision before the conditions of a minimum held.",
		"The number of iterations was used up.",
		"The run was stopped.",
		"Values or derivatives of the program are not finite.",
	}[v]
}

// InteriorState is what a run knows beside the program; a run that goes on from
// a copy of it gives the same bits. Multipliers are those of the scaled
// program; Solution has them in the program's own units.
type InteriorState struct {
	K         int          `json:"k"` // steps made
	X         []float64    `json:"x"` // unknowns, then slacks of the inequality rows
	Y         []float64    `json:"y"` // multipliers of rows
	ZL        []float64    `json:"zl"`
	ZU        []float64    `json:"zu"` // multipliers of bounds, ≥ 0; 0 where there is none
	Mu        float64      `json:"mu"`
	Objective float64      `json:"objective_scale"`
	Rows      []float64    `json:"row_scale"`
	Filter    [][2]float64 `json:"filter"` // (violation, barrier function) that may not both be reached again
	ThetaMax  float64      `json:"theta_max"`
	ThetaMin  float64      `json:"theta_min"`
	Delta     float64      `json:"delta"`      // what was last added to the Hessian's diagonal
	Eased     int          `json:"eased"`      // steps in a row for which a third of the Delta before was enough
	Wait      int          `json:"wait"`       // such steps after which none is tried again
	Dual      float64      `json:"dual"`       // residual of the dual equations where the last step began if that needed Delta, else 0
	LeastDual float64      `json:"least_dual"` // least of them since steps need Delta
	Good      int          `json:"good"`       // acceptable points in a row
	Creep     int          `json:"creep"`      // steps in a row that were cut very short
	Tiny      int          `json:"tiny"`       // tiny steps in a row
	Returns   int          `json:"returns"`    // restorations that ended beside the filter
	Verdict   Verdict      `json:"verdict"`
	Reason    string       `json:"reason"`
	Restoring *Restoring   `json:"restoring"` // not nil during a restoration
}

// Restoring is the state of a feasibility restoration.
type Restoring struct {
	Theta float64        `json:"theta"` // violation where it began
	Phi   float64        `json:"phi"`   // barrier function there
	Ref   []float64      `json:"ref"`   // unknowns there
	Inner *InteriorState `json:"inner"`
	Again int            `json:"again"` // how often it began anew where it had stuck
}

// Clone returns a copy that shares nothing.
func (st *InteriorState) Clone() *InteriorState {
	c := *st
	for _, v := range []*[]float64{&c.X, &c.Y, &c.ZL, &c.ZU, &c.Rows} {
		*v = slices.Clone(*v)
	}
	c.Filter = slices.Clone(st.Filter)
	if r := st.Restoring; r != nil {
		c.Restoring = &Restoring{r.Theta, r.Phi, slices.Clone(r.Ref), r.Inner.Clone(), r.Again}
	}
	return &c
}

// Iteration tells what one step did. Residuals are where the step began, in
// the program's own units but for Dual, which is scaled.
type Iteration struct {
	K               int
	Verdict         Verdict
	Reason          string
	Objective       float64 // f
	Violation       float64 // largest of a row
	Dual            float64 // largest of the dual equations
	Complementarity float64 // largest |slack × multiplier − 0|, scaled
	Mu              float64
	Delta           float64 // added to the Hessian's diagonal
	DeltaRows       float64 // subtracted from the rows' diagonal
	StepNorm        float64 // largest component of the step
	AlphaPrimal     float64 // fraction of the step taken
	AlphaDual       float64
	Trials          int  // points tried
	Corrected       bool // a second-order correction was taken
	Restoring       bool // the step belongs to a restoration
	Factors         int  // matrices factorised
	Evals           int  // evaluations of f and c
}
