package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/entrain-dev/entrain/internal/cluster"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

const (
	clusterFolder = "slurm"     // in the folder of a study: scripts, logs, and
	jobsFile      = "jobs.json" // what was submitted
	scriptFile    = "array.sh"
	trialsATask   = 8
	mostTasks     = 256
)

// submitted is a job that was submitted for a study.
type submitted struct {
	Job   string `json:"job"`
	Of    int    `json:"of"`
	Tasks []int  `json:"tasks"`
	Study string `json:"study"` // SHA-256 of the study and of what was asked of it
}

// submission is a study on its way to Slurm.
type submission struct {
	*app
	flags   *sweepFlags
	file    string
	filters []string
	sweep   *study.Sweep
	hash    string
	run     cluster.Program
	jobs    []submitted
	queues  []*cluster.Queue // of jobs
}

// sweepSlurm submits what is missing of a study, says how far it is, and returns.
func (a *app) sweepSlurm(file string, filters []string, f *sweepFlags) error {
	if bad := cluster.CheckFlags(f.scheduler); bad != "" {
		return fmt.Errorf("%s: this flag of sbatch is given by entrain; --tasks says how many tasks there are", bad)
	}
	st, text, err := a.loadStudy(file, filters, f)
	if err != nil {
		return err
	}
	if st.Piped() {
		return fmt.Errorf("a study that is submitted cannot take data from standard input; give it a file")
	}
	dir := f.folder(file)
	s := &submission{app: a, flags: f, file: file, filters: filters, run: a.scheduler()}
	if s.jobs, err = readJobs(dir); err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(text, "\x00%q %q", filters, f.files))
	s.hash = hex.EncodeToString(sum[:8])
	if err := s.askQueue(); err != nil {
		return err
	}
	if err := s.unchanged(dir); err != nil {
		return err
	}
	unlock, err := a.record(dir, text)
	if err != nil {
		return err
	}
	defer unlock()
	trials, err := a.trials(st, dir)
	if err != nil {
		return failed(err)
	}
	s.sweep = &study.Sweep{Dir: dir, Plan: st.Plan, Trials: trials, Retry: f.retry}
	if err := s.sweep.Record(); err != nil {
		return failed(err)
	}
	if err := s.submitMissing(); err != nil {
		return err
	}
	if f.wait {
		if err := s.await(); err != nil {
			return err
		}
	}
	return s.tell()
}

// scheduler runs programs of Slurm.
func (a *app) scheduler() cluster.Program {
	return func(ctx context.Context, name string, args ...string) (string, error) {
		out, err := cluster.Run(ctx, name, args...)
		if errors.Is(err, cluster.ErrAbsent) {
			return "", fmt.Errorf("there is no %s here: this machine submits nothing to Slurm; log in to one that does, or run shares with --task and --of", name)
		}
		if err != nil && a.verbose {
			fmt.Fprintf(a.Stderr, "%s %s: %v\n", name, strings.Join(args, " "), err)
		}
		return out, err
	}
}

func readJobs(dir string) ([]submitted, error) {
	path := filepath.Join(dir, clusterFolder, jobsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil // nothing was submitted
	}
	var jobs []submitted
	if err := json.Unmarshal(text, &jobs); err != nil {
		return nil, fmt.Errorf("%s is damaged (%w); remove it when no job of the study is in the queue any more", path, err)
	}
	return jobs, nil
}

// askQueue keeps the jobs that have tasks in the queue.
func (s *submission) askQueue() error {
	var jobs []submitted
	s.queues = nil
	for _, j := range s.jobs {
		q, err := cluster.Ask(s.ctx, s.run, j.Job)
		if err != nil {
			return failed(err)
		}
		if q.Size() > 0 {
			jobs, s.queues = append(jobs, j), append(s.queues, q)
		}
	}
	s.jobs = jobs
	return nil
}

// unchanged refuses to mix tasks of a study with those of another version of it.
func (s *submission) unchanged(dir string) error {
	for _, j := range s.jobs {
		if j.Study != s.hash {
			return fmt.Errorf("the study or what is asked of it was changed, and job %s of what it was before is in the queue; wait for it, end it with scancel %s (finished trials are kept), or give this one another folder with --out", j.Job, j.Job)
		}
	}
	return nil
}

// left are the tasks, of so many, that have trials to do and are not in the queue.
func (s *submission) left(missing []string, of int) []int {
	var out []int
	for task := range of {
		share := &study.Share{Task: task, Of: of}
		if slices.ContainsFunc(missing, share.Has) && !s.queued(task) {
			out = append(out, task)
		}
	}
	return out
}

func (s *submission) queued(task int) bool {
	return slices.ContainsFunc(s.queues, func(q *cluster.Queue) bool { return q.Has(task) })
}

// shares is how many shares the study has: as many as before while one of them is in the
// queue, so that no trial is in two tasks.
func (s *submission) shares(missing int) int {
	if len(s.jobs) > 0 {
		return s.jobs[0].Of
	}
	of := s.flags.tasks
	if of == 0 {
		of = min(mostTasks, (missing+trialsATask-1)/trialsATask)
	}
	most := cluster.MaxArray(s.ctx, s.run)
	if of > most {
		fmt.Fprintf(s.Stderr, "an array job has at most %d tasks here (MaxArraySize); each takes more trials\n", most)
		of = max(1, most)
	}
	return max(1, min(of, missing))
}

// submitMissing submits the tasks that have something to do.
func (s *submission) submitMissing() error {
	missing := s.sweep.Missing()
	if len(missing) == 0 {
		return nil
	}
	of := s.shares(len(missing))
	tasks := s.left(missing, of)
	if len(tasks) == 0 {
		return nil
	}
	folder, err := filepath.Abs(filepath.Join(s.sweep.Dir, clusterFolder))
	if err != nil {
		return failed(err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { // before sbatch: a job without a place for its log dies silently
		return failed(fmt.Errorf("folder %s cannot be made: %w", folder, reason(err)))
	}
	array := &cluster.Array{Name: jobName(s.sweep), Folder: folder, Tasks: tasks, Of: of, Flags: s.flags.scheduler}
	if array.Command, err = s.worker(); err != nil {
		return failed(err)
	}
	script := filepath.Join(folder, scriptFile)
	if err := writeText(script, array.Script()); err != nil {
		return err
	}
	job := ""
	for range s.sweep.Rounds() { // of a search, each as far as the next rung
		next := ""
		if next, err = cluster.Submit(s.ctx, s.run, array.Submit(script, job)); err != nil {
			break
		}
		job = next
		s.jobs = append(s.jobs, submitted{job, of, tasks, s.hash})
	}
	if err != nil && job == "" {
		return failed(fmt.Errorf("nothing was submitted: %w", err))
	} else if err != nil {
		fmt.Fprintf(s.Stderr, "warning: not all rungs of the search were submitted (%v); the same command again does the rest\n", err)
	}
	text, err := json.MarshalIndent(s.jobs, "", "  ")
	if err == nil {
		err = writeText(filepath.Join(folder, jobsFile), string(text)+"\n")
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Stderr, "submitted: job %s, %s for %s; logs in %s\n", job, words.Several(len(tasks), "task"), words.Several(len(missing), "trial"), filepath.Join(s.sweep.Dir, clusterFolder))
	if _, err := cluster.Submit(s.ctx, s.run, array.Report(job, s.reporter())); err != nil {
		fmt.Fprintf(s.Stderr, "warning: no job will write the report at the end (%v); entrain report %s does at any time\n", err, words.Quoted(s.sweep.Dir))
	}
	return s.askQueue()
}

func writeText(path, text string) error {
	err := study.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return failed(fmt.Errorf("%s cannot be written: %w", path, reason(err)))
	}
	return nil
}

// jobName is what the queue shows.
func jobName(s *study.Sweep) string {
	name := s.Plan.Name
	if name == "" {
		name = filepath.Base(s.Dir)
	}
	return "entrain-" + strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	}), "-")
}

// worker is the command of a task, with all paths from the root: a task begins in a folder
// of the scheduler's choice.
func (s *submission) worker() ([]string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := filepath.Abs(s.file)
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(s.sweep.Dir)
	if err != nil {
		return nil, err
	}
	command := append([]string{program, "sweep", file}, s.filters...)
	command = append(command, "--out", dir)
	for _, f := range s.flags.files {
		name, path, _ := strings.Cut(f, "=")
		if path, err = filepath.Abs(path); err != nil {
			return nil, err
		}
		command = append(command, "--file", name+"="+path)
	}
	if s.flags.retry {
		command = append(command, "--retry-failed")
	}
	if s.flags.memory != "" {
		command = append(command, "--memory", s.flags.memory)
	}
	return command, nil
}

func (s *submission) reporter() []string {
	program, err := os.Executable()
	if err != nil {
		program = "entrain"
	}
	dir, err := filepath.Abs(s.sweep.Dir)
	if err != nil {
		dir = s.sweep.Dir
	}
	return []string{program, "report", dir}
}

// How often the queue is asked by --wait: at first and at most, for there may be many users.
const (
	firstAsk = time.Second
	lastAsk  = 30 * time.Second
)

// await waits until no task is in the queue any more.
func (s *submission) await() error {
	for pause := firstAsk; len(s.jobs) > 0; pause = min(lastAsk, pause*5/4) {
		select {
		case <-s.ctx.Done():
			fmt.Fprintf(s.Stderr, "interrupted; job %s goes on, and the same command again says how far it is\n", s.jobs[len(s.jobs)-1].Job)
			return &failure{exitInterrupted, errSilent}
		case <-time.After(pause):
		}
		if err := s.askQueue(); err != nil {
			return err
		}
	}
	return nil
}

// tell gathers what there is. A study of which nothing is missing ends as a local one does.
func (s *submission) tell() error {
	recorded, outcomes, err := study.ReadSweep(s.sweep.Dir)
	if err != nil {
		return failed(err)
	}
	done := 0
	for i := range outcomes {
		if outcomes[i].Ended() {
			done++
		}
	}
	rows, err := s.gather(recorded, outcomes)
	if err != nil {
		return failed(err)
	}
	of := len(s.sweep.Trials)
	fmt.Fprintf(s.Stderr, "%d of %s finished\n", done, words.Several(of, "trial"))
	for i, j := range s.jobs {
		fmt.Fprintf(s.Stderr, "job %s: %d running, %d waiting; the same command again says how far it is\n", j.Job, len(s.queues[i].Running), len(s.queues[i].Waiting))
	}
	switch {
	case done == of:
		return s.judged(rows)
	case s.flags.wait:
		return failed(fmt.Errorf("%s are missing: their tasks ended before them, see %s; the same command again does them", words.Several(of-done, "trial"), filepath.Join(s.sweep.Dir, clusterFolder)))
	}
	return nil
}
