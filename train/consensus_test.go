package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// twoRuns is a noisy oscillator as two recordings.
func twoRuns(t *testing.T, budget int) *Problem {
	t.Helper()
	rec := sampled(steps(60, 0.2), 0.1, math.Cos, func(t float64) float64 { return -math.Sin(t) })
	first, second := rec.Slice(0, 30), rec.Slice(30, 60)
	first.ID, second.ID = "first", "second"
	return mustProblem(t, []data.Series{first, second}, &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(s *Settings) { s.Heldout, s.Budget = 0, budget })
}

// TestConsensusReachesTheExactOptimum: sweeps come to where one program with all batches is.
func TestConsensusReachesTheExactOptimum(t *testing.T) {
	p := twoRuns(t, 0)
	exact := &Collocation{Stages: 3, Elements: 8, Decay: 1e-3, Tolerance: 1e-8, Refine: 1e9, Starts: 1}
	l, err := exact.prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	l.start(context.Background())
	l.course.run(context.Background(), func(Event) {})
	want := l.members[0].tries[0].objective
	apart := *exact
	apart.Batches.Coupling = "admm"
	var objective, gap []float64
	r := fittedWith(t, &apart, p, nil, func(e Event) {
		if e.Checkpoint == nil {
			objective, gap = append(objective, e.Loss), append(gap, e.Gap)
		}
	})
	last := len(objective) - 1
	t.Logf("%d sweeps: objective %.8g, exact %.8g; residuals %.3g to %.3g", last+1, objective[last], want, gap[0], gap[last])
	if math.Abs(objective[last]/want-1) > 1e-4 || !(gap[last] < 1e-3*gap[0]) {
		t.Errorf("after %d sweeps the objective is %.8g, the exact one %.8g; parameters are %.3g apart, at first %.3g", last+1, objective[last], want, gap[last], gap[0])
	}
	if r.Status != StatusOK || len(r.Warnings) > 0 {
		t.Errorf("%s, %q", r.Status, r.Warnings)
	}
}

// TestConsensusGoesOnWithTheSameBits from a checkpoint in the middle.
func TestConsensusGoesOnWithTheSameBits(t *testing.T) {
	p := twoRuns(t, 6)
	c := &Collocation{Stages: 2, Elements: 6, Decay: 1e-3, Tolerance: 1e-8, Batches: Batches{Coupling: "admm", Batches: 2}}
	var middle *Checkpoint
	whole := fittedWith(t, c, p, nil, func(e Event) {
		if e.Checkpoint != nil && e.K == 3 {
			middle = e.Checkpoint
		}
	})
	again, err := c.Fit(context.Background(), p, middle, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.Model.Theta[0], whole.Model.Theta[0]) || again.Iterations != 6 {
		t.Errorf("other bits after %d sweeps", again.Iterations)
	}
	if _, err := (&Collocation{Stages: 3, Elements: 6, Decay: 1e-3, Tolerance: 1e-8, Batches: Batches{Coupling: "admm"}}).Fit(context.Background(), p, middle, nil); err == nil {
		t.Error("a checkpoint of other batches is taken")
	}
}

// TestPublishedConsensus: the second sweep repeats the first, as parameters are drawn together
// from the third on, at once far nearer, and then they approach.
func TestPublishedConsensus(t *testing.T) {
	p := twoRuns(t, 5)
	c := &Collocation{Stages: 3, Elements: 8, Decay: 1e-3, Tolerance: 1e-8, Batches: Batches{Coupling: "admm", Slip: true}}
	var gap []float64
	fittedWith(t, c, p, nil, func(e Event) {
		if e.Checkpoint == nil {
			gap = append(gap, e.Gap)
		}
	})
	if math.Abs(gap[1]/gap[0]-1) > 1e-3 || !(gap[2] < gap[1]/2) || !(gap[4] < gap[1]/5) {
		t.Errorf("residuals %.4g", gap)
	}
	if t.Logf("residuals %.4g", gap); len(gap) != 5 {
		t.Errorf("%d sweeps", len(gap))
	}
}

func TestCouplingsThatThereAreNotAreRefused(t *testing.T) {
	p := twoRuns(t, 1)
	for word, b := range map[string]Batches{
		`did you mean "admm"`: {Coupling: "adm"},
		"batches=-1":          {Batches: -1},
		"batches.rho=-1":      {Coupling: "admm", Rho: -1},
		"has no slips":        {Slip: true},
	} {
		if _, err := (&Collocation{Stages: 3, Tolerance: 1e-8, Batches: b}).Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: %v", b, err)
		}
	}
}

// The sweeps end when both residuals are small beside what they are residuals of: the weights, and
// the multipliers times ρ.
func TestBalanceEndsByWhatResidualsBelongTo(t *testing.T) {
	for _, c := range []struct {
		x, u, primal, dual float64
		over               bool
	}{
		{x: 3, u: 4, primal: 2.9e-5, dual: 7.9e-5, over: true},  // beside 3, and 2·4
		{x: 3, u: 4, primal: 3.1e-5, dual: 7.9e-5, over: false}, // too large beside the weights
		{x: 3, u: 4, primal: 2.9e-5, dual: 8.1e-5, over: false}, // beside the multipliers
		{x: 3, u: 0, primal: 2.9e-5, dual: 9e-12, over: true},
	} {
		l := &consensus{rho: 2, k: balanced, primal: c.primal, dual: c.dual, blocks: []*batch{{x: []float64{c.x}, u: []float64{c.u}}}}
		if l.balance(); l.over != c.over {
			t.Errorf("%+v: over is %v", c, l.over)
		}
	}
	// Before that sweep ρ follows the larger residual, and ρ·u stays what it is.
	l := &consensus{rho: 2, primal: 1, dual: 0.01, blocks: []*batch{{x: []float64{3}, u: []float64{4}}}}
	if l.balance(); l.rho != 4 || l.blocks[0].u[0] != 2 {
		t.Errorf("ρ becomes %g and u %g", l.rho, l.blocks[0].u[0])
	}
}
