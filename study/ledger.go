package study

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// LedgerFile in the folder of a study says what its trials are. With the run
// folders it is all that a table or a report needs: neither the study file nor
// the data.
const LedgerFile = "study.json"

// ledger is what LedgerFile holds.
type ledger struct {
	Plan   Plan    `json:"plan"`
	Trials []entry `json:"trials"`
}

type entry struct {
	Labels []Label `json:"labels"`
	Folder string  `json:"folder,omitempty"` // name in TrialsFolder
	Why    string  `json:"why,omitempty"`    // the trial cannot be run at all

	Simulated *Simulation `json:"simulated,omitempty"`
}

// IsStudy tells that a folder is that of a study that has begun.
func IsStudy(dir string) bool { return isThere(filepath.Join(dir, LedgerFile)) }

// ledger is what LedgerFile is to hold.
func (s *Sweep) ledger() ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	err := e.Encode(ledger{Plan: s.Plan, Trials: s.entries()})
	return text.Bytes(), err
}

// entries are the trials of the study.
func (s *Sweep) entries() []entry {
	var out []entry
	for i := range s.Trials {
		t := &s.Trials[i]
		e := entry{Labels: t.Labels, Simulated: t.Simulated}
		if t.Err != nil {
			e.Why = t.Err.Error()
		} else {
			e.Folder = t.Key()
		}
		out = append(out, e)
	}
	return out
}

// Record writes down the trials of a study that others run, in a folder that is locked.
func (s *Sweep) Record() error {
	if err := makeFolder(filepath.Join(s.Dir, TrialsFolder)); err != nil {
		return fmt.Errorf("folder %s cannot be made: %w; choose another one with --out", s.Dir, err)
	}
	return s.writeLedger()
}

// writeLedger writes down the trials of the study.
func (s *Sweep) writeLedger() error {
	path := filepath.Join(s.Dir, LedgerFile)
	text, err := s.ledger()
	if err == nil {
		err = WriteFile(path, func(w io.Writer) error {
			_, err := w.Write(text)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, reason(err))
	}
	return nil
}

func readLedger(dir string) (*ledger, error) {
	path := filepath.Join(dir, LedgerFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s is no folder of a study: it holds no %s", dir, LedgerFile)
	}
	l := &ledger{}
	if err := json.Unmarshal(text, l); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if len(l.Trials) == 0 {
		return nil, fmt.Errorf("%s is damaged: it names no trials; run the study again with entrain sweep, which keeps what is finished", path)
	}
	if why := l.lacks(); why != "" {
		return nil, fmt.Errorf("%s is damaged: %s; run the study again with entrain sweep, which keeps what is finished", path, why)
	}
	return l, nil
}

// lacks says what a ledger that was written whole has and this one has not.
func (l *ledger) lacks() string {
	for i, e := range l.Trials {
		switch {
		case (e.Folder == "") == (e.Why == ""):
			return fmt.Sprintf("trial %d has no folder", i+1)
		case e.Folder != "" && !filepath.IsLocal(e.Folder) || strings.ContainsAny(e.Folder, `/\`):
			return fmt.Sprintf("the folder of trial %d is not one of the study", i+1)
		case len(e.Labels) != len(l.Trials[0].Labels):
			return fmt.Sprintf("trial %d has %d labels, the first one %d", i+1, len(e.Labels), len(l.Trials[0].Labels))
		}
	}
	return ""
}

// ReadSweep reads the folder of a study: its plan, the labels of its trials,
// and what has become of them by now.
func ReadSweep(dir string) (*Sweep, []Outcome, error) {
	l, err := readLedger(dir)
	if err != nil {
		return nil, nil, err
	}
	if len(l.Plan.Metrics) == 0 {
		return nil, nil, fmt.Errorf("%s is damaged: it names nothing that is measured; run the study again with entrain sweep, which keeps what is finished", filepath.Join(dir, LedgerFile))
	}
	s := &Sweep{Dir: dir, Plan: l.Plan}
	for _, e := range l.Trials {
		s.Trials = append(s.Trials, Trial{Labels: e.Labels, Simulated: e.Simulated})
		o := Outcome{Status: "failed", Why: e.Why}
		if e.Why == "" {
			o = Outcome{}
			run := filepath.Join(dir, TrialsFolder, e.Folder)
			if res, err := ReadResult(run); err == nil {
				o = outcome(run, res)
			}
		}
		s.outcomes = append(s.outcomes, o)
	}
	if l.Plan.Search != nil {
		sharing := map[string][]int{}
		for i, e := range l.Trials {
			dir := filepath.Join(dir, TrialsFolder, e.Folder)
			sharing[dir] = append(sharing[dir], i)
		}
		s.conclude(stand(dir, &l.Plan, l.Trials), sharing)
	}
	return s, s.outcomes, nil
}
