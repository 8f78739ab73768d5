package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
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

// The mean that is saved is the one of its definition, over the very iterates of a fit without it.
func TestMeanOfIteratesIsSaved(t *testing.T) {
	const past, budget = 0.8, 30
	var zs [][]float64
	path := func(average float64) (*Result, [][]float64) {
		p, zs := keepProblem(t, "last", budget), [][]float64(nil)
		p.Path = 1
		r, err := (&Vanilla{Descent: Descent{LR: 0.05, Average: average}}).Fit(context.Background(), p, nil, func(e Event) {
			if e.Z != nil {
				zs = append(zs, slices.Clone(e.Z))
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return r, zs
	}
	_, zs = path(0)
	r, shown := path(past)
	mean := slices.Clone(zs[0])
	for k := range budget - 1 {
		w := min(past, float64(1+k)/float64(10+k))
		for i, v := range zs[k+1] {
			mean[i] = w*mean[i] + (1-w)*v
		}
		if !slices.Equal(mean, shown[k+1]) {
			t.Fatalf("iteration %d: the mean is not that of the iterates", k+1)
		}
	}
	if last := shown[budget-1]; slices.Equal(last[:len(r.Model.Theta[0])], zs[budget-1][:len(r.Model.Theta[0])]) {
		t.Error("the mean is the last iterate")
	}
	if whole := goesOn(t, &Vanilla{Descent: Descent{LR: 0.05, Average: past, Warm: 7}}, keepProblem(t, "best-train", 60)); whole.Status != StatusOK {
		t.Error(whole.Status)
	}
}

// Steps that are too long for where they lead jump about what they look for; the mean is nearer to it.
func TestMeanIsBetterThanWhatJumps(t *testing.T) {
	x, rng := make([]float64, 80), rand.New(rand.NewPCG(3, 0))
	for i := range x {
		x[i] = 4*math.Exp(-0.3*0.1*float64(i)) + 0.1*rng.NormFloat64()
	}
	recs := []data.Series{single(steps(80, 0.1), x)}
	arch := &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 0.3}}}
	scatter := func(average float64) float64 { // of k over the last iterations, when it has arrived
		var ks []float64
		p := mustProblem(t, recs, arch, func(s *Settings) { s.Keep, s.Budget, s.Path = "last", 200, 1 })
		m := defaults(t, "truncated").(*Truncated)
		m.Length, m.Batch, m.LR, m.Schedule, m.Average = 5, 1, 0.1, "constant", average
		_, err := m.Fit(t.Context(), p, nil, func(e Event) {
			if e.Z != nil && e.K >= 100 {
				ks = append(ks, e.Z[0])
			}
		})
		if err != nil || len(ks) != 100 {
			t.Fatal(len(ks), err)
		}
		return data.NewMoments(single(steps(100, 1), ks)).SD[0]
	}
	if raw, mean := scatter(0), scatter(0.97); !(mean < 0.6*raw) {
		t.Errorf("deviation %g of the mean, %g of the last iterate", mean, raw)
	}
}

// Training ends when it has waited long enough, with what was best, and in the same place after a stop.
func TestPatienceEndsTraining(t *testing.T) {
	const patience = 6
	for _, keep := range []string{"best-train", "best-heldout"} {
		whole := fitted(t, restless(), keepProblem(t, keep, 200))
		var scores []float64
		m := &Vanilla{Descent: Descent{LR: 0.7, Patience: patience}}
		r, err := m.Fit(context.Background(), keepProblem(t, keep, 200), nil, func(e Event) {
			if e.Checkpoint == nil {
				scores = append(scores, map[string]float64{"best-train": e.MSE, "best-heldout": e.Held}[keep])
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		best := slices.Index(scores, slices.Min(scores))
		if r.BestK != best || r.Iterations != best+patience+1 || r.Iterations >= whole.Iterations || r.Status != StatusOK {
			t.Errorf("keep=%s: %s after %d iterations with that of %d; the best of %d scores was at %d", keep, r.Status, r.Iterations, r.BestK, len(scores), best)
		}
		if why := r.Tried[0].Why; !strings.Contains(why, "6 of them without a better score") {
			t.Errorf("%q does not say why it ended", why)
		}
		goesOn(t, m, keepProblem(t, keep, 200))
	}
}

// The learning rate rises in even steps.
func TestWarmStepsAreShorter(t *testing.T) {
	p := keepProblem(t, "last", 10)
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	length := func(warm, k int) float64 {
		step, err := Descent{LR: 0.1, Optimiser: "sgd", Warm: warm}.transform(p, 1, 10)
		if err != nil {
			t.Fatal(err)
		}
		u := make([]float64, len(z))
		for i := range u {
			u[i] = 1
		}
		step.Apply(u, make([]float64, step.StateSize(len(z))), z, k)
		return u[0]
	}
	for k, part := range []float64{0.25, 0.5, 0.75, 1, 1} {
		if got, want := length(4, k), part*length(0, k); math.Abs(got-want) > 1e-15 {
			t.Errorf("step %d is %g, want %g", k, got, want)
		}
	}
}

// A model that is kept from the first tenth of a fit, and fits badly, is said to be untrained;
// one that had all iterations is not, nor one that fits well.
func TestAModelKeptEarlyIsSaidToBeUntrained(t *testing.T) {
	for _, one := range []struct {
		at, k    int
		distance float64
		keep     string
		want     bool
	}{{10, 110, 0.8, "best-heldout", true}, {10, 110, 0.8, "best-train", true}, {10, 110, 0.1, "best-heldout", false},
		{60, 160, 0.8, "best-heldout", false}, {10, 110, 0.8, "last", false}, {10, 10, 0.8, "best-train", false}} {
		c := &course{keep: one.keep, patience: 100, early: 40, k: one.k, budget: 400}
		r := &Result{BestK: one.at, Train: data.Scores{NRMSE: one.distance}}
		c.lookEarly(r)
		switch {
		case (r.untrained != "") != one.want || len(r.Warnings) > 0 != one.want:
			t.Errorf("%+v: %q", one, r.untrained)
		case one.want && (!strings.Contains(r.untrained, "patience above 100") || strings.Contains(r.untrained, "keep=best-train") != (one.keep == "best-heldout")):
			t.Errorf("%+v: %q", one, r.untrained)
		}
	}
}

// What is said of the residuals of such a model does not send for hidden states.
func TestTheAdviceForAnUntrainedModelIsToWait(t *testing.T) {
	p := columnProblem(t, math.Sin, 100)
	p.Keep, p.Budget, p.Members = "best-train", 200, 1
	r := fitted(t, &Vanilla{Descent: Descent{LR: 30, Patience: 3}}, p)
	if r.untrained == "" {
		t.Fatalf("iteration %d of %d was kept, off by %g", r.BestK, r.Iterations, r.Train.NRMSE)
	}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Verdicts {
		if strings.Contains(v.Text, "augment") && v.Code == VerdictMemory || v.Code == VerdictMemory && !strings.Contains(v.Text, "nearly untrained") {
			t.Errorf("%s", v.Text)
		}
	}
	if !slices.ContainsFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictMemory }) {
		t.Errorf("nothing is said of what is left: %v", r.Verdicts)
	}
}
