package train

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// TestGrowthOfErrorsIsThatOfTheField: of a linear field it is the exponential of
// its matrix, whatever the orbit, and of one that turns only it is none.
func TestGrowthOfErrorsIsThatOfTheField(t *testing.T) {
	s := others()[2]
	rec, _ := s.draw(1)
	arch := &field.Equations{Text: "x' = 0.3*x + y\ny' = -x + 0.3*y"}
	p, err := NewProblem([]data.Series{rec}, "equations", arch, DefaultSettings())
	if err != nil {
		t.Fatal(err)
	}
	steps := p.growth(0, 0, p.Parts.Theta0)
	train := &p.Train[0]
	if want, got := 0.3*(train.T[train.Len()-1]-train.T[0]), totalGrowth(steps); math.Abs(got-want) > 0.05 {
		t.Errorf("errors grow by e^%.3f, want e^%.3f", got, want)
	}
	f, dt := &p.Parts.Frame, train.T[1]-train.T[0]
	var want mat.Dense
	ratio := f.Scale[1] / f.Scale[0]
	want.Exp(mat.NewDense(2, 2, []float64{0.3 * dt, dt * ratio, -dt / ratio, 0.3 * dt}))
	if !mat.EqualApprox(steps[1], &want, 1e-12) {
		t.Errorf("a step is %v, want %v", mat.Formatted(steps[1]), mat.Formatted(&want))
	}
}

// TestOnlyRecordingsInWhichErrorsGrowAreCut: of a chaotic one no segment is
// longer than it can be predicted, before and after the refit takes the held-out
// rows; a short periodic one stays whole.
func TestOnlyRecordingsInWhichErrorsGrowAreCut(t *testing.T) {
	unhurried(t)
	chaotic := others()[len(others())-1]
	chaotic.rows, chaotic.dt, chaotic.noise = 400, 0.08, 0.02
	for _, c := range []struct {
		s    system
		most float64 // longest segment; one of 200 rows has 16
	}{{chaotic, 10}, {lotkaVolterra(), 100}} {
		rec, _ := c.s.draw(1)
		p, err := NewProblem([]data.Series{rec}, "poly-mlp", blackBox(), DefaultSettings())
		if err != nil {
			t.Fatal(err)
		}
		a := &search{p: p, ctx: context.Background()}
		if a.list, err = p.candidates(); err != nil {
			t.Fatal(err)
		}
		a.limit()
		longest, cuts := 0.0, a.list[0].p.cut()
		check := func(segs []segment, s *data.Series) {
			for _, g := range segs {
				longest = max(longest, s.T[g.to-1]-s.T[g.from])
				if g.to-g.from < fewestRows {
					t.Errorf("%s: a segment of %d rows", c.s.name, g.to-g.from)
				}
			}
		}
		check(cuts, &p.Train[0])
		if longest > c.most {
			t.Errorf("%s: the longest segment is %.3g", c.s.name, longest)
		}
		if c.most == 100 && len(cuts) > 1 {
			t.Errorf("%s is cut into %d", c.s.name, len(cuts))
		}
		for _, q := range a.list[1:] { // or evidences could not be compared
			if len(q.p.cut()) != len(cuts) {
				t.Errorf("%s: %d and %d segments", c.s.name, len(q.p.cut()), len(cuts))
			}
		}
		q := a.list[1]
		theta, _ := field.Draw(q.p.Parts, q.p.Init, 0, 0)
		if q.b, err = newBayes(q.p, q.p.cut(), theta); err != nil {
			t.Fatal(err)
		}
		q.b.budget = matchSteps
		q.b.match()
		all, err := a.onAllRows(q, q)
		if err != nil {
			t.Fatal(err)
		}
		longest = 0
		check(all.free.segments(), &rec)
		if last := all.free.segments()[len(all.free.segs)-1]; longest > c.most || last.to != rec.Len() {
			t.Errorf("%s: the refit's longest segment is %.3g, its last row %d of %d", c.s.name, longest, last.to, rec.Len())
		}
	}
}

// Segments go on behind the rows along which errors were followed, in segments of the same length.
func TestSegmentsGoOnBehindTheRowsThatWereFollowed(t *testing.T) {
	if got := goOnCutting([]int{0, 40, 100}, 0, 150, 150); !slices.Equal(got, []int{0, 40, 100}) {
		t.Errorf("all rows were followed: %v", got)
	}
	if got := goOnCutting([]int{200, 240, 300}, 200, 350, 457); !slices.Equal(got, []int{200, 240, 300, 350, 400}) {
		t.Errorf("the last 107 rows were not: %v", got)
	}
}

// Errors are followed from a later row on as from the first one.
func TestAnchorsBeginAtAnyRow(t *testing.T) {
	steps := make([]*mat.Dense, 60)
	for k := 21; k < len(steps); k++ {
		steps[k] = mat.NewDense(1, 1, []float64{math.Exp(mostGrowth / 9.5)})
	}
	if got := anchors(steps, 20, mostGrowth); !slices.Equal(got, []int{20, 30, 40, 50}) {
		t.Errorf("%v", got)
	}
	if got := anchors(steps[:21], 20, mostGrowth); !slices.Equal(got, []int{20}) {
		t.Errorf("of one row: %v", got)
	}
}
