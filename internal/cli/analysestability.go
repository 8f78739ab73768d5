package cli

import (
	"fmt"
	"io"
	"math/cmplx"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// modeResult is what steps make of the modes at one time of training, as JSON.
type modeResult struct {
	At      string   `json:"at"` // start, iteration k, model or equilibrium
	Rows    int      `json:"rows,omitempty"`
	Step    float64  `json:"step"`    // scaled time
	Fixed   bool     `json:"fixed"`   // steps are of that size
	Most    *float64 `json:"most"`    // see train.ModeFigures
	Outside float64  `json:"outside"` // share
	Growing float64  `json:"growing"` // share
	Untrue  float64  `json:"untrue"`  // share

	modes *train.Modes
}

// mostOfCourse is how many points of a recorded path are looked at.
const mostOfCourse = 12

// stability writes what steps of the solver make of the modes of the field along the
// rows, at states of rest, and over training where the path was recorded.
func (n *analysis) stability() error {
	s := n.subject
	var all []modeResult
	add := func(at string, m *train.Modes) {
		if m != nil {
			all = append(all, modeResult{At: at, Rows: m.Rows, Step: m.Step, Fixed: m.Fixed, Most: num.OrNull(m.Most), Outside: m.Outside, Growing: m.Growing, Untrue: m.Untrue, modes: m})
		}
	}
	if s.model == nil || n.flags.begin {
		add("start", s.problem.StartModes())
	} else {
		if s.start != nil {
			add("start", s.start.StartModes())
		}
		n.course(add)
		add("model", s.problem.Modes(s.model.Theta[0]))
		for i, e := range n.rests() {
			add(fmt.Sprintf("state at rest %d", i+1), s.problem.ModesOf(e))
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("stability looks at what steps of a solver make of a differential equation; this model takes whole steps, or its start cannot be drawn")
	}
	view, points := n.stabilityPage(all)
	if section, ok := page.RegionSection(s.problem, points); ok {
		view.Sections = append(view.Sections, section)
	}
	if s.dir != "" {
		if lines, err := study.MetricsOf(s.dir); err == nil {
			if section, ok := page.CourseSection(lines); ok {
				view.Sections = append(view.Sections, section)
			}
		}
	}
	return n.finish(result{Panels: all}, view, func(w io.Writer) error { return modesCSV(w, all) })
}

// stabilityPage is the page without its charts, and the points of the first chart.
func (n *analysis) stabilityPage(all []modeResult) (*report.Analysis, []page.ModePoints) {
	var rows [][]string
	var points []page.ModePoints
	percent := func(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }
	for _, m := range all {
		rows = append(rows, []string{m.At, words.Short(num.FromNull(m.Most)), percent(m.Outside), percent(m.Growing), percent(m.Untrue)})
		if m.Rows != 1 && (m.At == "start" || m.At == "model") {
			points = append(points, page.ModePoints{Name: map[string]string{"start": "before training", "model": "saved model"}[m.At], Modes: m.modes})
		}
	}
	view := n.page("What steps make of the modes", []string{"", "largest |R|", "steps make grow", "equation makes grow", "steps are off"}, rows)
	first := all[0]
	of := "steps of " + words.Short(first.Step)
	if !first.Fixed {
		of = "steps as long as rows are apart, " + words.Short(first.Step) + ", though the solver chooses its own"
	}
	view.Hint = fmt.Sprintf("A step multiplies a mode λ by R(hλ), the stability function of %s. Modes of the Jacobian at %s, %s in scaled time.",
		n.subject.problem.Solver.Solver, words.Several(first.Rows, "row"), of)
	return view, points
}

// course looks at points of the recorded path, if there is one.
func (n *analysis) course(add func(string, *train.Modes)) {
	s := n.subject
	if s.dir == "" || len(s.model.Theta) > 1 {
		return
	}
	path, err := study.ReadPath(s.dir)
	if err != nil || !ascending(path.K) {
		return
	}
	thin(path, mostOfCourse)
	size := len(s.model.Theta[0])
	for i, z := range path.Z {
		if len(z) >= size && path.K[i] > 0 {
			add(fmt.Sprintf("iteration %d", path.K[i]), s.problem.Modes(z[:size]))
		}
	}
}

// rests are the eigenvalues, per unit of user time, at states of rest of an autonomous
// model that lie among its rows.
func (n *analysis) rests() [][]complex128 {
	s := n.subject
	m := s.model
	if _, timed := m.Parts.Field.Input("t"); timed || len(m.Parts.Frame.Inputs) > 0 || len(m.Parts.Start) > 0 {
		return nil
	}
	var starts []float64
	for _, r := range s.problem.Train {
		for k := 0; k < r.Len(); k += max(1, r.Len()/20) {
			if row := r.Row(k); allNumbers(row) {
				starts = append(starts, row...)
			}
		}
	}
	if len(starts) == 0 {
		return nil
	}
	f, err := model.NewFlow(m.Parts, m.Theta[0], starts[:len(m.Parts.Frame.States)], m.Solver)
	if err != nil {
		return nil
	}
	found, err := chaos.Equilibria(f, starts)
	if err != nil {
		return nil
	}
	var out [][]complex128
	for _, e := range found {
		var values []complex128
		for _, l := range e.Eigenvalues {
			values = append(values, complex(l.Re, l.Im))
		}
		if !e.Outside {
			out = append(out, values)
		}
	}
	return out
}

func allNumbers(v []float64) bool {
	for _, x := range v {
		if x != x {
			return false
		}
	}
	return true
}

func modesCSV(w io.Writer, all []modeResult) error {
	t := newCSV(w, "place", "real", "imaginary", "magnitude")
	for i, m := range all {
		for _, z := range m.modes.Z {
			t.row(float64(i+1), real(z), imag(z), cmplx.Abs(z))
		}
	}
	return t.end()
}
