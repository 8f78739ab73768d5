package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/train"
)

// TrialOptions say how a trial is carried out; no result depends on them.
type TrialOptions struct {
	Clock  func() time.Time  // nil: time.Now
	Room   float64           // memory in bytes that the trial may take; 0 = any
	On     func(train.Event) // sees every event of training; may be nil
	Report Reporter          // adds pages; may be nil
	// Note is told what was found in the folder of a trial that could not be used; may be nil.
	Note func(dir, text string)
}

// ended tells that a result is final: the trial is never run again.
func ended(r *Result) bool {
	return r.Status == train.StatusOK || r.Status == train.StatusFailed
}

// HasEnded tells that the trial or run in a folder has a final result.
func HasEnded(dir string) bool {
	res, err := ReadResult(dir)
	return err == nil && ended(res)
}

// PanicFile in the folder of a trial says where the program was when it hit a
// fault of its own.
const PanicFile = "panic.txt"

// RunTrial carries out the trial in a folder (see WriteTrial) in the calling
// goroutine, from the last checkpoint on if there is one. What came out is what
// result.json there says afterwards; if ctx ended before, there is a checkpoint. Of a
// trial that is to make a share of its iterations there is a checkpoint alone.
// A trial that has ended is left as it is. One that fails, even by a panic,
// leaves a result.json that says why. The error is trouble around the trial,
// such as a full disk: it is to be tried again.
func RunTrial(ctx context.Context, dir string, o TrialOptions) (err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	switch res, err := ReadResult(dir); {
	case errors.Is(err, errUnread):
		return around(err)
	case err == nil && ended(res):
		return nil
	}
	t, err := ReadTrial(dir)
	if err != nil {
		return around(err)
	}
	w := &worker{Trial: t, TrialOptions: o, dir: dir}
	defer func() {
		if v := recover(); v != nil {
			end(dir)
			err = w.fault(v, debug.Stack())
		}
		if w.run != nil {
			w.run.Close()
		}
	}()
	return w.work(ctx)
}

// worker carries out one trial.
type worker struct {
	*Trial
	TrialOptions
	dir string
	run *Run
}

func (w *worker) work(ctx context.Context) error {
	err := w.open()
	if errors.Is(err, ErrFinished) { // by another process, meanwhile
		return nil
	}
	if err != nil {
		return around(err)
	}
	k, _ := w.run.Done()
	if err = begin(w.dir, k); err == nil {
		err = w.fit(ctx)
		end(w.dir)
	}
	if err != nil && !IsAround(err) {
		err = w.fail(err, false)
	}
	return err
}

// open opens the run of the trial; what a killed program left there before its
// first checkpoint is removed.
func (w *worker) open() error {
	run, err := Open(w.dir, w.Clock)
	switch {
	case err == nil && run.Provenance().Hash == w.From.Hash:
		w.run = run
		return nil
	case err == nil:
		run.Close()
	case IsAround(err) || errors.Is(err, errUnread):
		return err
	case errors.Is(err, ErrFinished): // and yet to be run: what its result says cannot be read
		if _, err := ReadResult(w.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.note(err)
		}
	case !errors.Is(err, ErrUnborn) && isThere(filepath.Join(w.dir, CheckpointFile)):
		w.note(err)
	}
	w.run, err = w.anew()
	return err
}

// note tells of what could not be used.
func (w *worker) note(err error) {
	if w.Note != nil {
		w.Note(w.dir, err.Error()+"; the trial is begun anew")
	}
}

// anew begins the run of the trial in its folder, where nothing of a former one
// is left.
func (w *worker) anew() (*Run, error) {
	r := &Run{Dir: w.dir, Clock: w.Clock, progress: progress{From: w.From}, files: map[string]string{}}
	if err := r.seize(); err != nil {
		return nil, err
	}
	err := wipe(w.dir)
	if err == nil {
		err = r.begin(w.dir, w.Config)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// wipe removes all files of a run from the folder of its trial, which must be
// locked, unless it is finished.
func wipe(dir string) error {
	if res, err := ReadResult(dir); err == nil && ended(res) {
		return ErrFinished
	}
	tidy(dir, wholeFiles...)
	for _, name := range append([]string{PanicFile, attemptsFile}, runFiles...) {
		if err := remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return around(fmt.Errorf("%s cannot be used: %w", dir, reason(err)))
		}
	}
	return nil
}

// Job is the fit of the trial.
func (t *Trial) Job() (*Job, error) {
	set := t.Settings
	if set.Solver.Threads == 0 {
		set.Solver.Threads = 1 // the trials share the cores
	}
	p, err := train.NewProblem(t.Series, t.ModelName, t.Model, set)
	if err != nil {
		return nil, err
	}
	set.Hold = p.Hold
	series, err := set.Filled(t.Series, t.Model)
	if err != nil {
		return nil, err
	}
	if p.Apart != nil || p.Labels() != nil {
		series = p.Recordings()
	}
	return &Job{Series: series, Problem: p, Method: t.Method, Band: t.Band,
		Threads: t.Settings.Solver.Threads, Test: t.Test}, nil
}

func (w *worker) fit(ctx context.Context) error {
	j, err := w.Job()
	if err != nil {
		return err
	}
	j.On, j.Report = w.On, w.Report
	if need := j.Problem.Cost(j.Method).Bytes; w.Room > 0 && need > w.Room {
		return around(fmt.Errorf("it would take about %.2g GB of memory, and may take %.2g GB here; fewer trials at a time leave more to each, and --memory allows more", need/1e9, w.Room/1e9))
	}
	if w.Limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, w.Limit, train.ErrLimit)
		defer cancel()
	}
	if w.Until > 0 && w.Until < 1 {
		var stop context.CancelCauseFunc
		ctx, stop = context.WithCancelCause(ctx)
		defer stop(nil)
		j.On = pausing(w.Until, stop, j.On)
	}
	if _, _, err = w.run.Do(ctx, j); errors.Is(err, errPaused) {
		return w.pause()
	}
	return err
}

// fault records that the trial hit a fault of the program.
func (w *worker) fault(v any, stack []byte) error {
	said, _, _ := strings.Cut(fmt.Sprint(v), "\n") // a parallel map puts the stack behind it
	err := WriteFile(filepath.Join(w.dir, PanicFile), func(to io.Writer) error {
		_, err := fmt.Fprintf(to, "%s\n%v\n\n%s", w.From.Version, v, stack)
		return err
	})
	if e := w.fail(fmt.Errorf("a fault of Entrain: %s; %s has what a report of it needs", said, PanicFile), true); e != nil {
		return e
	}
	return around(err)
}

// fail records why a trial has no model, and whether that is a fault of the
// program.
func (w *worker) fail(why error, fault bool) error {
	if w.run == nil {
		return around(why)
	}
	res := &Result{Status: train.StatusFailed, Method: w.From.Method, Model: w.ModelName, Seed: w.Settings.Seed,
		Noise: []*float64{}, Tried: []Tried{}, Parameters: []Parameter{}, Version: w.From.Version, Error: why.Error(), Fault: fault}
	if err := w.run.Finish(res); err != nil {
		return around(errors.Join(why, err))
	}
	return nil
}
