package train

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// bursting is a field that leaves the floats before the last row unless k is
// small, and data it has to learn a negative k from.
func bursting(t *testing.T) *Problem {
	arch := &field.Equations{Text: "x' = k*x^2", Parameters: map[string]field.Unknown{"k": {Start: 1}}}
	x := make([]float64, 41)
	for i := range x {
		x[i] = 1 / (1 + 0.05*float64(i))
	}
	return mustProblem(t, []data.Series{single(steps(41, 0.1), x)}, arch, func(s *Settings) {
		s.Scale, s.Heldout, s.Initial, s.Start, s.Members = "none", 0, "known", []float64{1}, 2
		s.Solver = ode.Options{Solver: "dopri5", RTol: 1e-6, ATol: 1e-6, MaxSteps: 500}
	})
}

// TestMembersThatCannotFollowTheScheduleStayBehind lets go of the coupling all
// at once, long before the field can run free.
func TestMembersThatCannotFollowTheScheduleStayBehind(t *testing.T) {
	p := bursting(t)
	p.Budget, p.Keep = 200, "last" // 40 a level
	h := &Homotopy{Descent: Descent{LR: 0.015, Schedule: "constant"}, Coupling: 20, Levels: 5, Epochs: 10, Ratio: 1e-3, Smoothing: -1}
	var saved []*Checkpoint
	r := fittedWith(t, h, p, nil, func(e Event) {
		if e.Checkpoint != nil {
			text, err := json.Marshal(e.Checkpoint)
			if err != nil {
				t.Fatal(err)
			}
			var c Checkpoint
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			saved = append(saved, &c)
		}
	})
	if k := r.Model.Theta[0][0]; r.Status != StatusOK || r.Members != 2 || math.Abs(k+0.5) > 0.01 || r.Train.MSE > 1e-4 {
		t.Errorf("%s: %d members, k = %g, want −0.5; MSE %g", r.Status, r.Members, k, r.Train.MSE)
	}
	held := 0
	for _, c := range saved {
		for _, v := range c.Parts["objective"][:2] {
			if v >= 0 {
				held++
			}
		}
		if again := fittedWith(t, h, p, c, nil); !reflect.DeepEqual(again.Model.Theta, r.Model.Theta) {
			t.Fatalf("going on from iteration %d ends elsewhere", c.K)
		}
	}
	if held == 0 {
		t.Error("no member was ever behind; this is no test")
	}
}

// A member that fails however little is let go of is given up in the end.
func TestBehindEnds(t *testing.T) {
	b := newBehind(1)
	if b.now = 2; b.yield(0) {
		t.Error("a member that was never well has something to take back")
	}
	b.now = 8
	b.went(0)
	for b.now = 0; b.yield(0); {
		if g := b.of(0); g <= 0 || g > 8 {
			t.Fatalf("gain %g", g)
		}
	}
	b = newBehind(1)
	b.now = 8
	b.went(0)
	b.now = 0
	if !b.yield(0) || b.of(0) != 4 || b.held[0] != 4 {
		t.Errorf("gain %g, want half of the change", b.of(0))
	}
	for range 200 {
		b.went(0)
	}
	if b.held[0] != -1 || b.of(0) != 0 || b.tries[0] != 0 {
		t.Errorf("it is not level with the schedule again: %+v", b)
	}
}
