package study

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
)

// Share is one of several parts of a study that are run by processes that know nothing of
// each other: the trials whose folder, a hash, has the remainder Task when it is divided by
// Of. So a trial belongs to the same task wherever and whenever that is asked, and a
// study that grows moves no trial.
type Share struct{ Task, Of int }

// Has tells that the trial in a folder, named by its key, belongs to the share.
func (s *Share) Has(folder string) bool {
	if s == nil {
		return true
	}
	h, err := strconv.ParseUint(folder, 16, 64)
	return err == nil && h%uint64(s.Of) == uint64(s.Task)
}

// OtherStudyError says that a folder has the trials of another study, or of another
// version of this one.
type OtherStudyError struct{ Dir string }

// Error says what to do.
func (e *OtherStudyError) Error() string {
	return fmt.Sprintf("%s has the trials of another study, or of this one before it was changed, or by another version of Entrain: "+
		"the tasks of a study must be of one kind; choose another folder with --out, or remove %s to take this one's (what is finished is kept)",
		e.Dir, filepath.Join(e.Dir, LedgerFile))
}

// Join writes the ledger of a study whose trials are shared among processes, if none of
// them has; the error is an *OtherStudyError if it says anything else.
func (s *Sweep) Join() error {
	text, err := s.ledger()
	if err != nil {
		return err
	}
	switch old, err := readFile(filepath.Join(s.Dir, LedgerFile)); {
	case errors.Is(err, fs.ErrNotExist):
		return s.writeLedger()
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w", filepath.Join(s.Dir, LedgerFile), reason(err))
	case !bytes.Equal(old, text):
		return &OtherStudyError{s.Dir}
	}
	return nil
}

// Listed is a trial as the folder of its study knows it.
type Listed struct {
	Labels []Label
	Folder string // name in TrialsFolder; "" if it cannot be run at all
}

// List reads which trials a study has.
func List(dir string) ([]Listed, error) {
	l, err := readLedger(dir)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(l.Trials))
	for i, e := range l.Trials {
		out[i] = Listed{e.Labels, e.Folder}
	}
	return out, nil
}

// Blocked tells that nothing can be done for the trials of a search now, as others are not where
// they are.
func (s *Sweep) Blocked() bool {
	st, err := s.standings()
	if err != nil {
		return false
	}
	own := map[string]bool{}
	for i := range s.Trials {
		if t := &s.Trials[i]; t.Err == nil && s.Share.Has(t.Key()) {
			own[TrialsFolder+"/"+t.Key()] = true
		}
	}
	waits := false
	for i := range st.Settings {
		t := &st.Settings[i]
		for _, dir := range t.dirs {
			if _, left := st.next(filepath.Base(dir)); own[dir] && left {
				return false
			}
			waits = waits || own[dir] && t.State == settingWaits
		}
	}
	return waits
}

// Missing are the folders of trials that are not finished, each once, in order, without
// those that a search has dropped.
func (s *Sweep) Missing() []string {
	var out []string
	seen := map[string]bool{}
	var dropped map[string]string
	if s.Plan.Search != nil {
		dropped = stand(s.Dir, &s.Plan, s.entries()).dropped()
	}
	for i := range s.Trials {
		t := &s.Trials[i]
		if t.Err != nil || seen[t.Key()] {
			continue
		}
		seen[t.Key()] = true
		if dropped[TrialsFolder+"/"+t.Key()] != "" {
			continue
		}
		if res, err := ReadResult(filepath.Join(s.Dir, TrialsFolder, t.Key())); err != nil || !ended(res) || s.again(t, res) {
			out = append(out, t.Key())
		}
	}
	return out
}
