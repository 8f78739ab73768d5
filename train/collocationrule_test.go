package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

func TestDerivativesOfEveryRuleAgreeWithDifferences(t *testing.T) {
	arch := &field.Equations{Text: "x' = a*y + push*b\ny' = -f(x) - exp(c)*y", Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.1}, "c": {Start: -1}},
		Networks: map[string]field.Network{"f": {Hidden: []int{3}, Activation: "tanh"}}}
	for name, rule := range map[string]*num.Rule{"gauss": num.GaussRule(2), "lobatto": num.LobattoRule(3), "trapezium": num.LobattoRule(2)} {
		_, p := transcribed(t, "equations", arch, func(s *Settings) { s.Constraints = []string{"x*y <= 3"} })
		nlp := newTranscription(p, p.elementMesh(0), rule, 1e-2, pieces{})
		nlp.limit()
		agreesWithDifferences(t, name, nlp)
	}
}

// ends is the largest distance at the ends of elements between the states that solve the
// rows, with parameters and starts as they are, and an exact simulation.
func ends(t *testing.T, c *Collocation, p *Problem) float64 {
	t.Helper()
	c.Tolerance, c.Refine = 1e-10, 1e9
	l, err := c.prepare(p)
	if err != nil {
		t.Fatal(err)
	}
	l.start(context.Background())
	l.course.run(context.Background(), func(Event) {})
	a := l.members[0].tries[0]
	if !a.state.Verdict.Solved() {
		t.Fatalf("%s: %s", c.Rule, a.state.Verdict)
	}
	states, ok := a.nlp.simulate(a.x())
	if !ok {
		t.Fatal("the simulation breaks down")
	}
	most, n := 0.0, len(a.nlp.rule.C)
	a.nlp.eachNode(func(node, at int) {
		if node%n == n-1 {
			for i := range a.nlp.states {
				most = max(most, math.Abs(states[node*a.nlp.states+i]-a.x()[at+i]))
			}
		}
	})
	return most
}

// TestEndsOfElementsHaveTheOrderOfTheirRule, measured on a fit.
func TestEndsOfElementsHaveTheOrderOfTheirRule(t *testing.T) {
	for _, r := range []struct {
		rule          string
		stages, order int
	}{{"radau", 2, 3}, {"gauss", 1, 2}, {"gauss", 2, 4}, {"lobatto", 2, 2}, {"lobatto", 3, 4}} {
		at := func(elements int) float64 {
			p := predatorAndPrey(t, func(s *Settings) { s.Solver.RTol, s.Solver.ATol = 1e-11, 1e-11 })
			return ends(t, &Collocation{Rule: r.rule, Stages: r.stages, Elements: elements}, p)
		}
		coarse, fine := at(80), at(160)
		if order := math.Log2(coarse / fine); math.Abs(order-float64(r.order)) > 0.3 {
			t.Errorf("%s, %d stages: ends differ by %g with 80 elements, by %g with 160: order %.2f, want %d", r.rule, r.stages, coarse, fine, order, r.order)
		}
	}
}

// TestEveryRuleSeesInputsThatJump: the answer is exact if each element has the input of its
// own side.
func TestEveryRuleSeesInputsThatJump(t *testing.T) {
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Inputs: []string{"push"}, Time: "t"}
	x := 1.0
	for i := range 40 {
		push := []float64{0, 1, -0.5, 2}[i/10]
		s.T, s.X, s.U = append(s.T, 0.25*float64(i)), append(s.X, x), append(s.U, push)
		x += 0.25 * 0.7 * push
	}
	set := DefaultSettings()
	set.Hold, set.Heldout = "zero", 0
	p, err := NewProblem([]data.Series{s}, "equations", &field.Equations{Text: "x' = gain*push", Parameters: map[string]field.Unknown{"gain": {Start: 0.3}}}, set)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range placements {
		m := fitted(t, &Collocation{Rule: r.name, Stages: 3, Tolerance: 1e-8}, p)
		if got := m.Model.Values(0)[0].Value; math.Abs(got-0.7) > 1e-7 || m.Train.MSE > 1e-12 {
			t.Errorf("%s: gain %.10g, error %g", r.name, got, m.Train.MSE)
		}
	}
}

func TestRulesThatThereAreNotAreRefused(t *testing.T) {
	p := predatorAndPrey(t, nil)
	for word, c := range map[string]*Collocation{
		`did you mean "gauss"`: {Rule: "gaus", Stages: 3, Tolerance: 1e-8},
		"it must be 2 to 6":    {Rule: "lobatto", Stages: 1, Tolerance: 1e-8},
		"it must be 1 to 5":    {Stages: 6, Tolerance: 1e-8},
	} {
		if _, err := c.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}
