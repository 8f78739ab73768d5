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

// quasi are the methods that follow gradients, by limited-memory BFGS.
func quasi(t *testing.T) map[string]Method {
	t.Helper()
	all := map[string]Method{}
	for _, name := range []string{"vanilla", "homotopy", "progressive", "multiple-shooting"} {
		m := defaults(t, name)
		switch m := m.(type) {
		case *Vanilla:
			m.Optimiser = "lbfgs"
		case *Homotopy:
			m.Optimiser = "lbfgs"
		case *Progressive:
			m.Optimiser = "lbfgs"
		case *MultipleShooting:
			m.Optimiser = "lbfgs"
		}
		all[name] = m
	}
	return all
}

// Limited-memory BFGS goes to the minimum that Levenberg and Marquardt find, and stops
// when it is there.
func TestQuasiNewtonReachesTheMinimum(t *testing.T) {
	rec := sampled(steps(30, 0.1), 0.1, func(t float64) float64 { return 3 * math.Exp(-0.7*t) })
	eq := &field.Equations{Text: "x' = k*x", Parameters: map[string]field.Unknown{"k": {Start: -2}}}
	p := mustProblem(t, []data.Series{rec}, eq, func(s *Settings) {
		s.Heldout, s.Budget, s.Solver.RTol, s.Solver.ATol = 0, 400, 1e-10, 1e-10
	})
	want := fitted(t, defaults(t, "lm"), p).Model.Values(0)[0].Value
	for name, m := range quasi(t) {
		if name == "multiple-shooting" {
			continue // its gaps are part of what it minimises
		}
		r := fitted(t, m, p)
		k := r.Model.Values(0)[0].Value
		if math.Abs(k-want) > 1e-6*math.Abs(want) || r.Status != StatusOK {
			t.Errorf("%s: k = %.9g after %d iterations, want %.9g; %s", name, k, r.Iterations, want, r.Tried[0].Why)
		}
		if name == "vanilla" && (r.Iterations > 60 || !strings.Contains(r.Tried[0].Why, "after")) {
			t.Errorf("it went on for %d iterations: %s", r.Iterations, r.Tried[0].Why)
		}
	}
}

// Going on from any checkpoint ends with the same bits, and members have nothing to do
// with each other.
func TestQuasiNewtonGoesOnWithTheSameBits(t *testing.T) {
	for name, m := range quasi(t) {
		p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), func(s *Settings) { s.Seed, s.Members, s.Budget, s.Keep = 1, 2, 60, "last" })
		pair := goesOn(t, m, p)
		one := fitted(t, m, p.changed(func(q *Problem) { q.Members = 1 }))
		if pair.Members == 2 && !slices.ContainsFunc(pair.Model.Theta, func(theta []float64) bool { return slices.Equal(theta, one.Model.Theta[0]) }) {
			t.Errorf("%s: the first of two members is not the one of one", name)
		}
	}
}

// A loss that changes from step to step is refused in words that say what changes it.
func TestQuasiNewtonRefusesALossThatMoves(t *testing.T) {
	p := spoiled(t, "squared")
	shooting := defaults(t, "multiple-shooting").(*MultipleShooting)
	shooting.Optimiser, shooting.Multipliers = "lbfgs", 5
	steered := defaults(t, "vanilla").(*Vanilla)
	steered.Optimiser, steered.Steer = "lbfgs", 0.2
	for word, m := range map[string]Method{"multipliers=": shooting, "steer=": steered} {
		if _, err := m.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "adamw") {
			t.Errorf("%s: %v", word, err)
		}
	}
}
