package train

import (
	"fmt"
	"slices"
)

// keepable is the error of equations 0 = … of states alone that starts would have to satisfy,
// which nothing here makes them do.
func (p *Problem) keepable() error {
	for _, r := range p.Parts.Reduced {
		if r.Follows == "" {
			return fmt.Errorf("no algebraic unknown stands in the equation 0 = … in line %d, and none of its states has a coefficient that is a number, so that it would follow from the others: a fit has no way to keep its starts; solve the equation for one state, define that, and write the derivative of the equation in its place. entrain simulate does integrate such equations", r.Line)
		}
	}
	return nil
}

// settleSolver takes the solver that keeps equations 0 = … where there are such and none was
// chosen that cannot.
func (p *Problem) settleSolver() {
	p.settleLabels()
	if p.Parts.Algebraic != nil && slices.Contains([]string{DefaultSettings().Solver.Solver, "auto"}, p.Solver.Solver) {
		p.Solver.Solver = stiffSolver
	}
}

// drawable are the factors of the gain of each measured state: none for algebraic ones, whose
// equations hold whatever the data are.
func (p *Problem) drawable(each []float64) []float64 {
	if p.Parts.Algebraic == nil {
		return each
	}
	out := make([]float64, len(p.Train[0].Names))
	for c := range out {
		switch {
		case p.Parts.Algebraic[c]:
		case each != nil:
			out[c] = each[c]
		default:
			out[c] = 1
		}
	}
	return out
}
