package study

import (
	"bytes"
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

func prey(rows, test int) *Source {
	return &Source{Rows: rows, Test: test, Simulate: &Simulation{System: "lotka-volterra", Step: 0.1, Noise: "5%", RNG: "torch", Seed: 10}}
}

// The figures are those of an independent repetition of the data behind
// Ko et al. (2023): first and last noisy row, and the mean squared noise.
func TestSimulationIsThePublishedRecording(t *testing.T) {
	s, test, err := prey(61, 61).Make()
	if err != nil {
		t.Fatal(err)
	}
	got := append(slices.Clone(s.Row(0)), s.Row(60)...)
	for i, want := range []float64{0.358875, 4.640216, 0.239155, 1.966709} {
		if math.Abs(got[i]-want) > 2e-6 {
			t.Errorf("value %d is %.7g, want %g", i, got[i], want)
		}
	}
	noise := [2]float64{} // of the rows trained on, of the others
	for i, v := range test.Rows.X {
		e := v - test.Truth[i]
		noise[min(1, i/len(s.X))] += e * e / float64(len(s.X))
	}
	if math.Abs(noise[0]-8.570e-3) > 5e-7 || noise[1] < 5e-3 || noise[1] > 13e-3 || noise[0] == noise[1] {
		t.Errorf("mean squared noise %v", noise)
	}
}

func TestRowsOfTheTestChangeNothingThatIsTrainedOn(t *testing.T) {
	a, none, err := prey(31, 0).Make()
	if err != nil {
		t.Fatal(err)
	}
	b, test, err := prey(31, 31).Make()
	if err != nil || !slices.Equal(a.X, b.X) || none.Rows.Len() != 31 || test.Rows.Len() != 62 {
		t.Errorf("%v: %d and %d rows", err, none.Rows.Len(), test.Rows.Len())
	}
}

func TestSplitTakesRowsFromTheFront(t *testing.T) {
	all, _, err := prey(20, 0).Make()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ rows, test, seen, tested int }{{0, 0, 20, -1}, {12, 0, 12, -1}, {12, 8, 12, 20}, {5, 5, 5, 10}, {0, 4, 16, 20}} {
		seen, test, err := (&Source{Rows: c.rows, Test: c.test}).Split(&all)
		tested := -1
		if test != nil {
			tested = test.Rows.Len()
		}
		if err != nil || seen.Len() != c.seen || tested != c.tested {
			t.Errorf("rows=%d test=%d: %d and %d rows, %v", c.rows, c.test, seen.Len(), tested, err)
		}
	}
	for _, c := range []Source{{Rows: 21}, {Rows: 12, Test: 9}, {Test: 20}} {
		if _, _, err := c.Split(&all); err == nil || !strings.Contains(err.Error(), "the recording has 20 rows") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Noise that drives the states is that of the rows trained on alone, of its seed, and part of the truth.
func TestProcessNoiseDrivesTheRows(t *testing.T) {
	of := func(rows, test int, noise string, seed uint64) ([]float64, *Test) {
		s := prey(rows, test)
		s.Simulate.Noise, s.Simulate.Process, s.Simulate.Seed = "", noise, seed
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		seen, tested, err := s.Make()
		if err != nil {
			t.Fatal(err)
		}
		return seen.X, tested
	}
	a, _ := of(31, 0, "5%", 1)
	b, test := of(31, 20, "5%", 1)
	if !slices.Equal(a, b) || !slices.Equal(test.Truth[:len(a)], a) || len(test.Truth) != 51*2 {
		t.Error("rows behind those trained on change them")
	}
	other, _ := of(31, 0, "5%", 2)
	calm, _ := of(31, 0, "", 1)
	if slices.Equal(a, other) || slices.Equal(a, calm) || slices.Equal(other, calm) {
		t.Error("noise of another seed, or none, has the same rows")
	}
}

func TestBadSourcesAreExplained(t *testing.T) {
	for _, c := range []struct {
		change func(*Source)
		want   string
	}{
		{func(s *Source) { s.Rows = 0 }, "needs the number of rows"},
		{func(s *Source) { s.Test = -1 }, "test=-1"},
		{func(s *Source) { s.Simulate.System = "lotka-volterr" }, `did you mean "lotka-volterra"?`},
		{func(s *Source) { s.Simulate.Parameters = map[string]float64{"alpha": 1} }, `"alpha"`},
		{func(s *Source) { s.Simulate.Start = []float64{1} }, "1 values"},
		{func(s *Source) { s.Simulate.Noise = "much" }, "is not a noise level"},
		{func(s *Source) { s.Simulate.Process = "much" }, "process-noise: "},
		{func(s *Source) { s.Simulate.RNG = "torh" }, `did you mean "torch"?`},
		{func(s *Source) { s.Simulate.Step = -1 }, "is positive"},
		{func(s *Source) { s.Dynamics, s.LongRows = true, 10 }, "10000 to 20000000 rows"},
		{func(s *Source) { s.LongRows = 20_000 }, "dynamics: true"},
		{func(s *Source) { s.Rows = 1e9 }, "rows at most"},
		{func(s *Source) { s.Test = math.MaxInt }, "rows at most"},
		{func(s *Source) { s.Simulate, s.Teacher = nil, &Teacher{Noise: 1e300} }, "noise=1e+300"},
	} {
		s := prey(10, 2)
		c.change(s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// truth is the model that made the recordings of prey.
func truth(t *testing.T, until float64) *model.Model {
	t.Helper()
	sys, err := field.Systems.Lookup("lotka-volterra")
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Known(sys)
	if err != nil {
		t.Fatal(err)
	}
	m.Records = []model.Record{{End: until, Start: [][]float64{sys.Start}}}
	return m
}

func TestTrueEquationsScoreAsTheNoiseSays(t *testing.T) {
	_, test, err := prey(61, 61).Make()
	if err != nil {
		t.Fatal(err)
	}
	s, err := test.score(truth(t, 6))
	if err != nil || s.Why != "" || *s.Interpolation.MSE > 1e-18 || *s.Clean.MSE > 1e-18 || *s.Extrapolation.MSE < 5e-3 || *s.Extrapolation.MSE > 13e-3 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTrajectoryThatEndsEarlyHasNoScoreButAReason(t *testing.T) {
	_, test, err := prey(61, 61).Make()
	if err != nil {
		t.Fatal(err)
	}
	m := truth(t, 6)
	m.Solver.MaxSteps = 90 // enough for the rows trained on alone
	s, err := test.score(m)
	if err != nil || s.Interpolation == nil || s.Extrapolation != nil || s.Clean != nil || s.Why == "" {
		t.Errorf("%+v, %v", s, err)
	}
	o := Outcome{Status: train.StatusOK, Result: &Result{Test: s}}
	if v := Measure(&o, "extrapolation.mse"); v != nil || !strings.Contains(lacks(&o, "extrapolation.mse"), s.Why) {
		t.Error(v, lacks(&o, "extrapolation.mse"))
	}
}

func TestTestSurvivesTheDisk(t *testing.T) {
	_, test, err := prey(10, 5).Make()
	if err != nil {
		t.Fatal(err)
	}
	measured := &Test{Rows: test.Rows, Trained: 10}
	driven := &Source{Rows: 10, Test: 5, Teacher: &Teacher{States: 2, Hidden: []int{4}, Margin: 0.2, Seed: 3}}
	_, taught, err := driven.Make()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []*Test{test, measured, taught} {
		run := &Run{Dir: t.TempDir(), files: map[string]string{}}
		if err := run.WriteTest(one); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(filepath.Join(run.Dir, TestFile))
		back, err := ReadTest(bytes.NewReader(text), one.Rows.T[9], one.Rows.Inputs)
		if err != nil || back.Trained != 10 || !slices.Equal(back.Rows.X, one.Rows.X) || !slices.Equal(back.Truth, one.Truth) ||
			!slices.Equal(back.Rows.Names, one.Rows.Names) || !slices.Equal(back.Rows.U, one.Rows.U) {
			t.Errorf("%v: %+v", err, back)
		}
	}
}

func TestKeyDependsOnTheTest(t *testing.T) {
	a := Trial{Test: &Test{Rows: data.Series{T: []float64{1}, X: []float64{2}}}}
	b := Trial{Test: &Test{Rows: data.Series{T: []float64{1}, X: []float64{3}}}}
	if a.Key() == b.Key() || a.Key() == (&Trial{}).Key() {
		t.Error("trials with other tests have equal keys")
	}
}

func TestFolderIsOfOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	unlock, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(dir); err == nil || !strings.Contains(err.Error(), "another process is working") {
		t.Error(err)
	}
	unlock()
	again, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestAttemptsAreCountedUntilATrialGoesOn(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		if err := begin(dir, 0); err != nil {
			t.Fatal(err)
		}
		if n, k := attempts(dir); n != i+1 || k != 0 {
			t.Errorf("%d attempts at %d, want %d", n, k, i+1)
		}
	}
	if err := begin(dir, 25); err != nil { // it had gone on in between
		t.Fatal(err)
	}
	if n, k := attempts(dir); n != 1 || k != 25 {
		t.Errorf("%d attempts at %d", n, k)
	}
	end(dir)
	if n, _ := attempts(dir); n != 0 {
		t.Error("a trial that has ended still counts as begun")
	}
}

func TestValidTimeEndsWhereTheTrajectoryLeavesTheTruth(t *testing.T) {
	_, test, err := prey(61, 61).Make()
	if err != nil {
		t.Fatal(err)
	}
	m := truth(t, 6)
	if s, err := test.score(m); err != nil || math.Abs(*s.Valid-6.1) > 1e-9 {
		t.Errorf("the truth is valid for %v, %v", s.Valid, err)
	}
	test.Exponent = 2
	if s, err := test.score(m); err != nil || math.Abs(*s.Valid-12.2) > 1e-9 {
		t.Errorf("the truth is valid for %v Lyapunov times, %v", s.Valid, err)
	}
	test.Exponent = 0
	test.Truth = slices.Clone(test.Truth)
	test.Truth[2*80] += 100
	if s, err := test.score(m); err != nil || math.Abs(*s.Valid-1.9) > 1e-9 {
		t.Errorf("valid for %v, %v; the truth is left at row 80", *s.Valid, err)
	}
}

// A system that is not listed is simulated from its equations, and refused
// where something of it is missing.
func TestEquationsOfAStudyAreSimulated(t *testing.T) {
	mk := func() *Simulation {
		return &Simulation{System: "decay", Equations: "b' = a - b\na' = -0.5*a", States: []string{"a", "b"}, Start: []float64{2, 0}, Step: 0.5}
	}
	s := &Source{Rows: 5, Test: 2, Simulate: mk()}
	rec, test, err := s.Make()
	if err != nil || !slices.Equal(rec.Names, []string{"a", "b"}) {
		t.Fatal(rec.Names, err)
	}
	for k := range test.Rows.T {
		if want := 2 * math.Exp(-0.25*float64(k)); math.Abs(test.Truth[2*k]-want) > 1e-6 {
			t.Errorf("a at row %d is %g, want %g", k, test.Truth[2*k], want)
		}
	}
	for name, change := range map[string]func(*Simulation){
		"states": func(m *Simulation) { m.States = m.States[:1] }, "start": func(m *Simulation) { m.Start = nil },
		"step": func(m *Simulation) { m.Step = 0 }, "equations": func(m *Simulation) { m.Equations = "a' = c" },
	} {
		bad := mk()
		change(bad)
		if err := (&Source{Rows: 5, Simulate: bad}).Check(); err == nil {
			t.Errorf("%s: no complaint", name)
		}
	}
}
