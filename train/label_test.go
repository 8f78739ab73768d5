package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// wiggles are recordings of three kinds that have the same mean and deviation and any phase: a
// slow sine, a fast one, and a slow one whose second half is fast, at irregular times with noise.
func wiggles(each, rows int, seed uint64) (all []data.Series) {
	r := num.Stream(seed, "wiggles")
	for i := range each {
		for kind, name := range []string{"slow", "fast", "both"} {
			s := data.Series{ID: fmt.Sprint(name, i), Names: []string{"x"}, Label: name}
			s.T, s.X = wiggle(r, kind, rows)
			all = append(all, s)
		}
	}
	return all
}

func wiggle(r *rand.Rand, kind, rows int) (t, x []float64) {
	phase, at := 2*math.Pi*r.Float64(), 0.0
	for k := range rows {
		rate := []float64{2, 5, 2}[kind]
		if kind == 2 && k > rows/2 {
			rate = 5
		}
		t, x = append(t, at), append(x, math.Sin(phase)+0.1*r.NormFloat64())
		dt := 0.1 * (0.5 + r.Float64())
		at, phase = at+dt, phase+rate*dt
	}
	return t, x
}

func labelled(t testing.TB, recs []data.Series, change ...func(*Settings)) *Problem {
	t.Helper()
	return mustProblem(t, recs, &field.Classifier{Units: 6, Hidden: []int{16}, Activation: "tanh"}, change...)
}

// TestLabelGradients: of whole recordings in minibatches and of all at once, of classes and of
// numbers, members beside.
func TestLabelGradients(t *testing.T) {
	numbers := wiggles(3, 12, 2)
	for i := range numbers {
		numbers[i].Label = fmt.Sprint(0.5 + float64(i*i))
	}
	for name, recs := range map[string][]data.Series{"classes": wiggles(3, 12, 1), "numbers": numbers} {
		for _, members := range []int{1, 2} {
			p := labelled(t, recs, func(s *Settings) { s.Heldout = 0 })
			piece, err := newPieceLoss(p, &Truncated{Length: 5, Batch: 4}, members)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(members, false), members, false))
			if err != nil {
				t.Fatal(err)
			}
			z, err := p.begin(members)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range []objective{piece, whole} {
				checkGradient(t, o, z, 2)
			}
			all, err := newPieceLoss(p, &Truncated{Length: 5, Batch: len(p.Train)}, members)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := all.Eval(nil, z, 3).Value, whole.Eval(nil, z, 0).Value; differs(a, b, 1e-12) {
				t.Errorf("%s: a minibatch of all recordings costs %g, all of them %g", name, a, b)
			}
		}
	}
}

// Each recording is drawn once before any is drawn again, by the iteration alone.
func TestMinibatchesGoThroughTheRecordings(t *testing.T) {
	p := labelled(t, wiggles(4, 12, 1), func(s *Settings) { s.Heldout = 0 })
	o, err := newPieceLoss(p, &Truncated{Length: 5, Batch: 4}, 1)
	if err != nil {
		t.Fatal(err)
	}
	count := make([]int, len(p.Train))
	for k := range 6 {
		o.drawWhole(k)
		for l := range 4 {
			count[o.rec[l]]++
		}
	}
	if slices.Min(count) != 2 || slices.Max(count) != 2 {
		t.Errorf("in two rounds recordings were drawn %v times", count)
	}
}

// Kinds that differ in the order of rows alone are told apart, where features of their values say
// little; the same bits after going on.
func TestClassifierTellsKindsOfOscillation(t *testing.T) {
	unhurried(t)
	p := labelled(t, wiggles(40, 40, 3), func(s *Settings) { s.Budget, s.Members = 400, 1 })
	m := defaults(t, "truncated").(*Truncated)
	m.Folds = 1
	var early *Checkpoint
	r := fittedWith(t, m, p, nil, func(e Event) {
		if e.Checkpoint != nil && early == nil && e.Checkpoint.K > 0 {
			early = e.Checkpoint
		}
	})
	if again := fittedWith(t, m, p, early, nil); !slices.Equal(r.Model.Theta[0], again.Model.Theta[0]) {
		t.Error("going on from a checkpoint gives other numbers")
	}
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	h := r.Labelled.Held
	t.Logf("accuracy %.2f, log loss %.3f; logistic %.2f, %.3f", h.Model.Accuracy, h.Model.LogLoss, h.Baselines[1].Accuracy, h.Baselines[1].LogLoss)
	if !(h.Model.Accuracy >= 0.9) || !(h.Model.LogLoss < h.Baselines[1].LogLoss) || h.Model.Recordings != 24 {
		t.Errorf("accuracy %g of %d, log loss %g, logistic %g", h.Model.Accuracy, h.Model.Recordings, h.Model.LogLoss, h.Baselines[1].LogLoss)
	}
	if len(r.Labelled.Each) != 120 || len(r.Verdicts) != 0 {
		t.Errorf("%d recordings, verdicts %v", len(r.Labelled.Each), r.Verdicts)
	}
	for _, e := range r.Labelled.Each {
		if sum := e.Says[0] + e.Says[1] + e.Says[2]; math.Abs(sum-1) > 1e-12 {
			t.Fatalf("probabilities of %s sum to %g", e.ID, sum)
		}
	}
}

// Scores of probabilities with known values.
func TestScoresOfClasses(t *testing.T) {
	s := newTold("", [][]float64{{0.9, 0.1}, {0.6, 0.4}, {0.3, 0.7}, {0.6, 0.4}}, []int{0, 0, 1, 1}, 2)
	want := map[string][2]float64{
		"accuracy": {s.Accuracy, 0.75}, "log loss": {s.LogLoss, -(math.Log(0.9) + math.Log(0.6) + math.Log(0.7) + math.Log(0.4)) / 4},
		"brier": {s.Brier, (0.02 + 0.32 + 0.18 + 0.72) / 4}, "auc": {s.AUC, 3.5 / 4},
	}
	for name, v := range want {
		if math.Abs(v[0]-v[1]) > 1e-12 {
			t.Errorf("%s is %g, want %g", name, v[0], v[1])
		}
	}
	x, y := s.ROC()
	if fmt.Sprint(x, y) != "[0 0 0.5 1] [0 0.5 1 1]" {
		t.Errorf("the curve is %v, %v", x, y)
	}
	if fmt.Sprint(s.Confusion) != "[[2 0] [1 1]]" {
		t.Errorf("confusion %v", s.Confusion)
	}
	rel := s.Reliability()
	if fmt.Sprint(rel.Count) != "[2 1 1]" || rel.Right[0] != 0.5 {
		t.Errorf("reliability %+v", rel)
	}
}

// The regression beside the model is at its maximum: of an affine law of features, the slope of
// the likelihood with its ridge is zero.
func TestLogisticRegressionIsAtItsMaximum(t *testing.T) {
	recs := Driving(wiggles(20, 20, 5))
	x := newDesign(recs).of(recs)
	var truth []int
	for i := range recs {
		truth = append(truth, i%3)
	}
	b := logistic(x, truth, 3)
	p := softmaxOf(x, b)
	_, n := x.Dims()
	for j := range n {
		for c := range 3 {
			slope := 0.0
			for i := range recs {
				v := p[i][c]
				if truth[i] == c {
					v--
				}
				slope += v * x.At(i, j)
			}
			if j > 0 {
				slope += labelRidge * b.At(j, c)
			}
			if math.Abs(slope) > 1e-5 {
				t.Errorf("slope %g at coefficient %d of class %d", slope, j, c)
			}
		}
	}
}

// Numbers that are no classes are told as numbers.
func TestNumbersOfRecordingsAreLearnt(t *testing.T) {
	unhurried(t)
	r := num.Stream(7, "levels")
	var recs []data.Series
	for i := range 60 {
		level := 4 * r.Float64()
		s := data.Series{ID: fmt.Sprint(i), Names: []string{"x"}, Label: fmt.Sprintf("%.4f", level*level)}
		for k := range 20 {
			s.T, s.X = append(s.T, float64(k)), append(s.X, level+0.3*r.NormFloat64())
		}
		recs = append(recs, s)
	}
	p := labelled(t, recs, func(s *Settings) { s.Budget, s.Members = 400, 1 })
	res := fitted(t, defaults(t, "truncated"), p)
	if err := Complete(p, res); err != nil {
		t.Fatal(err)
	}
	n := res.Labelled.Held.Numbers
	if p.Labels().Classes != nil || p.Loss != "squared" || !(n[0].R2 > 0.9) || !(n[0].RMSE < n[1].RMSE/3) {
		t.Errorf("%+v", n)
	}
}

func TestLabelsThatCannotBeLearnt(t *testing.T) {
	relabel := func(f func(i int) string) []data.Series {
		recs := wiggles(3, 8, 1)
		for i := range recs {
			recs[i].Label = f(i)
		}
		return recs
	}
	arch := &field.Classifier{Units: 3, Hidden: []int{4}, Activation: "tanh"}
	for want, c := range map[string]struct {
		recs   []data.Series
		change func(*Settings)
	}{
		"two classes to tell apart":  {recs: relabel(func(int) string { return "a" })},
		"one recording alone":        {recs: relabel(func(i int) string { return []string{"a", "b"}[min(i, 1)] })},
		"is called nothing":          {recs: relabel(func(i int) string { return "ab"[i%2:][:i%2] })},
		"belongs to a whole":         {recs: wiggles(3, 8, 1), change: func(s *Settings) { s.Heldout, s.HeldWindows = 0, 0.2 }},
		"is that of numbers":         {recs: wiggles(3, 8, 1), change: func(s *Settings) { s.Loss = "huber" }},
		"labels are numbers such as": {recs: relabel(func(i int) string { return fmt.Sprint(0.5 * float64(i)) }), change: func(s *Settings) { s.Loss = "cross-entropy" }},
	} {
		s := DefaultSettings()
		if c.change != nil {
			c.change(&s)
		}
		if _, err := NewProblem(c.recs, "classifier", arch, s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; it should say %q", err, want)
		}
	}
	if _, err := NewProblem(wiggles(3, 8, 1), "mlp", &field.MLP{Hidden: []int{4}, Activation: "tanh"}, DefaultSettings()); err == nil || !strings.Contains(err.Error(), "model=classifier") {
		t.Errorf("%v", err)
	}
	p := labelled(t, wiggles(3, 8, 1))
	for _, name := range Methods.Names() {
		_, err := defaults(t, name).Fit(t.Context(), p.changed(func(q *Problem) { q.Budget = 1 }), nil, nil)
		if able := name == "truncated" || name == "vanilla"; able != (err == nil) {
			t.Errorf("method=%s of labels: %v", name, err)
		}
	}
}
