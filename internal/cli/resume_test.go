package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/study"
)

// long is a fit of some hundreds of iterations.
var long = []string{"fit", "lynx-hare.csv", "method=homotopy", "model=mlp", "hidden=8", "budget=400"}

// uninterrupted makes the run that others have to equal.
func uninterrupted(t *testing.T) {
	t.Helper()
	must(t, append(long, "--out", "whole")...)
}

// sameAsWhole wants the model, the metrics and the forecast of the whole run.
func sameAsWhole(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{study.ModelFile, study.MetricsFile, study.ForecastFile} {
		if read(t, filepath.Join("whole", name)) != read(t, filepath.Join(dir, name)) {
			t.Errorf("%s differs from that of the uninterrupted run", name)
		}
	}
	if strings.Contains(listing(t, dir), study.CheckpointFile) {
		t.Error("the checkpoint of a finished run is still there")
	}
}

// trigger calls stop when a text goes by.
type trigger struct {
	text string
	stop func()
}

func (w *trigger) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.text)) {
		w.stop()
	}
	return len(p), nil
}

func TestInterruptedRunResumesToTheSameBits(t *testing.T) {
	workplace(t)
	uninterrupted(t)
	ctx, cancel := context.WithCancel(context.Background())
	interrupt := func(context.Context) (context.Context, context.CancelFunc) { return ctx, cancel }
	o := withEnv(Env{Args: append(long, "--out", "cut"), Interrupt: interrupt, Stderr: &trigger{"160/400", cancel}})
	if o.code != 130 || !strings.Contains(o.err, "entrain fit --resume cut") {
		t.Fatalf("exit %d: %s", o.code, o.err)
	}
	// On a machine with no time to spare a run is left behind with its state alone.
	if res, err := study.ReadResult("cut"); !errors.Is(err, fs.ErrNotExist) {
		if err != nil || res.Status != "interrupted" || res.Iterations < 160 || res.Iterations > 250 {
			t.Fatalf("%+v %v", res, err)
		}
		must(t, "forecast", "cut")
	}
	must(t, "fit", "--resume", "cut")
	sameAsWhole(t, "cut")
}

// stopped is the long fit, stopped before or behind its first step.
func stopped(t *testing.T, dir string) outcome {
	t.Helper()
	o := entrain(append(long, "limit=1ms", "--out", dir)...)
	if o.code != exitDone && (o.code != exitFailed || !strings.Contains(o.err, "before the first step was done")) {
		t.Fatalf("exit %d: %s", o.code, o.err)
	}
	return o
}

func TestLimitStopsAndResumeGoesOn(t *testing.T) {
	workplace(t)
	uninterrupted(t)
	o := stopped(t, "short")
	res, err := study.ReadResult("short")
	if err != nil || res.Status != "stopped" || !strings.Contains(o.out, "--resume short") {
		t.Fatalf("%+v %v\n%s", res, err, o.out)
	}
	must(t, "fit", "--resume", "short", "limit=60s")
	if must(t, "forecast", "short").out != must(t, "forecast", "whole").out {
		t.Error("the resumed run has another model")
	}
}

func TestResumeGuardsItsInput(t *testing.T) {
	workplace(t)
	stopped(t, "short")
	if o := entrain("fit", "--resume", "short", "seed=3"); o.code != 2 || !strings.Contains(o.err, "only limit=") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	write(t, "lynx-hare.csv", read(t, "lynx-hare.csv")+"1921,30,5\n")
	if o := entrain("fit", "--resume", "short"); o.code != 2 || !strings.Contains(o.err, "has changed") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

func TestResumeOfAFinishedRunShowsIt(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	before := read(t, "run/result.json")
	o := must(t, "fit", "--resume", "run")
	if !strings.Contains(o.err, "finished") || read(t, "run/result.json") != before {
		t.Errorf("%s", o.err)
	}
}

func TestConfigOfARunMakesItAgain(t *testing.T) {
	workplace(t)
	must(t, "fit", "lynx-hare.yaml", "method=continuation", "budget=25", "seed=3", "parameters.birth.start=0.4", "--out", "a")
	must(t, "fit", "a/config.yaml", "--out", "b")
	if read(t, "a/config.yaml") != read(t, "b/config.yaml") {
		t.Errorf("another configuration:\n%s\n%s", read(t, "a/config.yaml"), read(t, "b/config.yaml"))
	}
	if read(t, "a/forecast.csv") != read(t, "b/forecast.csv") {
		t.Error("another model")
	}
}

func TestTwoProcessesDoNotShareARun(t *testing.T) {
	workplace(t)
	stopped(t, "run")
	before := read(t, "run/checkpoint.json")
	run, err := study.Open("run", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"fit", "--resume", "run"}, append(long, "--out", "run")} {
		if o := entrain(args...); o.code == 0 || !strings.Contains(o.err, "another process") && !strings.Contains(o.err, "is not empty") {
			t.Errorf("exit %d: %s", o.code, o.err)
		}
	}
	run.Close()
	if read(t, "run/checkpoint.json") != before {
		t.Error("the refused ones changed the run")
	}
	must(t, "fit", "--resume", "run", "limit=60s")
	if list := listing(t, "run"); strings.Contains(list, study.LockFile) {
		t.Errorf("the lock is left: %s", list)
	}
}

// TestRunThatNeverBeganIsBegunAgain, by either command, whatever its process
// had written before it was killed.
func TestRunThatNeverBeganIsBegunAgain(t *testing.T) {
	workplace(t)
	uninterrupted(t)
	config := read(t, "whole/config.yaml")
	for _, left := range []string{"", ".config.yaml-123", "config.yaml", "config.yaml .checkpoint.json-77"} {
		for _, command := range [][]string{append(long, "--out", "half"), {"fit", "--resume", "half"}} {
			os.RemoveAll("half")
			os.Mkdir("half", 0o755)
			write(t, "half/"+study.LockFile, "")
			for _, name := range strings.Fields(left) {
				write(t, "half/"+name, config)
			}
			o := entrain(command...)
			if command[1] == "--resume" && !strings.Contains(left, " ") && left != "config.yaml" {
				if o.code != 2 || !strings.Contains(o.err, "begin it again with the command that began it") {
					t.Errorf("%q: exit %d: %s", left, o.code, o.err)
				}
				continue
			}
			if o.code != 0 {
				t.Fatalf("%q, %v: exit %d: %s", left, command, o.code, o.err)
			}
			for _, name := range []string{study.MetricsFile, study.ForecastFile} { // the model knows its command
				if read(t, "half/"+name) != read(t, "whole/"+name) {
					t.Errorf("%q: %s differs from that of a run without trouble", left, name)
				}
			}
			if list := listing(t, "half"); strings.HasPrefix(list, ".") {
				t.Errorf("%q: left are %s", left, list)
			}
		}
	}
	os.Mkdir("mine", 0o755)
	write(t, "mine/config.yaml", config)
	if o := entrain(append(long, "--out", "mine")...); o.code != 2 || read(t, "mine/config.yaml") != config {
		t.Errorf("a folder of the user's was taken: exit %d, %s", o.code, o.err)
	}
}

// A run without a usable model says so again, with the exit code that it ended with.
func TestAFailedRunGivenAgainFails(t *testing.T) {
	t.Chdir(t.TempDir())
	rows := "t,x\n"
	for k := range 30 {
		rows += fmt.Sprintf("%g,%g\n", 0.1*float64(k), 1+0.1*float64(k))
	}
	write(t, "d.csv", rows)
	write(t, "blow.yaml", "data: d.csv\nequations: |\n  x' = a*x^3\nparameters: {a: 9}\nbudget: 1\nmethod: vanilla\nscale: none\nheldout: 0\n")
	first := entrain("fit", "blow.yaml", "--out", "r")
	again := entrain("fit", "--resume", "r")
	why := func(o outcome) string { return o.err[max(0, strings.LastIndex(o.err, "entrain: ")):] }
	if first.code != exitFailed || again.code != exitFailed || why(again) != why(first) || !strings.Contains(again.out, "a = 9") {
		t.Errorf("exit %d, then %d:\n%s%s\n%s", first.code, again.code, first.err, again.err, again.out)
	}
	if o := entrain("fit", "--resume", "r", "--json"); o.code != exitFailed || !strings.Contains(o.out, `"status": "failed"`) || why(o) != why(first) {
		t.Errorf("--json: exit %d:\n%s\n%s", o.code, o.err, o.out)
	}
}
