package study

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// tripping makes operations on files fail: the one of a number, or all from
// there on, as a full disk does. It counts them.
type tripping struct {
	mu   sync.Mutex
	n    int
	at   int // −1: none
	stay bool
	op   string // the first that failed
}

func (f *tripping) ask(op, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
	if f.at < 0 || f.n-1 != f.at && !(f.stay && f.n-1 > f.at) {
		return nil
	}
	if f.op == "" {
		f.op = op + " " + filepath.Base(path)
	}
	return syscall.ENOSPC
}

// quickly is a clock that makes every checkpoint go to the disk.
func quickly() func() time.Time {
	var mu sync.Mutex
	now := time.Unix(1e9, 0)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(2 * saveEvery)
		return now
	}
}

// rotations are trials of several methods.
func rotations(t *testing.T) []Trial {
	t.Helper()
	p := circling(t)
	var out []Trial
	for _, name := range []string{"vanilla", "lm", "homotopy"} {
		m, err := train.Methods.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Trial{Labels: []Label{{"method", name}}, Series: p.Train, ModelName: "mlp", Model: p.Arch, MethodName: name, Method: m,
			Settings: p.Settings, Identity: []byte(name), From: model.Provenance{Hash: "h", Version: "v"}})
	}
	return out
}

// bytesOf are the files of all trials that must not depend on what happened
// on the way.
func bytesOf(t *testing.T, s *Sweep) string {
	t.Helper()
	all := ""
	for i := range s.Trials {
		dir := filepath.Join(s.Dir, TrialsFolder, s.Trials[i].Key())
		for _, name := range []string{ModelFile, MetricsFile, PathFile, ForecastFile} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Error(err)
			}
			all += name + string(text)
		}
	}
	return all
}

// leftovers are the files below dir that should be gone when all is done.
func leftovers(dir string) (left []string) {
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if name := d.Name(); strings.HasPrefix(name, ".") || name == attemptsFile || name == CheckpointFile {
			left = append(left, path)
		}
		return nil
	})
	return left
}

// TestStudySurvivesFaultsOfTheDisk: whichever operation on a file fails, once or from then on, the
// next run of the study ends with the bytes of one without trouble; no trial is lost, none that had
// ended is run twice, none has failed for ever.
func TestStudySurvivesFaultsOfTheDisk(t *testing.T) {
	defer func() { trouble = func(string, string) error { return nil } }()
	run := func(s *Sweep, f *tripping) ([]Outcome, error) {
		trouble = f.ask
		return s.Run(context.Background(), &Local{TrialOptions: TrialOptions{Clock: quickly()}, Jobs: 1})
	}
	whole := &Sweep{Dir: t.TempDir(), Trials: rotations(t)}
	count := &tripping{at: -1}
	if _, err := run(whole, count); err != nil {
		t.Fatal(err)
	}
	want := bytesOf(t, whole)
	step := count.n/8 + 1
	switch {
	case slow:
		step = 1
	case testing.Short():
		step = count.n/3 + 1
	}
	faults, kinds := 0, map[string]bool{}
	for at := 0; at < count.n; at += step {
		for _, stay := range []bool{false, true} {
			s := &Sweep{Dir: filepath.Join(t.TempDir(), "s"), Trials: rotations(t)}
			f := &tripping{at: at, stay: stay}
			name := func() string { return fmt.Sprintf("operation %d of %d (%s), then on %v", at, count.n, f.op, stay) }
			out, err := run(s, f)
			faults++
			kinds[strings.Fields(f.op)[0]] = true
			ended := map[string]time.Time{}
			for i := range out {
				path := filepath.Join(s.Dir, TrialsFolder, s.Trials[i].Key(), ResultFile)
				if out[i].Status == train.StatusFailed {
					t.Errorf("%s: trial %d counts as failed: %s", name(), i, out[i].Why)
				}
				if info, e := os.Stat(path); e == nil {
					ended[path] = info.ModTime()
				}
			}
			if err == nil && stay && len(ended) == len(s.Trials) && out[len(out)-1].Status == "" {
				t.Errorf("%s: a full disk was not noticed", name())
			}
			if out, err = run(s, &tripping{at: -1}); err != nil {
				t.Fatalf("%s: not run again: %v", name(), err)
			}
			for i := range out {
				if out[i].Status != train.StatusOK {
					t.Errorf("%s: trial %d: %s %s", name(), i, out[i].Status, out[i].Why)
				}
			}
			for path, when := range ended {
				if info, e := os.Stat(path); e != nil || !info.ModTime().Equal(when) {
					t.Errorf("%s: %s was made twice", name(), path)
				}
			}
			if bytesOf(t, s) != want {
				t.Errorf("%s: other bytes", name())
			}
			if left := leftovers(s.Dir); len(left) > 0 {
				t.Errorf("%s: left are %v", name(), left)
			}
		}
	}
	t.Logf("%d faults at %d operations, kinds %v", faults, count.n, kinds)
}
