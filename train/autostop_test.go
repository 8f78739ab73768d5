package train

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestAutoStoppedAnywhereForecastsEveryRecording: with more recordings than the search looks at, a
// search that is stopped still has a start for each of them.
func TestAutoStoppedAnywhereForecastsEveryRecording(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 24), tinyNet(0, false), func(s *Settings) {
		s.Budget, s.Solver.RTol, s.Solver.ATol = 30, 1e-3, 1e-3
	})
	if used, all := len(some(p.cut(), searchRows)), len(p.cut()); used >= all {
		t.Fatalf("the search looks at all %d segments", all)
	}
	for _, at := range []int{1, 5} {
		ctx, cancel := context.WithCancel(context.Background())
		n := 0
		r, err := Auto{}.Fit(ctx, p, nil, func(e Event) {
			if n++; n == at {
				cancel()
			}
			if e.K == 0 && e.Loss == 0 {
				t.Errorf("stopped at event %d: a loss that nobody reckoned is 0: %+v", at, e)
			}
			if strings.Contains(e.Text, "failed: "+noTurn) {
				t.Errorf("stopped at event %d: what had no turn did not fail: %s", at, e.Text)
			}
		})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != StatusInterrupted || r.Model == nil {
			t.Fatalf("stopped at event %d: status %s, model %v", at, r.Status, r.Model != nil)
		}
		for rec := range r.Model.Records {
			s := p.rows(true)[rec]
			if f, err := r.Model.Forecast(rec, s.T, &s); err != nil || f.Len() == 0 {
				t.Errorf("stopped at event %d: recording %d: %d rows, %v", at, rec, f.Len(), err)
			}
		}
	}
}

// TestAutoThatIsStoppedEarlyHasALaw: laws that need no search are taken first, so a search that ends
// at the first word of the others returns the best of them, with its scores.
func TestAutoThatIsStoppedEarlyHasALaw(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	for k := range 120 {
		s.T, s.X = append(s.T, float64(k)), append(s.X, math.Sin(0.3*float64(k))+0.01*math.Cos(7*float64(k)))
	}
	p := mustProblem(t, []data.Series{s}, &field.PolyMLP{MLP: field.MLP{Hidden: []int{4}, Activation: "gelu"}})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := Auto{}.Fit(ctx, p, nil, func(e Event) {
		if e.Checkpoint == nil {
			cancel()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != StatusInterrupted || r.Model == nil || r.Held == nil || !(r.Iterations > 0) || !isNumber(r.Held.MSE) {
		t.Fatalf("status %s, a model %v, %d steps, held-out scores %+v of %+v", r.Status, r.Model != nil, r.Iterations, r.Held, r.Tried)
	}
	kept := slices.IndexFunc(r.Tried, func(c Tried) bool { return c.Kept })
	if kept < 0 || strings.Contains(r.Tried[kept].Method, "network") {
		t.Errorf("kept is %d of %+v", kept, r.Tried)
	}
}
