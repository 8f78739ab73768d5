package study

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/entrain-dev/entrain/data"
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
	// Share, if not nil, is the part of the trials that this process runs; it writes nothing
	// of the study but them, as others are at work in its folder, see Join.
	Share *Share
	// On, if not nil, is called for each trial that has an outcome, by one
	// goroutine at a time: first for those that are finished already. In a search it
	// is also called for trials that reach a rung.
	On func(i int, o *Outcome)

	outcomes []Outcome
	writer   *writer
	stood    *Standings // of a search, as they were last
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
}

// Ended tells that nothing is left to do for the trial.
func (o *Outcome) Ended() bool {
	return o.Status == train.StatusOK || o.Status == train.StatusFailed || o.Status == StatusDropped
}

// mostUnsettled trials one after the other that could not be run for reasons
// around them end a study: the next ones would fare no better.
const mostUnsettled = 8

// Run runs the trials that are not finished yet and returns the outcomes, one
// for each trial. Trials of equal keys are run once, those in whose middle the
// program was killed before last. A trial that fails does not stop the others;
// the error is about the folder of the study alone. A study with a search is run from
// rung to rung; of a share, as far as the others are.
func (s *Sweep) Run(ctx context.Context, l Launcher) ([]Outcome, error) {
	folders, sharing, err := s.Prepare()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(folders, func(a, b string) int {
		m, _ := attempts(a)
		n, _ := attempts(b)
		return m - n
	})
	if s.Plan.Search != nil {
		err = s.search(ctx, l, folders, sharing)
	} else {
		s.launch(ctx, l, folders, sharing)
	}
	return s.outcomes, err
}

// launch runs the trials in folders; stopped tells that the next ones would fare no better.
func (s *Sweep) launch(ctx context.Context, l Launcher, folders []string, sharing map[string][]int) (stopped bool) {
	begun, stop := context.WithCancel(ctx)
	defer stop()
	unsettled := 0
	l.Launch(begun, folders, func(dir string, err error) {
		o := settled(dir, err)
		for _, i := range sharing[dir] {
			s.set(i, o)
		}
		if o.Status != StatusUnsettled {
			unsettled = 0
		} else if unsettled++; unsettled == mostUnsettled {
			stop()
		}
	})
	return begun.Err() != nil
}

// Prepare writes the folder of the study: what its trials are, and a folder for
// each that is left to be run (of a share: no more than that), such that RunTrial needs nothing else. Trials of
// equal keys share one; sharing has the numbers of the trials of each folder. The
// others get their outcomes.
func (s *Sweep) Prepare() (folders []string, sharing map[string][]int, err error) {
	trials := filepath.Join(s.Dir, TrialsFolder)
	if err := makeFolder(trials); err != nil {
		return nil, nil, fmt.Errorf("folder %s cannot be made: %w; choose another one with --out", s.Dir, err)
	}
	if s.Share == nil {
		if err := s.writeLedger(); err != nil {
			return nil, nil, err
		}
	}
	s.outcomes = make([]Outcome, len(s.Trials))
	w := &writer{study: s.Dir, at: map[shared]string{}}
	s.writer = w
	sharing = map[string][]int{}
	clutter := passingIn(trials)
	for i := range s.Trials {
		t := &s.Trials[i]
		if t.Err != nil {
			s.set(i, Outcome{Status: train.StatusFailed, Why: t.Err.Error()})
			continue
		}
		if !s.Share.Has(t.Key()) {
			continue
		}
		if clutter[t.Key()] {
			tidy(trials, t.Key())
		}
		dir := filepath.Join(trials, t.Key())
		if len(sharing[dir]) == 0 {
			if o := s.known(t, dir); o != nil {
				s.set(i, *o)
				continue
			}
			switch err := w.write(dir, t); {
			case IsAround(err):
				return nil, nil, err
			case err != nil:
				s.set(i, Outcome{Status: train.StatusFailed, Why: err.Error()})
				continue
			}
			folders = append(folders, dir)
		}
		sharing[dir] = append(sharing[dir], i)
	}
	return folders, sharing, nil
}

// known is what has become of a trial that need not be run; nil if it must.
func (s *Sweep) known(t *Trial, dir string) *Outcome {
	res, err := ReadResult(dir)
	switch {
	case errors.Is(err, errUnread):
		return &Outcome{Status: StatusUnsettled, Why: err.Error(), Dir: dir}
	case err == nil && ended(res) && !s.again(t, res):
		s.settle(dir)
		o := outcome(dir, res)
		o.Known = true
		return &o
	case err == nil && ended(res):
		if err := remove(filepath.Join(dir, ResultFile)); err != nil { // else RunTrial would leave it as it is
			return &Outcome{Status: StatusUnsettled, Why: err.Error(), Dir: dir}
		}
	}
	return nil
}

// DataFolder in the folder of a study holds the recordings of its trials, named
// by what they hold: as trials name them and, of those that were simulated or
// cut, as a run of its own reads them.
const DataFolder = "data"

// writer writes the folders of trials, and what several learn from once.
type writer struct {
	study string
	at    map[shared]string // name of the file
}

// shared is the same for trials that share recordings and test.
type shared struct {
	first *data.Series
	n     int
	test  *Test
}

func (w *writer) write(dir string, t *Trial) error {
	what := shared{n: len(t.Series), test: t.Test}
	if what.n > 0 {
		what.first = &t.Series[0]
	}
	name, ok := w.at[what]
	if !ok {
		text, err := encodeRecordings(t.Series, t.Test)
		if err != nil {
			return err
		}
		folder := filepath.Join(w.study, DataFolder)
		if err := makeFolder(folder); err != nil {
			return around(fmt.Errorf("folder %s cannot be made: %w", folder, reason(err)))
		}
		sum := sha256.Sum256(text)
		name = hex.EncodeToString(sum[:8]) + ".json"
		if err := rewrite(filepath.Join(folder, name), text); err != nil {
			return err
		}
		w.at[what] = name
	}
	return writeOrder(dir, t, filepath.Join("..", "..", DataFolder, name))
}

// settle removes what is left in the folder of a trial whose process was
// killed when all was done.
func (s *Sweep) settle(dir string) {
	h, err := lock(dir, "run")
	if err != nil {
		return
	}
	defer h.release()
	tidy(dir, wholeFiles...)
	remove(filepath.Join(dir, CheckpointFile))
	end(dir)
}

// again tells that a trial that ended is to be run again: it failed, and that
// was asked for, or it was a fault of another version of the program.
func (s *Sweep) again(t *Trial, r *Result) bool {
	return r.Status == train.StatusFailed && (s.Retry || r.Fault && r.Version != t.From.Version)
}

// settled is what has become of a trial that was run.
func settled(dir string, err error) Outcome {
	var res *Result
	if err == nil {
		if o := paused(dir); o != nil {
			return *o
		}
		res, err = ReadResult(dir)
	}
	if err != nil {
		return Outcome{Status: StatusUnsettled, Why: err.Error(), Dir: dir}
	}
	return outcome(dir, res)
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
