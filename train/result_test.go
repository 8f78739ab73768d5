package train

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// The data are 1 for ever; the member whose x' = k·x stays nearest is shown,
// one that leaves the numbers is not part of the model.
func TestBestMemberComesFirstAndLostOnesAreLeftOut(t *testing.T) {
	arch := &field.Equations{Text: "x' = k*x", Parameters: map[string]field.Unknown{"k": {Start: 1}}}
	ones := single(steps(12, 1), slices.Repeat([]float64{1}, 12))
	set := func(s *Settings) { s.Scale, s.Initial, s.Start = "none", "known", []float64{1} }
	p := mustProblem(t, []data.Series{ones}, arch, set)
	for _, c := range []struct {
		rates, want []float64
		warns       bool
	}{
		{[]float64{-1, 1000, -0.1, -0.5}, []float64{-0.1, -1, -0.5}, true},
		{[]float64{1000, -0.5}, []float64{-0.5}, true},
		{[]float64{-0.1, -0.2}, []float64{-0.1, -0.2}, false},
		{[]float64{1000}, []float64{1000}, false},
		{[]float64{1000, 2000}, []float64{1000}, true},
	} {
		m, err := newMetric(p, len(c.rates))
		if err != nil {
			t.Fatal(err)
		}
		ks := []int{10, 11, 12, 13}[:len(c.rates)]
		for _, keep := range []string{"last", "best-heldout"} {
			r := p.result("test", keep, m, slices.Clone(c.rates), ks)
			var got []float64
			for _, theta := range r.Model.Theta {
				got = append(got, theta[0])
			}
			if !slices.Equal(got, c.want) || r.Members != len(c.want) || r.BestK != ks[slices.Index(c.rates, c.want[0])] {
				t.Errorf("%v became %v, %d members, iteration %d", c.rates, got, r.Members, r.BestK)
			}
			if len(r.Warnings) > 0 != c.warns || c.warns && !strings.Contains(r.Warnings[0], "left out") {
				t.Errorf("%v: warnings %q", c.rates, r.Warnings)
			}
			if c.want[0] < 0 != isNumber(r.Train.MSE) {
				t.Errorf("%v: mean squared error %g", c.rates, r.Train.MSE)
			}
		}
	}
}

// A trajectory that fails after the training rows has a training score.
func TestScoresEndWhereTheTrajectoryDoes(t *testing.T) {
	arch := &field.Equations{Text: "x' = k*x", Parameters: map[string]field.Unknown{"k": {Start: 1}}}
	ones := single([]float64{0, 1, 2, 3, 400, 500, 600}, slices.Repeat([]float64{1}, 7))
	p := mustProblem(t, []data.Series{ones}, arch, func(s *Settings) {
		s.Scale, s.Initial, s.Start, s.Heldout = "none", "known", []float64{1}, 0.4
	})
	m, err := newMetric(p, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := m.eval([]float64{3})[0]
	if s.fail == "" || !isNumber(s.train.MSE) || !math.IsInf(s.held.MSE, 1) {
		t.Errorf("%q, training %g, held out %g", s.fail, s.train.MSE, s.held.MSE)
	}
}

// After a step was taken back, steps are shorter, and grow again.
func TestShortenedStepsGrowBack(t *testing.T) {
	l := wallRun(&walled{wall: []float64{3, math.Inf(1)}, n: 1}, -0.5, 4)
	if l.grow[0] != 0.5 || l.grow[1] != 1 {
		t.Fatalf("step factors %v", l.grow)
	}
	before := l.z[0]
	w := l.obj.(*walled)
	w.wall[0] = math.Inf(1)
	u := make([]float64, 2)
	for k := range 20 {
		w.Eval(u, l.z, 0)
		l.update(u, 4+k)
		if want := before * (1 + 0.25); k == 0 && differs(l.z[0], want, 1e-14) {
			t.Errorf("half a step from %g leads to %g, want %g", before, l.z[0], want)
		}
	}
	if l.grow[0] != 1 {
		t.Errorf("after 20 good steps the factor is %g", l.grow[0])
	}
}

// A member that fails again and again is not halved for ever, but put where
// it was well; failing there too, it is given up.
func TestEndlessFailuresEndSoon(t *testing.T) {
	w := &walled{wall: []float64{math.Inf(1), math.Inf(1)}, n: 1}
	l := wallRun(w, -0.5, 3)
	w.wall[0] = -1
	u := make([]float64, 2)
	n := 0
	for ; l.grow[0] > 0 && n < 100; n++ {
		w.Eval(u, l.z, 0)
		l.update(u, 3+n)
	}
	if n < 2 || n > 12 || l.grow[1] != 1 {
		t.Errorf("%d failures before it was given up", n)
	}
}

// A cosine schedule ends with small steps, a constant one does not.
func TestSchedulesDiffer(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 1), tinyNet(0, false))
	last := func(schedule string) float64 {
		step, err := Descent{LR: 0.1, Schedule: schedule}.transform(p, 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		n := len(p.Parts.Theta0)
		state, u := make([]float64, step.StateSize(n)), make([]float64, n)
		for k := range 100 {
			for i := range u {
				u[i] = 1
			}
			step.Apply(u, state, make([]float64, n), k)
		}
		return -u[0]
	}
	if a, b, c := last("constant"), last(""), last("cosine"); differs(a, 0.1, 1e-6) || a != b || !(c < 1e-4) || !(c > 0) {
		t.Errorf("last steps: constant %g, default %g, cosine %g", a, b, c)
	}
}

func TestEveryMethodWorksWithoutAListener(t *testing.T) {
	for _, name := range Methods.Names() {
		rows := gappy(1, 0, 1)
		if name == "measure" { // which needs whole rows
			rows = spaced(1, 0, 1)
		}
		p := mustProblem(t, rows, tinyNet(0, false), func(s *Settings) { s.Budget, s.Members = 3, 1 })
		if _, err := defaults(t, name).Fit(context.Background(), p, nil, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
