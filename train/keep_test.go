package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
)

func keepProblem(t testing.TB, keep string, budget int) *Problem {
	return mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), func(s *Settings) {
		s.Seed, s.Keep, s.Budget = 4, keep, budget
	})
}

// restless is a learning rate that makes the errors go up and down.
func restless() Method { return &Vanilla{Descent: Descent{LR: 0.7}} }

// The saved iterate is the one whose score is reported, counted from 0 for
// the start, and scores are those before the update.
func TestKeepSavesTheIterateItNames(t *testing.T) {
	const budget = 40
	for _, keep := range []string{"best-train", "best-heldout", "last"} {
		var mse, held []float64
		r, err := restless().Fit(context.Background(), keepProblem(t, keep, budget), nil, func(e Event) {
			if e.Checkpoint == nil {
				mse, held = append(mse, e.MSE), append(held, e.Held)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		best := budget
		switch keep {
		case "best-train":
			best = slices.Index(mse, slices.Min(mse))
		case "best-heldout":
			best = slices.Index(held, slices.Min(held))
		}
		if best != budget && best%10 == 0 || best == budget-1 {
			t.Fatalf("keep=%s: %d is too special a best iterate for this test; choose another learning rate", keep, best)
		}
		if r.BestK != best || r.Iterations != budget {
			t.Errorf("keep=%s: iteration %d of %d is saved, want %d", keep, r.BestK, r.Iterations, best)
		}
		if keep != "last" && (r.Train.MSE != mse[best] || r.Held.MSE != held[best]) {
			t.Errorf("keep=%s: errors %g and %g, at iteration %d they were %g and %g", keep, r.Train.MSE, r.Held.MSE, best, mse[best], held[best])
		}
		short := fitted(t, restless(), keepProblem(t, "last", best))
		if !slices.Equal(short.Model.Theta[0], r.Model.Theta[0]) || !reflect.DeepEqual(short.Model.Records[1].Start, r.Model.Records[1].Start) {
			t.Errorf("keep=%s: the saved model is not that after %d updates", keep, best)
		}
	}
}

// The start itself counts: if every step makes it worse, it is kept.
func TestStartIsKeptIfNothingIsBetter(t *testing.T) {
	first := fitted(t, defaults(t, "vanilla"), keepProblem(t, "best-train", 1)).Train.MSE
	r := fitted(t, &Vanilla{Descent: Descent{LR: 30}}, keepProblem(t, "best-train", 5))
	p := keepProblem(t, "best-train", 5)
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	if r.BestK != 0 || !slices.Equal(r.Model.Theta[0], z[:len(p.Parts.Theta0)]) {
		t.Errorf("iteration %d is saved, mean squared error %g, at the start about %g", r.BestK, r.Train.MSE, first)
	}
}

// The last update is judged as well.
func TestLastIterateMayBeTheBest(t *testing.T) {
	r := fitted(t, &Vanilla{Descent: Descent{LR: 0.003}}, keepProblem(t, "best-train", 5))
	if r.BestK != 5 {
		t.Errorf("the errors fall all the time, but iteration %d of 5 is saved", r.BestK)
	}
}

func TestWithoutHeldOutRowsNothingIsHeldOut(t *testing.T) {
	for _, method := range []string{"vanilla", "homotopy"} {
		recs := gappy(2, 0, 2)
		p := mustProblem(t, recs, tinyNet(0, false), func(s *Settings) { s.Heldout, s.Budget = 0, 12 })
		r, err := defaults(t, method).Fit(context.Background(), p, nil, func(e Event) {
			if !math.IsNaN(e.Held) {
				t.Fatalf("held-out error %g", e.Held)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Held != nil || r.Tried[0].Held != nil || p.Train[1].Len() != recs[1].Len() || r.Model.Records[1].Rows != recs[1].Len() {
			t.Errorf("%s: held-out scores %v, %d of %d rows are trained on", method, r.Held, p.Train[1].Len(), recs[1].Len())
		}
	}
}

// An ensemble of which some members diverge, each with its own best iterate,
// goes on from a checkpoint as if nothing had happened.
func TestTroubledRunsResume(t *testing.T) {
	for _, keep := range []string{"last", "best-train"} {
		p := mustProblem(t, gappy(2, 0, 2), tinyNet(0, false), func(s *Settings) {
			s.Seed, s.Members, s.Budget, s.Keep, s.Solver.MaxSteps = 1, 3, 90, keep, 30
		})
		if whole := goesOn(t, &Vanilla{Descent: Descent{LR: 10}}, p); len(whole.Warnings) == 0 {
			t.Fatal("no update was undone")
		}
	}
}

// goesOn fits from every checkpoint of a fit but the last and compares.
func goesOn(t *testing.T, m Method, p *Problem) *Result {
	t.Helper()
	var saved []Checkpoint
	whole := fittedWith(t, m, p, nil, func(e Event) {
		if e.Checkpoint != nil {
			text, err := json.Marshal(e.Checkpoint)
			if err != nil {
				t.Fatal(err)
			}
			saved = append(saved, Checkpoint{})
			if err := json.Unmarshal(text, &saved[len(saved)-1]); err != nil {
				t.Fatal(err)
			}
		}
	})
	for i := range saved[:len(saved)-1] {
		if a, b := summary(fittedWith(t, m, p, &saved[i], nil)), summary(whole); a != b {
			t.Errorf("keep=%s, from iteration %d:\n%s\nwant\n%s", p.Keep, saved[i].K, a, b)
		}
	}
	return whole
}

func summary(r *Result) string {
	return fmt.Sprint(r.Status, r.Members, r.BestK, r.Iterations, r.Evaluations, r.Warnings, r.Train.MSE, r.Model.Theta, r.Model.Records[1].Start)
}
