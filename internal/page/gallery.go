package page

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
)

// mostOrbits of one line are drawn.
const mostOrbits = 6

// AnalysisFolder in the folder of a run holds what entrain analyse wrote.
const AnalysisFolder = "analysis"

// gallery draws trials from their run folders. What cannot be read is left
// out: a page of a study under way shows what there is.
type gallery struct {
	*from
	sweep    *study.Sweep
	outcomes []study.Outcome
	base     string // folder of the page, from which links lead
}

// show is the case of one group.
func (g *gallery) show(name string, lines []lineOf) report.Case {
	c := report.Case{Name: name}
	if name == "" {
		c.Name = "Trials"
	}
	for _, l := range lines {
		var trials []int
		for i := range g.sweep.Trials {
			if has(g.sweep.Trials[i].Labels, l.labels) && g.outcomes[i].Dir != "" {
				trials = append(trials, i)
			}
		}
		if p, ok := g.picture(l, trials); ok {
			c.Pictures = append(c.Pictures, p)
		}
	}
	return c
}

// has tells that all of some are among labels.
func has(labels, some []study.Label) bool {
	for _, l := range some {
		if !slices.Contains(labels, l) {
			return false
		}
	}
	return true
}

// picture draws the trials of one line that share their data with the first.
func (g *gallery) picture(l lineOf, trials []int) (report.Picture, bool) {
	p := report.Picture{Name: l.name}
	var t *study.Test
	for _, i := range trials {
		dir := g.outcomes[i].Dir
		m, err := g.Model(dir)
		if err != nil {
			continue
		}
		own, err := g.rows(dir, m)
		if err != nil || own.Rows.Len() < 2 {
			continue
		}
		if t == nil {
			t = own
			p.Series, p.Trained = &t.Rows, t.Trained
			p.Truth = truthOf(t, g.sweep.Trials[i].Simulated)
		} else if !slices.Equal(t.Rows.T, own.Rows.T) || !slices.Equal(t.Rows.X[:t.Trained], own.Rows.X[:t.Trained]) {
			continue
		}
		if len(p.Orbits) == mostOrbits {
			p.Note = fmt.Sprintf("The first %d of %s.", mostOrbits, words.Several(len(trials), "trial"))
			break
		}
		p.Orbits = append(p.Orbits, g.orbit(dir, trialName(l, &g.sweep.Trials[i]), m, own, g.outcomes[i].Result))
		p.Links = append(p.Links, g.analyses(dir)...)
	}
	return p, t != nil
}

// trialName is what tells a trial from the others of its line.
func trialName(l lineOf, t *study.Trial) string {
	var parts []string
	for _, x := range t.Labels {
		if !slices.Contains(l.labels, x) {
			parts = append(parts, x.Axis+" "+x.Value)
		}
	}
	if parts == nil {
		return "model"
	}
	return strings.Join(parts, ", ")
}

// rows are those of a run: of its test if it has one, else of its data.
func (g *gallery) rows(dir string, m *model.Model) (*study.Test, error) {
	if f, err := os.Open(filepath.Join(dir, study.TestFile)); err == nil {
		defer f.Close()
		return study.ReadTest(f, m.Records[0].End, m.Parts.Frame.Inputs)
	}
	return g.trained(dir)
}

// trained are the rows that the first recording of a run was trained on.
func (f *from) trained(dir string) (*study.Test, error) {
	series, err := f.Rows(dir)
	if err != nil {
		return nil, err
	}
	return &study.Test{Rows: series[0], Trained: series[0].Len()}, nil
}

// truthOf is the trajectory without noise, as fine as it can be had.
func truthOf(t *study.Test, s *study.Simulation) report.Trajectory {
	if s != nil {
		if f, err := s.Truth(dense(&t.Rows)); err == nil {
			return report.Trajectory{T: f.T, X: f.X}
		}
	}
	if t.Truth == nil {
		return report.Trajectory{}
	}
	return report.Trajectory{T: t.Rows.T, X: t.Truth}
}

// dense are times all over the rows.
func dense(s *data.Series) []float64 {
	n := min(max(pointsPerRow*s.Len(), leastPoints), mostPoints)
	return evenly(s.T[0], s.T[s.Len()-1], n)
}

// orbit is one trial.
func (g *gallery) orbit(dir, name string, m *model.Model, t *study.Test, res *study.Result) report.Orbit {
	o := report.Orbit{Name: name}
	var inputs *data.Series
	if len(m.Parts.Frame.Inputs) > 0 {
		inputs = &t.Rows
	}
	if f, err := m.Forecast(0, dense(&t.Rows), inputs); err == nil {
		o.Trajectory = report.Trajectory{T: f.T, X: f.X}
	}
	if f, err := os.Open(filepath.Join(dir, study.MetricsFile)); err == nil {
		defer f.Close()
		if training(&o, f, res) != nil {
			o.Iteration, o.MSE, o.Lambda = nil, nil, nil
		}
	}
	return o
}

// analyses are the pages in the analysis folder of a run.
func (g *gallery) analyses(dir string) []report.Link {
	var out []report.Link
	files, _ := filepath.Glob(filepath.Join(dir, AnalysisFolder, "*.html"))
	for _, f := range files {
		path, err := filepath.Rel(g.base, f)
		if err == nil {
			out = append(out, report.Link{Name: strings.TrimSuffix(filepath.Base(f), ".html"), Path: filepath.ToSlash(path)})
		}
	}
	return out
}

// training adds what metrics.jsonl tells of a trial to its orbit.
func training(o *report.Orbit, r io.Reader, res *study.Result) error {
	lines, err := study.ReadMetrics(r)
	if err != nil {
		return err
	}
	o.Best = float64(res.Best)
	coupled := false
	for i, m := range lines {
		if m.MSE == nil {
			continue
		}
		if n := len(o.Iteration); n > 0 && float64(m.K) <= o.Iteration[n-1] { // stages that count anew
			m.K, o.Best = i, math.NaN()
		}
		o.Iteration, o.MSE = append(o.Iteration, float64(m.K)), append(o.MSE, *m.MSE)
		o.Lambda, coupled = append(o.Lambda, num.FromNull(m.Lambda)), coupled || m.Lambda != nil
	}
	if !coupled {
		o.Lambda = nil
	}
	return nil
}
