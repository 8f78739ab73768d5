package page

import (
	"errors"
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
	"github.com/entrain-dev/entrain/train"
)

// MostTerms and MostStarts are how many terms of a law, and how many starts, are
// shown.
const (
	MostTerms  = 24
	MostStarts = 12
)

// fitted is a fit with the folder of its run.
type fitted struct {
	*study.Job
	dir       string
	baselines []train.Baseline // nil: not asked for yet
}

// Report adds report.html to the folder of a run; it is a study.Reporter.
func Report(r *study.Run, j *study.Job, fit *train.Result, res *study.Result) error {
	d, err := fitPage(r.Dir, j, fit, res)
	if err != nil {
		return err
	}
	return r.WriteReport(func(w io.Writer) error { return report.Write(w, d) })
}

// Fit is the page of a fit whose run is in the folder dir. What it finds out on the
// way it adds to the warnings of fit.
func fitPage(dir string, job *study.Job, fit *train.Result, res *study.Result) (*report.Data, error) {
	m, j := fit.Model, &fitted{Job: job, dir: dir}
	d := &report.Data{Title: m.From.Data, Command: m.From.Command, Status: res.Status,
		Headline: headline(m, res), Trust: trust(m, res), Verdicts: findings(res), Lines: scoreTable(res),
		Story: storyText(fit, res), Refit: res.Refit, Warnings: append([]string{}, fit.Warnings...),
		Train: reportScores(&fit.Train), HeldOut: reportScores(fit.Held)}
	d.ScoreNote = scoreNote(d, res)
	if res.Labelled != nil {
		d.Sections, d.Headline, d.Train, d.HeldOut = labelSections(res.Labelled), labelHeadline(res.Labelled), nil, nil
	} else if err := j.recordings(d, fit, res); err != nil {
		return nil, err
	}
	switch f := &m.Parts.Frame; {
	case res.Labelled != nil:
	case len(m.Measured()) > 1:
		d.Portraits = portraits(m, d.Recordings)
	case len(f.States) == 1 && len(f.Inputs) == 0: // else its rate is no function of it
		d.Rate = rate(m, d.Recordings)
	}
	lines, err := study.MetricsOf(j.dir)
	if err != nil {
		return nil, err
	}
	d.Losses = lossCurves(lines, fit.BestK)
	d.Sections = append(d.Sections, foldSections(res.HeldFolds)...)
	d.Sections = append(append(d.Sections, j.stepSections(fit, lines)...), ProgramSections(lines)...)
	shown, err := j.shownSections(m, res)
	if err != nil {
		return nil, err
	}
	d.Sections = append(append(d.Sections, shown...), responseSections(m)...)
	d.Equations = strings.Split(m.Text(), "\n")
	d.Parameters, d.Networks = reportParameters(m, res), networks(m)
	d.Determined = res.Determined
	for _, p := range res.Parameters {
		if p.Note != "" {
			d.Warnings = append(d.Warnings, p.Name+": "+p.Note)
		}
	}
	for _, t := range fit.Tried {
		d.Tried = append(d.Tried, report.Attempt{Method: t.Method, Stopped: t.Why, Train: reportScores(t.Train),
			HeldOut: reportScores(t.Held), Chosen: chosen(fit, &t)})
	}
	d.Figures = j.figures(fit, res)
	return d, j.provenance(d, m)
}

// recordings adds the charts of recordings.
func (j *fitted) recordings(d *report.Data, fit *train.Result, res *study.Result) error {
	shown, multiples, err := j.drawn(fit)
	if err != nil {
		return err
	}
	d.Multiples = multiples
	for k, i := range shown {
		r, err := j.recording(fit, i, multiples == nil || multiples.Full(k))
		if note := (endsEarly{}); errors.As(err, &note) {
			if d.Warnings = append(d.Warnings, note.text); res.Status != train.StatusFailed { // else its verdict says why
				fit.Warnings = append(fit.Warnings, note.text) // the summary tells it too
			}
		} else if err != nil {
			return err
		}
		d.Recordings = append(d.Recordings, r)
	}
	return nil
}

// chosen tells whether an attempt became the model. Runs of before recorded that
// only by its score.
func chosen(fit *train.Result, t *train.Tried) bool {
	switch {
	case len(fit.Tried) == 1:
		return true
	case slices.ContainsFunc(fit.Tried, func(t train.Tried) bool { return t.Kept }):
		return t.Kept
	case t.Held != nil && fit.Held != nil:
		return t.Held.MSE == fit.Held.MSE
	}
	return t.Train != nil && t.Train.MSE == fit.Train.MSE
}

// scoreNote says which model the scores are of, and which loss was minimised, where no table says it.
func scoreNote(d *report.Data, res *study.Result) string {
	note := ""
	if d.Lines == nil && res.Labelled == nil {
		note = belongs(res)
	}
	if res.Loss != nil {
		note = strings.TrimSpace(note + " " + words.Sentence(res.Loss.Words()) + ".")
	}
	return note
}

// belongs says to which model the scores belong.
func belongs(res *study.Result) string {
	switch {
	case res.Scores.Heldout == nil:
		return "The scores are those of the saved model on the rows it was trained on; nothing was held out."
	case res.Refit:
		return "The saved model was refitted to all rows. The held-out score is that of the model before the refit, which had not seen these rows."
	}
	return "Both scores are those of the saved model, which has not seen the held-out rows."
}

func reportScores(s *data.Scores) *report.Scores {
	if s == nil {
		return nil
	}
	out := &report.Scores{MSE: s.MSE, NRMSE: s.NRMSE, R2: s.R2}
	for _, c := range s.Components {
		out.Components = append(out.Components, report.ComponentScore{Name: c.Name, MSE: c.MSE, NRMSE: c.NRMSE, R2: c.R2})
	}
	return out
}

func reportParameters(m *model.Model, res *study.Result) []report.Parameter {
	var out []report.Parameter
	for _, p := range Parameters(m, res) {
		out = append(out, report.Parameter{Name: p.Name, Unit: p.Unit, Value: p.Value, Error: p.SD, Start: p.Start,
			Lower: limit(p.Min, math.Inf(-1)), Upper: limit(p.Max, math.Inf(1))})
	}
	for i, p := range res.Terms {
		if i == MostTerms {
			break
		}
		out = append(out, report.Parameter{Name: p.Of + ", " + p.Name, Value: num.FromNull(p.Value), Error: num.FromNull(p.SD),
			Start: math.NaN(), Lower: math.NaN(), Upper: math.NaN()})
	}
	for i, p := range res.Starts {
		if i == MostStarts {
			break
		}
		name := p.Name
		if p.Of != "" {
			name += " of " + p.Of
		}
		out = append(out, report.Parameter{Name: name, Unit: unitAt(m.Units, i%len(m.Parts.Frame.States)), Value: num.FromNull(p.Value),
			Error: num.FromNull(p.SD), Start: math.NaN(), Lower: math.NaN(), Upper: math.NaN()})
	}
	return out
}

func limit(v *float64, none float64) float64 {
	if v == nil {
		return none
	}
	return *v
}

func (j *fitted) figures(fit *train.Result, res *study.Result) report.Figures {
	s := fit.Model.Solver
	f := report.Figures{Method: res.Method, Model: res.Model, Iterations: res.Iterations, Evaluations: res.Evaluations,
		Seconds: res.Seconds, Members: res.Members, Solver: s.Solver, RTol: s.RTol, ATol: s.ATol}
	if s.Step > 0 {
		f.RTol, f.ATol = 0, 0
		f.Extra = append(f.Extra, report.Entry{Name: "step", Value: words.Short(s.Step) + " (scaled time)"})
	}
	first := &j.Series[0]
	if b := res.Band; b != nil && b.Measured != nil {
		f.Extra = append(f.Extra, report.Entry{Name: "Band, nominal", Value: fmt.Sprintf("%.0f %%", 100**b.Nominal)},
			report.Entry{Name: "Band, measured", Value: fmt.Sprintf("%.0f %% of %s", 100**b.Measured, words.Several(b.Values, "forecast")+" of held-out values")})
		for c, v := range b.CRPS {
			f.Extra = append(f.Extra, report.Entry{Name: "CRPS of " + first.Names[c],
				Value: fmt.Sprintf("%s (mean and deviation of the training rows alone: %s)", words.Short(num.FromNull(v)), words.Short(num.FromNull(b.Plain[c])))})
		}
	}
	for _, text := range res.Band.Left(first.Names) {
		f.Extra = append(f.Extra, report.Entry{Name: "Rows about the law", Value: text})
	}
	for c, n := range fit.Model.NoiseModels {
		f.Extra = append(f.Extra, report.Entry{Name: "Noise of " + first.Names[c], Value: n.String()})
	}
	noise := fit.Model.Noise // of measurement, as entrain show has it
	if noise == nil {
		noise = fit.Noise
	}
	for c, v := range noise {
		one := report.Amount{Name: first.Names[c], Unit: unitAt(first.Units, c), Value: v}
		if fit.Model.Parts.Frame.IsLog(c) {
			one.Unit = "of its logarithm"
		}
		f.Noise = append(f.Noise, one)
	}
	return f
}

func unitAt(units []string, c int) string {
	if c < len(units) {
		return units[c]
	}
	return ""
}

func (j *fitted) provenance(d *report.Data, m *model.Model) error {
	text, err := os.ReadFile(filepath.Join(j.dir, study.ConfigFile))
	if err != nil {
		return err
	}
	p := m.From
	d.Provenance = report.Provenance{DataFile: p.Data, DataHash: p.Hash, Seed: fmt.Sprint(p.Seed), Version: p.Version,
		Kernel: p.Kernel, Config: string(text)}
	d.Files = []report.File{
		{Name: study.ModelFile, About: "the model; entrain forecast and entrain show read it"},
		{Name: study.ForecastFile, About: "the fit at the rows and its continuation"},
		{Name: study.ResultFile, About: "the figures, for scripts"},
		{Name: study.MetricsFile, About: "training, one line an iteration"},
		{Name: study.ConfigFile, About: "all settings; entrain fit on it makes the run again"},
	}
	return nil
}
