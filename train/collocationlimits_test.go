package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/opt"
)

func TestDerivativesOfInequalitiesAgreeWithDifferences(t *testing.T) {
	if testing.Short() {
		t.Skip("too long with the race detector")
	}
	arch := &field.Equations{Text: "flow = a*y + push*b\nx' = flow\ny' = -f(x) - exp(c)*y", Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.1}, "c": {Start: -1}},
		Networks: map[string]field.Network{"f": {Hidden: []int{3}, Activation: "tanh"}}}
	for name, texts := range map[string][]string{
		"all kinds":       {"x >= -3", "flow*y <= 2 + t", "f(x) + 2 >= x*y", "a*b + c^2 <= 4", "a + b <= 9"},
		"affine alone":    {"x + y >= -3", "a - c <= 9"},
		"bounds of state": {"0.5*x >= -3", "y <= 8"},
	} {
		nlp, _ := transcribed(t, "equations", arch, func(s *Settings) { s.Constraints = texts })
		nlp.limit()
		agreesWithDifferences(t, name, nlp)
	}
	net, _ := transcribed(t, "mlp", &field.MLP{Hidden: []int{4}, Activation: "tanh"}, func(s *Settings) { s.Constraints = []string{"x*y <= 1", "x^2 + y^2 <= 4"} })
	net.limit()
	agreesWithDifferences(t, "mlp", net)
}

// TestDerivativesBetweenNodesAgreeWithDifferences, of inequalities of all kinds, with algebraic
// unknowns and pieces that meet.
func TestDerivativesBetweenNodesAgreeWithDifferences(t *testing.T) {
	if testing.Short() {
		t.Skip("too long with the race detector")
	}
	arch := &field.Equations{Text: "x' = a*z\n0 = y - f(x)\n0 = 4*z - y*x - x", Algebraic: map[string]float64{"y": 0.5, "z": 0.3},
		Parameters: map[string]field.Unknown{"a": {Start: 0.7}}, Networks: map[string]field.Network{"f": {Hidden: []int{3}, Activation: "tanh"}}}
	for name, texts := range map[string][]string{
		"all kinds":       {"x >= -3", "z*y <= 2 + t", "f(x) + 2 >= x*y*a", "a <= 9"},
		"affine alone":    {"x + y >= -3"},
		"bounds of state": {"0.5*x >= -3"},
	} {
		_, p := transcribed(t, "equations", arch, func(s *Settings) { s.Constraints = texts })
		nlp := newTranscription(p, p.elementMesh(0), num.RadauRule(2), 1e-2, pieces{2, true})
		nlp.limit()
		before := nlp.rows()
		times := make([][]float64, len(p.Train))
		for e, place := range map[int]float64{0: 0.3, 1: 0.5, len(nlp.elements) - 1: 0.9} {
			times[nlp.elements[e].rec] = append(times[nlp.elements[e].rec], nlp.elements[e].time(place))
		}
		nlp.between(times)
		if nlp.rows() <= before {
			t.Fatalf("%s: no rows", name)
		}
		agreesWithDifferences(t, name, nlp)
	}
}

// TestConstraintsHoldBetweenNodes: a ball thrown up to 1.25 has to stay below 0.8. Elements that
// have no node near the top find the same throw as many short ones, and stay below everywhere.
func TestConstraintsHoldBetweenNodes(t *testing.T) {
	rows := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	for i := range 11 {
		at := float64(i) / 10
		rows.T, rows.X = append(rows.T, at), append(rows.X, 5*at-5*at*at)
	}
	throw := func(text string, elements int) (*Result, float64) {
		p := mustProblem(t, []data.Series{rows}, &field.Equations{Text: "x' = v\nv' = -g", Parameters: map[string]field.Unknown{"g": {Start: 8}}},
			func(s *Settings) { s.Heldout, s.Scale, s.Constraints = 0, "none", []string{text} })
		c := defaults(t, "collocation").(*Collocation)
		c.Elements = elements
		r := fitted(t, c, p)
		times := grid(1, 401)
		x, _, err := r.Model.Orbit(0, 0, r.Model.Records[0].Start[0], times, nil)
		if err != nil {
			t.Fatal(err)
		}
		top := 0.0
		for k := range times {
			top = max(top, x[2*k])
		}
		return r, top
	}
	for _, text := range []string{"x <= 0.8", "x*x*x <= 0.512", "x + 0*v <= 0.8"} {
		r, top := throw(text, 1)
		if s := r.Constraints[0]; s.Between < 1 || s.Worst > 1e-5 || top > 0.8+1e-5 || top < 0.8-1e-3 || len(r.Warnings) > 0 {
			t.Errorf("%s: top %.9g, %+v, %v", text, top, s, r.Warnings)
		}
		if why := r.Tried[0].Why; !strings.Contains(why, "between nodes too") {
			t.Error(why)
		}
		many, _ := throw(text, 64)
		if math.Abs(r.Train.MSE/many.Train.MSE-1) > 1e-4 {
			t.Errorf("%s: mean square %.9g, with short elements %.9g", text, r.Train.MSE, many.Train.MSE)
		}
	}
}

// climbing is a state that grows at a steady pace, exact rows at 0, 0.1, … 1.
func climbing(t *testing.T, change func(*Settings)) *Problem {
	t.Helper()
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	for i := range 11 {
		s.T, s.X = append(s.T, float64(i)/10), append(s.X, 2*float64(i)/10)
	}
	return mustProblem(t, []data.Series{s}, &field.Equations{Text: "x' = up - down", Parameters: map[string]field.Unknown{"up": {Start: 1}, "down": {Start: 0.5}}},
		func(s *Settings) {
			s.Heldout, s.Scale = 0, "none"
			change(s)
		})
}

// steepest minimises Σ (a + b t − 2t)² over the rows of climbing subject to a + b = most at
// t = 1: the answer by hand, from a = most − b.
func steepest(most float64) (b float64) {
	above, below := 0.0, 0.0
	for i := range 11 {
		at := float64(i) / 10
		above += (at - 1) * (2*at - most)
		below += (at - 1) * (at - 1)
	}
	return above / below
}

func TestAStateStaysBelowItsBound(t *testing.T) {
	for _, text := range []string{"x <= 1.5", "3*x + 1 <= 5.5", "x*x*x <= 3.375"} {
		p := climbing(t, func(s *Settings) { s.Constraints = []string{text, "up + 3*down <= 4"} })
		r, e := estimated(t, "collocation", p)
		if got, want := e["up"].Value-e["down"].Value, steepest(1.5); math.Abs(got-want) > 1e-4 {
			t.Errorf("%s: slope %.8g, want %.8g", text, got, want)
		}
		if v := e["up"].Value + 3*e["down"].Value; v > 4+1e-6 {
			t.Errorf("%s: up + 3 down = %g", text, v)
		}
		if len(r.Constraints) != 2 || r.Constraints[0].Active < 1 || r.Constraints[0].Active > 3 || r.Constraints[0].Worst > 1e-5 {
			t.Errorf("%s: %+v", text, r.Constraints)
		}
	}
}

// TestParametersKeepTheirSum: the rows want a difference that the sum does not allow.
func TestParametersKeepTheirSum(t *testing.T) {
	p := climbing(t, func(s *Settings) { s.Constraints = []string{"up <= 2*down", "down <= 0.8"} })
	if e := p.Arch.(*field.Equations).Parameters["down"]; e.Max == nil || *e.Max != 0.8 || len(p.limits.All) != 1 {
		t.Fatalf("a bound of one parameter is %+v", e)
	}
	_, e := estimated(t, "collocation", p)
	if up, down := e["up"].Value, e["down"].Value; math.Abs(down-0.8) > 1e-3 || math.Abs(up-1.6) > 2e-3 {
		t.Errorf("up %g, down %g, want 1.6 and 0.8", up, down)
	}
}

// TestInequalitiesInChainsHoldAtTheEnd, and methods that cannot keep them refuse.
func TestInequalitiesInChainsHoldAtTheEnd(t *testing.T) {
	p := climbing(t, func(s *Settings) { s.Constraints = []string{"x <= 1.5"} })
	_, e := estimated(t, "lm,collocation", p)
	if got, want := e["up"].Value-e["down"].Value, steepest(1.5); math.Abs(got-want) > 1e-4 {
		t.Errorf("slope %.8g, want %.8g", got, want)
	}
	for _, name := range append(Methods.Names(), "collocation,lm") {
		m := defaults(t, name)
		_, err := m.Fit(context.Background(), p, nil, nil)
		if refused := err != nil && strings.Contains(err.Error(), `cannot keep "x <= 1.5"`); refused == (name == "collocation") {
			t.Errorf("%s: %v", name, err)
		}
	}
	bounded := climbing(t, func(s *Settings) { s.Constraints = []string{"up <= 1.7", "down >= 0.1"} })
	_, e = estimated(t, "lm", bounded)
	if math.Abs(e["up"].Value-1.7) > 1e-2 || math.Abs(e["down"].Value-0.1) > 1e-2 {
		t.Errorf("lm with bounds of parameters: %+v", e)
	}
}

// TestStandardErrorsKnowOfActiveBounds: a line through a fixed point has the error of its slope
// alone.
func TestStandardErrorsKnowOfActiveBounds(t *testing.T) {
	p := climbing(t, func(s *Settings) { s.Constraints = []string{"x <= 1.5"} })
	p, err := NewProblem(p.Train, "equations", &field.Equations{Text: "x' = v", Parameters: map[string]field.Unknown{"v": {Start: 1}}}, p.Settings)
	if err != nil {
		t.Fatal(err)
	}
	p.Train[0].ID = "only"
	r, e := estimated(t, "collocation", p)
	if len(r.Starts) != 1 || r.Starts[0].Of != "" {
		t.Errorf("the start of the only recording: %+v", r.Starts)
	}
	v, left, wide := steepest(1.5), 0.0, 0.0
	for i := range 11 {
		at := float64(i) / 10
		off := 1.5 + v*(at-1) - 2*at
		left, wide = left+off*off, wide+(at-1)*(at-1)
	}
	if want := math.Sqrt(left / (11 - 2) / wide); math.Abs(e["v"].SD/want-1) > 1e-3 {
		t.Errorf("the standard error is %g, want %g", e["v"].SD, want)
	}
	if r.Convergence == nil || !r.Convergence.Converged || !strings.Contains(r.Convergence.Why, `"x <= 1.5" at `) {
		t.Errorf("%+v", r.Convergence)
	}
}

func TestContradictionsAreNamed(t *testing.T) {
	one := 1.0
	arch := &field.Equations{Text: "x' = a - b*x", Parameters: map[string]field.Unknown{"a": {Start: 0.5, Max: &one}, "b": {Start: 1}}}
	rec := sampled(steps(20, 0.2), 0.01, math.Cos)
	for want, texts := range map[string][]string{
		`"x >= 2", "x <= 1" cannot hold`:                     {"x + a >= -5", "x >= 2", "x <= 1"},
		`"a + b >= 3", "b <= 2*a - 2" and max 1 of a cannot`: {"a + b >= 3", "b <= 2*a - 2", "x >= 0"},
		`the start of b is 1; start strictly inside`:         {"b >= 4"},
		`leaves no room for b`:                               {"b >= 0.5", "b <= 0.1"},
		`constraint "x - x >= 1"`:                            {"x - x >= 1"},
		`there is no y here`:                                 {"y >= 0"},
	} {
		set := DefaultSettings()
		set.Constraints = texts
		_, err := NewProblem([]data.Series{rec}, "equations", arch, set)
		if err == nil || !strings.Contains(strings.Replace(err.Error(), `" and "x <= 1"`, `", "x <= 1"`, 1), want) {
			t.Errorf("%q: %v, want %s", texts, err, want)
		}
	}
	set := DefaultSettings()
	set.Constraints, set.Initial = []string{"x <= 0.9"}, "data"
	if _, err := NewProblem([]data.Series{rec}, "equations", arch, set); err == nil || !strings.Contains(err.Error(), "initial=learn") {
		t.Errorf("a start that is held beyond its bound: %v", err)
	}
	set.Constraints = []string{"x <= 5", "a + b >= 0", "a - b <= 1", "x + a >= -9"}
	if _, err := NewProblem([]data.Series{rec}, "equations", arch, set); err != nil {
		t.Error(err)
	}
}

// TestViolatedBoundsCountInARelaxation: without them the state follows its rows beyond.
func TestViolatedBoundsCountInARelaxation(t *testing.T) {
	p := climbing(t, func(s *Settings) { s.Constraints = []string{"x <= 1.5"} })
	nlp := newTranscription(p, p.elementMesh(4), num.RadauRule(3), 0, pieces{})
	nlp.limit()
	s, err := opt.NewInteriorPoint(nlp, *opt.DefaultInteriorPoint())
	if err != nil {
		t.Fatal(err)
	}
	above := func(bound float64) float64 {
		set := *opt.DefaultRelaxed()
		set.Bound = bound
		loose, err := opt.NewRelaxed(s, set)
		if err != nil {
			t.Fatal(err)
		}
		st := loose.Start(nlp.guess([]float64{1, 0.5, 0}), 1)
		for !st.Over {
			loose.Step(st)
		}
		return st.X[nlp.size-1] // the end of the last element
	}
	if free, held := above(0), above(nlp.meanStep()); !(free > 1.9) || !(held < 1.6) {
		t.Errorf("without bounds the state ends at %g, with them at %g", free, held)
	}
}
