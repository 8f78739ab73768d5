package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// Which law wins depends on what the rows say is likely, and on the held-out ones.
func TestASimpleLawWinsWhereTheRowsAskForIt(t *testing.T) {
	mk := func(near, far, evidence float64, plain bool) *candidate {
		c := &candidate{name: fmt.Sprintf("%g then %g", near, far), plain: plain, b: &bayes{weighed: weighed{logEvidence: evidence}, way: way{settled: true}}}
		c.scored.variance, c.scored.rolling = []float64{1}, forecastsOf(near, far)
		return c
	}
	for _, c := range []struct {
		near, far, plainNear, plainFar, more float64
		wins                                 bool
	}{
		{0.3, 1.3, 0.3, 1, 0, true},    // as good at first, better later
		{0.1, 1.3, 0.3, 1, 0, false},   // the first part is what a forecast is for
		{0.1, 2.5, 0.3, 1, 0, true},    // that is no longer chance
		{0.3, 0.5, 0.2, 0.49, 0, true}, // better everywhere
		{0.3, 0.5, 0.3, 0.49, 0, false},
		{0.3, 1.3, 0.3, 1, -40, false}, // the rows obey a law
		{0.1, 2.5, 0.3, 1, -40, true},  // but not this one
		{0.1, 1.3, 0.3, 1, 40, true},   // noise drives them
		{0.3, 0.5, 0.32, 0.55, 40, true},
		{0.3, 0.5, 0.5, 0.8, 40, false},
		{0.6, 0.9, 0.7, 1.4, 40, true}, // and it is no use
	} {
		law, plain := mk(c.near, c.far, 1, false), mk(c.plainNear, c.plainFar, 1+c.more, true)
		if got := equals([]*candidate{plain, law})[0] == plain; got != c.wins {
			t.Errorf("%s against %s, %g more evidence: the simple law wins %v", plain.name, law.name, c.more, got)
		}
		plain.scored.wild = true
		if equals([]*candidate{plain, law})[0] != law {
			t.Errorf("%s: a simple law that leaves the data wins", law.name)
		}
	}
}

// What moves at random is forecast by nothing better than a simple law, and that is
// what is returned and said.
func TestRowsWithoutALawGetTheSimplestOne(t *testing.T) {
	if testing.Short() {
		t.Skip("fits two records")
	}
	r := rand.New(rand.NewPCG(5, 5))
	walk := data.Series{Names: []string{"a", "b"}}
	x := []float64{0, 0}
	for k := range 120 {
		walk.T, walk.X = append(walk.T, float64(k)), append(walk.X, x...)
		for c := range x {
			x[c] += r.NormFloat64()
		}
	}
	// A pendulum that is struck by chance: its next swing can be forecast, no later one.
	struck := data.Series{Names: []string{"x"}}
	place, speed := 0.0, 0.0
	for k := range 2000 {
		if k%10 == 0 {
			struck.T, struck.X = append(struck.T, float64(k)/100), append(struck.X, place)
		}
		place, speed = place+0.01*speed, speed-0.01*(4*place+0.4*speed)+0.1*r.NormFloat64()
	}
	for name, s := range map[string]data.Series{"walk": walk, "struck": struck} {
		p := mustProblem(t, []data.Series{s}, &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}})
		res, err := Auto{}.Fit(context.Background(), p, nil, func(Event) {})
		if err != nil {
			t.Fatal(err)
		}
		if err := Complete(p, res); err != nil {
			t.Fatal(err)
		}
		if res.Model.ProcessNoise == nil {
			t.Errorf("%s: nothing drives the states of %s", name, res.Model.Parts.Text)
		}
		of := map[string]float64{}
		for _, b := range res.Assessment.Baselines {
			of[b.Name] = b.Rolling.NRMSE
		}
		best := map[string]string{"walk": BaselinePersistence, "struck": BaselineLinear}[name]
		if got := res.Assessment.Held.Rolling.NRMSE; !(got <= 1.1*of[best]) {
			t.Errorf("%s: error %g, %s has %g", name, got, best, of[best])
		}
		told := slices.ContainsFunc(res.Verdicts, func(v Verdict) bool { return v.Code == VerdictPlain || v.Code == VerdictMemory })
		if !told {
			t.Errorf("%s: verdicts %v", name, res.Verdicts)
		}
	}
}

// Steps of a level that is measured with noise tell the one from the other.
func TestLevelNoiseTellsTheTwoApart(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	s := data.Series{Names: []string{"x"}}
	x := 0.0
	for k := range 20_000 {
		s.T, s.X = append(s.T, 0.5*float64(k)), append(s.X, x+0.3*r.NormFloat64())
		x += 0.2 * r.NormFloat64()
	}
	p := mustProblem(t, []data.Series{s}, &field.PolyMLP{MLP: field.MLP{Hidden: []int{8}, Activation: "tanh"}})
	states, rows := p.levelNoise([]float64{2}, nil)
	if want := 0.04 / 0.5 / 4; math.Abs(states[0]-want) > 0.1*want {
		t.Errorf("intensity %g, want %g", states[0], want)
	}
	if want := 0.09 / 4; math.Abs(rows[0]-want) > 0.1*want {
		t.Errorf("variance of rows %g, want %g", rows[0], want)
	}
}
