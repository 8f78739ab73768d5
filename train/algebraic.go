package train

import "slices"

// settleSolver takes the solver that keeps equations 0 = … where there are such and none was
// chosen that cannot.
func (p *Problem) settleSolver() {
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
