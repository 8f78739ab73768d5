package study

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// scripted is a method that does what a test wants, as its settings tell.
type scripted struct {
	Script int `json:"script"`
}

// scripts are what there is for scripted methods to do.
var scripts []func(*train.Problem) (*train.Result, error)

func init() {
	train.Methods.Register("scripted", "what a test wants", func() train.Method { return &scripted{} })
}

func (m *scripted) Fit(_ context.Context, p *train.Problem, _ *train.Checkpoint, _ func(train.Event)) (*train.Result, error) {
	return scripts[m.Script](p)
}

func script(do func() (*train.Result, error)) train.Method {
	scripts = append(scripts, func(*train.Problem) (*train.Result, error) { return do() })
	return &scripted{len(scripts) - 1}
}

// trial is one whose method does what is given.
func trial(name, identity string, do func() (*train.Result, error)) Trial {
	s := data.Series{Time: "t", Names: []string{"x"}}
	for i := range 20 {
		s.T, s.X = append(s.T, float64(i)), append(s.X, math.Sin(float64(i)))
	}
	set := train.DefaultSettings()
	set.Heldout = 0
	return Trial{Labels: []Label{{"m", name}, {"seed", identity}}, Series: []data.Series{s}, ModelName: "mlp",
		Model: &field.MLP{Hidden: []int{2}, Activation: "tanh"}, MethodName: "scripted", Method: script(do), Settings: set,
		Identity: []byte(identity)}
}

func TestOneTrialThatFailsStopsNoOther(t *testing.T) {
	ok := func() (*train.Result, error) { return &train.Result{Status: train.StatusOK, BestK: 4}, nil }
	s := &Sweep{Dir: t.TempDir(), Trials: []Trial{
		trial("good", "1", ok),
		trial("error", "2", func() (*train.Result, error) { return nil, errors.New("levels=1: too few") }),
		trial("panic", "3", func() (*train.Result, error) { panic("a defect") }),
		trial("failed", "4", func() (*train.Result, error) {
			return &train.Result{Status: train.StatusFailed, Tried: []train.Tried{{Method: "x", Why: "it diverged"}}}, nil
		}),
		{Labels: []Label{{"m", "data"}, {"seed", "5"}}, Err: errors.New("there is no file")},
		trial("last", "6", ok),
	}}
	p := &Plan{Axes: []string{"m", "seed"}, Average: []string{"seed"}, Metrics: []string{"best_iteration"}}
	s.Plan = *p
	out, err := s.Run(context.Background(), &Local{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i, why := range []string{"", "levels=1: too few", "a defect", "it diverged", "there is no file", ""} {
		if (out[i].Status == train.StatusOK) != (why == "") || !strings.Contains(out[i].Why, why) {
			t.Errorf("trial %d: %q %q, want %q", i, out[i].Status, out[i].Why, why)
		}
	}
	rows := Gather(p, s.Trials, out)
	if len(rows) != 6 || rows[0].Failures != 0 || *rows[0].Mean != 4 || rows[2].Failures != 1 || rows[2].Mean != nil {
		t.Errorf("%+v", rows)
	}
	if err := s.WriteTables(rows); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(s.Dir, TrialsCSV))
	if lines := strings.Split(string(text), "\n"); len(lines) != 8 || !strings.Contains(lines[4], "it diverged") {
		t.Errorf("%s", text)
	}
	again := 0
	for i := range s.Trials {
		s.Trials[i].Method = script(func() (*train.Result, error) { again++; return ok() })
	}
	if out, _ = s.Run(context.Background(), &Local{Jobs: 1}); again != 0 || !out[0].Known {
		t.Errorf("%d finished trials were run again", again)
	}
}

func TestTrialsOfEqualKeysAreRunOnce(t *testing.T) {
	runs := 0
	once := func() (*train.Result, error) { runs++; return &train.Result{Status: train.StatusOK}, nil }
	s := &Sweep{Dir: t.TempDir(), Trials: []Trial{trial("a", "1", once), trial("b", "1", once)}}
	out, err := s.Run(context.Background(), &Local{Jobs: 2})
	if err != nil || runs != 1 || !out[0].Ended() || !out[1].Ended() {
		t.Errorf("%d runs, %+v, %v", runs, out, err)
	}
}

// What a program left that was killed before its first checkpoint is no obstacle.
func TestHalfMadeRunFolderIsMadeAnew(t *testing.T) {
	s := &Sweep{Dir: t.TempDir(), Trials: []Trial{trial("a", "1", func() (*train.Result, error) { return &train.Result{Status: train.StatusOK}, nil })}}
	for _, file := range []string{ConfigFile, CheckpointFile, ResultFile} {
		dir := filepath.Join(s.Dir, TrialsFolder, s.Trials[0].Key())
		os.RemoveAll(dir)
		os.MkdirAll(dir, 0o755)
		os.WriteFile(filepath.Join(dir, file), []byte("{"), 0o644)
		note := ""
		l := &Local{Jobs: 1, TrialOptions: TrialOptions{Note: func(_, text string) { note = text }}}
		if out, err := s.Run(context.Background(), l); err != nil || out[0].Status != train.StatusOK || file != ConfigFile && !strings.Contains(note, file+" is damaged") {
			t.Errorf("%s: %+v %v", file, out, err)
		}
	}
}

func TestRowsSummariseTheirTrials(t *testing.T) {
	var trials []Trial
	var outcomes []Outcome
	for i, v := range []float64{1, 4, 2, math.NaN()} {
		trials = append(trials, Trial{Labels: []Label{{"m", "a|b"}, {"seed", string(rune('0' + i))}}})
		outcomes = append(outcomes, Outcome{Status: "ok", Result: &Result{Scores: Scores{Train: &Score{MSE: number(v)}}}})
	}
	trials = append(trials, Trial{Labels: []Label{{"m", "a|b"}, {"seed", "9"}}})
	outcomes = append(outcomes, Outcome{})
	p := &Plan{Axes: []string{"m", "seed"}, Average: []string{"seed"}, Metrics: []string{"train.mse"},
		Published: []Published{{map[string][]string{"m": {"a|b"}}, map[string]Figure{"train.mse": {Mean: 3, Error: number(0.5)}}}}}
	rows := Gather(p, trials, outcomes)
	if len(rows) != 1 {
		t.Fatal(len(rows))
	}
	r := rows[0]
	wantError := math.Sqrt((16.0/9 + 25.0/9 + 1.0/9) / 2 / 3)
	if math.Abs(*r.Mean-7.0/3) > 1e-15 || math.Abs(*r.Error-wantError) > 1e-15 || *r.Median != 2 || *r.Min != 1 || *r.Max != 4 ||
		r.Failures != 1 || r.Pending != 1 || r.Trials != 5 || *r.Published != 3 {
		t.Errorf("%+v", r)
	}
	var b bytes.Buffer
	if err := Markdown(&b, p, rows); err != nil || !strings.Contains(b.String(), "| a\\|b | 2.333 ± 0.88 | 2 | 5 (1 not finished) | 1 | 3 ± 0.5 |") {
		t.Errorf("%s %v", b.String(), err)
	}
}

func TestKeyDependsOnSettingsAndData(t *testing.T) {
	a := Trial{Identity: []byte("lr: 1"), From: model.Provenance{Hash: "h"}}
	b, c := a, a
	b.Identity, c.From.Hash = []byte("lr: 2"), "g"
	if a.Key() == b.Key() || a.Key() == c.Key() || len(a.Key()) != 16 {
		t.Error(a.Key(), b.Key(), c.Key())
	}
}

func TestRetryRunsFailedTrialsAlone(t *testing.T) {
	runs := map[string]int{}
	fit := func(name string, err error) func() (*train.Result, error) {
		return func() (*train.Result, error) { runs[name]++; return &train.Result{Status: train.StatusOK}, err }
	}
	s := &Sweep{Dir: t.TempDir(), Trials: []Trial{trial("good", "1", fit("good", nil)), trial("bad", "2", fit("bad", errors.New("not today")))}}
	for _, retry := range []bool{false, false, true} {
		s.Retry = retry
		if _, err := s.Run(context.Background(), &Local{Jobs: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if runs["good"] != 1 || runs["bad"] != 2 {
		t.Error(runs)
	}
	s.Trials[1].Method = script(fit("bad", nil))
	if out, err := s.Run(context.Background(), &Local{Jobs: 1}); err != nil || out[1].Status != train.StatusOK {
		t.Errorf("%+v %v", out[1], err)
	}
}

func TestFolderTellsWhatBecameOfTheStudy(t *testing.T) {
	ok := func() (*train.Result, error) { return &train.Result{Status: train.StatusOK, BestK: 4}, nil }
	s := &Sweep{Dir: t.TempDir(), Trials: []Trial{trial("good", "1", ok), trial("bad", "2", func() (*train.Result, error) { return nil, errors.New("no") }),
		{Labels: []Label{{"m", "data"}, {"seed", "5"}}, Err: errors.New("there is no file")}},
		Plan: Plan{Axes: []string{"m", "seed"}, Average: []string{"seed"}, Metrics: []string{"best_iteration"}}}
	out, err := s.Run(context.Background(), &Local{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	again, outcomes, err := ReadSweep(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	_ = JSON(&a, Gather(&s.Plan, s.Trials, out))
	_ = JSON(&b, Gather(&again.Plan, again.Trials, outcomes))
	if a.String() != b.String() || !strings.Contains(a.String(), "there is no file") {
		t.Errorf("%s\nis read as\n%s", a.String(), b.String())
	}
}

func TestRowsHaveTheirBoundBesideThem(t *testing.T) {
	var trials []Trial
	var outcomes []Outcome
	for i, v := range []float64{5, 1, 7, 2} {
		trials = append(trials, Trial{Labels: []Label{{"noise", string(rune('a' + i/2))}, {"m", []string{"ours", "bound"}[i%2]}}})
		outcomes = append(outcomes, Outcome{Status: "ok", Result: &Result{Scores: Scores{Train: &Score{MSE: number(v)}}}})
	}
	rows := Gather(&Plan{Axes: []string{"noise", "m"}, Metrics: []string{"train.mse", "seconds"}, Bound: map[string]string{"m": "bound"}}, trials, outcomes)
	for i, want := range []float64{1, -1, -1, -1, 2, -1, -1, -1} {
		if got := rows[i].Bound; (got == nil) != (want < 0) || got != nil && *got != want {
			t.Errorf("row %d: %v, want %g", i, got, want)
		}
	}
}

func TestBarsAreJudgedByTheirStatistic(t *testing.T) {
	var trials []Trial
	var outcomes []Outcome
	for i, v := range []float64{1, 2, 9, 0.5} {
		trials = append(trials, Trial{Labels: []Label{{"m", []string{"ours", "bound"}[i/3]}, {"seed", string(rune('0' + i))}}})
		outcomes = append(outcomes, Outcome{Status: "ok", Result: &Result{Scores: Scores{Train: &Score{MSE: number(v)}}}})
	}
	ours := map[string][]string{"m": {"ours"}}
	p := &Plan{Axes: []string{"m", "seed"}, Average: []string{"seed"}, Metrics: []string{"train.mse"}, Bound: map[string]string{"m": "bound"},
		Bars: []Bar{{ours, "train.mse", "median", 2, 0}, {ours, "train.mse", "max", 8, 0}, {ours, "train.mse", "mean", 1, 8}}}
	r := Gather(p, trials, outcomes)
	if want := []Judged{{"median", 2, true}, {"max", 8, false}, {"mean", 4, true}}; !slices.Equal(r[0].Bars, want) || len(r[1].Bars) != 0 {
		t.Errorf("%+v, want %+v", r[0].Bars, want)
	}
	outcomes[0].Status, outcomes[0].Why = "failed", "no"
	if r = Gather(p, trials, outcomes); r[0].Bars[0].Met {
		t.Error("a bar is met although a trial failed")
	}
}

func TestTrialsUseOneThreadEachUnlessTold(t *testing.T) {
	for told, want := range map[int]int{0: 1, 2: 2} {
		seen := 0
		one := trial("a", "1", nil)
		one.Settings.Solver.Threads = told
		scripts[one.Method.(*scripted).Script] = func(p *train.Problem) (*train.Result, error) {
			seen = p.Solver.Threads
			return &train.Result{Status: train.StatusOK}, nil
		}
		s := &Sweep{Dir: t.TempDir(), Trials: []Trial{one}}
		if _, err := s.Run(context.Background(), &Local{Jobs: 2}); err != nil || seen != want {
			t.Errorf("threads=%d: %d were used, want %d (%v)", told, seen, want, err)
		}
	}
}
