package page

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/study"
	"github.com/entrain-dev/entrain/train"
)

// turning is a trial on a wave, ready to be run.
func turning(t *testing.T, seed uint64) study.Trial {
	t.Helper()
	s := data.Series{Time: "t", Names: []string{"x", "y"}}
	for i := range 40 {
		at := 0.2 * float64(i)
		s.T, s.X = append(s.T, at), append(s.X, math.Sin(at), math.Cos(at))
	}
	set := train.DefaultSettings()
	set.Seed, set.Budget = seed, 10
	m, err := train.Methods.Lookup("lm")
	if err != nil {
		t.Fatal(err)
	}
	return study.Trial{Labels: []study.Label{{Axis: "seed", Value: fmt.Sprint(seed)}}, Series: []data.Series{s}, ModelName: "mlp",
		Model: &field.MLP{Hidden: []int{4}, Activation: "tanh"}, MethodName: "lm", Method: m, Settings: set,
		Identity: []byte(fmt.Sprint(seed)), Config: []byte("data: x.csv\n"), From: model.Provenance{Data: "wave.csv", Hash: "h", Method: "lm"}}
}

// trials reads folders of trials.
type trials struct{}

func (trials) Model(dir string) (*model.Model, error) {
	f, err := os.Open(filepath.Join(dir, study.ModelFile))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return model.Read(f)
}

func (trials) Job(dir, hash string) (*study.Job, error) {
	t, err := study.ReadTrial(dir)
	if err != nil {
		return nil, err
	}
	if t.From.Hash != hash {
		return nil, fmt.Errorf("%s: other data", dir)
	}
	return t.Job()
}

func (trials) Rows(dir string) ([]data.Series, error) {
	t, err := study.ReadTrial(dir)
	if err != nil {
		return nil, err
	}
	return t.Series, nil
}

// A trial has its page without any command, and the same again from its folder; studies and runs side by
// side have theirs.
func TestPagesNeedNoCommandLine(t *testing.T) {
	s := &study.Sweep{Dir: t.TempDir(), Trials: []study.Trial{turning(t, 1), turning(t, 2)},
		Plan: study.Plan{Name: "waves", Axes: []string{"seed"}, Metrics: []string{"train.mse"}}}
	if _, err := s.Run(context.Background(), &study.Local{Jobs: 1, TrialOptions: study.TrialOptions{Report: Report}}); err != nil {
		t.Fatal(err)
	}
	var runs []string
	for i := range s.Trials {
		runs = append(runs, filepath.Join(s.Dir, study.TrialsFolder, s.Trials[i].Key()))
	}
	first, err := os.ReadFile(filepath.Join(runs[0], study.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dirs []string
		want string
		path string
	}{
		{runs[:1], "wave.csv", filepath.Join(runs[0], study.ReportFile)},
		{runs, "Comparison", ComparisonFile},
		{[]string{s.Dir}, "waves", filepath.Join(s.Dir, study.ReportFile)},
	} {
		fill, path, err := Of(trials{}, "1", c.dirs, "")
		if err != nil || path != c.path {
			t.Fatal(path, err)
		}
		var b bytes.Buffer
		if err := fill(&b); err != nil || !strings.Contains(b.String(), c.want) {
			t.Errorf("%v: %d bytes, %v", c.dirs, b.Len(), err)
		}
		if len(c.dirs) == 1 && c.path == filepath.Join(runs[0], study.ReportFile) && math.Abs(float64(b.Len()-len(first))) > 0.02*float64(len(first)) {
			t.Errorf("the page made again has %d bytes, the first had %d", b.Len(), len(first))
		}
	}
	if _, _, err := Of(trials{}, "1", []string{s.Dir, runs[0]}, ""); err == nil {
		t.Error("a run and a study stand on one page")
	}
}
