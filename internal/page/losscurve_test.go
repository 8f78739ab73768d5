package page

import (
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/study"
)

func TestAttemptsHaveCurvesOfTheirOwn(t *testing.T) {
	v := func(x float64) *float64 { return &x }
	at := func(stage string, k int, loss float64) study.Metric {
		return study.Metric{Stage: stage, K: k, Loss: v(loss), MSE: v(loss)}
	}
	lines := []study.Metric{ // of two that ran at the same time
		at("a: coupled", 1, 9), at("b: coupled", 1, 8), at("a: coupled", 2, 7), at("b: free", 2, 6), at("b", 2, 6), at("a: free", 3, 5), at("a", 3, 5), at("refit", 3, 4),
	}
	got := lossCurves(lines, 3)
	if len(got) != 3 || got[0].Note == "" {
		t.Fatalf("%+v", got)
	}
	for i, want := range []struct {
		name   string
		loss   []float64
		stages int
		saved  bool
	}{{"a", []float64{9, 7, 5, 5}, 2, false}, {"b", []float64{8, 6, 6}, 2, false}, {"refit", []float64{4}, 0, true}} {
		l := &got[i]
		if l.Name != want.name || !slices.Equal(l.Loss, want.loss) || l.Iteration[len(l.Iteration)-1] != float64(len(want.loss)-1) || len(l.Stages) != want.stages || math.IsNaN(l.Saved) == want.saved {
			t.Errorf("%+v, want %+v", l, want)
		}
	}
	one := lossCurves([]study.Metric{at("homotopy", 0, 3), at("homotopy", 1, 2), at("polish", 2, 1)}, 1)
	if len(one) != 1 || len(one[0].Stages) != 2 || one[0].Saved != 1 || one[0].Note != "" {
		t.Errorf("stages that follow one another: %+v", one)
	}
	if none := lossCurves(nil, 0); none != nil {
		t.Error(none)
	}
}
