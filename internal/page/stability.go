package page

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// ModePoints are modes in a chart: what a chart of modes calls them, and where they are.
type ModePoints struct {
	Name  string
	Modes *train.Modes
}

// RegionSection is the region of a solver with modes in it.
func RegionSection(p *train.Problem, all []ModePoints) (report.Section, bool) {
	chart := &report.Scatter{Title: "Modes hλ along the rows", XName: "real part", YName: "imaginary part"}
	for _, m := range all {
		if m.Modes == nil || len(m.Modes.Z) == 0 {
			continue
		}
		x, y := parts(m.Modes.Z)
		chart.Sets = append(chart.Sets, report.Set{Name: m.Name, X: x, Y: y, Size: 3})
	}
	if len(chart.Sets) == 0 {
		return report.Section{}, false
	}
	hint := fmt.Sprintf("Each point is a mode of the field at a row, times the step h = %s (scaled time)", words.Short(all[0].firstStep()))
	if border := p.Border(); border != nil {
		x, y := parts(border)
		chart.Sets = append(chart.Sets, report.Set{Name: "edge of the solver's region", X: x, Y: y, Line: true})
		hint += "; inside the edge a step of " + p.Solver.Solver + " makes it smaller, outside larger"
	}
	return report.Section{Title: "What steps make of the modes", Hint: hint + ". Left of 0 the equation itself makes it smaller.", Plots: []report.Plot{chart}, Wide: true}, true
}

func (m *ModePoints) firstStep() float64 {
	if m.Modes == nil {
		return math.NaN()
	}
	return m.Modes.Step
}

func parts(z []complex128) (re, im []float64) {
	for _, v := range z {
		re, im = append(re, real(v)), append(im, imag(v))
	}
	return re, im
}

// CourseSection is what was recorded of modes over training; false: nothing.
func CourseSection(lines []study.Metric) (report.Section, bool) {
	growth := &report.Curves{Title: "Largest growth of a mode by a step", XName: "iteration", YName: "largest |R(hλ)|", Mark: math.NaN(), Names: []string{"|R|"}, Y: [][]float64{nil}}
	shares := &report.Curves{Title: "Shares of modes", XName: "iteration", YName: "share", Mark: math.NaN(),
		Names: []string{"steps make them grow", "the equation makes them grow", "steps are off"}, Y: [][]float64{nil, nil, nil}}
	for _, l := range lines {
		if m := l.Modes; m != nil {
			k := float64(len(growth.X))
			if ascendingK(lines) {
				k = float64(l.K)
			}
			growth.X, growth.Y[0] = append(growth.X, k), append(growth.Y[0], m.Most)
			shares.X = append(shares.X, k)
			for i, v := range []float64{m.Outside, m.Growing, m.Untrue} {
				shares.Y[i] = append(shares.Y[i], v)
			}
		}
	}
	if len(growth.X) < 2 {
		return report.Section{}, false
	}
	return report.Section{Title: "Modes over training", Hint: "Steps are off where |R(hλ) − exp hλ| is more than a tenth.", Plots: []report.Plot{growth, shares}}, true
}

// ascendingK tells that the lines with modes are those of one course.
func ascendingK(lines []study.Metric) bool {
	last := -1
	for _, l := range lines {
		if l.Modes != nil {
			if l.K <= last {
				return false
			}
			last = l.K
		}
	}
	return true
}

// stepSections are what the report of a run shows of modes: where steps are fixed or
// they were monitored.
func (j *fitted) stepSections(fit *train.Result, lines []study.Metric) []report.Section {
	if j.Problem.Monitor == 0 && !(fit.Model.Solver.Step > 0) || fit.Model.Parts.Frame.Step > 0 {
		return nil
	}
	p, err := j.Problem.Of(fit.Model)
	if err != nil {
		return nil
	}
	all := []ModePoints{{"saved model", p.Modes(fit.Model.Theta[0])}}
	if before := j.Problem.StartModes(); fit.Model.ArchName == j.Problem.ArchName && before != nil {
		all = []ModePoints{{"before training", before}, all[0]}
	}
	var out []report.Section
	if s, ok := RegionSection(p, all); ok {
		out = append(out, s)
	}
	if s, ok := CourseSection(lines); ok {
		out = append(out, s)
	}
	return out
}
