package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// predatorAndPrey are the equations of Lotka and Volterra with poor starts; the data were
// made with 1.3, 0.9, 0.8 and 1.8.
func predatorAndPrey(t *testing.T, change func(*Settings)) *Problem {
	t.Helper()
	zero, ten := 0.0, 10.0
	unknown := func(start float64) field.Unknown { return field.Unknown{Start: start, Min: &zero, Max: &ten} }
	s := DefaultSettings()
	if change != nil {
		change(&s)
	}
	rec := recording(t, "lotka-volterra.csv")
	p, err := NewProblem(rec, "equations", &field.Equations{Text: "x' = birth*x - eaten*x*y\ny' = fed*x*y - death*y",
		Parameters: map[string]field.Unknown{"birth": unknown(0.65), "eaten": unknown(2.7), "fed": unknown(0.4), "death": unknown(3.6)}}, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCollocationFindsTheParametersOfKnownEquations(t *testing.T) {
	for _, method := range []string{"collocation", "collocation,lm", "lm,collocation"} {
		r, e := estimated(t, method, predatorAndPrey(t, nil))
		if r.Status != StatusOK || len(r.Warnings) > 0 {
			t.Errorf("%s: %s, %q", method, r.Status, r.Warnings)
		}
		for name, truth := range map[string]float64{"birth": 1.3, "eaten": 0.9, "fed": 0.8, "death": 1.8} {
			trueTo(t, method+": "+name, e[name], truth, 0.05)
		}
	}
}

// TestCollocatedStatesAreThoseOfTheSimulation up to the order of the stages.
func TestCollocatedStatesAreThoseOfTheSimulation(t *testing.T) {
	apart := func(stages, elements int) float64 {
		p := predatorAndPrey(t, func(s *Settings) { s.Solver.RTol, s.Solver.ATol = 1e-10, 1e-10 })
		l, err := (&Collocation{Stages: stages, Elements: elements, Tolerance: 1e-8, Refine: 1e9}).prepare(p)
		if err != nil {
			t.Fatal(err)
		}
		l.start(context.Background())
		l.course.run(context.Background(), func(Event) {})
		m := l.members[0].tries[0]
		if !m.state.Verdict.Solved() || m.solver.Linear() != "structured" {
			t.Fatalf("%d stages: %s, %s linear algebra", stages, m.state.Verdict, m.solver.Linear())
		}
		return m.nlp.apart(m.state.X)
	}
	for stages, most := range map[int]float64{2: 1e-2, 3: 1e-3, 4: 1e-4, 5: 1e-5} {
		coarse, fine := apart(stages, 32), apart(stages, 64)
		order := math.Log2(coarse / fine)
		if !(fine <= most) || !(order >= float64(stages)-0.2) {
			t.Errorf("%d stages: states differ by %g with 32 elements, by %g with 64: order %.2f", stages, coarse, fine, order)
		}
	}
}

// TestCollocationSeesInputsAndBridgesMissingValues on exact data: a state that
// relaxes towards an input that jumps, every third value missing.
func TestCollocationSeesInputsAndBridgesMissingValues(t *testing.T) {
	const rate, gain = 0.8, 1.5
	s := data.Series{Names: []string{"x", "y"}, Units: []string{"", ""}, Inputs: []string{"push"}, Time: "t"}
	x, y, push := 2.0, -1.0, 0.0
	for i := range 40 {
		at := []float64{x, y}
		if i%3 == 1 {
			at[i%2] = math.NaN()
		}
		push = []float64{0, 1, -0.5, 2}[i/10]
		s.T, s.X, s.U = append(s.T, 0.25*float64(i)), append(s.X, at...), append(s.U, push)
		goal := gain * push / rate
		x, y = goal+(x-goal)*math.Exp(-rate*0.25), y+0.25*push
	}
	set := DefaultSettings()
	set.Hold, set.Heldout = "zero", 0
	p, err := NewProblem([]data.Series{s}, "equations", &field.Equations{Text: "x' = gain*push - rate*x\ny' = side*push",
		Parameters: map[string]field.Unknown{"gain": {Start: 0.3}, "rate": {Start: 0.2}, "side": {Start: 3}}}, set)
	if err != nil {
		t.Fatal(err)
	}
	_, e := estimated(t, "collocation", p)
	for name, want := range map[string]float64{"gain": gain, "rate": rate, "side": 1} {
		if math.Abs(e[name].Value-want) > 1e-4 {
			t.Errorf("%s = %.8g, want %g", name, e[name].Value, want)
		}
	}
}

// TestCollocationFitsAStateThatIsNotMeasured: an oscillator whose speed nobody sees.
func TestCollocationFitsAStateThatIsNotMeasured(t *testing.T) {
	rec := sampled(steps(60, 0.2), 0.01, math.Cos)
	p := mustProblem(t, []data.Series{rec}, &field.Equations{Text: "x' = v\nv' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 0.5}}, Start: map[string]float64{"v": 0.1}})
	_, e := estimated(t, "collocation", p)
	trueTo(t, "k", e["k"], 1, 0.05)
}

func TestCollocationEndsWithAWordWhenTheBudgetIsSpent(t *testing.T) {
	p := predatorAndPrey(t, func(s *Settings) { s.Budget = 1 })
	r := fitted(t, defaults(t, "collocation"), p)
	if r.Iterations != 1 || len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0], "budget=") {
		t.Errorf("%d iterations, warnings %q", r.Iterations, r.Warnings)
	}
}

func TestCollocationRefusesWhatItCannotDo(t *testing.T) {
	p := predatorAndPrey(t, nil)
	for word, c := range map[string]*Collocation{
		"stages=6":    {Stages: 6, Tolerance: 1e-8},
		"elements=-1": {Elements: -1, Stages: 3, Tolerance: 1e-8},
		"decay=-1":    {Stages: 3, Decay: -1, Tolerance: 1e-8},
		"tolerance=0": {Stages: 3},
	} {
		if _, err := c.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
	discrete := mustProblem(t, []data.Series{sampled(steps(60, 0.2), 0.01, math.Cos)}, &field.GRU{Recurrent: field.Recurrent{Units: 4}})
	if _, err := defaults(t, "collocation").Fit(context.Background(), discrete, nil, nil); err == nil || !strings.Contains(err.Error(), "differential equation") {
		t.Errorf("a model in discrete time: %v", err)
	}
}

// TestCollocationWithoutARelaxation: a network whose matched field can be followed begins with
// the program itself; what does not suit there is relaxed after all, and both come to a minimum.
func TestCollocationWithoutARelaxation(t *testing.T) {
	p := forcedOscillator(t, 120, 16, 1)
	c := defaults(t, "collocation").(*Collocation)
	c.Decay, c.Starts = 1e-3, 1
	l, err := c.prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	if !l.start(context.Background()) {
		t.Fatal("no start")
	}
	m := l.members[0]
	a := m.tries[0]
	if !a.direct() || m.chosen {
		t.Fatalf("misfit %g, spread %g: it is relaxed first", a.nlp.misfit(a.relaxed.X), a.nlp.spread())
	}
	a.state.Verdict = opt.NoProgress
	if !l.settle(m) || a.direct() || a.state != nil {
		t.Error("what led nowhere is not relaxed")
	}
	a.tryDirect(c.Tolerance)
	for a.state.Verdict == opt.Open {
		a.step()
	}
	if l.settle(m) || !a.state.Verdict.Solved() || !m.relaxed() {
		t.Fatalf("it ends with %s", a.state.Verdict)
	}
	l.choose(context.Background(), m)
	if a.relaxed != nil || !m.chosen || m.loose.Z == nil {
		t.Error("the minimum is not what goes on")
	}
}
