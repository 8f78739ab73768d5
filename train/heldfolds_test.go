package train

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// relaxation is the law of relaxing.
func relaxation() *field.Equations {
	return &field.Equations{Text: "x' = k*(c - x)", Parameters: map[string]field.Unknown{"k": {Start: 0.3}, "c": {Start: 1}}}
}

// inFolds is a setting of so many folds.
func inFolds(k int) func(*Settings) {
	return func(s *Settings) { s.Heldout, s.HeldFolds = 0, k }
}

// fittedInFolds fits as a run does.
func fittedInFolds(t *testing.T, ctx context.Context, m Method, p *Problem, from *Checkpoint, on func(Event)) *Result {
	t.Helper()
	r, err := Fit(ctx, m, p, from, on)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// byHand fits the split of a fold that a user made, without folds, and scores what it has not seen.
func byHand(t *testing.T, m Method, seen, held []data.Series, arch field.Architecture, change ...func(*Settings)) *HeldOut {
	t.Helper()
	q := mustProblem(t, seen, arch, append(change, func(s *Settings) { s.Heldout = 0 })...)
	r := fitted(t, m, q)
	q.Apart = held
	if err := Complete(q, r); err != nil {
		t.Fatal(err)
	}
	return r.Assessment.Held
}

// The score of each fold is that of the fit of that split made by hand, to the bit, whatever the
// method; the model that is saved is that of all rows. Every recording is in one fold.
func TestFoldsAreTheFitsOfTheirSplits(t *testing.T) {
	all, one := relaxing(5, 30, 0), relaxing(1, 60, 0)
	network := &field.MLP{Hidden: []int{4}, Activation: "tanh"}
	short := func(s *Settings) { s.Budget, s.Seed = 15, 3 }
	for _, c := range []struct {
		method string
		series []data.Series
		arch   field.Architecture
		folds  int
	}{{"lm", all, relaxation(), 5}, {"lm", one, relaxation(), 3}, {"vanilla", all, network, 2}, {"multiple-shooting", one, network, 2}} {
		m := defaults(t, c.method)
		p := mustProblem(t, c.series, c.arch, inFolds(c.folds), short)
		r := fittedInFolds(t, context.Background(), m, p, nil, nil)
		whole := fitted(t, m, mustProblem(t, c.series, c.arch, short, func(s *Settings) { s.Heldout = 0 }))
		if fmt.Sprint(r.Model.Theta) != fmt.Sprint(whole.Model.Theta) {
			t.Errorf("%s: the model is not that of all rows", c.method)
		}
		if len(r.HeldFolds.Each) != c.folds {
			t.Fatalf("%s: %d folds", c.method, len(r.HeldFolds.Each))
		}
		seen := map[string]int{}
		for j, f := range r.HeldFolds.Each {
			train, held := p.dealt.fold(j, c.folds)
			for _, part := range held {
				for _, at := range part.T {
					seen[fmt.Sprint(part.ID[:2], at)]++
				}
				for _, other := range train {
					if other.ID[:2] == part.ID[:2] && (len(c.series) > 1 || slices.Contains(other.T, part.T[0])) {
						t.Errorf("%s: fold %d is trained on", c.method, j)
					}
				}
			}
			want := byHand(t, m, train, held, c.arch, short)
			if f.MSE != want.Scores.MSE || f.NRMSE != want.Scores.NRMSE || f.R2 != want.Scores.R2 || f.Rows != want.Rows || !isNumber(f.MSE) {
				t.Errorf("%s, fold %d: %+v, by hand %+v", c.method, j, f, want.Scores)
			}
		}
		rows := 0
		for _, s := range c.series {
			rows += s.Len()
		}
		if len(seen) != rows {
			t.Errorf("%s: %d of %d rows are in folds", c.method, len(seen), rows)
		}
	}
}

// A fold of nonsense changes nothing of the model that has not seen it, scales included, and changes
// those that have.
func TestFoldsAreUnseen(t *testing.T) {
	all := relaxing(6, 30, 0)
	p := mustProblem(t, all, relaxation(), inFolds(3))
	bad := relaxing(6, 30, 0)
	for i := range bad {
		for k := range bad[i].X {
			if p.dealt.of[i] == 0 {
				bad[i].X[k] = 1000 * float64((k*k)%7)
			}
		}
	}
	q := mustProblem(t, bad, relaxation(), inFolds(3))
	if !slices.Equal(p.dealt.of, q.dealt.of) {
		t.Fatal("values say which recording is in which fold")
	}
	same := func(j int) bool {
		var theta [2]string
		for i, of := range []*Problem{p, q} {
			fold, _, err := of.withoutFold(j)
			if err != nil {
				t.Fatal(err)
			}
			theta[i] = fmt.Sprint(fitted(t, defaults(t, "lm"), fold).Model.Theta, fold.Parts.Frame)
		}
		return theta[0] == theta[1]
	}
	if !same(0) || same(1) {
		t.Error("the nonsense is seen without its fold, or is not seen in others")
	}
}

// Ended anywhere, the model of all rows and finished folds are kept, and going on gives the same bits.
func TestFoldsGoOn(t *testing.T) {
	m, arch := defaults(t, "vanilla"), &field.MLP{Hidden: []int{4}, Activation: "tanh"}
	p := mustProblem(t, relaxing(4, 20, 0), arch, inFolds(2), func(s *Settings) { s.Budget = 12 })
	events := 0
	want := fittedInFolds(t, context.Background(), m, p, nil, func(e Event) { events++ })
	done := map[int]int{} // folds that were finished at an end
	for _, stop := range []int{2, events / 3, events / 2, 2 * events / 3, events - 2} {
		ctx, cancel := context.WithCancelCause(context.Background())
		var last *Checkpoint
		n := 0
		r := fittedInFolds(t, ctx, m, p, nil, func(e Event) {
			if n++; n == stop {
				cancel(ErrLimit)
			}
			if e.Checkpoint != nil {
				text, err := json.Marshal(e.Checkpoint)
				if err != nil {
					t.Fatal(err)
				}
				if last = (&Checkpoint{}); json.Unmarshal(text, last) != nil {
					t.Fatal("a checkpoint cannot be read back")
				}
			}
		})
		if r.HeldFolds != nil {
			done[len(r.HeldFolds.Each)]++
			if fmt.Sprint(r.Model.Theta) != fmt.Sprint(want.Model.Theta) || r.Status == StatusStopped && !strings.Contains(fmt.Sprint(r.Warnings), "a limit ended the folds") {
				t.Errorf("stopped after %d events: %s, %v", stop, r.Status, r.Warnings)
			}
		} else if r.Status != StatusStopped {
			t.Errorf("stopped after %d events: %s", stop, r.Status)
		}
		again := fittedInFolds(t, context.Background(), m, p, last, nil)
		if fmt.Sprint(again.HeldFolds.Each) != fmt.Sprint(want.HeldFolds.Each) || fmt.Sprint(again.Model.Theta) != fmt.Sprint(want.Model.Theta) {
			t.Errorf("stopped after %d of %d events and gone on: %+v, want %+v", stop, events, again.HeldFolds, want.HeldFolds)
		}
	}
	if len(done) < 2 {
		t.Errorf("folds finished at the ends: %v", done)
	}
}

func TestWhatFoldsNeed(t *testing.T) {
	labels := few(t, 2, 12)
	for want, c := range map[string]struct {
		n, rows int
		change  func(*Settings)
	}{
		"there are 3 recordings, and each fold takes one; take heldout=folds:3": {3, 20, inFolds(5)},
		"the one recording has 20 rows, and each fold takes 7":                  {1, 20, inFolds(3)},
		"has 6 rows, and 7 are the fewest":                                      {4, 6, inFolds(2)},
		"there are two folds or more":                                           {4, 20, inFolds(1)},
		"folds are all that is held out":                                        {4, 20, func(s *Settings) { s.HeldFolds = 2 }},
		"keep=best-heldout would choose":                                        {4, 20, func(s *Settings) { s.Heldout, s.HeldFolds, s.Keep = 0, 2, "best-heldout" }},
		"start= is the state at the first row": {1, 40, func(s *Settings) {
			s.Heldout, s.HeldFolds, s.Initial, s.Start = 0, 2, "known", []float64{1}
		}},
	} {
		s := DefaultSettings()
		c.change(&s)
		if _, err := NewProblem(relaxing(c.n, c.rows, 0), "equations", relaxation(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	s := DefaultSettings()
	inFolds(2)(&s)
	if _, err := NewProblem(smallKinds()[2].recordings(12, 3, "train"), "classifier", labels.Arch, s); err == nil || !strings.Contains(err.Error(), "labelled recordings have folds") {
		t.Errorf("labels: %v", err)
	}
	p := mustProblem(t, relaxing(4, 20, 0), relaxation(), inFolds(3))
	plain := mustProblem(t, relaxing(4, 20, 0), relaxation(), func(s *Settings) { s.Heldout = 0 })
	m := defaults(t, "lm")
	if got, want := p.Cost(m), plain.Cost(m); got.Steps != 4*want.Steps || !(got.Seconds > 2.9*want.Seconds) {
		t.Errorf("cost %+v, of one fit %+v", got, want)
	}
}
