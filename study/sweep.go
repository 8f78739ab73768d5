package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

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

// Outcome is what became of a trial. Status is "" for one that was not begun;
// else that of the result. Why tells the reason of a failure.
type Outcome struct {
	Status string
	Why    string
	Dir    string // run folder; "" if there is none
	Known  bool   // finished before this run of the study
	Result *Result
}

// Ended tells that nothing is left to do for the trial.
func (o *Outcome) Ended() bool {
	return o.Status == train.StatusOK || o.Status == train.StatusFailed
}

// Run runs the trials that are not finished yet and returns the outcomes, one
// for each trial. Trials of equal keys are run once. A trial that fails does
// not stop the others; the error is about the folder of the study alone.
func (s *Sweep) Run(ctx context.Context, l Launcher) ([]Outcome, error) {
	if err := os.MkdirAll(filepath.Join(s.Dir, TrialsFolder), 0o755); err != nil {
		return nil, fmt.Errorf("folder %s cannot be made: %w; choose another one with --out", s.Dir, err)
	}
	if err := s.writeLedger(); err != nil {
		return nil, err
	}
	s.outcomes = make([]Outcome, len(s.Trials))
	sharing := map[string][]int{} // trials by folder
	var jobs []*Job
	for i := range s.Trials {
		t := &s.Trials[i]
		if t.Err != nil {
			s.set(i, Outcome{Status: train.StatusFailed, Why: t.Err.Error()})
			continue
		}
		dir := filepath.Join(s.Dir, TrialsFolder, t.Key())
		if res, err := ReadResult(dir); err == nil && ended(res) && !(s.Retry && res.Status == train.StatusFailed) {
			o := outcome(dir, res)
			o.Known = true
			s.set(i, o)
			continue
		}
		if sharing[dir] = append(sharing[dir], i); len(sharing[dir]) == 1 {
			jobs = append(jobs, &Job{Trial: t, Dir: dir})
		}
	}
	l.Launch(ctx, jobs, func(j *Job) {
		o := Outcome{Status: train.StatusFailed, Dir: j.Dir}
		if j.Err != nil {
			o.Why = j.Err.Error()
		} else if res, err := ReadResult(j.Dir); err != nil {
			o.Why = err.Error()
		} else {
			o = outcome(j.Dir, res)
		}
		for _, i := range sharing[j.Dir] {
			s.set(i, o)
		}
	})
	return s.outcomes, nil
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
