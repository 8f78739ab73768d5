package study

import (
	"context"
	"errors"
	"fmt"
	"github.com/entrain-dev/entrain/data"
	"os"
	"runtime/debug"
	"time"

	"github.com/entrain-dev/entrain/train"
)

// Job is a trial that is to be run in a folder of its own. Its outcome is what
// result.json there says; Err is set only if none could be written.
type Job struct {
	*Trial
	Dir string
	Err error
}

// ended tells that a result is final: the trial is never run again.
func ended(r *Result) bool {
	return r.Status == train.StatusOK || r.Status == train.StatusFailed
}

// Run trains in the calling goroutine, from the last checkpoint on if the
// folder has one. A trial that fails, even by a panic, leaves a result.json
// that says why.
func (j *Job) Run(ctx context.Context, clock func() time.Time) {
	var run *Run
	defer func() {
		if v := recover(); v != nil {
			end(j.Dir)
			err := fmt.Errorf("internal error: %v", v)
			if j.Err = j.fail(run, err); j.Err == nil {
				_ = os.WriteFile(j.Dir+"/panic.txt", debug.Stack(), 0o644) // for a report of the defect
			}
		}
	}()
	var err error
	if run, err = j.open(clock); err != nil {
		j.Err = err
		return
	}
	k, _ := run.Done()
	if err = begin(j.Dir, k); err == nil {
		err = j.fit(ctx, run)
		end(j.Dir)
	}
	if err != nil {
		j.Err = j.fail(run, err)
	}
}

// open opens the folder of the job; what a killed program left there before
// its first checkpoint is removed.
func (j *Job) open(clock func() time.Time) (*Run, error) {
	run, err := Open(j.Dir, clock)
	if err == nil && run.Provenance().Hash == j.From.Hash {
		return run, nil
	}
	if err := os.RemoveAll(j.Dir); err != nil {
		return nil, fmt.Errorf("%s cannot be used: %w", j.Dir, err)
	}
	return Create(j.Dir, j.Config, j.From, clock)
}

func (j *Job) fit(ctx context.Context, run *Run) error {
	set := j.Settings
	if set.Solver.Threads == 0 {
		set.Solver.Threads = 1 // the trials share the cores; no result depends on it
	}
	p, err := train.NewProblem(j.Series, j.ModelName, j.Model, set)
	if err != nil {
		return err
	}
	if j.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, j.Limit, train.ErrLimit)
		defer cancel()
	}
	fit, res, err := run.Fit(ctx, p, j.Method, nil)
	if err != nil {
		return err
	}
	if fit.Model != nil {
		fit.Model.Solver.Threads = j.Settings.Solver.Threads
		if err := run.WriteModel(fit.Model); err != nil {
			return err
		}
		if err := run.WriteForecast(fit.Model, j.Series, data.BandPredictive); err != nil {
			return err
		}
	}
	if fit.Model != nil && j.Test != nil {
		if res.Test, err = j.Test.score(fit.Model); err != nil {
			return err
		}
		if err := run.WriteTest(j.Test); err != nil {
			return err
		}
	}
	if res.Status == train.StatusFailed {
		res.Error = "no update was possible"
		if n := len(res.Tried); n > 0 {
			res.Error = res.Tried[n-1].Why
			for _, v := range res.Verdicts {
				if v.Code == train.VerdictUnusable {
					res.Error = v.Text
				}
			}
		}
	}
	return run.Finish(res)
}

// fail records why a trial has no model.
func (j *Job) fail(run *Run, why error) error {
	if run == nil {
		return why
	}
	res := &Result{Status: train.StatusFailed, Method: j.From.Method, Model: j.ModelName, Seed: j.Settings.Seed,
		Noise: []*float64{}, Tried: []Tried{}, Version: j.From.Version, Error: why.Error()}
	if err := run.Finish(res); err != nil {
		return errors.Join(why, err)
	}
	return nil
}
