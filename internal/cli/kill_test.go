package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// killable are fits by every method, some tenths of a second each.
var killable = map[string][]string{
	"auto":                 {"lynx-hare.csv", "budget=60", "members=2"},
	"constrained-shooting": {"lotka-volterra.csv", "model=mlp", "hidden=12", "budget=25"},
	"continuation":         {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=30", "members=3"},
	"collocation":          {"lotka-volterra.csv", "model=mlp", "hidden=12", "budget=60", "keep=best-heldout", "members=2"},
	"gradient-matching":    {"lorenz.csv", "model=mlp", "hidden=40,40", "budget=40"},
	"homotopy":             {"lynx-hare.csv", "model=mlp", "hidden=8", "budget=700", "path=10"},
	"lm":                   {"lotka-volterra.csv", "model=mlp", "hidden=16", "budget=60", "keep=best-heldout", "members=2"},
	"multiple-shooting":    {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=700"},
	"progressive":          {"lynx-hare.csv", "model=mlp", "hidden=8", "budget=600"},
	"sindy":                {"lorenz.csv", "budget=400", "members=4"},
	"random-features":      {"lorenz.csv", "members=4"},
	"vanilla":              {"lotka-volterra.csv", "model=gru", "budget=300", "keep=best-train"},
	"forcing":              {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=200"},
	"neighbourhood":        {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=150"},
	"jacobian-matching":    {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=150"},
	"measure":              {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=100"},
	"truncated":            {"lotka-volterra.csv", "model=mlp", "hidden=8", "budget=300", "length=10"},

	"gradient-matching,homotopy,lm": {"lynx-hare.csv", "model=mlp", "hidden=8", "budget=60", "members=3"},
}

// signature are the files of a run that must not depend on how often it was
// killed.
func signature(t *testing.T, dir string) string {
	t.Helper()
	all := ""
	for _, name := range []string{study.ModelFile, study.MetricsFile, study.ForecastFile, study.PathFile, study.TestFile} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			all += name + string(text)
		}
	}
	if !strings.Contains(all, study.ModelFile) {
		t.Errorf("%s has no model", dir)
	}
	return all
}

// finish runs a process to its end and returns how long that took.
func finish(t *testing.T, args ...string) time.Duration {
	t.Helper()
	start := time.Now()
	if text, err := process(t, args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, text)
	}
	return time.Since(start)
}

// killed starts a process and kills it after a while; false: it was over.
func killed(t *testing.T, after time.Duration, args ...string) bool {
	t.Helper()
	c := process(t, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	_ = c.Process.Kill()
	err := c.Wait()
	if e, ok := err.(*exec.ExitError); ok && e.ExitCode() != -1 {
		t.Fatalf("%v: exit %d before it was killed", args, e.ExitCode())
	}
	return err != nil
}

// TestKilledFitsEndWithTheSameBytes: killed without warning at any moment, perhaps more than once, a
// fit ends with the bytes of one that was left alone, and leaves nothing behind.
func TestKilledFitsEndWithTheSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes of its own, which the short set has no time for")
	}
	workplace(t)
	names := make([]string, 0, len(killable))
	for name := range killable {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range train.Methods.Names() {
		if killable[name] == nil && !slices.Contains([]string{"faulty", "greedy", "stubborn"}, name) {
			t.Errorf("method %s is not among those that are killed", name)
		}
	}
	r, rounds := rand.New(rand.NewPCG(17, 1)), 1
	if slow {
		rounds = 14
	}
	kills, early := 0, 0
	for i, name := range names {
		fit := append([]string{"fit", killable[name][0], "method=" + name}, killable[name][1:]...)
		if slow { // long enough for several checkpoints
			for i, arg := range fit {
				if text, ok := strings.CutPrefix(arg, "budget="); ok {
					n, _ := strconv.Atoi(text)
					fit[i] = fmt.Sprint("budget=", 8*n)
				}
			}
		}
		whole := fmt.Sprint("whole", i)
		took := finish(t, append(fit, "--out", whole)...)
		want := signature(t, whole)
		for round := range rounds {
			dir := fmt.Sprint("killed", i, "-", round)
			command := append(fit, "--out", dir)
			for n := 1 + r.IntN(3); n > 0; n-- {
				over := !killed(t, time.Duration(r.Float64()*float64(took)), command...)
				if exists(dir) {
					command = []string{"fit", "--resume", dir}
				}
				if over {
					break
				}
				if kills++; !exists(dir) {
					early++
				}
			}
			finish(t, command...)
			if got := signature(t, dir); got != want {
				t.Errorf("%s, round %d: other bytes than those of a fit that was left alone", name, round)
			}
			if list := listing(t, dir); strings.HasPrefix(list, ".") || strings.Contains(list, study.CheckpointFile) {
				t.Errorf("%s, round %d: left are %s", name, round, list)
			}
		}
	}
	if left, _ := filepath.Glob(".*"); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
	if kills < len(names)*rounds/2 {
		t.Errorf("only %d fits were killed", kills)
	}
	t.Logf("%d kills, %d of them before there was a folder", kills, early)
}

// lively is a study of quick trials by several methods.
const lively = `
base: {simulate: {name: lotka-volterra, noise: 5%, seed: 1}, rows: 40, test: 20, model: {name: mlp, hidden: [6]}}
axes:
  - list:
      method:
        homotopy: {method: homotopy, budget: 150}
        vanilla: {method: vanilla, budget: 150}
        lm: {method: lm, budget: 12}
  - seeds: 2
`

// TestKilledStudiesEndWithTheSameBytes: killed again and again, a study ends with the tables and
// files of one that was left alone; no trial is lost, failed, or run again once it has ended.
func TestKilledStudiesEndWithTheSameBytes(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", lively)
	took := finish(t, "sweep", "s.yaml", "--jobs", "2", "--out", "whole")
	want := files(t, "whole")
	r, rounds := rand.New(rand.NewPCG(17, 2)), 1
	if slow {
		rounds = 10
	}
	kills := 0
	for round := range rounds {
		dir, ended := fmt.Sprint("killed", round), map[string]time.Time{}
		sweep := []string{"sweep", "s.yaml", "--jobs", "2", "--out", dir}
		for range 5 {
			if killed(t, time.Duration(r.Float64()*float64(took)), sweep...) {
				kills++
			}
			paths, _ := filepath.Glob(dir + "/trials/*/" + study.ResultFile)
			for _, path := range paths {
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if when, ok := ended[path]; ok && !info.ModTime().Equal(when) {
					t.Errorf("round %d: %s was made twice", round, path)
				}
				ended[path] = info.ModTime()
			}
		}
		finish(t, sweep...)
		if got := files(t, dir); got != want {
			t.Errorf("round %d: other bytes than those of a study that was left alone", round)
		}
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if name := d.Name(); strings.HasPrefix(name, ".") || name == "attempts" || name == study.CheckpointFile {
				t.Errorf("round %d: left is %s", round, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if kills == 0 {
		t.Error("no study was killed")
	}
	t.Logf("%d kills", kills)
}

// files are the files of a study, those of its trials and its recordings.
func files(t *testing.T, dir string) string {
	t.Helper()
	all := ""
	trials, _ := filepath.Glob(dir + "/trials/*")
	for _, trial := range trials {
		all += filepath.Base(trial) + signature(t, trial)
	}
	recordings, _ := filepath.Glob(dir + "/data/*")
	for _, path := range recordings {
		all += filepath.Base(path) + read(t, path)
	}
	return all + read(t, filepath.Join(dir, study.TableCSV)) + read(t, filepath.Join(dir, study.TableJSON))
}
