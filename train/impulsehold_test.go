package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// delivered are rows of one recording with amounts of dose at some of them.
func delivered(names []string, amounts map[float64]float64) data.Series {
	s := data.Series{Names: names, Inputs: []string{"amt"}, Time: "t"}
	for k := range 25 {
		at := 0.5 * float64(k)
		s.T, s.U = append(s.T, at), append(s.U, amounts[at])
		for range names {
			s.X = append(s.X, 1)
		}
	}
	return s
}

// Amounts of a column that enters as a rate are those of the closed form: bolus doses, repeated, in
// one compartment and in two (Gibaldi, Perrier, Pharmacokinetics (1982), chapters 1 and 2).
func TestImpulsesAreThoseOfTheClosedForm(t *testing.T) {
	const cl, v, q, v2 = 3., 10., 2., 15.
	amounts := map[float64]float64{0: 100, 4: 50, 6.5: 100}
	k10, k12, k21 := cl/v, q/v, q/v2
	sum, prod := k10+k12+k21, k10*k21
	alpha := (sum + math.Sqrt(sum*sum-4*prod)) / 2
	beta := prod / alpha
	for name, c := range map[string]struct {
		text string
		unit func(s float64) float64
	}{
		"one": {"rate = amt/V\nc' = rate - CL/V*c", func(s float64) float64 { return math.Exp(-k10*s) / v }},
		"two": {"c' = (amt - CL*c - Q*(c - c2))/V\nc2' = Q*(c - c2)/15", func(s float64) float64 {
			return (math.Exp(-alpha*s)*(alpha-k21) + math.Exp(-beta*s)*(k21-beta)) / (v * (alpha - beta))
		}},
		"proportions": {"c' = 2*amt/V - (CL*c + amt)/V", func(s float64) float64 { return math.Exp(-k10*s) / v }},
	} {
		t.Run(name, func(t *testing.T) {
			e := &field.Equations{Text: c.text, Parameters: map[string]field.Unknown{"CL": {Start: cl}, "V": {Start: v}}, Start: map[string]float64{}}
			start := []float64{0}
			if name == "two" {
				e.Parameters["Q"], start = field.Unknown{Start: q}, []float64{0, 0}
			}
			p := mustProblem(t, []data.Series{delivered([]string{"c"}, amounts)}, e, func(s *Settings) {
				s.Initial, s.Start, s.Heldout, s.Members, s.Hold = "known", start, 0, 1, "amt:impulse"
				s.Solver.RTol, s.Solver.ATol = 1e-11, 1e-11
			})
			m := untrained(t, p, 1)
			m.ArchName = "equations"
			m.Records[0].Present = nil
			times := []float64{0, 0.25, 1, 4, 4.01, 5, 6.5, 6.75, 11}
			f, err := m.Forecast(0, times, &p.Train[0])
			if err != nil {
				t.Fatal(err)
			}
			for k, at := range times {
				want := 0.0
				for d, amount := range amounts {
					if at > d {
						want += amount * c.unit(at-d)
					}
				}
				if differs(f.X[k], want, 1e-8) {
					t.Errorf("at %g: %.12g, want %.12g", at, f.X[k], want)
				}
			}
		})
	}
}

// Gradients through impulses are those of differences, and the same by every adjoint.
func TestGradientsGoThroughImpulses(t *testing.T) {
	e := &field.Equations{Text: "c' = F*amt/V - CL/V*c", Parameters: map[string]field.Unknown{"CL": {Start: 3}, "V": {Start: 10}, "F": {Start: 0.7}}}
	p := mustProblem(t, []data.Series{delivered([]string{"c"}, map[float64]float64{0: 100, 4: 50})}, e, func(s *Settings) {
		s.Initial, s.Start, s.Heldout, s.Members, s.Hold = "known", []float64{0}, 0, 1, "impulse"
		s.Solver.RTol, s.Solver.ATol = 1e-10, 1e-10
	})
	var first []float64
	for _, adjoint := range []string{"discrete", "symplectic", "forward"} {
		o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(1, false), 1, false))
		if err != nil {
			t.Fatal(err)
		}
		if err := (Descent{Adjoint: adjoint}).equip(o.tracking); err != nil {
			t.Fatal(err)
		}
		z, err := p.begin(1)
		if err != nil {
			t.Fatal(err)
		}
		grad := make([]float64, len(z))
		if loss := o.Eval(grad, z, 0); loss.Fail != "" {
			t.Fatal(loss.Fail)
		}
		if first == nil {
			checkGradient(t, o, z, 1)
			first = grad
		}
		for i, v := range grad {
			if differs(v, first[i], 1e-8) || v == 0 {
				t.Errorf("%s: derivative %d is %g, want %g", adjoint, i, v, first[i])
			}
		}
	}
}

// What is no amount of anything is refused with its place.
func TestImpulsesThatHaveNoMeaningAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"c' = amt^2 - k*c":            "line 1, column 9: amt does not enter as a rate",
		"c' = k/amt":                  "does not enter as a rate",
		"c' = exp(amt) - k*c":         "does not enter as a rate",
		"r = amt*amt\nc' = r - k*c":   "does not enter as a rate",
		"c' = amt*c*k":                "multiplied by c, which jumps",
		"s = 2*c\nc' = k*amt*s":       "multiplied by c, which jumps",
		"c' = -k*c":                   "is in no equation of a state",
		"c' = amt - k*c\n0 = z - amt": "where nothing can jump",
	} {
		e := &field.Equations{Text: text, Parameters: map[string]field.Unknown{"k": {Start: 1}}, Algebraic: map[string]float64{"z": 1}}
		s := DefaultSettings()
		s.Hold = "amt:impulse"
		_, err := NewProblem([]data.Series{delivered([]string{"c"}, nil)}, "equations", e, s)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	s := DefaultSettings()
	s.Hold = "impulse"
	if _, err := NewProblem([]data.Series{delivered([]string{"c"}, nil)}, "mlp", &field.MLP{}, s); err == nil || !strings.Contains(err.Error(), "written as text") {
		t.Errorf("a network: %v", err)
	}
}
