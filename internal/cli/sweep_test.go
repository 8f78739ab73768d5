package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

// small is a study of four quick trials that work and two that do not.
const small = `
base: {data: lynx-hare.csv, model: mlp, hidden: [4], budget: 60, heldout: 0}
axes:
  - list:
      method:
        vanilla: {method: vanilla}
        homotopy: {method: homotopy}
        broken: {method: vanilla, data: nowhere.csv}
  - seeds: [1, 2]
cells:
  - {where: {method: homotopy}, published: {train.mse: 100}}
`

// tables are the files of a study that must not depend on how it was run.
func tables(t *testing.T, dir string) string {
	t.Helper()
	all := ""
	for _, name := range []string{study.TableCSV, study.TableJSON, study.TableMarkdown, study.TrialsCSV} {
		all += read(t, filepath.Join(dir, name))
	}
	models, _ := filepath.Glob(filepath.Join(dir, study.TrialsFolder, "*", study.ModelFile))
	for _, path := range models {
		all += filepath.Base(filepath.Dir(path)) + read(t, path)
	}
	return all
}

func TestStudyIsTheSameForAnyNumberOfJobs(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "--jobs", "1", "--out", "one")
	must(t, "sweep", "small.yaml", "--jobs", "3", "--out", "three")
	if tables(t, "one") != tables(t, "three") {
		t.Error("the tables or the models differ")
	}
	if n := strings.Count(listing(t, "one/trials"), "\n"); strings.Contains(listing(t, "one/trials"), study.CheckpointFile) {
		t.Errorf("a checkpoint is left among %d files", n)
	}
}

func TestFailedTrialsAreRowsWithTheirReason(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	o := must(t, "sweep", "small.yaml", "--json")
	var rows []study.Row
	if err := json.Unmarshal([]byte(o.out), &rows); err != nil || len(rows) != 3 {
		t.Fatalf("%v\n%s", err, o.out)
	}
	for i, method := range []string{"vanilla", "homotopy", "broken"} {
		r := rows[i]
		if r.ByAxis["method"] != method || r.Trials != 2 || r.Pending != 0 || (r.Mean == nil) != (method == "broken") ||
			(r.Published != nil) != (method == "homotopy") {
			t.Errorf("%+v", r)
		}
	}
	if r := rows[2]; r.Failures != 2 || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], "there is no file nowhere.csv") {
		t.Errorf("%+v", r)
	}
	if o := entrain("sweep", "small.yaml", "method=broken"); o.code != 1 || !strings.Contains(o.err, "all trials failed") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// A study whose bars are missed has failed, and says which; one whose bars are met has not.
func TestBarsOfAStudyAreKept(t *testing.T) {
	workplace(t)
	barred := func(most string) string {
		return strings.Replace(small, "published: {train.mse: 100}", "bars: {train.mse: {median: "+most+"}}", 1)
	}
	write(t, "met.yaml", barred("1e9"))
	if o := must(t, "sweep", "met.yaml", "method=homotopy", "--out", "met"); !strings.Contains(o.err, "bars: 1 of 1 met") {
		t.Error(o.err)
	}
	write(t, "missed.yaml", barred("1e-9"))
	o := entrain("sweep", "missed.yaml", "method=homotopy", "--out", "missed")
	if o.code != 1 || !strings.Contains(o.err, "1 bar missed, first: train.mse of method=homotopy, median ≤ 1e-09: missed") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// What can go wrong in a trial is a row with its reason, or a model as good as
// it can be; the others go on.
func TestTroubleOfATrialIsItsOwn(t *testing.T) {
	workplace(t)
	write(t, "t.yaml", `
base: {simulate: {name: lotka-volterra, step: 0.1, noise: 5%, seed: 3}, rows: 31, model: {name: mlp, hidden: [4]}, heldout: 0}
axes:
  - list:
      trouble:
        none: {method: vanilla, budget: 20}
        steps: {method: vanilla, solver: {max_steps: 2}, budget: 20}
        diverging: {method: {name: vanilla, lr: 1000, clip: 0}, budget: 40}
        short: {method: multiple-shooting, segments: 16}
        unobserved: {method: homotopy, model: {augment: 1}, epochs: 3}
        unmeasured: {method: gradient-matching, model: {augment: 1}}
        singular: {method: {name: sindy, degree: 9}}
`)
	o := must(t, "sweep", "t.yaml", "--json")
	var rows []study.Row
	if err := json.Unmarshal([]byte(o.out), &rows); err != nil || len(rows) != 7 {
		t.Fatalf("%v\n%s", err, o.out)
	}
	for i, want := range []string{"", "more steps than allowed; raise max_steps", "", "at most 15 segments fit", "", "1 of 3 are hidden", ""} {
		r := rows[i]
		switch {
		case want == "" && (r.Failures != 0 || r.Mean == nil):
			t.Errorf("%+v", r)
		case want != "" && (r.Failures != 1 || r.Mean != nil || len(r.Reasons) != 1 || !strings.Contains(r.Reasons[0], want)):
			t.Errorf("%+v, want %q", r, want)
		}
	}
}

func TestFinishedTrialsAreNotRunAgain(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "method=vanilla", "seed=1", "--out", "s")
	before := listing(t, "s/trials")
	files, _ := filepath.Glob("s/trials/*/" + study.ModelFile)
	if len(files) != 1 {
		t.Fatalf("the filters left %d trials", len(files))
	}
	info, _ := os.Stat(files[0])
	// The data moves, the order of the keys and the time limit change; the trial stays the same.
	if err := os.Mkdir("moved", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, "moved/lynx-hare.csv", read(t, "lynx-hare.csv"))
	write(t, "small.yaml", strings.Replace(small, "data: lynx-hare.csv, model: mlp", "limit: 100s, model: mlp, data: moved/lynx-hare.csv", 1))
	o := must(t, "sweep", "small.yaml", "method=vanilla", "seed=1", "--out", "s")
	again, _ := os.Stat(files[0])
	if listing(t, "s/trials") != before || !again.ModTime().Equal(info.ModTime()) || !strings.Contains(o.err, "1 of them known before") {
		t.Errorf("the trial was run again:\n%s", o.err)
	}
	write(t, "moved/lynx-hare.csv", strings.Replace(read(t, "lynx-hare.csv"), "47.2", "47.3", 1))
	must(t, "sweep", "small.yaml", "method=vanilla", "seed=1", "--out", "s")
	if files, _ = filepath.Glob("s/trials/*/" + study.ModelFile); len(files) != 2 {
		t.Errorf("other data gave no other trial: %v", files)
	}
}

func TestInterruptedStudyGoesOn(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "--out", "whole")
	ctx, cancel := context.WithCancel(context.Background())
	interrupt := func(context.Context) (context.Context, context.CancelFunc) { return ctx, cancel }
	o := withEnv(Env{Args: []string{"sweep", "small.yaml", "--jobs", "1", "--out", "cut"}, Interrupt: interrupt,
		Stderr: &trigger{"method=vanilla seed=1", cancel}})
	if o.code != exitInterrupted || !strings.Contains(o.err, "give the same command again") {
		t.Fatalf("exit %d: %s", o.code, o.err)
	}
	if !strings.Contains(read(t, "cut/table.md"), "not finished") {
		t.Error("the table does not say that trials are missing")
	}
	must(t, "sweep", "small.yaml", "--out", "cut")
	if tables(t, "cut") != tables(t, "whole") {
		t.Error("the tables or the models differ")
	}
}

func TestBadSweepsAreRefused(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	write(t, "rows.yaml", "base: {simulate: {name: lorenz}, rows: -1}\naxes: [{seeds: 1}]")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"sweep"}, "sweep takes a study file"},
		{[]string{"sweep", "smal.yaml"}, "did you mean small.yaml?"},
		{[]string{"sweep", "small.yaml", "metod=vanilla"}, `did you mean "method"?`},
		{[]string{"sweep", "small.yaml", "method=vanila"}, `did you mean "vanilla"?`},
		{[]string{"sweep", "small.yaml", "vanilla"}, "write axis=value"},
		{[]string{"sweep", "small.yaml", "seed=1", "seed=2"}, "write seed=one,two"},
		{[]string{"sweep", "small.yaml", "--jobs", "-1"}, "must lie between 0 and"},
		{[]string{"sweep", "small.yaml", "--file", "x"}, "write NAME=PATH"},
		{[]string{"sweep", "small.yaml", "--file", "x=y"}, `asks for no file "x"`},
		{[]string{"sweep", "small.yaml", "--out", "."}, "is no folder of a study"},
		{[]string{"sweep", "lynx-hare.csv"}, "lynx-hare.csv"},
		{[]string{"sweep", "rows.yaml"}, "rows.yaml:1:18: rows=-1"},
	} {
		if o := entrain(c.args...); o.code != exitBad || !strings.Contains(o.err, c.want) || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%v: exit %d: %s; want %s", c.args, o.code, o.err, c.want)
		}
	}
	if exists("runs") {
		t.Error("a refused study left a folder")
	}
}

func TestCheckSaysAllThatIsWrongWithAStudy(t *testing.T) {
	workplace(t)
	write(t, "bad.yaml", "base: {data: d.csv, method: vanila, lr: 1}\naxis: 1\naxes: [{seeds: []}, {grid: {lr: [x]}}]")
	o := entrain("check", "bad.yaml")
	for _, want := range []string{`bad.yaml:2:1: unknown key "axis"`, "bad.yaml:3:16: seeds is empty"} {
		if o.code != exitBad || !strings.Contains(o.out, want) {
			t.Errorf("exit %d: %s; want %s", o.code, o.out, want)
		}
	}
	write(t, "s.yaml", "files: {animals: CSV}\nbase: {data: $animals, method: vanilla}\naxes: [{seeds: 2}, {grid: {lr: [1, 2]}}]")
	if o := must(t, "check", "s.yaml"); !strings.Contains(o.out, "s.yaml: a study of 4 trials: seed × lr") || !strings.Contains(o.out, "warning: s.yaml: the file $animals is not given") {
		t.Error(o.out)
	}
}

func TestFileOfTheUserIsAskedFor(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", "files: {animals: \"CSV year,hare,lynx\"}\nbase: {data: $animals, model: mlp, hidden: [2], method: vanilla, budget: 3}\naxes: [{seeds: 1}]")
	if o := entrain("sweep", "s.yaml"); o.code != 1 || !strings.Contains(o.err, "add --file animals=PATH") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	must(t, "sweep", "s.yaml", "--file", "animals=lynx-hare.csv")
}

// simulated is a study that needs no file.
const simulated = `
name: Small
base: {simulate: {name: lotka-volterra, step: 0.1, noise: 5%, seed: 3}, rows: 31, test: 20, model: {name: mlp, hidden: [4]}, method: vanilla, budget: 30, heldout: 0}
axes:
  - list:
      start:
        known: {start: [0.44249296, 4.6280594]}
        learnt: {}
        true:
          model: {name: equations, equations: "prey' = a*prey - 0.9*prey*predator\npredator' = 0.8*prey*predator - 1.8*predator", parameters: {a: {start: 1.3}}}
          method: lm
          start: [0.44249296, 4.6280594]
  - seeds: [1, 2]
bound: {start: true}
metrics: [train.mse, extrapolation.clean.mse, seconds]
`

func TestSimulatedStudyIsTested(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", simulated)
	o := must(t, "sweep", "s.yaml", "--out", "s", "--json")
	var rows []study.Row
	if err := json.Unmarshal([]byte(o.out), &rows); err != nil || len(rows) != 9 {
		t.Fatalf("%v\n%s", err, o.out)
	}
	bound := rows[7].Mean
	if bound == nil || *bound > 0.02 || rows[1].Bound == nil || *rows[1].Bound != *bound || *rows[1].Mean <= *bound || rows[2].Bound != nil {
		t.Errorf("bound %v\n%s", bound, o.out)
	}
	// A trial can be made again from its folder alone.
	dirs, _ := filepath.Glob("s/trials/*")
	again := must(t, "fit", filepath.Join(dirs[0], study.ConfigFile), "--out", "again", "--json")
	var first, second study.Result
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dirs[0], study.ResultFile))), &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(again.out), &second); err != nil || *first.Scores.Train.MSE != *second.Scores.Train.MSE {
		t.Errorf("%v: %s", err, again.out)
	}
}

func TestTwoProcessesDoNotShareAStudy(t *testing.T) {
	workplace(t)
	write(t, "small.yaml", small)
	must(t, "sweep", "small.yaml", "method=vanilla", "seed=1", "--out", "s")
	unlock, err := study.Lock("s")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "other.yaml", strings.Replace(small, "budget: 60", "budget: 61", 1))
	if o := entrain("sweep", "other.yaml", "--out", "s"); o.code != exitFailed || !strings.Contains(o.err, "another process is working in the folder s of a study") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if read(t, "s/study.yaml") != small {
		t.Error("the study that was refused has replaced the one under way")
	}
	unlock()
	must(t, "sweep", "small.yaml", "method=vanilla", "seed=1", "--out", "s")
}

// TestRecordingOfAStudyIsWhole: half of one, left by a full disk, is written anew.
func TestRecordingOfAStudyIsWhole(t *testing.T) {
	workplace(t)
	write(t, "s.yaml", "base: {simulate: {name: lotka-volterra, seed: 3}, rows: 20, model: mlp, method: vanilla, budget: 3}\naxes: [{seeds: 1}]")
	must(t, "sweep", "s.yaml", "--out", "s")
	files, _ := filepath.Glob("s/data/*.csv")
	whole := read(t, files[0])
	write(t, files[0], whole[:len(whole)/2])
	must(t, "sweep", "s.yaml", "--out", "s")
	if read(t, files[0]) != whole {
		t.Error("half a recording stays half")
	}
}

// sought is a study of six settings with a search.
const sought = `
base: {data: lynx-hare.csv, model: mlp, hidden: [4], method: vanilla, budget: 60}
axes: [{grid: {lr: [1e-5, 0.003, 0.1, 1e-4, 0.03, 10]}}]
search: {halving: {from: 20%, factor: 3}}
`

// A search tells where every setting ended and how the best one is fitted again, to the bit.
func TestSearchTellsTheBestSetting(t *testing.T) {
	workplace(t)
	write(t, "sought.yaml", sought)
	o := must(t, "sweep", "sought.yaml", "--out", "s")
	var st study.Standings
	if err := json.Unmarshal([]byte(read(t, "s/search.json")), &st); err != nil {
		t.Fatal(err)
	}
	if !st.Complete || st.Best == nil || *st.Share != (4*12.0+36+60)/360 {
		t.Fatalf("%+v", st)
	}
	command := strings.Fields(st.Command)
	if !strings.Contains(o.out, "best: lr="+st.Best.ByAxis["lr"]) || !strings.Contains(o.out, "again: "+st.Command) || !strings.Contains(o.err, "6 of 6 trials finished, 0 of them known before, 5 dropped") {
		t.Errorf("%s\n%s", o.out, o.err)
	}
	must(t, append(command[1:], "--out", "again")...)
	if read(t, filepath.Join("s", st.Best.Folders[0], study.ForecastFile)) != read(t, filepath.Join("again", study.ForecastFile)) {
		t.Error("the command fits another model")
	}
	page := read(t, "s/report.html")
	if !strings.Contains(page, "<h2>Search</h2>") || !strings.Contains(page, "dropped at 20 %: no. ") {
		t.Error("the page does not show the search")
	}
	before := read(t, "s/search.json")
	if o := must(t, "sweep", "sought.yaml", "--out", "s"); !strings.Contains(o.err, "1 of them known before, 5 dropped") || read(t, "s/search.json") != before {
		t.Errorf("a search that is over has gone on: %s", o.err)
	}
}

// Shares of a search go on from rung to rung, whoever is first.
func TestSharesOfASearchWaitForEachOther(t *testing.T) {
	workplace(t)
	write(t, "sought.yaml", sought)
	waited := false
	for range 3 {
		for _, task := range []string{"2", "1", "0"} { // three, as two may leave one of them without trials
			o := must(t, "sweep", "sought.yaml", "--out", "s", "--task", task, "--of", "3")
			waited = waited || strings.Contains(o.err, "waiting at a rung of the search for other shares: ")
		}
	}
	must(t, "sweep", "sought.yaml", "--out", "s")
	must(t, "sweep", "sought.yaml", "--out", "whole")
	if strings.ReplaceAll(read(t, "s/search.json"), "s/trials", "whole/trials") != strings.ReplaceAll(read(t, "whole/search.json"), "s/trials", "whole/trials") || !waited {
		t.Errorf("another search, or nobody waited (%t)", waited)
	}
	if job := must(t, "sweep", "sought.yaml", "--kubernetes").out; !strings.Contains(job, "\"--wait\"") {
		t.Error(job)
	}
}

// What pairs compare stands in the table and on the page, and a label that no axis has is refused.
func TestPairsAreToldWhereTheTableIs(t *testing.T) {
	workplace(t)
	write(t, "pairs.yaml", strings.Replace(many, "axes:", "pairs: {noise: \"5\"}\naxes:", 1))
	o := must(t, "sweep", "pairs.yaml", "--out", "p")
	if !strings.Contains(o.out, "lower: 5") || !strings.Contains(read(t, "p/report.html"), "lower: 5 in ") || !strings.Contains(read(t, "p/table.json"), "\"paired\"") {
		t.Errorf("pairs are not told: %s", o.out)
	}
	write(t, "wrong.yaml", strings.Replace(many, "axes:", "pairs: {noise: \"7\"}\naxes:", 1))
	if o := entrain("check", "wrong.yaml"); o.code != exitBad || !strings.Contains(o.out+o.err, "noise has no \"7\"") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}
