package study

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/entrain-dev/entrain/train"
)

// TrialsFolder is the folder of a study with one run folder for each trial,
// named by its key.
const TrialsFolder = "trials"

// Sweep is a study under way: trials that are run, each in a folder of its
// own, and what came out.
type Sweep struct {
	Dir    string
	Plan   Plan
	Trials []Trial
	Retry  bool // run trials again that failed
	// On, if not nil, is called once for each trial that has an outcome, by one
	// goroutine at a time: first for those that are finished already.
	On func(i int, o *Outcome)

	outcomes []Outcome
}

// StatusUnsettled is that of a trial that could not be run for reasons around
// it, such as a full disk: it will be run when the study is run again.
const StatusUnsettled = "unsettled"

// Outcome is what became of a trial. Status is "" for one that was not begun,
// StatusUnsettled, or that of the result. Why tells the reason of a failure.
type Outcome struct {
	Status string
	Why    string
	Dir    string // run folder; "" if there is none
	Known  bool   // finished before this run of the study
	Result *Result
	Note   string // what was damaged and begun anew; "" if nothing
}

// Ended tells that nothing is left to do for the trial.
func (o *Outcome) Ended() bool {
	return o.Status == train.StatusOK || o.Status == train.StatusFailed
}

// mostUnsettled trials one after the other that could not be run for reasons
// around them end a study: the next ones would fare no better.
const mostUnsettled = 8

// Run runs the trials that are not finished yet and returns the outcomes, one
// for each trial. Trials of equal keys are run once, those in whose middle the
// program was killed before last. A trial that fails does not stop the others;
// the error is about the folder of the study alone.
func (s *Sweep) Run(ctx context.Context, l Launcher) ([]Outcome, error) {
	trials := filepath.Join(s.Dir, TrialsFolder)
	if err := makeFolder(trials); err != nil {
		return nil, fmt.Errorf("folder %s cannot be made: %w; choose another one with --out", s.Dir, err)
	}
	if err := s.writeLedger(); err != nil {
		return nil, err
	}
	s.outcomes = make([]Outcome, len(s.Trials))
	jobs, sharing := s.jobs(trials)
	slices.SortStableFunc(jobs, func(a, b *Job) int {
		m, _ := attempts(a.Dir)
		n, _ := attempts(b.Dir)
		return m - n
	})
	begun, stop := context.WithCancel(ctx)
	defer stop()
	unsettled := 0
	l.Launch(begun, jobs, func(j *Job) {
		o := settled(j)
		for _, i := range sharing[j.Dir] {
			s.set(i, o)
		}
		if o.Status != StatusUnsettled {
			unsettled = 0
		} else if unsettled++; unsettled == mostUnsettled {
			stop()
		}
	})
	return s.outcomes, nil
}

// jobs are the trials that are left, one for each folder in the folder trials,
// and the numbers of the trials of each. The others get their outcomes.
func (s *Sweep) jobs(trials string) (jobs []*Job, sharing map[string][]int) {
	sharing = map[string][]int{}
	for i := range s.Trials {
		t := &s.Trials[i]
		if t.Err != nil {
			s.set(i, Outcome{Status: train.StatusFailed, Why: t.Err.Error()})
			continue
		}
		dir := filepath.Join(trials, t.Key())
		tidy(trials, t.Key())
		res, err := ReadResult(dir)
		switch {
		case errors.Is(err, errUnread):
			s.set(i, Outcome{Status: StatusUnsettled, Why: err.Error(), Dir: dir})
			continue
		case err == nil && ended(res) && !s.again(t, res):
			s.settle(dir)
			o := outcome(dir, res)
			o.Known = true
			s.set(i, o)
			continue
		}
		if sharing[dir] = append(sharing[dir], i); len(sharing[dir]) == 1 {
			jobs = append(jobs, &Job{Trial: t, Dir: dir})
		}
	}
	return jobs, sharing
}

// settle removes what is left in the folder of a trial whose process was
// killed when all was done.
func (s *Sweep) settle(dir string) {
	h, err := lock(dir, "run")
	if err != nil {
		return
	}
	defer h.release()
	tidy(dir, append(runFiles, PanicFile)...)
	remove(filepath.Join(dir, CheckpointFile))
	end(dir)
}

// again tells that a trial that ended is to be run again: it failed, and that
// was asked for, or it was a fault of another version of the program.
func (s *Sweep) again(t *Trial, r *Result) bool {
	return r.Status == train.StatusFailed && (s.Retry || r.Fault && r.Version != t.From.Version)
}

// settled is what has become of a job.
func settled(j *Job) Outcome {
	if j.Err != nil {
		return Outcome{Status: StatusUnsettled, Why: j.Err.Error(), Dir: j.Dir, Note: j.Note}
	}
	res, err := ReadResult(j.Dir)
	if err != nil {
		return Outcome{Status: StatusUnsettled, Why: err.Error(), Dir: j.Dir, Note: j.Note}
	}
	o := outcome(j.Dir, res)
	o.Note = j.Note
	return o
}

func (s *Sweep) set(i int, o Outcome) {
	s.outcomes[i] = o
	if s.On != nil {
		s.On(i, &s.outcomes[i])
	}
}

func outcome(dir string, r *Result) Outcome {
	o := Outcome{Status: r.Status, Why: r.Error, Dir: dir, Result: r}
	if o.Status == train.StatusStopped && o.Why == "" {
		o.Why = fmt.Sprintf("stopped by its time limit after %d iterations", r.Iterations)
	}
	return o
}
