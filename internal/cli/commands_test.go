package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/study"
)

// quick are settings that make a fit take some milliseconds.
var quick = []string{"method=homotopy", "model=mlp", "hidden=4", "budget=12"}

func fitQuick(t *testing.T, args ...string) outcome {
	t.Helper()
	return must(t, slices.Concat([]string{"fit"}, args, quick)...)
}

func TestFitLeavesTheRunFolder(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv")
	fitQuick(t, "lynx-hare.csv")
	if got := listing(t, "runs"); got != "001 002" {
		t.Fatalf("runs holds %q", got)
	}
	want := "config.yaml forecast.csv metrics.jsonl model.safetensors report.html result.json"
	if got := listing(t, "runs/001"); got != want {
		t.Errorf("files %q, want %q", got, want)
	}
	if read(t, "runs/001/model.safetensors") != read(t, "runs/002/model.safetensors") {
		t.Error("the same fit gave another model")
	}
}

// The keys are a promise to scripts.
func TestResultHasTheKeysOfTheContract(t *testing.T) {
	workplace(t)
	o := fitQuick(t, "lynx-hare.csv", "--json")
	if o.out != read(t, "runs/001/result.json") {
		t.Error("--json and result.json differ")
	}
	var res map[string]any
	if err := json.Unmarshal([]byte(o.out), &res); err != nil {
		t.Fatal(err)
	}
	want := []string{"assessment", "band", "best_iteration", "convergence", "determined", "evaluations", "files", "iterations", "members", "method", "model", "noise_estimate", "parameters", "refit",
		"scores", "seconds", "seed", "signs", "starts", "status", "terms", "tried", "verdicts", "version"}
	if got := slices.Sorted(maps.Keys(res)); !slices.Equal(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
	for _, which := range []string{"train", "heldout"} {
		score := res["scores"].(map[string]any)[which].(map[string]any)
		if got := slices.Sorted(maps.Keys(score)); !slices.Equal(got, []string{"mse", "nrmse", "r2"}) {
			t.Errorf("scores.%s has keys %v", which, got)
		}
	}
}

func TestJSONStandsAlone(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "lv")
	for _, args := range [][]string{
		{"fit", "lynx-hare.csv", "method=homotopy", "budget=5"},
		{"fit", "--resume", "lv"},
		{"forecast", "lv", "--horizon", "3"},
		{"simulate", "lorenz", "--t", "0:1:0.1"},
		{"compare", "lv/forecast.csv", "lynx-hare.csv"},
		{"show", "lv"}, {"show", "lv/model.safetensors"}, {"list"}, {"list", "methods"}, {"list", "systems"},
		{"check", "lynx-hare.csv"}, {"check", "lynx-hare.yaml"}, {"version"},
	} {
		oneValue(t, must(t, append(args, "--json")...).out)
	}
	if o := entrain("check", "lynx-hare.csv", "bugdet=3", "--json"); o.code != 2 {
		t.Errorf("exit %d", o.code)
	} else if v := oneValue(t, o.out).(map[string]any); v["ok"] != false {
		t.Errorf("check says %v", v)
	}
	if o := entrain("show", "nothing", "--json"); o.code != 2 || o.out != "" {
		t.Errorf("an error must leave standard output empty: exit %d, %q", o.code, o.out)
	}
}

// Every command prints JSON when asked to, or says that it does not.
func TestJSONIsPrintedOrRefused(t *testing.T) {
	workplace(t)
	for _, args := range [][]string{{"init", "lynx-hare.csv"}, {"convert", "lynx-hare.csv", "out.csv"}, {"filter", "run", "--from", "lynx-hare.csv"}, {"man", "folder"}, {"serve"}} {
		if o := entrain(append(args, "--json")...); o.code != exitBad || o.out != "" || !strings.Contains(o.err, "--json") {
			t.Errorf("%v: exit %d: %.200s%s", args, o.code, o.out, o.err)
		}
	}
	for _, args := range [][]string{{"check", "lynx-hare.csv"}, {"list", "methods"}, {"version"}, {"schema"}, {"simulate", "lorenz"}, {"compare", "lynx-hare.csv", "lynx-hare.csv"}} {
		oneValue(t, must(t, append(args, "--json")...).out)
	}
}

func TestForecastContinuesAfterTheLastRow(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "lv")
	rows := strings.Split(strings.TrimSpace(must(t, "forecast", "lv", "--horizon", "2", "--step", "0.5").out), "\n")
	if len(rows) != 5 || rows[0] != "year,hare,lynx,hare_predictive_lo,hare_predictive_hi,lynx_predictive_lo,lynx_predictive_hi" || !strings.HasPrefix(rows[1], "1920.5,") || !strings.HasPrefix(rows[4], "1922,") {
		t.Errorf("%q", rows)
	}
	if a, b := must(t, "forecast", "lv").out, must(t, "forecast", "lv/model.safetensors").out; a != b || strings.Count(a, "\n") != 11 {
		t.Errorf("by folder and by file differ, or the default horizon is not half the recording:\n%s\n%s", a, b)
	}
}

func TestRolloutIncludesBothEnds(t *testing.T) {
	workplace(t)
	fitQuick(t, "lotka-volterra.csv", "--out", "lv")
	rows := strings.Split(strings.TrimSpace(must(t, "forecast", "lv", "--t", "0:12:0.1").out), "\n")
	if len(rows) != 122 || !strings.HasPrefix(rows[1], "0,") || !strings.HasPrefix(rows[121], "12,") {
		t.Errorf("%d rows, from %s to %s", len(rows), rows[1], rows[len(rows)-1])
	}
}

func TestForecastFromAnotherRecording(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "lv")
	write(t, "now.csv", "year,hare,lynx\n2000,30,10\n2001,40,\n")
	got := must(t, "forecast", "lv", "--from", "now.csv", "--horizon", "1").out
	if rows := strings.Split(strings.TrimSpace(got), "\n"); len(rows) != 2 || !strings.HasPrefix(rows[1], "2002,") {
		t.Errorf("%q", rows)
	}
}

func TestForecastWithInputsWantsTheirFuture(t *testing.T) {
	workplace(t)
	write(t, "pushed.csv", "t,x,u\n"+table(12, func(i int) []float64 { return []float64{float64(i), float64(i * i % 7), float64(i % 3)} }))
	fitQuick(t, "pushed.csv", "inputs=u", "--out", "run")
	o := entrain("forecast", "run", "--horizon", "3")
	if o.code != 2 || !strings.Contains(o.err, "future values") || !strings.Contains(o.err, "--inputs") {
		t.Fatalf("exit %d: %s", o.code, o.err)
	}
	write(t, "future.csv", "t,u\n12,0\n13,1\n14,2\n")
	if rows := strings.Count(must(t, "forecast", "run", "--horizon", "3", "--inputs", "future.csv").out, "\n"); rows != 4 {
		t.Errorf("%d lines", rows)
	}
	write(t, "short.csv", "t,u\n12,0\n13,1\n")
	if rows := strings.Count(must(t, "forecast", "run", "--inputs", "short.csv").out, "\n"); rows != 3 {
		t.Errorf("%d lines of a forecast that may go as far as its inputs", rows)
	}
	must(t, "forecast", "run", "--t", "0:11:0.5")
}

func TestSeveralRecordingsKeepTheirNames(t *testing.T) {
	workplace(t)
	text := "t,x,run\n"
	for _, id := range []string{"a", "b"} {
		for line := range strings.Lines(table(8, func(i int) []float64 { return []float64{float64(i), float64(i * i % 5)} })) {
			text += strings.TrimSpace(line) + "," + id + "\n"
		}
	}
	write(t, "two.csv", text)
	fitQuick(t, "two.csv", "--out", "two")
	if got := must(t, "forecast", "two", "--horizon", "2").out; strings.Count(got, ",a\n") != 2 || strings.Count(got, ",b\n") != 2 {
		t.Errorf("%s", got)
	}
	if got := must(t, "forecast", "two", "--horizon", "2", "--recording", "b").out; strings.Contains(got, ",a\n") {
		t.Errorf("%s", got)
	}
	if o := entrain("forecast", "two", "--recording", "c"); o.code != 2 {
		t.Errorf("exit %d", o.code)
	}
}

func TestEnsembleForecastHasBands(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "members=3", "--out", "e")
	header, _, _ := strings.Cut(must(t, "forecast", "e").out, "\n")
	if header != "year,hare,lynx,hare_predictive_lo,hare_predictive_hi,lynx_predictive_lo,lynx_predictive_hi" {
		t.Errorf("%s", header)
	}
	if res, err := study.ReadResult("e"); err != nil || res.Members != 3 {
		t.Errorf("%v %v", res, err)
	}
}

// The values beside facts of the field: Lotka–Volterra keeps its invariant.
func TestSimulateTakesParametersStartAndNoise(t *testing.T) {
	workplace(t)
	clean := must(t, "simulate", "lotka-volterra", "--t", "0:2:0.1").out
	if n := strings.Count(clean, "\n"); n != 22 {
		t.Fatalf("%d lines", n)
	}
	other := must(t, "simulate", "lotka-volterra", "--t", "0:2:0.1", "start=1,1").out
	if !strings.Contains(other, "\n0,1,1\n") {
		t.Errorf("start=1,1 gives\n%s", other)
	}
	a := must(t, "simulate", "lotka-volterra", "--t", "0:2:0.1", "--noise", "5%", "--seed", "4").out
	b := must(t, "simulate", "lotka-volterra", "--t", "0:2:0.1", "--noise", "5%", "--seed", "4").out
	c := must(t, "simulate", "lotka-volterra", "--t", "0:2:0.1", "--noise", "5%", "--seed", "4", "--rng", "torch").out
	if a != b || a == clean || a == c {
		t.Error("noise is not a function of seed and stream")
	}
}

// The noisy draw of the published experiment, to the six digits it is known to.
func TestSimulateMakesThePublishedDraw(t *testing.T) {
	workplace(t)
	write(t, "drawn.csv", strings.Replace(must(t, "simulate", "lotka-volterra", "--t", "0:6:0.1", "--noise", "5%", "--seed", "10", "--rng", "torch").out,
		"t,prey,predator", "t,x,y", 1))
	var v struct{ MSE float64 }
	if err := json.Unmarshal([]byte(must(t, "compare", "drawn.csv", "lotka-volterra.csv", "--json").out), &v); err != nil || v.MSE > 1e-12 {
		t.Errorf("mean squared difference %g, %v", v.MSE, err)
	}
}

// Dates go in, dates come out, and another recording may count in other units.
func TestTimestampsSurviveTheModel(t *testing.T) {
	workplace(t)
	text := "date,x\n"
	for i := range 12 {
		text += fmt.Sprintf("2024-03-%02d,%d\n", i+1, i*i%7)
	}
	write(t, "dated.csv", text)
	fitQuick(t, "dated.csv", "--out", "run")
	if got := must(t, "forecast", "run", "--horizon", "2").out; !strings.Contains(got, "\n2024-03-13T00:00:00Z,") || !strings.Contains(got, "\n2024-03-14T00:00:00Z,") {
		t.Errorf("%s", got)
	}
	write(t, "hours.csv", "date,x\n2024-03-20T00:00:00Z,1\n2024-03-20T06:00:00Z,2\n2024-03-20T12:00:00Z,2\n")
	if got := must(t, "forecast", "run", "--from", "hours.csv", "--horizon", "0.5").out; !strings.Contains(got, "\n2024-03-20T18:00:00Z,") || strings.Count(got, "\n") != 3 {
		t.Errorf("%s", got)
	}
	write(t, "numbers.csv", "date,x\n0,1\n1,2\n2,2\n")
	if o := entrain("forecast", "run", "--from", "numbers.csv"); o.code != 2 || !strings.Contains(o.err, "timestamps") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

func TestCompareReadsStandardInput(t *testing.T) {
	workplace(t)
	o := withEnv(Env{Args: []string{"compare", "-", "lynx-hare.csv", "--json"}, Interrupt: never, Stdin: strings.NewReader(read(t, "lynx-hare.csv"))})
	var v struct {
		MSE        float64
		Components map[string]struct{ R2 float64 }
	}
	if err := json.Unmarshal([]byte(o.out), &v); err != nil || v.MSE != 0 || v.Components["hare"].R2 != 1 {
		t.Errorf("%v %s", err, o.out)
	}
}

func TestShowSaysWhatWasLearnt(t *testing.T) {
	workplace(t)
	must(t, "fit", "lynx-hare.yaml", "method=vanilla", "budget=5", "--out", "grey")
	for _, path := range []string{"grey", "grey/model.safetensors"} {
		got := must(t, "show", path).out
		for _, want := range []string{"hare' =", "birth =", "lynx-hare.csv", "entrain fit lynx-hare.yaml"} {
			if !strings.Contains(got, want) {
				t.Errorf("show %s lacks %q:\n%s", path, want, got)
			}
		}
	}
}

func TestManPagesAndCompletionExist(t *testing.T) {
	workplace(t)
	must(t, "man", "man1")
	if !strings.Contains(listing(t, "man1"), "entrain-fit.1") {
		t.Error("no page for fit")
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if must(t, "completion", shell).out == "" {
			t.Errorf("no completion for %s", shell)
		}
	}
	if got := must(t, "__complete", "fit", "data.csv", "hid").out; !strings.Contains(got, "hidden=") {
		t.Errorf("completion of hid gives %q", got)
	}
}

// Help that is pointed to is there, and what is not known is no success.
func TestHelpAndCompletionKnowTheirNames(t *testing.T) {
	for _, c := range []struct{ args, say string }{
		{"--nope", "; entrain --help lists"}, {"fit --nope", "; entrain fit --help lists"}, {"completion bash --nope", "; entrain completion bash --help lists"},
		{"completion nope", "bash, fish, powershell, zsh"}, {"help nope", `unknown command "nope"`}, {"show a b c", "try entrain show --help"},
	} {
		if o := entrain(strings.Fields(c.args)...); o.code != 2 || o.out != "" || !strings.Contains(o.err, c.say) {
			t.Errorf("%s: exit %d, want %q: %s%s", c.args, o.code, c.say, o.err, o.out)
		}
	}
	for _, args := range []string{"help", "help fit", "completion", "completion bash --help", "help completion"} {
		if o := entrain(strings.Fields(args)...); o.code != 0 || o.out == "" {
			t.Errorf("%s: exit %d: %s", args, o.code, o.err)
		}
	}
}

func TestCompareLeavesColumnsOut(t *testing.T) {
	workplace(t)
	write(t, "a.csv", "t,x\n0,1\n1,2\n2,4\n")
	write(t, "b.csv", "t,x,u\n0,1,7\n1,2,8\n2,4,9\n")
	if o := entrain("compare", "a.csv", "b.csv"); o.code != 2 || !strings.Contains(o.err, "ignore=u") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	must(t, "compare", "a.csv", "b.csv", "ignore=u")
}

func TestShortNamesOfSolverSettings(t *testing.T) {
	workplace(t)
	fitQuick(t, "lynx-hare.csv", "--out", "run", "solver=rk4", "step=0.05")
	if text := read(t, "run/config.yaml"); !strings.Contains(text, "step: 0.05") {
		t.Error(text)
	}
}

func TestTimesOfForecastsAreTidy(t *testing.T) {
	workplace(t)
	text := "t,x\n"
	for i := range 30 {
		text += fmt.Sprintf("%.1f,%d\n", float64(i)/10, i*i%7)
	}
	write(t, "d.csv", text)
	must(t, "fit", "d.csv", "method=vanilla", "budget=3", "--out", "run")
	o := must(t, "forecast", "run", "--horizon", "0.5")
	for _, want := range []string{"3,", "3.1,", "3.2,", "3.3,", "3.4,"} {
		if !strings.Contains(o.out, "\n"+want) {
			t.Errorf("no time %s in %s", want, o.out)
		}
	}
}

// sindy finds its own equations; who gives a model is told so, not refused: a
// study may have it in its base.
func TestModelThatIsNotUsedIsNoted(t *testing.T) {
	workplace(t)
	for _, given := range []string{"model=mlp", "hidden=8"} {
		o := must(t, "fit", "lynx-hare.csv", "method=sindy", given)
		if !strings.Contains(o.err, "warning: argument 3 ("+given+"): the model is not used") {
			t.Errorf("%s: %s", given, o.err)
		}
		if o = must(t, "check", "lynx-hare.csv", "method=sindy", given); !strings.Contains(o.out, "the model is not used") {
			t.Errorf("check %s: %s", given, o.out)
		}
	}
	if o := must(t, "fit", "lynx-hare.csv", "time=year", "method=sindy"); strings.Contains(o.err, "not used") {
		t.Error(o.err)
	}
}

// What a fit of many recordings will take is told from a few of them.
func TestCheckOfManyRecordingsTellsWhatAFitTakes(t *testing.T) {
	workplace(t)
	var one, two strings.Builder
	one.WriteString("id,t,x\n")
	two.WriteString("id,t,x,y\n")
	for rec := range 3 * sampleRecordings {
		for k := range 12 {
			x := math.Sin(float64(k) + float64(rec))
			fmt.Fprintf(&one, "r%d,%d,%.3f\n", rec, k, x)
			fmt.Fprintf(&two, "r%d,%d,%.3f,%.3f\n", rec, k, x, x*x)
		}
	}
	write(t, "one.csv", one.String())
	write(t, "two.csv", two.String())
	for _, args := range [][]string{{"one.csv"}, {"two.csv"}, {"two.csv", "method=collocation", "model=mlp"}} {
		if o := must(t, append([]string{"check"}, args...)...); !strings.Contains(o.out, "a fit takes at most") {
			t.Errorf("%v: %s", args, o.out)
		}
	}
}

// Noise may drive the states of systems and of equations; another seed is another way, and a level of
// zero is none.
func TestNoiseDrivesSystems(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "own.yaml", "model: equations\nequations: |\n  x' = -k*x\nparameters: {k: 1}\nstart: {x: 1}\n")
	for _, of := range [][]string{{"lorenz", "--t", "0:2:0.1"}, {"henon", "--t", "0:9:1"}, {"own.yaml", "--t", "0:2:0.5"}} {
		run := func(more ...string) string {
			return must(t, append(append([]string{"simulate"}, of...), more...)...).out
		}
		a, b := run("--process-noise", "2%", "--seed", "4"), run("--process-noise", "2%", "--seed", "4")
		if a != b || a == run("--process-noise", "2%", "--seed", "5") || a == run() || strings.Count(a, "\n") != strings.Count(run(), "\n") {
			t.Errorf("%v: a seed is not one way of its own:\n%s%s", of, a, b)
		}
	}
	s := study.Source{Rows: 41, Simulate: &study.Simulation{System: "lorenz", Step: 0.05, Process: "2%", Seed: 4}}
	rows, _, err := s.Make()
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := data.Write(&text, []data.Series{rows}, data.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := must(t, "simulate", "lorenz", "--t", "0:2:0.05", "--process-noise", "2%", "--seed", "4").out; got != text.String() {
		t.Errorf("a study makes\n%s\nand simulate\n%s", text.String(), got)
	}
	for say, args := range map[string][]string{
		"is not a noise level":    {"lorenz", "--process-noise", "loud"},
		"0 = …":                   {"robertson.yaml", "--t", "0:1:0.5", "--process-noise", "1"},
		"has no mean magnitude":   {"grows.yaml", "--t", "0:9:1", "--process-noise", "1%"},
		"known systems and equat": {"model.safetensors", "--process-noise", "1"},
	} {
		write(t, "robertson.yaml", "model: equations\nequations: |\n  x' = -x\n  0 = x - y\nalgebraic: {y: 1}\nstart: {x: 1}\n")
		write(t, "grows.yaml", "model: equations\nequations: |\n  x' = x^2\nstart: {x: 1}\n")
		write(t, "model.safetensors", "none")
		if r := entrain(append([]string{"simulate"}, args...)...); r.code != 2 || !strings.Contains(r.err, say) {
			t.Errorf("%v: exit code %d, %s; it should say %q", args, r.code, r.err, say)
		}
	}
}
