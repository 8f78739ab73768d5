package cli

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/entrain-dev/entrain/internal/bucket"
	"github.com/entrain-dev/entrain/internal/page"
	"github.com/entrain-dev/entrain/internal/words"
	"github.com/entrain-dev/entrain/study"
)

// mirror is the place of a study in an object store; nil if its folder is all there is.
func (a *app) mirror(f *sweepFlags, dir string) (*bucket.Mirror, error) {
	if !bucket.Is(f.out) {
		return nil, nil
	}
	b, err := a.bucket(f.out)
	if err != nil {
		return nil, err
	}
	a.farAway(bucket.ToTheEnd)
	m := bucket.NewMirror(b, dir)
	switch free, err := m.Free(a.ctx, page.StudyFile); {
	case err != nil:
		return nil, failed(err)
	case !free:
		return nil, fmt.Errorf("%s holds other things and is no study; choose another folder with --out", b.Address)
	}
	return m, nil
}

// bucket opens a place; what may pass is no bad input, so that schedulers try again.
func (a *app) bucket(address string) (*bucket.Bucket, error) {
	b, err := bucket.Open(a.ctx, address, os.Getenv)
	if bucket.MayPass(err) {
		return nil, failed(err)
	}
	return b, err
}

// launcher runs the trials of a study.
func (a *app) launcher(f *sweepFlags, show *sweepProgress, m *bucket.Mirror) study.Launcher {
	o := study.TrialOptions{Clock: a.Now, Room: float64(a.memoryLimit()), Note: show.note}
	if m == nil {
		return &study.Local{Jobs: f.jobs, TrialOptions: o}
	}
	told := 0
	return &bucket.Launcher{TrialOptions: o, Mirror: m, Jobs: f.jobs,
		Warn: func(text string) { fmt.Fprintf(a.Stderr, "warning: %s\n", text) },
		Waits: func(n int, by string) {
			if n != told {
				told = n
				fmt.Fprintf(a.Stderr, "waiting for %s that other workers are at, such as %s; what one that died leaves is taken over\n", words.Several(n, "trial"), by)
			}
		}}
}

// bring takes the study to the bucket, and exchanges what is done of its trials.
func (a *app) bring(s *study.Sweep, m *bucket.Mirror) error {
	if m == nil {
		return nil
	}
	err := s.Record()
	if err == nil {
		err = a.renew(m)
	}
	if err == nil {
		err = a.exchange(s, m)
	}
	return err
}

// renew takes study and ledger to the bucket, where another version of the study may be.
func (a *app) renew(m *bucket.Mirror) error {
	same, err := m.Agree(a.ctx, page.StudyFile)
	if err != nil {
		return err
	}
	if !same {
		fmt.Fprintf(a.Stderr, "note: %s was made from another study, or from this one before it was changed; it is this one's now, and keeps the trials that are the same\n", m.Address)
	}
	return m.Bring(a.ctx, page.StudyFile, study.LedgerFile)
}

// exchange brings results of the trials of a study, or of a share of it, here and there.
func (a *app) exchange(s *study.Sweep, m *bucket.Mirror) error {
	if m == nil {
		return nil
	}
	mine := map[string]bool{}
	for i := range s.Trials {
		if t := &s.Trials[i]; t.Err == nil {
			mine[t.Key()] = true
		}
	}
	return m.Exchange(a.ctx, func(key string) bool { return mine[key] }, s.Plan.Search != nil)
}

// join sees to it that a share is one of the study that is in the bucket, whose ledger then
// says what its trials are.
func (a *app) join(m *bucket.Mirror, name string) error {
	if m == nil {
		return nil
	}
	same, err := m.Agree(a.ctx, name)
	if err != nil {
		return failed(err)
	}
	if !same && name == page.StudyFile {
		return changedStudy(m.Address)
	}
	if !same {
		return &study.OtherStudyError{Dir: m.Address}
	}
	return nil
}

// publish brings the tables and the page of a study to the bucket.
func (a *app) publish(m *bucket.Mirror) error {
	if m == nil || a.ctx.Err() != nil { // who goes on will do it
		return nil
	}
	err := m.Bring(a.ctx, study.TableJSON, study.TableCSV, study.TableMarkdown, study.TrialsCSV, study.SearchJSON, study.SearchCSV, study.ReportFile)
	if err == nil {
		fmt.Fprintf(a.Stderr, "in the bucket: %s\n", m.Address)
	}
	return err
}

// reportFrom writes the page of a study in a bucket: there, or into a file here.
func (a *app) reportFrom(address, out string) (string, error) {
	b, err := a.bucket(address)
	if err != nil {
		return "", err
	}
	work, err := os.MkdirTemp("", "entrain")
	if err != nil {
		return "", failed(err)
	}
	defer os.RemoveAll(work)
	m := bucket.NewMirror(b, filepath.Join(work, path.Base(b.Address)))
	for _, name := range []string{page.StudyFile, study.LedgerFile} {
		switch there, err := m.Fetch(a.ctx, name); {
		case err != nil:
			return "", failed(err)
		case !there:
			return "", fmt.Errorf("%s is no study: it holds no %s", address, name)
		}
	}
	if err := m.Exchange(a.ctx, func(string) bool { return true }, false); err != nil {
		return "", failed(err)
	}
	if at, err := a.writePage([]string{m.Dir}, out); err != nil || out != "" {
		return at, err
	}
	return b.Address + "/" + study.ReportFile, failed(m.Bring(a.ctx, study.ReportFile))
}

// checkBucket refuses what does not go together with a bucket.
func (f *sweepFlags) checkBucket() error {
	switch {
	case !bucket.Is(f.out) && f.scratch != "":
		return errors.New("--scratch is for --out s3://…: where the study lies on this machine")
	case !bucket.Is(f.out) && strings.HasPrefix(strings.ToLower(f.out), "s3:"):
		return fmt.Errorf("--out %s: a place in a bucket is written s3://BUCKET/FOLDER", f.out)
	case bucket.Is(f.out) && f.slurm:
		return errors.New("--slurm needs a folder that all nodes see, and no bucket; tasks that share no disk are begun with --task and --of")
	}
	return nil
}
