package train

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

func TestDerivativesOfPiecesAgreeWithDifferences(t *testing.T) {
	for _, join := range []bool{true, false} {
		_, p := transcribed(t, "mlp", &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(s *Settings) { s.Constraints = []string{"x*y <= 3"} })
		nlp := newTranscription(p, p.elementMesh(5), num.RadauRule(2), 1e-2, pieces{3, join})
		nlp.limit()
		cuts := 0
		for _, e := range nlp.elements {
			if e.cut {
				cuts++
			}
		}
		if want := 2 * len(p.Train); cuts != want || join != (nlp.joins() == cuts*nlp.states) {
			t.Errorf("join %v: %d cuts, want %d; %d rows join them", join, cuts, want, nlp.joins())
		}
		agreesWithDifferences(t, "pieces", nlp)
	}
}

// TestPiecesThatMeetAreTheWhole: another linear algebra, the same answer; and the same bits for
// any number of threads.
func TestPiecesThatMeetAreTheWhole(t *testing.T) {
	theta := func(count, threads int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		c := defaults(t, "collocation").(*Collocation)
		c.Batches.Batches = count
		r := fitted(t, c, predatorAndPrey(t, nil))
		if r.Status != StatusOK || len(r.Warnings) > 0 {
			t.Fatalf("%d pieces: %s, %q", count, r.Status, r.Warnings)
		}
		return r.Model.Theta[0]
	}
	whole, cut := theta(0, 1), theta(4, 1)
	for i, v := range whole {
		if math.Abs(cut[i]/v-1) > 1e-7 {
			t.Errorf("parameter %d is %.10g in pieces, %.10g as a whole", i, cut[i], v)
		}
	}
	if again := theta(4, 3); !slices.Equal(again, cut) {
		t.Errorf("three threads give other bits: %v, %v", again, cut)
	}
}

// TestPiecesWithStartsOfTheirOwn lie nearer to their rows and need not meet.
func TestPiecesWithStartsOfTheirOwn(t *testing.T) {
	p := predatorAndPrey(t, nil)
	off := func(join bool) (misfit, gap float64) {
		c := &Collocation{Stages: 3, Tolerance: 1e-8, Refine: 1e9, Starts: 1, Batches: Batches{Batches: 4, Join: join}}
		l, err := c.prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		l.start(context.Background())
		l.course.run(context.Background(), func(Event) {})
		a := l.members[0].tries[0]
		if !a.state.Verdict.Solved() {
			t.Fatal(a.state.Verdict)
		}
		x := a.x()
		for e, el := range a.nlp.elements {
			for i := range a.nlp.states {
				if el.cut {
					gap = max(gap, math.Abs(x[el.at+i]-x[a.nlp.meets(e)+i]))
				}
			}
		}
		return a.nlp.misfit(x), gap
	}
	joined, none := off(true)
	apart, gap := off(false)
	if !(apart < joined) || !(none < 1e-8) || !(gap > 1e-3) {
		t.Errorf("misfit %g joined and %g apart, gaps %g and %g", joined, apart, none, gap)
	}
}
