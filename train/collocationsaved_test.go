package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestCollocationGoesOnInEveryStage with the same bits: relaxed, exact, weighed, refined.
func TestCollocationGoesOnInEveryStage(t *testing.T) {
	rec := sampled(steps(60, 0.2), 0.1, math.Cos, func(t float64) float64 { return -math.Sin(t) })
	p := mustProblem(t, []data.Series{rec}, &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(s *Settings) { s.Heldout = 0 })
	c := defaults(t, "collocation").(*Collocation)
	c.Elements, c.Refine = 8, 1e-3
	of := map[string]*Checkpoint{}
	var last *Checkpoint
	whole := fittedWith(t, c, p, nil, func(e Event) {
		if e.Checkpoint != nil {
			last = e.Checkpoint
		} else if of[e.Stage] == nil {
			of[e.Stage] = last
		}
	})
	for _, stage := range []string{"relaxed", "exact", "evidence", "refined"} {
		if of[stage] == nil {
			t.Fatalf("no stage %s", stage)
		}
		again, err := c.Fit(context.Background(), p, of[stage], nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(again.Model.Theta[0], whole.Model.Theta[0]) || again.Iterations != whole.Iterations {
			t.Errorf("from stage %s: other bits, %d iterations in place of %d", stage, again.Iterations, whole.Iterations)
		}
	}
}
