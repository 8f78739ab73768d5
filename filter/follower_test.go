package filter

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// decaying is a follower of x' = -x/2 with noise of 0.1 in its rows, and rows of it.
func decaying(t *testing.T, kind string) (*Follower, func(k int) float64) {
	t.Helper()
	frame := field.Frame{States: []string{"x"}, Shift: []float64{0}, Scale: []float64{1}, Time: 1}
	e := &field.Equations{Text: "x' = -x/2"}
	p, err := e.Build(frame)
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{ArchName: "equations", Arch: e, Parts: p, Theta: [][]float64{{}}, Noise: []float64{0.1},
		Solver: ode.Options{Solver: "dopri5", RTol: 1e-9, ATol: 1e-9, MaxSteps: 100000}}
	f, err := NewFollower(m, Following{Kind: kind, Process: 0.01, Horizon: 5})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 3))
	var rows []float64
	for k := range 40 {
		rows = append(rows, 3*math.Exp(-0.05*float64(k))+0.1*r.NormFloat64())
	}
	return f, func(k int) float64 { return rows[k] }
}

// One value out of question is left out as if it were missing, to the same bits; its row is told.
func TestAValueOutOfQuestionIsTakenForMissing(t *testing.T) {
	for _, kind := range Kinds {
		with, row := decaying(t, kind)
		without, _ := decaying(t, kind)
		for k := range 30 {
			v, missing := row(k), row(k)
			if k == 12 {
				v, missing = 500, math.NaN()
			}
			if again, err := with.Row(0.1*float64(k), []float64{v}, nil); again || err != nil {
				t.Fatal(kind, k, again, err)
			}
			if (len(with.Left) == 1) != (k == 12) {
				t.Errorf("%s, row %d: left out %v", kind, k, with.Left)
			}
			if _, err := without.Row(0.1*float64(k), []float64{missing}, nil); err != nil {
				t.Fatal(err)
			}
			if what, _ := with.Alarm(); what != "" {
				t.Errorf("%s, row %d: alarm %q", kind, k, what)
			}
		}
		if with.State.X[0] != without.State.X[0] || with.State.P[0] != without.State.P[0] {
			t.Errorf("%s: %v, without the row %v", kind, with.State, without.State)
		}
	}
}

// Several in a row are no mistake: the filter goes to where they are, and an alarm is given soon.
func TestRowsElsewhereAreFollowed(t *testing.T) {
	f, row := decaying(t, "extended")
	began, alarmed := -1, -1
	for k := range 40 {
		v := row(k)
		if k >= 20 {
			v += 10
		}
		again, err := f.Row(0.1*float64(k), []float64{v}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if again && began < 0 {
			began = k
		}
		if what, _ := f.Alarm(); what == "larger" && alarmed < 0 {
			alarmed = k
		}
	}
	if began != 22 || alarmed < 20 || alarmed > 24 {
		t.Errorf("began again at row %d, alarm at row %d; the rows change at 20", began, alarmed)
	}
	if x, sd := f.Estimate(); math.Abs(x[0]-10-row(39)) > 5*sd[0]+1 {
		t.Errorf("state %v ± %v, the rows are at %v", x, sd, 10+row(39))
	}
}

// A row that is there twice counts once.
func TestARepeatedRowCountsOnce(t *testing.T) {
	f, row := decaying(t, "extended")
	for k := range 10 {
		if _, err := f.Row(0.1*float64(k), []float64{row(k)}, nil); err != nil {
			t.Fatal(err)
		}
		before := f.State.Clone()
		var twice *RepeatedError
		if _, err := f.Row(0.1*float64(k), []float64{row(k)}, nil); !errors.As(err, &twice) {
			t.Fatalf("row %d: %v", k, err)
		}
		if f.State.P[0] != before.P[0] || f.State.Rows != before.Rows {
			t.Errorf("row %d was counted twice", k)
		}
		if _, err := f.Row(0.1*float64(k), []float64{row(k) + 0.01}, nil); err != nil {
			t.Errorf("row %d: another one at its time: %v", k, err)
		}
	}
}
