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

func measuring(t *testing.T, p *Problem, members int, change func(*Measure)) (*measureLoss, []float64) {
	t.Helper()
	m := defaults(t, "measure").(*Measure)
	m.Points, m.Batch, m.Ahead, m.Weight = 6, 4, 3, 1
	change(m)
	if err := m.check(p); err != nil {
		t.Fatal(err)
	}
	o, err := newMeasureLoss(p, members, m, p.measurements(m.Raw))
	if err != nil {
		t.Fatal(err)
	}
	return o, shotUnknowns(t, p, members, o.Size())
}

func TestMeasureGradientsAgreeWithDifferences(t *testing.T) {
	p := mustProblem(t, spaced(2, 0, 2), tinyNet(0, false), fixedSteps)
	for name, change := range map[string]func(*Measure){
		"mmd":         func(m *Measure) {},
		"sliced":      func(m *Measure) { m.Distance = "sliced" },
		"conditional": func(m *Measure) { m.Conditional, m.Weight = 2, 0 },
		"rates":       func(m *Measure) { m.Distance, m.Growth, m.Rates = "none", 2, 1 },
	} {
		for _, members := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				o, z := measuring(t, p, members, change)
				o.before, o.after = nil, nil // long runs stay where they are
				checkGradient(t, o, z, 2*members-1)
				if o.rates != nil && o.rates.member(0) == 0 {
					t.Error("no growth rate is known")
				}
			})
		}
	}
}

// Rows of the system itself are no farther from its rows than parts of these from each
// other, so there is nothing to do; those of a field that stands still are.
func TestMeasureStopsAtTheFloor(t *testing.T) {
	rows := lorenzRows(t, 3000, 0.02)
	p := mustProblem(t, []data.Series{rows}, &field.TermLibrary{Degree: 2, Power: 1}, func(s *Settings) { s.Scale, s.Heldout, s.Budget = "none", 0, 30 })
	o, z := measuring(t, p, 1, func(m *Measure) { m.Points = 64 })
	copy(z, lorenzLaw(p))
	o.look.at(z)
	if !o.look.reached() {
		t.Errorf("long runs of the truth are %g from its rows, parts of these %g apart", o.look.last[0], o.look.floor)
	}
	clear(z[:len(p.Parts.Theta0)])
	for i := range o.chain {
		o.chain[i] = o.data[i%3] // all in one place
	}
	o.look.at(z)
	if o.look.reached() {
		t.Errorf("a field that stands still is at the floor: %g, %g", o.look.last[0], o.look.floor)
	}
	q := *p
	q.warm = q.model("test", append(lorenzLaw(p), p.startGuess()[0]...), 1, []int{0})
	m := defaults(t, "measure").(*Measure)
	m.Points, m.Raw = 64, true
	r := fitted(t, m, &q)
	if r.Iterations > 1 || !strings.Contains(r.Tried[0].Why, "parts") {
		t.Errorf("%d iterations from the truth: %s", r.Iterations, r.Tried[0].Why)
	}
}

// TestMeasureTakesOneRecordingOfThreeColumns: growth rates along it have frames of three numbers, and rows that are
// complete too seldom for the stretches that are compared are cut in halves.
func TestMeasureTakesOneRecordingOfThreeColumns(t *testing.T) {
	rows := lorenzRows(t, 300, 0.02)
	law := func() *Problem {
		return mustProblem(t, []data.Series{rows}, &field.TermLibrary{Degree: 2, Power: 1}, func(s *Settings) { s.Scale, s.Heldout = "none", 0 })
	}
	o, _ := measuring(t, law(), 1, func(m *Measure) { m.Distance, m.Growth, m.Rates = "none", 2, 1 })
	if o.rates == nil || len(o.rates.want) != rateRuns*3*2 {
		t.Errorf("there are no growth rates of frames in three columns")
	}
	for k := range rows.T {
		if k%12 > 0 {
			rows.X[3*k+2] = math.NaN()
		}
	}
	o, _ = measuring(t, law(), 1, func(m *Measure) {})
	if floor := o.look.floor; !(floor > 0 && isNumber(floor)) {
		t.Errorf("the halves of few rows are %g apart", floor)
	}
}

// TestLooksAreRestored as they were saved, with what comes behind them.
func TestLooksAreRestored(t *testing.T) {
	for _, finished := range []bool{false, true} {
		was := &floorLook{last: []float64{1, 2}, best: []float64{3, 4}, z: []float64{5, 1, 7}, finished: finished}
		is := &floorLook{last: make([]float64, 2), best: make([]float64, 2), z: make([]float64, 3), finished: !finished}
		is.restore(was.state())
		if !slices.Equal(is.state(), was.state()) || is.finished != finished {
			t.Errorf("%v became %v", was.state(), is.state())
		}
	}
}

// lorenzLaw are the coefficients of Lorenz' system in a library of degree 2.
func lorenzLaw(p *Problem) []float64 {
	theta := make([]float64, len(p.Parts.Theta0))
	one, two := p.Parts.Layers[0], p.Parts.Layers[1] // products: xx xy xz yy yz zz
	copy(theta[one.W:], []float64{-10, 10, 0, 28, -1, 0, 0, 0, -8.0 / 3})
	theta[two.W+two.Cols+2], theta[two.W+2*two.Cols+1] = -1, 1
	return theta
}

// Terms that a model does not have before are not brought in.
func TestMeasureLeavesDroppedTermsOut(t *testing.T) {
	p := mustProblem(t, []data.Series{lorenzRows(t, 600, 0.02)}, &field.TermLibrary{Degree: 2, Power: 1}, func(s *Settings) { s.Scale, s.Heldout, s.Budget = "none", 0, 5 })
	law := lorenzLaw(p)
	law[p.Parts.Layers[0].W] = -8
	q := *p
	q.warm = q.model("test", append(law, p.startGuess()[0]...), 1, []int{0})
	m := defaults(t, "measure").(*Measure)
	m.Distance = "none" // no floor
	r := fitted(t, m, &q)
	moved := false
	for i, v := range r.Model.Theta[0] {
		if law[i] == 0 && v != 0 {
			t.Errorf("entry %d was dropped and is %g", i, v)
		}
		moved = moved || v != law[i]
	}
	if !moved {
		t.Error("nothing has changed")
	}
}

func TestMeasureRefusesWhatItCannotDo(t *testing.T) {
	p := mustProblem(t, spaced(2, 0, 2), tinyNet(0, false), fixedSteps)
	for text, change := range map[string]func(*Measure){
		"distance": func(m *Measure) { m.Distance = "d2" },
		"growth=3": func(m *Measure) { m.Growth = 3 },
		"points=1": func(m *Measure) { m.Points = 1 },
		"weight":   func(m *Measure) { m.Weight = math.Inf(1) },
	} {
		m := defaults(t, "measure").(*Measure)
		change(m)
		if _, err := m.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	driven := mustProblem(t, spaced(2, 1, 2), tinyNet(0, false), fixedSteps)
	if _, err := defaults(t, "measure").Fit(context.Background(), driven, nil, nil); err == nil || !strings.Contains(err.Error(), "inputs") {
		t.Error(err)
	}
}
