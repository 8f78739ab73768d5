package page

import (
	"fmt"
	"math"
	"path/filepath"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// rebuilt is the page of a single run, made from its folder. What only the
// running program knew, such as warnings, is not in it.
func (f *from) rebuilt(dir string) (*report.Data, error) {
	res, err := study.ReadResult(dir)
	if err != nil {
		return nil, err
	}
	m, err := f.Model(dir)
	if err != nil {
		return nil, err
	}
	job, err := f.Job(dir, m.From.Hash)
	if err != nil {
		return nil, err
	}
	fit, err := remembered(job, m, res)
	if err != nil {
		return nil, err
	}
	return fitPage(dir, job, fit, res)
}

// remembered is the outcome of a fit as far as its folder tells.
func remembered(j *study.Job, m *model.Model, res *study.Result) (*train.Result, error) {
	fit := &train.Result{Status: res.Status, Model: m, Method: res.Method, Members: res.Members, Iterations: res.Iterations,
		Evaluations: res.Evaluations, Refit: res.Refit, BestK: res.Best, Held: scoresOf(res.Scores.Heldout)}
	for _, v := range res.Noise {
		fit.Noise = append(fit.Noise, num.FromNull(v))
	}
	for _, t := range res.Tried {
		rolling, to := 0.0, math.Inf(1)
		if t.Rolling != nil {
			rolling = *t.Rolling
		}
		if t.RollingTo != nil {
			to = *t.RollingTo
		}
		fit.Tried = append(fit.Tried, train.Tried{Method: t.Method, Why: t.Why, Kept: t.Kept, Rolling: rolling, RollingTo: to,
			Train: scoresOf(t.Scores.Train), Held: scoresOf(t.Scores.Heldout)})
	}
	if s := scoresOf(res.Scores.Train); s != nil {
		fit.Train = *s
	}
	rows := j.Problem.Train
	if res.Refit {
		rows = j.Series
	}
	var err error
	if fit.Train.Components, err = components(m, j.Problem, j.Series, rows); err == nil && fit.Held != nil && !res.Refit {
		fit.Held.Components, err = components(m, j.Problem, j.Series, j.Problem.Held)
	}
	return fit, err
}

// scoresOf are recorded scores; their components are not recorded.
func scoresOf(s *study.Score) *data.Scores {
	if s == nil {
		return nil
	}
	return &data.Scores{MSE: num.FromNull(s.MSE), NRMSE: num.FromNull(s.NRMSE), R2: num.FromNull(s.R2)}
}

// components scores each column of a model over some rows of each recording.
func components(m *model.Model, p *train.Problem, all, rows []data.Series) ([]data.ComponentScore, error) {
	k := data.NewScorer(rows[0].Names, data.NewMoments(all...).Variance(), p.Below()).First(rows[0].Measured())
	missing := make([]float64, len(rows[0].Names))
	for c := range missing {
		missing[c] = math.NaN()
	}
	for rec := range rows {
		f, err := m.Forecast(rec, rows[rec].T, &all[rec])
		if err != nil {
			return nil, err
		}
		for i := range rows[rec].T {
			got := missing
			if i < f.Len() {
				got = f.Row(i)
			}
			k.Add(got, rows[rec].Row(i))
		}
	}
	return k.Scores().Components, nil
}

// comparedRuns puts single runs side by side, those of equal data together.
func (f *from) comparedRuns(dirs []string) (*report.Study, error) {
	s := &report.Study{Title: "Comparison", Version: f.version, Metrics: []report.Metric{
		{Name: "training NRMSE", Plain: true, About: "root mean squared error, relative to the deviation of the data"}, {Name: "held-out NRMSE", About: "the same on held-out rows"},
		{Name: "training MSE", Plain: true}, {Name: "iterations", Plain: true}, {Name: "seconds", Plain: true}}}
	at := map[string]int{} // groups by the hash of their data
	for _, dir := range dirs {
		res, err := study.ReadResult(dir)
		if err != nil {
			return nil, err
		}
		m, err := f.Model(dir)
		if err != nil {
			return nil, err
		}
		i, ok := at[m.From.Hash]
		if !ok {
			i = len(s.Groups)
			at[m.From.Hash] = i
			s.Groups = append(s.Groups, report.Group{Name: m.From.Data})
			s.Cases = append(s.Cases, report.Case{Name: m.From.Data, Pictures: make([]report.Picture, 1)})
		}
		name := fmt.Sprintf("%s: %s, %s", filepath.Base(filepath.Clean(dir)), res.Model, res.Method)
		s.Groups[i].Lines = append(s.Groups[i].Lines, report.TableLine{Name: name, Trials: 1, Cells: runCells(res)})
		if err := f.addOrbit(&s.Cases[i].Pictures[0], dir, name, m, res); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func runCells(res *study.Result) []report.Cell {
	none := math.NaN()
	var out []report.Cell
	score := func(s *study.Score) study.Score {
		if s == nil {
			return study.Score{}
		}
		return *s
	}
	fit, held := score(res.Scores.Train), score(res.Scores.Heldout)
	for _, v := range []float64{num.FromNull(fit.NRMSE), num.FromNull(held.NRMSE), num.FromNull(fit.MSE), float64(res.Iterations), res.Seconds} {
		out = append(out, report.Cell{Mean: v, Error: none, Median: none, Published: none, PublishedError: none, Bound: none})
	}
	return out
}

// addOrbit draws a run beside others of the same data.
func (f *from) addOrbit(p *report.Picture, dir, name string, m *model.Model, res *study.Result) error {
	t, err := f.trained(dir)
	if err != nil {
		return err
	}
	if p.Series == nil {
		p.Series, p.Trained = &t.Rows, t.Rows.Len()
	}
	g := &gallery{from: f}
	p.Orbits = append(p.Orbits, g.orbit(dir, name, m, t, res))
	return nil
}
