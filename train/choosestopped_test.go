package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestStoppedAutoKeepsWhatHadConverged: at whatever event a search of candidates is stopped after
// the end of the first one, what it keeps is not much worse than the best candidate that converged, and if it
// did not converge itself it is better.
func TestStoppedAutoKeepsWhatHadConverged(t *testing.T) {
	s := data.Series{Names: []string{"x", "v"}, Units: []string{"", ""}, Time: "t"}
	x, v, noise := 1.0, 0.0, uint64(1)
	for k := range 60 {
		s.T, s.X = append(s.T, 0.2*float64(k)), append(s.X, x, v)
		for range 20 { // pushed at random, it keeps turning
			noise = noise*6364136223846793005 + 1442695040888963407
			x, v = x+0.01*v, v-0.01*(x+0.3*v)+0.3*(float64(noise>>11)/(1<<53)-0.5)
		}
	}
	p := mustProblem(t, []data.Series{s}, &field.PolyMLP{MLP: field.MLP{Hidden: []int{2}, Activation: "gelu"}}, func(s *Settings) {
		s.Budget, s.Members, s.Solver.RTol, s.Solver.ATol = 30, 1, 1e-3, 1e-3
	})
	total, refits := 0, false
	if _, err := (Auto{}).Fit(context.Background(), p, nil, func(e Event) {
		if refits = refits || strings.Contains(e.Stage, "refit"); !refits {
			total++
		}
	}); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for at := 1; at <= total; at += max(1, total/12) {
		ctx, cancel := context.WithCancelCause(context.Background())
		n := 0
		r, err := Auto{}.Fit(ctx, p, nil, func(Event) {
			if n++; n == at {
				cancel(ErrLimit)
			}
		})
		cancel(nil)
		if err != nil || r.Model == nil || r.Status != StatusStopped && at < total/2 {
			t.Fatalf("stopped at event %d: %+v, %v", at, r, err)
		}
		if checkKept(t, at, r) {
			seen++
		}
	}
	if seen < 4 {
		t.Errorf("of %d events only %d stops came after the end of a candidate", total, seen)
	}
}

// checkKept compares what a stopped search keeps with the best that converged; false where
// nothing had.
func checkKept(t *testing.T, at int, r *Result) bool {
	t.Helper()
	fit, held, kept := math.Inf(1), math.Inf(1), -1
	for i, c := range r.Tried {
		if c.Kept {
			kept = i
		}
		if c.Train != nil && strings.Contains(c.Why, "log evidence") && !strings.Contains(c.Why, "not converged") {
			fit, held = min(fit, c.Train.MSE), min(held, c.Held.MSE)
		}
	}
	if math.IsInf(fit, 1) {
		return false
	}
	if kept < 0 {
		t.Errorf("stopped at event %d: nothing is kept of %+v", at, r.Tried)
		return false
	}
	factor, k := 4.0, r.Tried[kept]
	if strings.Contains(k.Why, "not converged") {
		factor = 1
	}
	if !(k.Held.MSE <= factor*held) || !(k.Train.MSE <= factor*fit) {
		t.Errorf("stopped at event %d: kept %s (%s), errors %.3g and %.3g on the held-out rows; of those that converged the least are %.3g and %.3g",
			at, k.Method, k.Why, k.Train.MSE, k.Held.MSE, fit, held)
	}
	return true
}

// TestUnfinishedCandidatesWinOnlyIfClearlyBetter beside one that converged.
func TestUnfinishedCandidatesWinOnlyIfClearlyBetter(t *testing.T) {
	mk := func(name string, train, held float64, whole, plain bool) *candidate {
		c := &candidate{name: name, plain: plain, whole: whole, p: &Problem{Held: []data.Series{{}}}, b: &bayes{way: way{settled: whole}}}
		c.b.logEvidence = math.Inf(-1)
		if whole {
			c.b.logEvidence, c.scored.variance, c.scored.rolling = 1, []float64{1}, forecastsOf(0.5, 0.5)
		}
		c.scored.train.MSE, c.scored.held.MSE = train, held
		return c
	}
	plain := mk("plain", 0.4, 0.5, true, true)
	wild := mk("wild", 0.01, 0.01, false, false)
	wild.scored.wild = true
	for _, c := range []struct {
		list []*candidate
		want string
	}{
		{[]*candidate{mk("worse", 0.9, 0.9, false, false), plain}, "plain"},
		{[]*candidate{mk("a little better", 0.3, 0.3, false, false), plain}, "plain"},
		{[]*candidate{mk("clearly better", 0.01, 0.1, false, false), plain}, "clearly better"},
		{[]*candidate{plain, mk("better", 0.01, 0.1, false, false), mk("far better", 0.01, 0.01, false, false)}, "far better"},
		{[]*candidate{mk("by chance", 0.9, 0.01, false, false), plain}, "plain"},
		{[]*candidate{wild, plain}, "plain"},
		{[]*candidate{mk("alone", 0.9, 0.9, false, false)}, "alone"},
	} {
		a := &search{p: c.list[0].p, list: c.list}
		if got := a.soFar(); got.name != c.want {
			t.Errorf("chose %q, want %q", got.name, c.want)
		}
	}
}
