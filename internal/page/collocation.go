package page

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// ProgramSections are what was recorded of a nonlinear program: how it converged, then of each
// recording the mesh with its defects and the states beside those that are simulated; none if
// nothing was.
func ProgramSections(lines []study.Metric) (out []report.Section) {
	var paths []train.ProgramPath
	var pattern *train.ProgramPattern
	var k, loss, gap, dual, delta, step []float64
	for _, l := range lines {
		p := l.Program
		if p == nil {
			continue
		}
		if p.Paths != nil {
			paths, pattern = p.Paths, p.Pattern
		}
		k = append(k, float64(len(k)))
		loss, gap, dual = append(loss, num.FromNull(l.Loss)), append(gap, positive(l.Gap)), append(dual, positive(num.FromNull(p.Dual)))
		delta, step = append(delta, positive(p.Delta)), append(step, positive(p.Step))
	}
	if len(k) == 0 {
		return nil
	}
	curve := func(title, unit string, names []string, y ...[]float64) *report.Curves {
		return &report.Curves{Title: title, XName: "step", YName: unit, X: k, Names: names, Y: y, Log: true, Mark: math.NaN()}
	}
	out = append(out, report.Section{Title: "Convergence of the program",
		Hint: "The objective is the mean squared distance of collocated states from the rows and what weights cost; the violation is the largest of an equation. First violations are penalised, then Newton steps are taken. Regularisation is added where the curvature has a wrong sign.",
		Plots: []report.Plot{
			curve("Objective", "objective", []string{"objective"}, loss),
			curve("Conditions of a minimum", "largest residual", []string{"violation", "dual"}, gap, dual),
			curve("Regularisation", "added to the diagonal", []string{"regularisation"}, delta),
			curve("Step", "part of the Newton step", []string{"step"}, step),
		}})
	if pattern != nil {
		out = append(out, patternSection(pattern))
	}
	for i := range paths {
		out = append(out, pathSection(&paths[i]))
	}
	return out
}

// patternSection draws the matrix of a step.
func patternSection(p *train.ProgramPattern) report.Section {
	kinds := []report.BlockKind{{Name: "curvature"}, {Name: "equations"}, {Name: "parameters"}}
	at := map[string]int{"curvature": 0, "equations": 1, "border": 2}
	for _, b := range p.Blocks {
		k := &kinds[at[b.Kind]]
		k.Blocks = append(k.Blocks, [4]int{b.Row, b.Col, b.Rows, b.Cols})
	}
	s := report.Section{Title: "Matrix of a step", Wide: true,
		Hint:  "Element by element stand its unknowns and its equations: second derivatives beside first ones. An element meets the one before in the state between them. Below and to the right stands what all elements share, the parameters: with dense linear algebra all would be full, structured it is eliminated along the elements, and the border is left.",
		Plots: []report.Plot{&report.Blocks{Title: "Matrix", Size: p.Size, Border: p.Shared, Kinds: kinds}}}
	if p.Elements < p.Of {
		s.Hint += fmt.Sprintf(" The first %d of %d elements are shown.", p.Elements, p.Of)
	}
	return s
}

// positive is v, or nothing where no logarithm has it.
func positive(v float64) float64 {
	if v > 0 {
		return v
	}
	return math.NaN()
}

// pathSection draws the defects of a recording over time, and its states.
func pathSection(p *train.ProgramPath) report.Section {
	s := report.Section{Title: "Elements and states", Hint: "Ends of elements are where the line of defects steps. Simulated states that leave the collocated ones show where the equation is unstable, or an element too long."}
	if p.Recording != "" {
		s.Title += " of " + p.Recording
	}
	var at, defect []float64
	for e, d := range p.Defects {
		at, defect = append(at, p.Ends[e], p.Ends[e+1]), append(defect, positive(d), positive(d))
	}
	s.Plots = append(s.Plots, &report.Curves{Title: "Defects", XName: "time", YName: "defect, deviations", X: at, Names: []string{"defect"}, Y: [][]float64{defect}, Log: true, Mark: math.NaN()})
	for i, name := range p.Names {
		curve := &report.Curves{Title: name, XName: "time", YName: name, X: p.T, Names: []string{"collocated"}, Y: [][]float64{p.States[i]}, Mark: math.NaN()}
		if p.Simulated != nil {
			curve.Names, curve.Y = append(curve.Names, "simulated"), append(curve.Y, p.Simulated[i])
		}
		s.Plots = append(s.Plots, curve)
	}
	return s
}
