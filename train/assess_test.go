package train

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// assessed fits a problem by the default and assesses it.
func assessed(t *testing.T, p *Problem) *Result {
	t.Helper()
	r, err := (&Auto{}).Fit(context.Background(), p, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err = Complete(p, r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestScoresSayWhoseTheyAre(t *testing.T) {
	unhurried(t)
	s := DefaultSettings()
	s.Budget, s.Members = 60, 1
	all := recording(t, "lotka-volterra.csv")
	p, err := NewProblem(all, "poly-mlp", &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}, Degree: 2}, s)
	if err != nil {
		t.Fatal(err)
	}
	r := assessed(t, p)
	a := r.Assessment
	if !r.Refit || a.FromStart.Of != OwnerRefit || a.Held.Of != OwnerBefore || r.Chosen == nil {
		t.Fatalf("refit %v, from start of %q, held out of %q", r.Refit, a.FromStart.Of, a.Held.Of)
	}
	if a.FromStart.Rows != all[0].Len() || a.Held.Rows != p.Held[0].Len() {
		t.Errorf("%d and %d rows", a.FromStart.Rows, a.Held.Rows)
	}
	// Without restarts the free run is what auto scored.
	if v := a.FromStart.Scores.MSE; !(math.Abs(v-r.Train.MSE) <= 1e-9*v) {
		t.Errorf("from start %g, auto has %g", v, r.Train.MSE)
	}
}
