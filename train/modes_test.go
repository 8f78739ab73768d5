package train

import (
	"encoding/json"
	"math"
	"math/cmplx"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// TestModesAreThoseOfTheEquation: of x' = −5x, y' = −0.5y and of a centre, with the shares
// that steps of euler make of them.
func TestModesAreThoseOfTheEquation(t *testing.T) {
	for _, c := range []struct {
		text                           string
		z                              []complex128
		most, outside, growing, untrue float64
		solver                         string
		step                           float64
	}{
		{"x' = -5*x\ny' = -0.5*y", []complex128{-2.5, -0.25}, 1.5, 0.5, 0, 0.5, "euler", 0.5},
		{"x' = -2*y\ny' = 2*x", []complex128{0.2i, -0.2i}, math.Sqrt(1.04), 1, 0, 0, "euler", 0.1},
		{"x' = -2*y\ny' = 2*x", []complex128{0.2i, -0.2i}, 1, 0, 0, 0, "radau5", 0.1},
		{"x' = 0.5*x\ny' = -y", []complex128{0.05, -0.1}, 1.05125, 0.5, 0.5, 0, "rk4", 0.1},
	} {
		p := mustProblem(t, []data.Series{spiral(30, 0.1)}, &field.Equations{Text: c.text}, func(s *Settings) {
			s.Scale, s.Solver = "none", ode.Options{Solver: c.solver, Step: c.step, MaxSteps: 20000}
		})
		m := p.Modes(p.Parts.Theta0)
		if m == nil || !m.Fixed || m.Rows < 20 || len(m.Z) != 2*m.Rows {
			t.Fatalf("%s: %+v", c.text, m)
		}
		for _, z := range m.Z {
			if !slices.ContainsFunc(c.z, func(w complex128) bool { return cmplx.Abs(z-w) < 1e-9 }) {
				t.Errorf("%s: hλ = %g is none of %g", c.text, z, c.z)
			}
		}
		got := []float64{m.Most, m.Outside, m.Growing, m.Untrue}
		for i, want := range []float64{c.most, c.outside, c.growing, c.untrue} {
			if math.Abs(got[i]-want) > 1e-4 {
				t.Errorf("%s, %s: figures %v, want %v", c.text, c.solver, got, []float64{c.most, c.outside, c.growing, c.untrue})
				break
			}
		}
	}
}

// TestMonitorTellsOfModes: every so many iterations, of all methods that follow rows.
func TestMonitorTellsOfModes(t *testing.T) {
	for _, name := range []string{"vanilla", "homotopy", "lm", "multiple-shooting"} {
		p := mustProblem(t, []data.Series{spiral(40, 0.1)}, &field.MLP{Hidden: []int{6}, Activation: "tanh"}, begunBy("torch"), func(s *Settings) {
			s.Budget, s.Monitor = 7, 3
		})
		var at []int
		fittedWith(t, defaults(t, name), p, nil, func(e Event) {
			if e.Modes == nil {
				return
			}
			at = append(at, e.K)
			text, err := json.Marshal(e)
			var back Event
			if err != nil || json.Unmarshal(text, &back) != nil || back.Modes == nil || *back.Modes != *e.Modes || !(e.Modes.Most > 0) {
				t.Errorf("%s: an event with modes is %s; %v", name, text, err)
			}
		})
		if len(at) == 0 || at[0] != 0 || slices.ContainsFunc(at, func(k int) bool { return k%3 != 0 }) {
			t.Errorf("%s tells of modes at %v", name, at)
		}
	}
}

// TestStepsThatAreTooLongAreToldInNumbers: of the modes of x' = −5x, y' = −0.5y steps of half a unit get one wrong.
func TestStepsThatAreTooLongAreToldInNumbers(t *testing.T) {
	p := mustProblem(t, []data.Series{spiral(60, 0.5)}, &field.Equations{Text: "x' = -5*x\ny' = -0.5*y"}, func(s *Settings) {
		s.Scale, s.Solver = "none", ode.Options{Solver: "euler", Step: 0.5, MaxSteps: 20000}
	})
	all := p.judgeSteps(&Result{Model: untrained(t, p, 1)})
	if len(all) != 1 || !strings.Contains(all[0].Text, "steps of 0.5 do with 50 % of its modes") {
		t.Errorf("%v", all)
	}
}

// TestLawsThatAreTiedToTheirStepsAreTold: an oscillation learnt by long Euler steps is
// another law than one by short steps of order 4.
func TestLawsThatAreTiedToTheirStepsAreTold(t *testing.T) {
	for solver, want := range map[string]bool{"euler": true, "rk4": false} {
		p := mustProblem(t, []data.Series{spiral(60, 0.2)}, &field.Equations{
			Text:       "x' = a*(x - 2) - b*(y - 2)\ny' = b*(x - 2) + a*(y - 2)",
			Parameters: map[string]field.Unknown{"a": {Start: -0.5}, "b": {Start: 1.8}}}, func(s *Settings) {
			s.Scale, s.Heldout, s.Solver = "none", 0.2, ode.Options{Solver: solver, Step: 0.2, MaxSteps: 20000}
		})
		r := fitted(t, defaults(t, "lm"), p)
		if err := Complete(p, r); err != nil {
			t.Fatal(err)
		}
		found := slices.IndexFunc(r.Verdicts, func(v Verdict) bool { return v.Code == VerdictStep })
		if found >= 0 != want {
			t.Errorf("%s: the verdicts are %v; train error %g", solver, r.Verdicts, r.Train.NRMSE)
		}
		if want && found >= 0 && !strings.Contains(r.Verdicts[found].Text, "half the solver's step") {
			t.Errorf("%s", r.Verdicts[found].Text)
		}
	}
}
