package study

import (
	"bytes"
	"context"
	"io"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/train"
)

// Job is a fit with all that is written of it. A command of its own and a trial
// of a study are carried out in the same way, by Run.Do.
type Job struct {
	Series  []data.Series // all rows, with their inputs: see data.FillInputs
	Problem *train.Problem
	Method  train.Method
	Band    string // kind of the band of forecast.csv
	Threads int    // of the solver in the model that is written; no result depends on it
	Test    *Test  // what the model is tested against; nil: nothing

	On      func(train.Event) // sees every event of training; nil: nobody does
	Learnt  func()            // is called once, when the method has ended with a model: scores are left; may be nil
	Trained func()            // is called once, when only files are left to be written; may be nil
	Report  Reporter          // may be nil
}

// Reporter is called when a run has a model, before it is finished: it may add
// pages for people to the folder of r, and have its say about status and warnings.
type Reporter func(r *Run, j *Job, fit *train.Result, res *Result) error

// Do trains from the last checkpoint on, or from the beginning, and writes all
// files of the run. If training itself came to nothing the Result is nil; with
// any other error the files could not be written.
func (r *Run) Do(ctx context.Context, j *Job) (*train.Result, *Result, error) {
	fit, res, err := r.fit(ctx, j.Problem, j.Method, j.On, j.Learnt)
	if j.Trained != nil {
		j.Trained()
	}
	if err != nil {
		return fit, nil, err
	}
	if fit.Model != nil {
		fit.Model.Solver.Threads = j.Threads
		if err := r.keep(j, fit, res); err != nil {
			return fit, res, err
		}
	}
	if res.Status == train.StatusFailed {
		res.Error = res.Why()
	}
	return fit, res, r.Finish(res)
}

// keep writes the files of a trained model.
func (r *Run) keep(j *Job, fit *train.Result, res *Result) error {
	if err := r.WriteModel(fit.Model); err != nil {
		return err
	}
	if err := r.writeForecast(j, fit); err != nil {
		return err
	}
	if err := r.writeShown(j, fit, res); err != nil {
		return err
	}
	if j.Test != nil {
		var err error
		if res.Test, err = j.Test.score(fit.Model); err != nil {
			return err
		}
		if err = r.WriteTest(j.Test); err != nil {
			return err
		}
	}
	if j.Report != nil {
		return j.Report(r, j, fit, res)
	}
	return nil
}

// writeForecast writes forecast.csv: trajectories, or what is told of labelled recordings.
func (r *Run) writeForecast(j *Job, fit *train.Result) error {
	if fit.Labelled == nil {
		return r.WriteForecast(fit.Model, j.Series, j.Band)
	}
	return r.write("forecast", ForecastFile, func(w io.Writer) error { return WriteLabels(w, fit.Model, fit.Labelled.Each) })
}

// writeShown scores what is held out whole in the columns that components are of, and writes
// heldout-columns.csv of it. A model that has seen these rows has no such scores.
func (r *Run) writeShown(j *Job, fit *train.Result, res *Result) error {
	if fit.Model.Components == nil || fit.Refit || fit.Labelled != nil {
		return nil
	}
	var text bytes.Buffer
	var err error
	if res.Shown, err = newShown(&text, fit.Model, j.Problem); err != nil || res.Shown == nil {
		return err
	}
	return r.write("columns", ShownFile, func(w io.Writer) error {
		_, err := w.Write(text.Bytes())
		return err
	})
}

// Unusable says why a fit has no usable model; "" if it has one.
func (r *Result) Unusable() string { return r.verdict(train.VerdictUnusable) }

// Behind says that a limit ended a fit before its model was as good as a linear one; "" if it was,
// or if no limit did.
func (r *Result) Behind() string { return r.verdict(train.VerdictBehind) }

// verdict is what a verdict says; "" if it was not passed.
func (r *Result) verdict(code string) string {
	for _, v := range r.Verdicts {
		if v.Code == code {
			return v.Text
		}
	}
	return ""
}

// Why says why a fit has failed.
func (r *Result) Why() string {
	if u := r.Unusable(); u != "" {
		return u
	}
	if n := len(r.Tried); n > 0 {
		return r.Tried[n-1].Why
	}
	return "no update was possible"
}
