package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// What comes through a pipe gives the same model as the file, and is kept with it.
func TestStandardInputIsKeptWithTheRun(t *testing.T) {
	workplace(t)
	text := read(t, "lynx-hare.csv")
	quick := []string{"model=mlp", "hidden=4", "method=vanilla", "budget=30"}
	must(t, append([]string{"fit", "lynx-hare.csv", "--out", "file"}, quick...)...)
	if o := piped(text, append([]string{"fit", "-", "--out", "pipe"}, quick...)...); o.code != 0 {
		t.Fatalf("exit %d, %s", o.code, o.err)
	}
	if read(t, "pipe/data.csv") != text {
		t.Error("the run does not keep what it was given")
	}
	if read(t, "file/"+study.ForecastFile) != read(t, "pipe/"+study.ForecastFile) {
		t.Error("the forecasts differ")
	}
	if c := read(t, "pipe/"+study.ConfigFile); !strings.Contains(c, "data: data.csv\n") {
		t.Errorf("config.yaml does not name the data it has:\n%.200s", c)
	}
	for _, args := range [][]string{{"analyse", "pipe", "hessian"}, {"report", "pipe"}, {"fit", "--resume", "pipe"}, {"fit", "pipe/config.yaml", "--out", "again"}} {
		must(t, args...)
	}
	if err := os.Rename("pipe", "moved"); err != nil {
		t.Fatal(err)
	}
	must(t, "report", "moved")
}

// A run that was stopped finds the data again that came through a pipe.
func TestRunFromStandardInputIsResumed(t *testing.T) {
	workplace(t)
	text := read(t, "lynx-hare.csv")
	o := piped(text, "fit", "-", "model=mlp", "hidden=4", "method=vanilla", "budget=2000000", "limit=1s", "--out", "run")
	if o.code != 0 {
		t.Fatalf("exit %d, %s", o.code, o.err)
	}
	if o := entrain("fit", "--resume", "run", "limit=1s"); o.code != 0 || !strings.Contains(o.err, "going on") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

func TestStandardInputIsDataEverywhere(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	text := read(t, "lynx-hare.csv")
	for _, args := range [][]string{{"check", "-"}, {"forecast", "run", "--from", "-"},
		{"compare", "-", "lynx-hare.csv"}, {"convert", "-", "copy.npz"}, {"analyse", "run", "hessian", "--data", "-"}} {
		if o := piped(text, args...); o.code != 0 {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
	if o := piped(must(t, "simulate", "lorenz", "--t", "0:20:0.02").out, "analyse", "-", "recurrence"); o.code != 0 || !strings.Contains(o.out, "determinism") {
		t.Errorf("exit %d, %s%s", o.code, o.out, o.err)
	}
}

// Formats that are no text are known by their content, and kept under their name.
func TestArraysComeThroughPipes(t *testing.T) {
	workplace(t)
	must(t, "convert", "lynx-hare.csv", "d.npz")
	array, err := os.ReadFile("d.npz")
	if err != nil {
		t.Fatal(err)
	}
	o := withEnv(Env{Args: []string{"fit", "-", "model=mlp", "hidden=4", "method=vanilla", "budget=5", "--out", "run"}, Stdin: bytes.NewReader(array), Interrupt: never})
	if o.code != 0 {
		t.Fatalf("exit %d, %s", o.code, o.err)
	}
	if kept, err := os.ReadFile("run/data.npz"); err != nil || !bytes.Equal(kept, array) {
		t.Errorf("%v", err)
	}
}

// A study keeps what comes through a pipe; the trials are those of the file.
func TestStudyTakesStandardInput(t *testing.T) {
	workplace(t)
	const text = "base: {data: FROM, model: mlp, hidden: [4], method: vanilla, budget: 20}\naxes: [{seeds: 2}]\n"
	write(t, "file.yaml", strings.Replace(text, "FROM", "lynx-hare.csv", 1))
	write(t, "pipe.yaml", strings.Replace(text, "FROM", "\"-\"", 1))
	must(t, "sweep", "file.yaml")
	if o := piped(read(t, "lynx-hare.csv"), "sweep", "pipe.yaml"); o.code != 0 {
		t.Fatalf("exit %d, %s", o.code, o.err)
	}
	a, _ := filepath.Glob("runs/file/trials/*")
	b, _ := filepath.Glob("runs/pipe/trials/*")
	if len(a) != 2 || len(b) != 2 || filepath.Base(a[0]) != filepath.Base(b[0]) || filepath.Base(a[1]) != filepath.Base(b[1]) {
		t.Errorf("trials %v and %v", a, b)
	}
}
