package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/train"
)

// Job is a trial that is to be run in a folder of its own. Its outcome is what
// result.json there says; Err is set only if none could be written: trouble
// around the trial, which is to be tried again.
type Job struct {
	*Trial
	Dir  string
	Room float64 // memory in bytes that it may take; 0 = any
	Err  error
	Note string // what was found in the folder that could not be used; "" if nothing
}

// ended tells that a result is final: the trial is never run again.
func ended(r *Result) bool {
	return r.Status == train.StatusOK || r.Status == train.StatusFailed
}

// PanicFile in the folder of a trial says where the program was when it hit a
// fault of its own.
const PanicFile = "panic.txt"

// Run trains in the calling goroutine, from the last checkpoint on if the
// folder has one. A trial that fails, even by a panic, leaves a result.json
// that says why.
func (j *Job) Run(ctx context.Context, clock func() time.Time) {
	var run *Run
	defer func() {
		if v := recover(); v != nil {
			end(j.Dir)
			j.Err = j.fault(run, v, debug.Stack())
		}
		if run != nil {
			run.Close()
		}
	}()
	var err error
	if run, err = j.open(clock); err != nil {
		j.Err = around(err)
		return
	}
	k, _ := run.Done()
	if err = begin(j.Dir, k); err == nil {
		err = j.fit(ctx, run)
		end(j.Dir)
	}
	switch {
	case IsAround(err):
		j.Err = err
	case err != nil:
		j.Err = j.fail(run, err, false)
	}
}

// fault records that the trial hit a fault of the program.
func (j *Job) fault(run *Run, v any, stack []byte) error {
	said, _, _ := strings.Cut(fmt.Sprint(v), "\n") // a parallel map puts the stack behind it
	err := WriteFile(filepath.Join(j.Dir, PanicFile), func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s\n%v\n\n%s", j.From.Version, v, stack)
		return err
	})
	if e := j.fail(run, fmt.Errorf("a fault of Entrain: %s; %s has what a report of it needs", said, PanicFile), true); e != nil {
		return e
	}
	return around(err)
}

// open opens the folder of the job; what a killed program left there before
// its first checkpoint is removed.
func (j *Job) open(clock func() time.Time) (*Run, error) {
	run, err := Open(j.Dir, clock)
	switch {
	case err == nil && run.Provenance().Hash == j.From.Hash:
		return run, nil
	case err == nil:
		run.Close()
	case IsAround(err) || errors.Is(err, errUnread):
		return nil, err
	case errors.Is(err, ErrFinished): // and yet to be run: what its result says cannot be read, or is to be tried again
		if _, err := ReadResult(j.Dir); err != nil {
			j.Note = err.Error() + "; the trial is begun anew"
		}
	case !errors.Is(err, ErrUnborn) && isThere(filepath.Join(j.Dir, CheckpointFile)):
		j.Note = err.Error() + "; the trial is begun anew"
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
	if need := p.Cost(j.Method).Bytes; j.Room > 0 && need > j.Room {
		return around(fmt.Errorf("it would take about %.2g GB of memory, and may take %.2g GB here; fewer trials at a time leave more to each, and --memory allows more", need/1e9, j.Room/1e9))
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

// fail records why a trial has no model, and whether that is a fault of the
// program.
func (j *Job) fail(run *Run, why error, fault bool) error {
	if run == nil {
		return around(why)
	}
	res := &Result{Status: train.StatusFailed, Method: j.From.Method, Model: j.ModelName, Seed: j.Settings.Seed,
		Noise: []*float64{}, Tried: []Tried{}, Parameters: []Parameter{}, Version: j.From.Version, Error: why.Error(), Fault: fault}
	if err := run.Finish(res); err != nil {
		return around(errors.Join(why, err))
	}
	return nil
}
