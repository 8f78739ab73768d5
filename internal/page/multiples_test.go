package page

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/internal/report"
	"github.com/entrain-dev/entrain/study"
)

// TestManyRecordingsAreRankedByWhatWasNotSeen: the recording that goes on as no other does is the
// worst, in the page of the run and in that made again from its folder.
func TestManyRecordingsAreRankedByWhatWasNotSeen(t *testing.T) {
	trial := turning(t, 3)
	trial.Series = nil
	for i := range report.MostSheets + 2 {
		s := data.Series{ID: string(rune('a' + i)), IDName: "pot", Time: "t", Names: []string{"x", "y"}}
		for k := range 20 {
			at := 0.2*float64(k) + 0.3*float64(i)
			s.T, s.X = append(s.T, 0.2*float64(k)), append(s.X, math.Sin(at), math.Cos(at))
			if i == 5 && k > 15 {
				s.X[len(s.X)-1] += 3
			}
		}
		trial.Series = append(trial.Series, s)
	}
	s := &study.Sweep{Dir: t.TempDir(), Trials: []study.Trial{trial}, Plan: study.Plan{Name: "pots", Axes: []string{"seed"}, Metrics: []string{"train.mse"}}}
	if _, err := s.Run(context.Background(), &study.Local{Jobs: 1, TrialOptions: study.TrialOptions{Report: Report}}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(s.Dir, study.TrialsFolder, trial.Key())
	first, err := os.ReadFile(filepath.Join(dir, study.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	fill, _, err := Of(trials{}, "1", []string{dir}, "")
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := fill(&again); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(first), again.String()} {
		for _, want := range []string{"8 recordings", "Worst: pot f", "pot f: the worst", "forecast of its held-out rows"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
	}
}
