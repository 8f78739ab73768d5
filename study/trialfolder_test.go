package study

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/train"
)

// there and back are a trial in a folder, and what is read from it.
func thereAndBack(t *testing.T, one Trial) *Trial {
	t.Helper()
	dir := t.TempDir()
	if err := WriteTrial(dir, &one); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTrial(dir)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Every setting of every model and method survives in a folder, and the rows do bit for bit.
func TestTrialSurvivesAsAFolder(t *testing.T) {
	nan := math.Float64frombits(0x7ff8000000000123)
	series := []data.Series{{ID: "a", Names: []string{"x"}, Units: []string{"m"}, Inputs: []string{"u"}, Time: "t", TUnit: "d",
		Epoch: time.Date(2020, 2, 29, 1, 2, 3, 0, time.UTC), T: []float64{0, 0.1, 0.3}, X: []float64{1e-310, nan, math.Copysign(0, -1)}, U: []float64{1, 2, nan}}}
	var set train.Settings
	fill(reflect.ValueOf(&set).Elem(), 0)
	set.Seed = 1<<64 - 1
	whole := Trial{Labels: []Label{{"m", "a"}}, Series: series, Test: &Test{Rows: series[0], Truth: []float64{1, nan, 3}, Trained: 2, Exponent: 0.9},
		Simulated: &Simulation{System: "lorenz", Start: []float64{1, 2, 3}, Seed: 7}, ModelName: "mlp", Model: &field.MLP{Hidden: []int{3}, Activation: "sine"},
		MethodName: "lm", Method: &train.LM{Decay: 0.1}, Settings: set, Band: "fit", Limit: 90 * time.Second,
		From: model.Provenance{Hash: "h", Seed: 3}, Config: []byte("data: x\n")}
	got := thereAndBack(t, whole)
	for _, v := range [][2]float64{{got.Series[0].X[1], nan}, {got.Series[0].X[2], math.Copysign(0, -1)}, {got.Test.Truth[1], nan}, {got.Series[0].U[2], nan}} {
		if math.Float64bits(v[0]) != math.Float64bits(v[1]) {
			t.Errorf("%x was %x", math.Float64bits(v[0]), math.Float64bits(v[1]))
		}
	}
	for _, s := range []*data.Series{&got.Series[0], &got.Test.Rows, &whole.Series[0]} { // NaN differs from itself
		s.X[1], s.U[2] = 0, 0
	}
	got.Test.Truth[1], whole.Test.Truth[1] = 0, 0
	if !reflect.DeepEqual(*got, whole) {
		t.Errorf("got  %+v\nwant %+v", *got, whole)
	}
	small := trial("a", "1", nil)
	small.Identity = nil
	for _, name := range append(train.Methods.Names(), "sindy,lm,lm") {
		small.MethodName = name
		small.Method, _ = train.Methods.Lookup(name)
		if c, ok := small.Method.(*train.Chain); ok {
			c.Methods[2].(*train.LM).Decay = 0.25
		}
		if got := thereAndBack(t, small); !reflect.DeepEqual(got.Method, small.Method) {
			t.Errorf("%s: %+v became %+v", name, small.Method, got.Method)
		}
	}
	for _, name := range field.Architectures.Names() {
		small.ModelName = name
		small.Model, _ = field.Architectures.Lookup(name)
		if got := thereAndBack(t, small); !reflect.DeepEqual(got.Model, small.Model) {
			t.Errorf("%s: %+v became %+v", name, small.Model, got.Model)
		}
	}
}

// A folder is all there is to a trial: brought elsewhere it gives the same bits, and is left as it is when it has ended.
func TestTrialIsRunFromItsFolderAlone(t *testing.T) {
	here := &Sweep{Dir: t.TempDir(), Trials: rotations(t)}
	if _, err := here.Run(context.Background(), &Local{Jobs: 1}); err != nil {
		t.Fatal(err)
	}
	for i, one := range rotations(t) {
		made, dir := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
		if err := WriteTrial(made, &one); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
			t.Fatal(err)
		}
		if err := RunTrial(context.Background(), dir, TrialOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{ModelFile, ForecastFile, MetricsFile} {
			want, _ := os.ReadFile(filepath.Join(here.Dir, TrialsFolder, here.Trials[i].Key(), name))
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != string(want) || len(got) == 0 {
				t.Errorf("%s: %s differs (%v)", one.MethodName, name, err)
			}
		}
		before, _ := os.Stat(filepath.Join(dir, ResultFile))
		if err := RunTrial(context.Background(), dir, TrialOptions{}); err != nil {
			t.Fatal(err)
		}
		if after, err := os.Stat(filepath.Join(dir, ResultFile)); err != nil || !after.ModTime().Equal(before.ModTime()) {
			t.Error("a trial that had ended was run again")
		}
	}
}

// What is no folder of a trial, or a damaged one, is trouble around a trial.
func TestFolderThatIsNoTrialIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := RunTrial(context.Background(), dir, TrialOptions{}); !IsAround(err) {
		t.Error(err)
	}
	for _, text := range []string{"{", `{"format": 99}`, `{"format": 1, "model": {"name": "no such"}}`, `{"format": 1, "model": {"name": "mlp", "settings": {}}, "method": {"name": "sindy,lm", "settings": [{}]}}`} {
		os.WriteFile(filepath.Join(dir, TrialFile), []byte(text), 0o644)
		if err := RunTrial(context.Background(), dir, TrialOptions{}); !IsAround(err) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Whatever file a killed process was writing, nothing of it is left when the trial has ended.
func TestTrialLeavesNothingOfKilledProcesses(t *testing.T) {
	dir := t.TempDir()
	if err := WriteTrial(dir, &rotations(t)[0]); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	for _, base := range wholeFiles {
		if err := os.WriteFile(filepath.Join(dir, passing(base)+"3239174298"), []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := RunTrial(context.Background(), dir, TrialOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(wholeFiles, e.Name()) {
			t.Errorf("%s is written into the folder of a trial, and may be left half written", e.Name())
		}
	}
	entries, _ = os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("left is %s", e.Name())
		}
	}
}

// Nothing of a recording is lost in the folder of a trial, whatever fields recordings come to have.
func TestTrialsKeepAllOfARecording(t *testing.T) {
	want := data.Series{ID: "r", IDName: "who", Names: []string{"a", "b"}, Units: []string{"m", ""}, Inputs: []string{"u"}, Time: "t", TUnit: "s",
		Epoch: time.Date(2026, 7, 4, 0, 0, 0, 0, time.UTC), T: []float64{0, 1}, X: []float64{1, 2, 3, math.Inf(1)}, U: []float64{5, 6},
		Below: []float64{0.05, math.Inf(-1)}, Label: "kind", Embedding: &data.Embedding{Dimension: 2, Lag: 3, Step: 0.5}, Dates: "{YYYY}Q{Q}", Shown: []float64{7, 8}}
	filled := reflect.ValueOf(want)
	for i := range filled.NumField() {
		if name := filled.Type().Field(i).Name; filled.Field(i).IsZero() && name != "Components" { // those are kept once for all
			t.Errorf("the test leaves %s out", filled.Type().Field(i).Name)
		}
	}
	kept := newRecording(&want)
	text, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	var read recording
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if got := read.series(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v came back as %+v", want, got)
	}
}
