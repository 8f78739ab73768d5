package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/budget"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// job is a fit whose input has been found good.
type job struct {
	*app
	config  *config.Config
	series  []data.Series
	hash    string
	problem *train.Problem
	run     *study.Run
	plot    bool // the fit is drawn in the terminal
	created bool // the run folder is new: an early failure removes it
	cost    expectation
}

// prepare reads and checks the data and builds the problem. It writes nothing.
func (a *app) prepare(c *config.Config) (*job, error) { return a.prepareLong(c, c.Heldout) }

// prepareLong takes the recordings of which so large a part could be held out.
func (a *app) prepareLong(c *config.Config, heldout float64) (*job, error) {
	if bands := []string{data.BandPredictive, data.BandFit, noBand}; !slices.Contains(bands, c.Band) {
		return nil, c.At("band", &registry.UnknownError{Kind: "band", Name: c.Band, Known: bands})
	}
	var told []string
	series, hash, _, err := a.readRecordings(c, heldout, func(text string) { told = append(told, text) })
	if err != nil {
		if file, _ := config.CutPart(c.Data.String()); !exists(file) {
			err = c.At("data", err)
		}
		return nil, err
	}
	found := checkData(c, series)
	if err := data.FirstError(found); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Data, err)
	}
	if c.Label != "" {
		series = train.Driving(series)
	}
	if c.Settings.Initial == "data" {
		if err := startsKnown(series); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Data, err)
		}
	}
	if n := values(series); n >= slowFrom {
		if err := a.smoothable(series, n); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Data, err)
		}
		fmt.Fprintf(a.Stderr, "smoothing %s values\n", words.Grouped(n))
	}
	findHold(c, series, func(text string) { told = append(told, text) })
	if series, err = c.Settings.Filled(series, c.Model); err != nil {
		return nil, c.Explain(err)
	}
	p, err := train.NewProblem(series, c.ModelName, c.Model, c.Settings)
	if err != nil {
		return nil, c.Explain(err)
	}
	p = censorWritten(c, series, p, func() (*train.Problem, error) {
		return train.NewProblem(series, c.ModelName, c.Model, c.Settings)
	}, func(text string) { told = append(told, text) })
	c.Resolve(&series[0])
	c.ID = cmp.Or(c.ID, a.found.ID)
	for _, note := range p.Parts.Notes {
		fmt.Fprintf(a.Stderr, "note: %v\n", c.Explain(errors.New(note)))
	}
	told = append(told, p.EventNotes()...)
	a.tellFindings(c.Data.String(), told, append(found, data.SetColumns(series, p.Joined)...))
	c.Data = pinned(c.Data)
	if p.Apart != nil || p.Labels() != nil {
		series = p.Recordings()
	}
	return &job{app: a, config: c, series: series, hash: hash, problem: p}, nil
}

// tellFindings tells what was noted while the data were read, and what was found in them.
func (a *app) tellFindings(file string, told []string, found []data.Problem) {
	for _, text := range told {
		fmt.Fprintf(a.Stderr, "note: %s: %s\n", file, text)
	}
	for i, f := range found {
		if i == budget.Findings {
			fmt.Fprintf(a.Stderr, "warning: %s: and %d more of this kind; entrain check lists them\n", file, len(found)-i)
			break
		}
		fmt.Fprintf(a.Stderr, "warning: %s: %s\n", file, f)
	}
}

// slowFrom is how many values take seconds to smooth.
const slowFrom = 500_000

// values is how many numbers the states of recordings have.
func values(series []data.Series) int {
	n := 0
	for i := range series {
		n += len(series[i].X)
	}
	return n
}

// start makes the run folder and trains.
func (j *job) start(out, command string) error {
	if out != "" {
		if err := study.CheckFolder(out); err != nil {
			return err
		}
	}
	from := model.Provenance{Data: budget.Plain(baseNames(j.config.Data)), Hash: j.hash, Method: j.config.MethodName,
		Seed: j.config.Seed, Version: version(), Kernel: kernel.Level(), Command: command}
	settings, kept := j.keepInput()
	if len(kept) > 0 {
		from.Data = kept[0].Name
	}
	run, err := study.Create(out, settings, from, j.Now, kept...)
	if study.IsAround(err) {
		return failed(err)
	}
	if err != nil {
		return err
	}
	j.run, j.created = run, true
	if len(kept) > 0 {
		j.config.Data = config.Files{filepath.Join(run.Dir, kept[0].Name)}
	}
	return j.train()
}

// begin keeps to the limits of a configuration from now on.
func (a *app) begin(c *config.Config) {
	a.deadline(c.Limit)
	a.limitMemory(c.Memory, true)
}

// resume goes on with a run; only its limits may be changed.
func (a *app) resume(args []string, f fitFlags) error {
	if f.out != "" {
		return fmt.Errorf("--resume goes on in the folder of the run; leave --out away")
	}
	dir := f.resume
	run, err := study.Open(dir, a.Now)
	unborn := false
	switch {
	case errors.Is(err, study.ErrFinished):
		return a.finished(dir)
	case errors.Is(err, study.ErrUnborn):
		unborn = true
	case study.IsAround(err):
		return failed(err)
	case err != nil:
		return err
	default:
		defer run.Close()
	}
	file := filepath.Join(dir, study.ConfigFile)
	text, err := a.readFile(file)
	if err != nil {
		return err
	}
	c, err := config.Load(file, text, args, 1)
	if err != nil {
		return err
	}
	if err := onlyLimits(args); err != nil {
		return err
	}
	a.begin(c)
	j, err := a.prepare(c)
	if err != nil {
		return err
	}
	j.plot = f.plot
	if unborn {
		fmt.Fprintln(a.Stderr, "the run was ended before it began; beginning anew")
		return j.start(dir, "entrain fit "+words.Quoted(file))
	}
	if from := run.Provenance(); from.Hash != j.hash {
		return fmt.Errorf("%s has changed since the run began; put the old file back, or start again with: entrain fit %s", c.Data, file)
	} else if v := version(); from.Version != v {
		fmt.Fprintf(a.Stderr, "warning: the run was begun by version %s, this is %s; the result may differ in rounding\n", from.Version, v)
	}
	if err := a.schedule(j.problem.Cost(c.Method)); err != nil {
		return err
	}
	j.run = run
	switch k, ok := run.Done(); {
	case !ok:
		fmt.Fprintln(a.Stderr, "there is no checkpoint yet; beginning anew")
	case k == 0: // of a method that holds others
		fmt.Fprintln(a.Stderr, "going on from the last checkpoint")
	default:
		fmt.Fprintf(a.Stderr, "going on after iteration %d\n", k)
	}
	return j.train()
}

// finished shows the result of a run that has nothing left to do. One that failed has the
// exit status it had then.
func (a *app) finished(dir string) error {
	fmt.Fprintf(a.Stderr, "%s is finished; nothing is left to do\n", dir)
	res, err := study.ReadResult(dir)
	switch {
	case err != nil:
	case a.json:
		err = a.printJSON(res)
	case res.Status != train.StatusFailed || exists(modelPath(dir)):
		err = a.show(dir)
	}
	if err != nil || res.Status != train.StatusFailed {
		return err
	}
	return fitFailed(res)
}

// fitFailed is the end of a fit without a model that is of use.
func fitFailed(res *study.Result) error {
	why := res.Why()
	if strings.Contains(why, "; ") { // it says what to try
		return failed(fmt.Errorf("the fit failed: %s", why))
	}
	return failed(fmt.Errorf("the fit failed: %s; try another seed=, a smaller lr= or another method=", why))
}

// train runs the method, writes the files of the run and tells the result.
func (j *job) train() error {
	defer j.run.Close()
	j.saving(j.rescue)
	if j.verbose {
		describeProblem(j.Stderr, j.problem)
	}
	show := j.newProgress()
	if j.cost.large {
		j.cost.tell(j.Stderr)
	}
	ctx, cancel := j.training()
	defer cancel()
	fit, res, err := j.run.Do(ctx, &study.Job{Series: j.series, Problem: j.problem, Method: j.config.Method, Band: j.config.Band,
		Threads: j.problem.Solver.Threads,
		On: func(e train.Event) {
			j.cost.tell(j.Stderr) // not of what the method refuses
			show.event(e)
		},
		Learnt: func() { close(j.learnt) },
		Trained: func() {
			show.done()
			close(j.settled)
		},
		Report: j.pages})
	if err != nil {
		return j.troubled(err, res)
	}
	if j.json {
		err = j.printJSON(res)
	} else {
		err = j.summary(fit, res)
	}
	if err != nil {
		return err
	}
	if j.plot && fit.Model != nil {
		j.plotFit(j.beside(), fit.Model)
	}
	return j.outcome(res)
}

// troubled says what kept a run from its end, and how to go on.
func (j *job) troubled(err error, res *study.Result) error {
	around := study.IsAround(err)
	if res == nil && j.created && j.run.Discard() && !around {
		return j.config.Explain(err)
	}
	if around && exists(j.run.Dir) {
		err = fmt.Errorf("%w; when that is mended, go on with: entrain fit --resume %s", err, words.Quoted(j.run.Dir))
	}
	return failed(err)
}

// rescue saves the state of a run that is left behind, and says how to go on.
func (j *job) rescue() string {
	if !j.run.Rescue() && j.created {
		return "no state was there to be saved yet; begin again with: entrain fit --resume " + words.Quoted(j.run.Dir)
	}
	return "the state is saved, go on with: entrain fit --resume " + words.Quoted(j.run.Dir)
}

// pages has its say about a model that is of no use, and writes the page.
func (j *job) pages(r *study.Run, of *study.Job, fit *train.Result, res *study.Result) error {
	if res.Unusable() != "" && res.Status == train.StatusOK { // one that was stopped may be resumed
		res.Status, fit.Status = train.StatusFailed, train.StatusFailed
	}
	return page.Report(r, of, fit, res)
}

// outcome is the exit status of a fit that went as far as it could.
func (j *job) outcome(res *study.Result) error {
	switch res.Status {
	case train.StatusInterrupted:
		fmt.Fprintf(j.Stderr, "interrupted; the state is saved, go on with: entrain fit --resume %s\n", words.Quoted(j.run.Dir))
		return &failure{exitInterrupted, errSilent}
	case train.StatusFailed:
		return fitFailed(res)
	case train.StatusStopped:
		if errors.Is(context.Cause(j.ctx), train.ErrMemory) {
			return failed(errors.New(j.memory.words("its state is saved, go on with: entrain fit --resume " + words.Quoted(j.run.Dir))))
		}
		if unbegun(res) {
			return failed(fmt.Errorf("the time limit was reached before the first step was done, so nothing is learnt yet; give a longer one: entrain fit --resume %s limit=…", words.Quoted(j.run.Dir)))
		}
		if behind := res.Behind(); behind != "" {
			return failed(fmt.Errorf("%s; go on with: entrain fit --resume %s", behind, words.Quoted(j.run.Dir)))
		}
		if res.Files["model"] == "" {
			return failed(fmt.Errorf("the time limit was reached before there was a model; give a longer one: entrain fit --resume %s limit=…", words.Quoted(j.run.Dir)))
		}
	}
	if u := res.Unusable(); u != "" {
		return failed(fmt.Errorf("%s; go on with: entrain fit --resume %s", u, words.Quoted(j.run.Dir)))
	}
	return nil
}

// unbegun tells that a fit was stopped before its first step was done: its model, if it
// has one, is where training begins.
func unbegun(res *study.Result) bool {
	return res.Status == train.StatusStopped && res.Iterations == 0 && res.HeldFolds == nil
}

// onlyLimits refuses settings that a resumed run cannot take.
func onlyLimits(args []string) error {
	for _, arg := range args {
		if key, _, _ := strings.Cut(arg, "="); key != "limit" && key != "memory" {
			return fmt.Errorf("argument %q: a resumed run keeps its settings, only limit= and memory= may change; start a new one for others", arg)
		}
	}
	return nil
}

// exists tells whether there is a file.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// startsKnown reports a value that trajectories are to start from and that is
// missing.
func startsKnown(series []data.Series) error {
	for i := range series {
		for c, v := range series[i].Row(0) {
			if num.OrNull(v) == nil {
				return fmt.Errorf("initial=data starts from the first row, where column %q%s has no value; leave initial= out, and the start is learnt",
					series[i].Names[c], words.Recording(series[i].ID))
			}
		}
	}
	return nil
}
