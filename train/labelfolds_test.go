package train

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// few is a problem of few recordings of a kind, with a small classifier.
func few(t testing.TB, kind, count int, change ...func(*Settings)) *Problem {
	t.Helper()
	k := smallKinds()[kind]
	p, err := NewProblem(k.recordings(count, 3, "train"), "classifier", &field.Classifier{Units: 3, Hidden: []int{5}, Activation: "tanh", Summary: true}, func() Settings {
		s := DefaultSettings()
		s.Heldout = 0
		for _, c := range change {
			c(&s)
		}
		return s
	}())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What the model computes of its integrals is what is computed from the rows, so that it begins as
// the regression on these features, of the recordings that each member sees.
func TestClassifiersBeginAsTheRegressionOnTheirFeatures(t *testing.T) {
	p := few(t, 5, 12)
	z, err := p.begin(1)
	if err != nil {
		t.Fatal(err)
	}
	seen := []int{0, 1, 2, 3, 6, 7, 8, 9}
	p.regressed(z, seen)
	c := p.Arch.(*field.Classifier)
	var own []int
	all := summaries(c, p.Train)
	sub := summaries(c, pick(p.Train, seen))
	for _, i := range seen {
		own = append(own, slices.Index(p.labels.Classes, p.labels.Train[i]))
	}
	want := softmaxOf(all, logistic(sub, own, 2))
	a, err := newAsker(p)
	if err != nil {
		t.Fatal(err)
	}
	got := a.tell(z, 1, make([]int, len(p.Train)))
	for i, one := range want {
		for j, v := range one {
			if g := math.Exp(got[2*i+j]); math.Abs(g-v) > 1e-3 {
				t.Errorf("recording %d, class %d: %.6f, the regression says %.6f", i, j, g, v)
			}
		}
	}
	z[0] += 0.3 // and a network without a say changes nothing
	if again := a.tell(z, 1, make([]int, len(p.Train))); !slices.Equal(got, again) {
		t.Error("the latent state has a say where training begins")
	}
}

func pick[T any](all []T, of []int) (out []T) {
	for _, i := range of {
		out = append(out, all[i])
	}
	return out
}

// Gradients with features, where each member sees recordings of its own; what each draws are these.
func TestGradientsOfMembersThatSeeOtherRecordings(t *testing.T) {
	p := few(t, 5, 10)
	o, err := newPieceLoss(p, &Truncated{Length: 1, Batch: 3}, 2)
	if err != nil {
		t.Fatal(err)
	}
	o.only = [][]int{{0, 1, 2, 3, 4}, {5, 6, 7, 8, 9}}
	z, err := p.begin(2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range z {
		z[i] += 0.1 * math.Sin(float64(i))
	}
	checkGradient(t, o, z, 2)
	for k := range 5 {
		o.draw(k)
		for l := range 6 {
			if (o.rec[l] >= 5) != (o.member(l) == 1) {
				t.Errorf("iteration %d: member %d sees recording %d", k, o.member(l), o.rec[l])
			}
		}
	}
}

// The same bits after going on, from within the folds and from behind them.
func TestFoldsGoOnFromCheckpoints(t *testing.T) {
	p := few(t, 2, 12, func(s *Settings) { s.Budget = 60 })
	m := defaults(t, "truncated").(*Truncated)
	m.LR = 0.05
	var saved []*Checkpoint
	r := fittedWith(t, m, p, nil, func(e Event) {
		if e.Checkpoint != nil {
			saved = append(saved, e.Checkpoint)
		}
	})
	if r.Folded == nil || r.Folded.Folds != 5 || len(r.Folded.Says) != 12 || r.Iterations != r.Folded.K || len(r.Model.Theta) != labelMembers {
		t.Fatalf("%+v, %d members", r.Folded, len(r.Model.Theta))
	}
	stages := map[int]*Checkpoint{}
	for _, c := range saved {
		if stages[c.Stage] == nil || c.K == 25 {
			stages[c.Stage] = c
		}
	}
	if len(stages) != 2 {
		t.Fatalf("%d stages", len(stages))
	}
	for stage, from := range stages {
		again := fittedWith(t, m, p, from, nil)
		if fmt.Sprint(again.Model.Theta) != fmt.Sprint(r.Model.Theta) || again.Folded.K != r.Folded.K {
			t.Errorf("going on in part %d gives other numbers", stage)
		}
	}
}

// Each recording is in one fold, each class evenly; of many recordings one fold is enough, of few
// there are none.
func TestFoldsAreEven(t *testing.T) {
	p := few(t, 0, 30)
	folds, of, err := p.foldsOf(0)
	if err != nil || folds != 5 {
		t.Fatal(folds, err)
	}
	count := map[string]int{}
	for i, f := range of {
		count[fmt.Sprint(p.labels.Train[i], f)]++
	}
	if len(count) != 15 {
		t.Errorf("classes in folds: %v", count)
	}
	if folds, of, _ := few(t, 2, 202).foldsOf(0); folds != 1 || slices.Index(of, 0) < 0 || slices.Index(of, -1) < 0 || slices.Max(of) != 0 {
		t.Errorf("%d folds of 202: %v", folds, of)
	}
	if folds, _, _ := few(t, 2, 8).foldsOf(0); folds != 0 {
		t.Errorf("%d folds of 8", folds)
	}
	if _, _, err := p.foldsOf(40); err == nil {
		t.Error("40 folds of 30 recordings")
	}
}

// Too sure by a known factor is found to be so.
func TestTemperatureIsFound(t *testing.T) {
	var logs [][]float64
	var truth []int
	for i := range 4000 { // logits ±1 are right, ±3 were said
		logs, truth = append(logs, []float64{3, 0}), append(truth, 0)
		if float64(i%1000) >= 1000/(1+math.Exp(-1)) {
			truth[i] = 1
		}
	}
	if v := temperature(logs, truth); math.Abs(v-3) > 0.05 {
		t.Errorf("temperature %g, want 3", v)
	}
	p := few(t, 2, 12)
	z, _ := p.begin(1)
	a, _ := newAsker(p)
	before := a.tell(z, 1, make([]int, 12))
	p.cool(z, 2)
	after := a.tell(z, 1, make([]int, 12))
	for i := range 12 {
		want := cooled(before[2*i:2*i+2], 2)
		if g := math.Exp(after[2*i]); math.Abs(g-want[0]) > 1e-2 {
			t.Errorf("recording %d: %g at temperature 2, want %g", i, g, want[0])
		}
	}
}

// A baseline wins where it is better by more than scatter, and not where it is by chance.
func TestBaselinesWinByMoreThanScatter(t *testing.T) {
	told := func(p ...float64) *Told {
		var all [][]float64
		truth := make([]int, len(p))
		for _, v := range p {
			all = append(all, []float64{v, 1 - v})
		}
		return newTold("b", all, truth, 2)
	}
	clear := LabelScores{Model: told(0.3, 0.3, 0.2, 0.3), Baselines: []*Told{told(0.6, 0.7, 0.6, 0.6)}}
	chance := LabelScores{Model: told(0.6, 0.7, 0.6, 0.05), Baselines: []*Told{told(0.5, 0.5, 0.5, 0.5)}}
	if clear.beaten() == "" || chance.beaten() != "" {
		t.Errorf("%q, %q", clear.beaten(), chance.beaten())
	}
}

// A recording that cannot be followed is passed over and counted: losses and gradients are those of
// the others.
func TestRecordingsThatCannotBeFollowedArePassedOver(t *testing.T) {
	for _, members := range []int{1, 2} {
		p := few(t, 2, 4)
		z, err := p.begin(members)
		if err != nil {
			t.Fatal(err)
		}
		p.Train[1].U = slices.Clone(p.Train[1].U)
		p.Train[1].U[7] = 1e200 // whose square is no number
		o, err := newPieceLoss(p, &Truncated{Descent: Descent{Adjoint: "discrete"}, Length: 1, Batch: 4}, members)
		if err != nil {
			t.Fatal(err)
		}
		g := make([]float64, len(z))
		loss := o.Eval(g, z, 0)
		if loss.Fail != "" || !isNumber(loss.Value) || slices.ContainsFunc(g, func(v float64) bool { return !isNumber(v) }) {
			t.Errorf("%d members: loss %g (%s), gradient %v", members, loss.Value, loss.Fail, g)
		}
		if w := o.warnings(); len(w) != 1 || !o.passed[1] {
			t.Errorf("warnings %v", w)
		}
	}
}
