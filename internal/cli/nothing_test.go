package cli

import (
	"os"
	"strings"
	"testing"
)

// What nothing came out of is not called done, by whichever command.
func TestNothingIsNotSuccess(t *testing.T) {
	workplace(t)
	write(t, "cut.yaml", strings.Replace(small, "budget: 60", "budget: 60, limit: 1ns", 1))
	write(t, "blank.yaml", strings.Replace(small, "cells:\n", "metrics: [heldout.mse]\ncells:\n", 1))
	write(t, "source.yaml", "equations: |\n  x' = 0.5*x - y\n  y' = x + 0.5*y\nstart: {x: 1, y: 1}\n")
	write(t, "few.csv", "t,x\n0,1\n1,2\n2,1\n3,2\n4,1\n")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"sweep", "cut.yaml", "method=vanilla"}, "2 trials of 2 did not finish, such as: stopped by its time limit after 0 iterations"},
		{[]string{"sweep", "blank.yaml", "method=vanilla"}, "no trial has a score"},
		{[]string{"fit", "lotka-volterra.csv", "limit=1ns"}, "the time limit was reached"},
		{[]string{"fit", "lotka-volterra.csv", "method=lm", "model=mlp", "limit=1ns"}, "the time limit was reached"},
		{[]string{"fit", "lotka-volterra.csv", "method=homotopy", "limit=1ns"}, "the time limit was reached"},
		{[]string{"simulate", "lorenz", "--t", "0:1e60:1e59"}, "nothing can be simulated"},
		{[]string{"analyse", "few.csv", "dimension"}, "at least"},
		{[]string{"analyse", "source.yaml", "lyapunov"}, "it goes away ever faster"},
		{[]string{"analyse", "logistic", "attractor", "r=2"}, "it is at rest, x at 0.5"},
		{[]string{"analyse", "lorenz", "lyapunov", "--span", "5e6", "--limit", "300ms"}, "the time limit was reached"},
		{[]string{"analyse", "lorenz", "poincare", "--at", "1e9"}, "crossings of the plane"},
	} {
		o := entrain(c.args...)
		if o.code != exitFailed || !strings.Contains(o.err, c.want) {
			t.Errorf("%v: exit %d, want %q in\n%s", c.args, o.code, c.want, o.err)
		}
		last := o.err[strings.LastIndex(strings.TrimSpace(o.err), "\n")+1:]
		if !strings.HasPrefix(last, "entrain: ") {
			t.Errorf("%v: the last line is %q", c.args, last)
		}
		if strings.Contains(o.out, "use it") {
			t.Errorf("%v: a model of nothing is recommended:\n%s", c.args, o.out)
		}
		if c.args[0] == "analyse" && strings.Contains(o.err, "written") {
			t.Errorf("%v: a page of nothing is written:\n%s", c.args, o.err)
		}
	}
}

// A good page of an analysis stays when the next one has nothing to show.
func TestGoodPagesAreNotReplacedByNothing(t *testing.T) {
	workplace(t)
	must(t, "analyse", "lorenz", "poincare", "--out", "a")
	before := read(t, "a/poincare.html")
	o := entrain("analyse", "lorenz", "poincare", "--at", "1e9", "--out", "a", "--json")
	if o.code != exitFailed || read(t, "a/poincare.html") != before || !strings.Contains(o.out, `"files": []`) {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
	if o := entrain("analyse", "lorenz", "poincare", "--at", "1e9", "--out", "b"); o.code != exitFailed {
		t.Errorf("exit %d", o.code)
	}
	if _, err := os.Stat("b"); err == nil {
		t.Error("a folder is made for nothing")
	}
}

// What cannot be followed to the end is written as far as it goes, and not called done.
func TestTrajectoriesThatEndEarlyAreWrittenAndNotCalledDone(t *testing.T) {
	workplace(t)
	write(t, "blow.yaml", "equations: |\n  x' = x^2\nstart: {x: 1}\n")
	must(t, "fit", "lynx-hare.csv", "method=lm", "model=mlp", "hidden=4", "budget=5", "--out", "run")
	for _, c := range []struct {
		args []string
		rows int
	}{
		{[]string{"simulate", "blow.yaml", "--t", "0:5:0.25"}, 4},
		{[]string{"simulate", "logistic", "r=4.5", "--t", "0:100:1"}, 20},
	} {
		o := entrain(c.args...)
		if o.code != exitFailed || strings.Count(o.out, "\n") < c.rows || !strings.HasPrefix(o.err, "entrain: the trajectory ends after") {
			t.Errorf("%v: exit %d, %d lines: %s", c.args, o.code, strings.Count(o.out, "\n"), o.err)
		}
		if o = entrain(append(c.args, "--json")...); o.code != exitFailed || !strings.Contains(o.out, `"failed"`) {
			t.Errorf("%v --json: exit %d: %.300s", c.args, o.code, o.out)
		}
		oneValue(t, o.out)
	}
}
