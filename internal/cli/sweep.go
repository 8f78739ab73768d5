package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entrain-dev/entrain/internal/bucket"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// mostJobs is how many trials may run at a time.
const mostJobs = 10_000

// mostShares is how many parts a study may have.
const mostShares = 100_000

type sweepFlags struct {
	out   string
	jobs  int
	files []string
	retry bool

	memory                  string
	task, of                int
	tasks                   int
	slurm, wait, kubernetes bool
	tasked                  bool     // --task or --of were given
	scheduler               []string // flags for sbatch
	image, claim, secret    string
	scratch                 string // with a bucket: folder on this machine
}

func (a *app) sweepCommand() *cobra.Command {
	var f sweepFlags
	c := &cobra.Command{
		Use: "sweep STUDY.yaml [axis=value…]", Short: "Run a study: many fits, gathered into one table",
		Long: `Run all trials of a study: grids, lists, seeds, random draws of settings.

Every trial has a run folder of its own, named by a hash of its settings and its
data; one that is finished is never run again, and a study that was killed goes
on when the same command is given again. A trial that fails is a line of the
table with its reason. The exit code is 1 if all trials failed, if none has a score, if one
did not finish, or if the study misses one of its bars; a line says which. axis=value, or axis=one,two, runs and shows these cells only.

The folder of the study holds table.md, table.csv, table.json, trials.csv, and
report.html, which entrain report writes anew.

Many machines: --slurm submits what is missing as one array job and returns; the same
command again says how far it is, and submits what was lost. --task I --of N runs one
share of the trials, for any scheduler; --kubernetes prints a job for kubectl. With
--out s3://… results lie in an object store, for machines that share no disk.

A study with search: gives trials up on the way, at rungs, and says which setting is
best and the command that fits it again.`,
		Example: "  entrain sweep studies/homotopy/table-main.yaml\n" +
			"  entrain sweep studies/homotopy/table-main.yaml problem=lv-black-box method=homotopy --json",
		Args: arguments(1, -1, "a study file, then axis=value"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				args, f.scheduler = args[:n], args[n:]
			}
			f.tasked = cmd.Flags().Changed("task") || cmd.Flags().Changed("of")
			return a.sweepBy(args, &f)
		},
	}
	c.Flags().StringVarP(&f.out, "out", "o", "", "folder of the study, or s3://BUCKET/FOLDER (default: runs/ and the name of the file)")
	c.Flags().StringVar(&f.scratch, "scratch", "", "with --out s3://…: folder on this machine (default: runs/ and the name of the file)")
	wholeVar(c.Flags(), &f.jobs, "jobs", "j", 0, 0, mostJobs, "trials at the same time (default: one for each core)")
	c.Flags().StringArrayVar(&f.files, "file", nil, "NAME=PATH: a file that the study asks for")
	c.Flags().BoolVar(&f.retry, "retry-failed", false, "run trials again that failed")
	c.Flags().StringVar(&f.memory, "memory", "", "that the process may take, such as 8GB (default: 3/4 of the machine); memory= of a trial has no effect")
	wholeVar(c.Flags(), &f.task, "task", "", 0, 0, mostShares, "run one share of the trials: this one, counted from 0, of --of")
	wholeVar(c.Flags(), &f.of, "of", "", 0, 0, mostShares, "number of shares")
	c.Flags().BoolVar(&f.slurm, "slurm", false, "submit what is missing to Slurm; flags for sbatch stand behind --")
	c.Flags().BoolVar(&f.wait, "wait", false, "with --slurm: wait for the end and print the table; with --task: for the other shares of a search")
	wholeVar(c.Flags(), &f.tasks, "tasks", "", 0, 0, mostShares, "with --slurm, --kubernetes: number of tasks (default: one for 8 trials)")
	c.Flags().BoolVar(&f.kubernetes, "kubernetes", false, "print an Indexed Job for kubectl apply")
	c.Flags().StringVar(&f.image, "image", "entrain:latest", "with --kubernetes: container image that has entrain")
	c.Flags().StringVar(&f.claim, "claim", "entrain", "with --kubernetes: volume claim that holds the study, its data and the results")
	c.Flags().StringVar(&f.secret, "secret", "entrain", "with --kubernetes and --out s3://…: secret that holds the variables AWS_…")
	return c
}

// sweepBy runs a study, here or elsewhere.
func (a *app) sweepBy(args []string, f *sweepFlags) error {
	if err := f.check(args); err != nil {
		return err
	}
	switch {
	case f.tasked:
		return a.sweepShare(args[0], args[1:], f)
	case f.slurm:
		return a.sweepSlurm(args[0], args[1:], f)
	case f.kubernetes:
		return a.sweepKubernetes(args[0], args[1:], f)
	}
	return a.sweep(args[0], args[1:], f)
}

// check refuses flags that do not go together.
func (f *sweepFlags) check(args []string) error {
	ways := 0
	for _, way := range []bool{f.tasked, f.slurm, f.kubernetes} {
		if way {
			ways++
		}
	}
	switch {
	case len(args) == 0:
		return fmt.Errorf("sweep takes a study file, then axis=value; try entrain sweep --help")
	case ways > 1:
		return fmt.Errorf("--task, --slurm and --kubernetes are three ways to run a study; give one of them")
	case f.tasked && f.of < 1:
		return fmt.Errorf("--task needs --of: the number of shares, the same for all of them")
	case f.tasked && f.task >= f.of:
		return fmt.Errorf("--task %d --of %d: tasks are counted from 0 to %d", f.task, f.of, f.of-1)
	case f.wait && !f.slurm && !f.tasked:
		return fmt.Errorf("--wait is for --slurm and --task; without them a sweep ends when it is done")
	case f.tasks > 0 && !f.slurm && !f.kubernetes:
		return fmt.Errorf("--tasks %d: it is the number of tasks of --slurm or --kubernetes", f.tasks)
	case len(f.scheduler) > 0 && !f.slurm:
		return fmt.Errorf("%q: flags behind -- are for sbatch, with --slurm", f.scheduler[0])
	}
	return f.checkBucket()
}

func (a *app) sweep(file string, filters []string, f *sweepFlags) error {
	if err := a.sweepMemory(f); err != nil {
		return err
	}
	st, text, err := a.loadStudy(file, filters, f)
	if err != nil {
		return err
	}
	dir := f.folder(file)
	m, err := a.mirror(f, dir)
	if err != nil {
		return err
	}
	unlock, err := a.record(dir, text)
	if err != nil {
		return err
	}
	defer unlock()
	return a.runStudy(st, dir, f, m)
}

// sweepMemory keeps to --memory.
func (a *app) sweepMemory(f *sweepFlags) error {
	if f.memory == "" {
		return nil
	}
	most, err := config.ParseBytes(f.memory)
	if err != nil {
		return fmt.Errorf("--memory: %w", err)
	}
	a.limitMemory(most, true)
	return nil
}

// loadStudy reads a study, of which it keeps the trials that filters ask for, and the text
// of its file.
func (a *app) loadStudy(file string, filters []string, f *sweepFlags) (*config.Study, []byte, error) {
	text, err := a.readFile(file)
	if err != nil {
		return nil, nil, err
	}
	given, err := namedFiles(f.files)
	if err != nil {
		return nil, nil, err
	}
	st, err := config.LoadStudy(file, text, given)
	if err != nil {
		return nil, nil, err
	}
	return st, text, filter(st, filters)
}

// folder is that of the study in a file.
func (f *sweepFlags) folder(file string) string {
	switch {
	case f.scratch != "":
		return f.scratch
	case f.out != "" && !bucket.Is(f.out):
		return f.out
	}
	return filepath.Join("runs", strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
}

// record makes the folder of a study, locks it, and writes the study into it.
func (a *app) record(dir string, text []byte) (unlock func(), err error) {
	if err := study.CheckPlace(dir); err != nil {
		return nil, err
	}
	if err := studyFolder(dir); err != nil {
		return nil, err
	}
	unlock, err = study.Lock(dir)
	if err != nil {
		return nil, failed(err)
	}
	study.CleanUp(dir)
	study.CleanUp(filepath.Join(dir, study.DataFolder))
	if err = studyFolder(dir); err == nil { // else another process was first
		err = recordStudy(dir, text)
	}
	if err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// recordStudy writes the text of a study into its folder.
func recordStudy(dir string, text []byte) error {
	err := study.WriteFile(filepath.Join(dir, page.StudyFile), func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err != nil {
		return failed(fmt.Errorf("the study cannot be recorded in %s: %w; choose another folder with --out", dir, reason(err)))
	}
	return nil
}

// runStudy runs the trials, and writes and prints the table.
func (a *app) runStudy(st *config.Study, dir string, f *sweepFlags, m *bucket.Mirror) error {
	a.saving(func() string { return "give the same command again to go on" })
	trials, err := a.trials(st, dir)
	if err != nil {
		return failed(err)
	}
	s := &study.Sweep{Dir: dir, Plan: st.Plan, Trials: trials, Retry: f.retry}
	show := &sweepProgress{w: a.Stderr, sweep: s, now: a.Now, begun: a.Now()}
	s.On = show.outcome
	if err := a.bring(s, m); err != nil {
		return failed(err)
	}
	outcomes, err := s.Run(a.ctx, a.launcher(f, show, m))
	if err != nil {
		return failed(err)
	}
	show.end()
	rows, err := a.gather(s, outcomes)
	if err == nil {
		err = a.publish(m)
	}
	if err != nil {
		return failed(err)
	}
	if err := a.ended(show, "give the same command again to go on"); err != nil {
		return err
	}
	switch {
	case show.failed == len(s.Trials):
		return failed(fmt.Errorf("all trials failed; %s has the reasons", filepath.Join(dir, study.TrialsCSV)))
	case show.scored == 0:
		return failed(fmt.Errorf("no trial has a score; %s has the reasons", filepath.Join(dir, study.TrialsCSV)))
	}
	return a.judged(rows)
}

// ended is the exit status of trials that went as far as they could.
func (a *app) ended(show *sweepProgress, then string) error {
	switch {
	case errors.Is(context.Cause(a.ctx), train.ErrMemory) && !show.complete():
		return failed(errors.New(a.memory.words(then)))
	case a.ctx.Err() != nil && !show.complete():
		fmt.Fprintf(a.Stderr, "interrupted; %s\n", then)
		return &failure{exitInterrupted, errSilent}
	case show.unsettled > 0:
		return failed(fmt.Errorf("%s could not be run for reasons around them, such as: %s; give the same command again when that is over", words.Several(show.unsettled, "trial"), show.why))
	case show.faults > 0:
		fmt.Fprintf(a.Stderr, "entrain: %s ended by a fault of Entrain; please report it with %s in their folders\n", words.Several(show.faults, "trial"), study.PanicFile)
		return &failure{exitFault, errSilent}
	case !show.complete():
		of := len(show.sweep.Trials)
		return failed(fmt.Errorf("%s of %d did not finish, such as: %s; give the same command again to go on, or a longer limit in the study", words.Several(of-show.ended, "trial"), of, show.cut))
	}
	return nil
}

// gather writes and prints the table of a study, and writes its page.
func (a *app) gather(s *study.Sweep, outcomes []study.Outcome) ([]study.Row, error) {
	rows := study.Gather(&s.Plan, s.Trials, outcomes)
	err := s.WriteTables(rows)
	if err == nil && a.json {
		err = study.JSON(a.Stdout, rows)
	} else if err == nil {
		err = study.Markdown(a.Stdout, &s.Plan, rows)
	}
	if st := s.Standings(); st != nil && err == nil && !a.json {
		fmt.Fprintln(a.Stdout)
		err = st.Markdown(a.Stdout)
	}
	if err != nil {
		return rows, err
	}
	page, err := a.writePage([]string{s.Dir}, "")
	if err == nil {
		fmt.Fprintf(a.Stderr, "written: %s\n", page)
	}
	return rows, err
}

// judged tells how many bars of a study are met. A study that misses one has failed.
func (a *app) judged(rows []study.Row) error {
	bars, missed, first := 0, 0, ""
	for i := range rows {
		for b := range rows[i].Bars {
			bars++
			if j := &rows[i].Bars[b]; !j.Met {
				if missed++; first == "" {
					first = fmt.Sprintf("%s of %s, %s", rows[i].Metric, rows[i].Name(), j.Words())
				}
			}
		}
	}
	if bars > 0 {
		fmt.Fprintf(a.Stderr, "bars: %d of %d met\n", bars-missed, bars)
	}
	if missed > 0 {
		return failed(fmt.Errorf("%s missed, first: %s", words.Several(missed, "bar"), first))
	}
	return nil
}

// namedFiles reads NAME=PATH.
func namedFiles(list []string) (map[string]string, error) {
	out := map[string]string{}
	for _, text := range list {
		name, path, ok := strings.Cut(text, "=")
		if !ok || name == "" || path == "" {
			return nil, fmt.Errorf("--file %s: write NAME=PATH", text)
		}
		out[name] = path
	}
	return out, nil
}

// filter keeps the trials that axis=value arguments ask for.
func filter(st *config.Study, args []string) error {
	where := map[string][]string{}
	for i, arg := range args {
		axis, value, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("argument %d (%s): is no choice of cells; write axis=value, such as method=homotopy", i+2, arg)
		}
		labels := st.Labels(axis)
		if len(labels) == 0 {
			return fmt.Errorf("argument %d (%s): %w", i+2, arg, &registry.UnknownError{Kind: "axis", Name: axis, Known: st.Plan.Axes})
		}
		if _, twice := where[axis]; twice {
			return fmt.Errorf("argument %d (%s): the axis is there twice; write %s=one,two", i+2, arg, axis)
		}
		where[axis] = []string{value}
		if !slices.Contains(labels, value) { // a label may hold commas itself
			where[axis] = strings.Split(value, ",")
		}
		for _, v := range where[axis] {
			if !slices.Contains(labels, v) {
				return fmt.Errorf("argument %d (%s): %w", i+2, arg, &registry.UnknownError{Kind: axis, Name: v, Known: labels})
			}
		}
	}
	var kept []config.Trial
	for _, t := range st.Trials {
		if study.Fits(where, t.Labels) {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("no trial fits %s; the study skips these cells", strings.Join(args, " "))
	}
	st.Trials = kept
	return nil
}

// studyFolder makes dir, which is to be the folder of a study: a new one, an
// empty one, or one that is the folder of a study already. What processes left
// that were killed before they had written the study counts for nothing.
func studyFolder(dir string) error {
	if !exists(filepath.Join(dir, page.StudyFile)) {
		if err := study.CheckFolder(dir); err != nil && !study.Unborn(dir, page.StudyFile) {
			if info, e := os.Stat(dir); e == nil && info.IsDir() {
				return fmt.Errorf("output folder %s exists and is no folder of a study; choose another one with --out", dir)
			}
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return failed(fmt.Errorf("the study cannot be recorded in %s: %w; choose another folder with --out", dir, reason(err)))
	}
	return nil
}
