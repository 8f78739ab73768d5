package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/entrain-dev/entrain/internal/bucket"
	"github.com/entrain-dev/entrain/internal/config"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// sweepShare runs one share of a study: the worker of any scheduler. It takes no lock but
// those of its own trials and writes nothing else, but for the study and its ledger, where
// no other task was before it; so tasks on many machines may share a folder.
func (a *app) sweepShare(file string, filters []string, f *sweepFlags) error {
	if err := a.sweepMemory(f); err != nil {
		return err
	}
	st, text, err := a.loadStudy(file, filters, f)
	if err != nil {
		return err
	}
	dir := f.folder(file)
	m, err := a.mirror(f, dir)
	if err == nil {
		err = joinFolder(dir, text)
	}
	if err != nil {
		return err
	}
	a.saving(func() string { return "the same task again goes on" })
	s, err := a.joined(st, dir, f, m)
	if err != nil {
		return err
	}
	s.Retry = f.retry
	show := &sweepProgress{w: a.Stderr, sweep: s, now: a.Now, begun: a.Now()}
	s.On = show.outcome
	if len(s.Trials) == 0 { // of few trials among many tasks
		fmt.Fprintln(a.Stderr, "this share has no trials")
	} else {
		if err := a.runShare(s, show, f, m); err != nil {
			return failed(err)
		}
		show.end()
	}
	if a.json {
		err = a.printJSON(map[string]int{"task": f.task, "of": f.of, "trials": len(s.Trials), "finished": show.ended, "failed": show.failed, "waiting": len(show.waits)})
	}
	if err != nil {
		return err
	}
	if n := len(show.waits); n > 0 && n+show.ended == len(s.Trials) {
		fmt.Fprintf(a.Stderr, "waiting at a rung of the search for other shares: %s; the same task again goes on when they are there\n", words.Several(n, "trial"))
		return nil
	}
	return a.ended(show, "the same task again goes on")
}

// otherShares is how often the folder is looked at for what other shares have done.
const otherShares = 2 * time.Second

// runShare runs the trials of a share, of a search as far as other shares let it; with --wait
// until there is nothing left to do.
func (a *app) runShare(s *study.Sweep, show *sweepProgress, f *sweepFlags, m *bucket.Mirror) error {
	for {
		err := a.exchange(s, m)
		if err == nil {
			_, err = s.Run(a.ctx, a.launcher(f, show, m))
		}
		if n := len(show.waits); err != nil || !f.wait || n == 0 || n+show.ended < len(s.Trials) {
			return err
		}
		for s.Blocked() {
			select {
			case <-a.ctx.Done():
				return nil
			case <-time.After(otherShares):
			}
			if err := a.exchange(s, m); err != nil {
				return err
			}
		}
		*show = sweepProgress{w: show.w, sweep: s, now: show.now, begun: show.begun}
	}
}

// joinFolder makes the folder of a study that tasks share, unless it is there with the same
// study.
func joinFolder(dir string, text []byte) error {
	old, err := os.ReadFile(filepath.Join(dir, page.StudyFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := study.CheckPlace(dir); err != nil {
			return err
		}
		if err := sharedFolder(dir); err != nil {
			return err
		}
		return recordStudy(dir, text)
	case err != nil:
		return failed(fmt.Errorf("%s cannot be read: %w", filepath.Join(dir, page.StudyFile), reason(err)))
	case !bytes.Equal(old, text):
		return changedStudy(dir)
	}
	return nil
}

func changedStudy(place string) error {
	return fmt.Errorf("the study was changed since %s was made from it; choose another folder with --out, or submit it again: "+
		"entrain sweep without --task takes the new one, and keeps the trials that are the same", place)
}

// joined is a share of a study that others may have begun, on this machine or with a bucket.
func (a *app) joined(st *config.Study, dir string, f *sweepFlags, m *bucket.Mirror) (*study.Sweep, error) {
	if err := a.join(m, page.StudyFile); err != nil {
		return nil, err
	}
	if m != nil && !study.IsStudy(dir) {
		if _, err := m.Fetch(a.ctx, study.LedgerFile); err != nil {
			return nil, failed(err)
		}
	}
	s, err := a.share(st, dir, &study.Share{Task: f.task, Of: f.of})
	if err != nil {
		return nil, err
	}
	return s, a.join(m, study.LedgerFile)
}

// sharedFolder is studyFolder where other tasks may be about to do the same.
func sharedFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !slices.Contains([]string{study.TrialsFolder, study.DataFolder, clusterFolder, study.LedgerFile, page.StudyFile}, e.Name()) && e.Name()[0] != '.'
	}) {
		return fmt.Errorf("output folder %s exists and is no folder of a study; choose another one with --out", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return failed(fmt.Errorf("the study cannot be recorded in %s: %w; choose another folder with --out", dir, reason(err)))
	}
	return nil
}

// share are the trials of a share, with what they need. What the ledger says belongs to
// others is not read or simulated.
func (a *app) share(st *config.Study, dir string, share *study.Share) (*study.Sweep, error) {
	s := &study.Sweep{Dir: dir, Plan: st.Plan, Share: share}
	listed, err := study.List(dir)
	if err != nil || len(listed) != len(st.Trials) {
		return a.firstShare(st, s)
	}
	part := &config.Study{Plan: st.Plan}
	var folders []string
	for i, l := range listed {
		if !slices.Equal(l.Labels, st.Trials[i].Labels) {
			return a.firstShare(st, s)
		}
		if l.Folder != "" && share.Has(l.Folder) {
			part.Trials, folders = append(part.Trials, st.Trials[i]), append(folders, l.Folder)
		}
	}
	if s.Trials, err = a.trials(part, dir); err != nil {
		return nil, failed(err)
	}
	for i := range s.Trials {
		if t := &s.Trials[i]; t.Err != nil {
			return nil, failed(fmt.Errorf("a trial cannot be run here, but could be where the study was submitted: %w", t.Err))
		} else if t.Key() != folders[i] {
			return nil, &study.OtherStudyError{Dir: dir}
		}
	}
	return s, nil
}

// firstShare makes all trials, and the ledger if no other task has.
func (a *app) firstShare(st *config.Study, s *study.Sweep) (*study.Sweep, error) {
	all, err := a.trials(st, s.Dir)
	if err != nil {
		return nil, failed(err)
	}
	s.Trials = all
	if err := s.Join(); err != nil {
		return nil, err
	}
	s.Trials = nil
	for _, t := range all {
		if t.Err == nil && s.Share.Has(t.Key()) {
			s.Trials = append(s.Trials, t)
		}
	}
	return s, nil
}
