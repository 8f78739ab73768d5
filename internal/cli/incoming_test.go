package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// full is an output that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A command whose output is lost has failed, whatever it found.
func TestLostOutputFails(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	for _, args := range [][]string{{"check", "lynx-hare.csv"}, {"check", "lynx-hare.csv", "hidden=x"}, {"show", "run"}, {"show", "run", "--json"},
		{"forecast", "run"}, {"list"}, {"version"}, {"version", "--licences"}, {"simulate", "lorenz"}, {"--help"}} {
		var said strings.Builder
		a := Env{Args: args, Stdin: strings.NewReader(""), Stdout: full{}, Stderr: &said, Interrupt: never}
		if code := Main(a); code != 1 || !strings.Contains(said.String(), "standard output: no space left") {
			t.Errorf("%v: exit %d, %q", args, code, said.String())
		}
	}
}

func TestDevicesFoldersAndSilentPipesAreRefused(t *testing.T) {
	workplace(t)
	if err := os.Symlink(os.DevNull, "device.csv"); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir("none", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"device.csv": "is a device", "none": "holds no file of data", "none.csv": "there is no file"} {
		for _, command := range []string{"check", "fit", "show", "forecast"} {
			o := entrain(command, path)
			if o.code != 2 || !strings.Contains(o.err+o.out, want) && !strings.Contains(o.err, "holds no") {
				t.Errorf("%s %s: exit %d, %s%s", command, path, o.code, o.out, o.err)
			}
		}
	}
}

func TestPipesAreReadWithinTheBudget(t *testing.T) {
	workplace(t)
	text := read(t, "lynx-hare.csv")
	o := withEnv(Env{Args: []string{"check", "-"}, Stdin: strings.NewReader(text), Interrupt: never})
	if o.code != 0 {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	o = withEnv(Env{Args: []string{"check", "-", "--allow", "bytes=100"}, Stdin: strings.NewReader(text), Interrupt: never})
	if o.code != 2 || !strings.Contains(o.out, "more than 100 bytes; --allow bytes=400") {
		t.Errorf("exit %d, %s%s", o.code, o.out, o.err)
	}
	if o := entrain("check", "lynx-hare.csv", "--allow", "bytes=100"); o.code != 2 || !strings.Contains(o.out, "--allow bytes=") {
		t.Errorf("exit %d, %s%s", o.code, o.out, o.err)
	}
	r, w := io.Pipe()
	go func() {
		for {
			if _, err := io.WriteString(w, "# for ever\n"); err != nil {
				return
			}
		}
	}()
	o = withEnv(Env{Args: []string{"check", "-", "--allow", "bytes=1M"}, Stdin: r, Interrupt: never})
	r.CloseWithError(errors.New("enough"))
	if o.code != 2 || !strings.Contains(o.out, "more than 1 MiB") {
		t.Errorf("exit %d, %s%s", o.code, o.out, o.err)
	}
}

func TestAllowTakesNamesAndAmounts(t *testing.T) {
	workplace(t)
	for text, want := range map[string]string{"rows=20": "--allow rows=80", "columns=2": "--allow columns=3", "cells=10": "--allow cells=", "rows": "write name=number",
		"rows=-1": "write name=number", "row=5": `did you mean "rows"?`} {
		if o := entrain("check", "lynx-hare.csv", "--allow", text); o.code != 2 || !strings.Contains(o.out+o.err, want) {
			t.Errorf("--allow %s: exit %d, %s%s", text, o.code, o.out, o.err)
		}
	}
	must(t, "check", "lynx-hare.csv", "--allow", "rows=2e7", "--allow", "bytes=8G", "--allow", "values=64M")
}

func TestForecastsHaveABudget(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run")
	for _, args := range [][]string{{"forecast", "run", "--horizon", "1e9"}, {"forecast", "run", "--horizon", "1e300"}, {"forecast", "run", "--t", "1900:2000:1e-9"},
		{"forecast", "run", "--step", "1e-300"}, {"simulate", "lorenz", "--t", "0:1e9:1e-9"}, {"simulate", "lorenz", "--t", "0:9999999:1"}} {
		if o := entrain(args...); o.code != 2 || o.out != "" || len(o.err) > 500 {
			t.Errorf("%v: exit %d, %.300s", args, o.code, o.err)
		}
	}
	o := entrain("forecast", "run", "--horizon", "100", "--allow", "values=50")
	if o.code != 2 || !strings.Contains(o.err, "--allow values=") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
}

// Thousands of findings are a few lines.
func TestManyFindingsAreCut(t *testing.T) {
	workplace(t)
	var b strings.Builder
	b.WriteString("id,t,x\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "r%d,0,%d\n", i, i)
	}
	write(t, "d.csv", b.String())
	o := entrain("check", "d.csv")
	if o.code != 2 || strings.Count(o.out, "\n") > 12 || !strings.Contains(o.out, "more of this kind") {
		t.Errorf("exit %d, %d lines", o.code, strings.Count(o.out, "\n"))
	}
	if o := entrain("check", "d.csv", "--json"); o.code != 2 || !strings.Contains(o.out, `"more": `) {
		t.Errorf("exit %d, %.200s", o.code, o.out)
	}
}

// What stops a fit comes first, however many warnings there are, and findings of another kind are
// not hidden behind those of one.
func TestErrorsAreNotHiddenBehindWarnings(t *testing.T) {
	workplace(t)
	var b strings.Builder
	b.WriteString("id,t,x,y\n")
	for r := range 15 {
		for i := range 12 {
			x := fmt.Sprint((i*i + r) % 7)
			if i == 0 {
				x = ""
			}
			fmt.Fprintf(&b, "r%d,%d,%s,%d\n", r, i, x, (i+r)%5)
		}
	}
	write(t, "d.csv", b.String())
	args := []string{"check", "d.csv", "heldout=windows"}
	o := entrain(args...)
	if o.code != 2 || !strings.HasPrefix(o.out, "error: ") || strings.Count(o.out, "error: ") != 1 || !strings.Contains(o.out, "and 5 more of this kind; --json lists them") {
		t.Errorf("exit %d, %s", o.code, o.out)
	}
	var all struct {
		Findings []struct{ Severity, Message string }
	}
	if err := json.Unmarshal([]byte(entrain(append(args, "--json")...).out), &all); err != nil || len(all.Findings) < 16 || all.Findings[0].Severity != "error" || all.Findings[1].Severity != "warning" {
		t.Errorf("%v, %v", err, all.Findings)
	}
}

// Models and pages are given away: they name the data, not where they lie.
func TestFoldersOfTheDataStayAtHome(t *testing.T) {
	workplace(t)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	fitQuick(t, filepath.Join(dir, "lynx-hare.csv"), "--out", "run")
	for _, file := range []string{"run/model.safetensors", "run/report.html", "run/result.json"} {
		if strings.Contains(read(t, file), dir) {
			t.Errorf("%s holds the folder of the data", file)
		}
	}
	if text := read(t, "run/config.yaml"); strings.Contains(text, dir) || !strings.Contains(text, "data: ../lynx-hare.csv") {
		t.Errorf("the configuration names the data as\n%.200s", text)
	}
}

func TestNothingSteersTheTerminal(t *testing.T) {
	workplace(t)
	for _, args := range [][]string{{"check", "\x1b[31m.csv"}, {"fit", "\x1b]0;x\x07"}, {"show", "a\u009bb"}, {"check", "lynx-hare.csv", "states=\x1b[2J"},
		{"check", "lynx-hare.csv", "\x1b=3"}, {"list", "\x07"}, {"\x1b[1m"}, {"forecast", "x", "--t", "\x1b:1:2"}, {"compare", "lynx-hare.csv", "lynx-hare.csv", "ignore=\x7f"}} {
		o := entrain(args...)
		if o.code != 2 || strings.ContainsFunc(o.out+o.err, func(r rune) bool { return r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("%q: exit %d, %q", args, o.code, o.out+o.err)
		}
	}
}

func TestLicencesComeWithTheProgram(t *testing.T) {
	o := must(t, "version", "--licences")
	for _, want := range []string{"Apache License", "gonum.org/v1/gonum: THIRD_PARTY_LICENSES/Cephes-LICENSE", "The Go standard library and runtime: LICENSE", "spf13/cobra"} {
		if !strings.Contains(o.out, want) {
			t.Errorf("no %q", want)
		}
	}
}
