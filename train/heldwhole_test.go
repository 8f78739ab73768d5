package train

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

// relaxing are recordings of x' = k·(2 − x) from other starts, k their own if it is spread.
func relaxing(n, rows int, spread float64) (all []data.Series) {
	r := num.Stream(9, "relaxing")
	for i := range n {
		k, x0 := 0.7*math.Exp(spread*r.NormFloat64()), 4*r.Float64()-1
		s := data.Series{ID: fmt.Sprint("r", i), Names: []string{"x"}}
		for j := range rows {
			t := 0.1 * float64(j)
			s.T, s.X = append(s.T, t), append(s.X, 2+(x0-2)*math.Exp(-k*t)+0.02*r.NormFloat64())
		}
		all = append(all, s)
	}
	return all
}

// Recordings held out whole are seen neither by the fit nor by its scaling, and
// are forecast from their own first rows, baselines beside.
func TestWholeRecordingsAreHeldOut(t *testing.T) {
	unhurried(t)
	all := relaxing(10, 40, 0)
	arch := &field.Equations{Text: "x' = k*(c - x)", Parameters: map[string]field.Unknown{"k": {Start: 0.3}, "c": {Start: 1}}}
	p := mustProblem(t, all, arch, func(s *Settings) { s.Heldout, s.HeldRecordings = 0, 0.3 })
	if len(p.Train) != 7 || len(p.Apart) != 3 || p.Held != nil || len(p.Recordings()) != 7 {
		t.Fatalf("%d to train on, %d held out", len(p.Train), len(p.Apart))
	}
	for _, s := range p.Apart {
		for _, q := range p.Train {
			if q.ID == s.ID {
				t.Errorf("%s is trained on and held out", s.ID)
			}
		}
	}
	r := fitted(t, defaults(t, "lm"), p)
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	h := r.Assessment.Held
	if h.Recordings != 3 || h.Rows != 3*36 || !(h.Scores.NRMSE < 0.1) || len(r.Model.Records) != 7 {
		t.Errorf("%d recordings, %d rows, nrmse %g", h.Recordings, h.Rows, h.Scores.NRMSE)
	}
	if len(r.Assessment.Baselines) < 3 || !(r.Assessment.Baselines[0].Scores.NRMSE > 2*h.Scores.NRMSE) {
		t.Errorf("baselines: %+v", r.Assessment.Baselines)
	}
	if r.Model.Band == nil || len(r.Model.Band.Groups) == 0 {
		t.Errorf("the band knows nothing of held-out recordings: %+v", r.Model.Band)
	}
	moved := relaxing(10, 40, 0)
	for i := range moved {
		for _, s := range p.Apart {
			if s.ID == moved[i].ID {
				for k := range moved[i].X {
					moved[i].X[k] *= 3
				}
			}
		}
	}
	q := mustProblem(t, moved, arch, func(s *Settings) { s.Heldout, s.HeldRecordings = 0, 0.3 })
	again := fitted(t, defaults(t, "lm"), q)
	if again.Model.Theta[0][0] != r.Model.Theta[0][0] {
		t.Error("the fit has seen what was held out")
	}
}

// A parameter that each recording has for itself is told by its first rows and by
// what recordings have in common.
func TestHeldOutRecordingsUseThePopulation(t *testing.T) {
	unhurried(t)
	arch := &field.Equations{Text: "x' = k*(2 - x)", Parameters: map[string]field.Unknown{"k": {Start: 0.5, PerRecording: true}}}
	p := mustProblem(t, relaxing(12, 40, 0.2), arch, func(s *Settings) { s.Heldout, s.HeldRecordings = 0, 0.25 })
	r := fitted(t, defaults(t, "auto"), p)
	if err := Complete(p, r); err != nil {
		t.Fatal(err)
	}
	if len(r.Model.Population) == 0 || !(r.Assessment.Held.Scores.NRMSE < 0.15) {
		t.Errorf("population %+v, nrmse %g", r.Model.Population, r.Assessment.Held.Scores.NRMSE)
	}
}

// Windows that are held out leave the rows between them to recordings of their own:
// every row is in one place.
func TestWindowsAreHeldOut(t *testing.T) {
	s := Settings{HeldWindows: 0.2, Seed: 4}
	train, held, err := s.apart(relaxing(2, 100, 0))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, part := range append(train, held...) {
		for i := range part.T {
			seen[fmt.Sprint(part.ID[:2], part.T[i])]++
		}
	}
	if len(held) != 4 || len(seen) != 200 {
		t.Errorf("%d windows, %d rows", len(held), len(seen))
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("row %s is %d times there", key, n)
		}
	}
	if held[0].Len() != 10 || !strings.HasPrefix(held[0].ID, "r0, rows ") {
		t.Errorf("%d rows of %q", held[0].Len(), held[0].ID)
	}
}

func TestWhatCannotBeHeldOutWhole(t *testing.T) {
	for want, c := range map[string]struct {
		s Settings
		n int
	}{
		"there is one recording":  {Settings{HeldRecordings: 0.2}, 1},
		"above 0 and below 1":     {Settings{HeldRecordings: 1}, 4},
		"set the others to 0":     {Settings{HeldRecordings: 0.2, Heldout: 0.2}, 4},
		"no recording has the 14": {Settings{HeldWindows: 0.2}, 2},
	} {
		if _, _, err := c.s.apart(relaxing(c.n, 13, 0)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
