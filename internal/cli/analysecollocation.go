package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// collocated is a recording with what is read off its mesh.
type collocated struct {
	train.ProgramPath
	Worst  float64 `json:"worst_defect"` // scaled
	At     float64 `json:"at"`           // time of the middle of that element
	Places int     `json:"nodes"`
}

// programStep is a line of the record of convergence.
type programStep struct {
	Iteration int      `json:"iteration"`
	Stage     string   `json:"stage"`
	Objective *float64 `json:"objective"`
	Violation float64  `json:"violation"`
	train.ProgramFigures
}

// programResult is what the JSON of the analysis holds.
type programResult struct {
	Recordings []collocated          `json:"recordings"`
	Steps      []programStep         `json:"steps"`
	Matrix     *train.ProgramPattern `json:"matrix,omitempty"`
}

// collocations shows the mesh of a fit by collocation with its defects, how its program
// converged, and its states beside those that are simulated.
func (n *analysis) collocations() error {
	s := n.subject
	if s.dir == "" {
		return fmt.Errorf("collocation is about the record of a run; give the folder of a fit with method=collocation")
	}
	lines, err := study.MetricsOf(s.dir)
	if err != nil {
		return fmt.Errorf("the record of %s cannot be read: %w", s.dir, reason(err))
	}
	out := programResult{}
	for _, l := range lines {
		if l.Program == nil {
			continue
		}
		step := programStep{Iteration: l.K, Stage: l.Stage, Objective: l.Loss, Violation: l.Gap, ProgramFigures: *l.Program}
		step.Pattern = nil
		if step.Paths = nil; l.Program.Paths != nil {
			out.Recordings, out.Matrix = nil, l.Program.Pattern
			for _, p := range l.Program.Paths {
				out.Recordings = append(out.Recordings, newCollocated(p))
			}
		}
		out.Steps = append(out.Steps, step)
	}
	if len(out.Steps) == 0 {
		return fmt.Errorf("%s has no record of a nonlinear program; method=collocation leaves one (not batches.coupling=admm, which has one a batch)", s.dir)
	}
	last := &out.Steps[len(out.Steps)-1]
	var rows [][]string
	for _, c := range out.Recordings {
		apart := "breaks down"
		if c.Apart != nil {
			apart = words.Short(*c.Apart)
		}
		rows = append(rows, []string{c.Recording, fmt.Sprint(len(c.Defects)), fmt.Sprint(c.Places), words.Short(c.Worst), words.Short(c.At), apart})
	}
	view := n.page("Collocation", []string{"recording", "elements", "nodes", "largest defect", "at", "simulation apart"}, rows)
	view.Hint = fmt.Sprintf("%d unknowns and %d equations, %s linear algebra; %d steps, %d matrices factorised. A defect is how far an element is from what a finer rule makes of it, in deviations; apart is how far simulated states leave the collocated ones.",
		last.Unknowns, last.Rows, last.Linear, len(out.Steps), factorised(out.Steps))
	if len(out.Recordings) == 0 {
		view.Warnings = append(view.Warnings, "the fit did not come to its end, so there is no mesh to show")
	}
	view.Sections = page.ProgramSections(lines)
	return n.finish(result{Panels: []programResult{out}}, view, func(w io.Writer) error { return collocationCSV(w, out.Recordings) })
}

func factorised(steps []programStep) (n int) {
	for _, s := range steps {
		n += s.Factors
	}
	return n
}

func newCollocated(p train.ProgramPath) collocated {
	c := collocated{ProgramPath: p, Places: len(p.T)}
	for e, d := range p.Defects {
		if d > c.Worst || e == 0 {
			c.Worst, c.At = d, (p.Ends[e]+p.Ends[e+1])/2
		}
	}
	return c
}

// collocationCSV has a line for each node.
func collocationCSV(w io.Writer, all []collocated) error {
	head := []string{"recording", "t", "element", "defect"}
	if len(all) > 0 {
		for _, name := range all[0].Names {
			head = append(head, name, name+"_simulated")
		}
	}
	t := newCSV(w, head...)
	for r, c := range all {
		each := max(1, len(c.T)/max(1, len(c.Defects)))
		for k, at := range c.T {
			line := []float64{float64(r + 1), at, float64(k/each + 1), c.Defects[k/each]}
			for i := range c.Names {
				sim := math.NaN()
				if c.Simulated != nil {
					sim = c.Simulated[i][k]
				}
				line = append(line, c.States[i][k], sim)
			}
			t.row(line...)
		}
	}
	return t.end()
}
