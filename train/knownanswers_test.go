package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// knownAnswer is a problem of the literature whose least squares, unweighted, are known.
// Numbers of its parameters and their sum of squares are for weights=equal.
type knownAnswer struct {
	text    string
	columns []string
	t       []float64
	x       []float64 // row by row
	start   []float64
	answer  map[string]float64
	squares float64
}

// pinene is the isomerisation of α-pinene.
//
// Source: Box, Hunter, MacGregor, Erjavec, Technometrics 15 (1973) 33–51.
func pinene() knownAnswer {
	return knownAnswer{
		text:    "y1' = -(p1+p2)*y1\ny2' = p1*y1\ny3' = p2*y1 - (p3+p4)*y3 + p5*y5\ny4' = p3*y3\ny5' = p4*y3 - p5*y5",
		columns: []string{"y1", "y2", "y3", "y4", "y5"},
		t:       []float64{0, 1230, 3060, 4920, 7800, 10680, 15030, 22620, 36420},
		x: []float64{100, 0, 0, 0, 0, 88.35, 7.3, 2.3, 0.4, 1.75, 76.4, 15.6, 4.5, 0.7, 2.8, 65.1, 23.1, 5.3, 1.1, 5.8,
			50.4, 32.9, 6.0, 1.5, 9.3, 37.5, 42.7, 6.0, 1.9, 12.0, 25.9, 49.1, 5.9, 2.2, 17.0, 14.0, 57.4, 5.1, 2.6, 21.0, 4.5, 63.1, 3.8, 2.9, 25.7},
		start:   []float64{100, 0, 0, 0, 0},
		answer:  map[string]float64{"p1": 5.92585e-5, "p2": 2.96340e-5, "p3": 2.0473e-5, "p4": 2.74467e-4, "p5": 3.99796e-5},
		squares: 19.872167,
	}
}

// gasOil is the catalytic cracking of gas oil.
//
// Source: Tjoa, Biegler, Industrial & Engineering Chemistry Research 30 (1991) 376–385.
func gasOil() knownAnswer {
	k := knownAnswer{text: "y1' = -(p1+p3)*y1^2\ny2' = p1*y1^2 - p2*y2", columns: []string{"y1", "y2"},
		t:     []float64{0, .025, .05, .075, .1, .125, .15, .175, .2, .225, .25, .3, .35, .4, .45, .5, .55, .65, .75, .85, .95},
		start: []float64{1, 0}, answer: map[string]float64{"p1": 11.84674, "p2": 8.34452, "p3": 1.00144}, squares: 5.236596e-3}
	y1 := []float64{1, .8105, .6208, .5258, .4345, .3903, .3342, .3034, .2735, .2405, .2283, .2071, .1669, .153, .1339, .1265, .12, .099, .087, .077, .069}
	y2 := []float64{0, .2, .2886, .301, .3215, .3123, .2716, .2551, .2258, .1959, .1789, .1457, .1198, .0909, .0719, .0561, .046, .028, .019, .014, .01}
	for i := range k.t {
		k.x = append(k.x, y1[i], y2[i])
	}
	return k
}

// begun is the problem with all parameters at one, or at a multiple of the answer.
func (k knownAnswer) begun(t *testing.T, times float64) *Problem {
	t.Helper()
	zero, unknown := 0.0, map[string]field.Unknown{}
	for name, v := range k.answer {
		at := 1.0
		if times > 0 {
			at = times * v
		}
		unknown[name] = field.Unknown{Start: at, Min: &zero}
	}
	rec := data.Series{Names: k.columns, Units: make([]string, len(k.columns)), Time: "t", T: k.t, X: k.x}
	return mustProblem(t, []data.Series{rec}, &field.Equations{Text: k.text, Parameters: unknown}, func(s *Settings) {
		s.Heldout, s.Weights, s.Initial, s.Start = 0, "equal", "known", k.start
		s.Solver.RTol, s.Solver.ATol = 1e-9, 1e-9
	})
}

// TestKnownAnswersAreFoundFromAnywhere: from one, from a thousandth and from a thousand
// times the answer; parameters to 4 digits, the sum of squares to 6.
func TestKnownAnswersAreFoundFromAnywhere(t *testing.T) {
	unhurried(t)
	for name, k := range map[string]knownAnswer{"α-pinene": pinene(), "gas oil": gasOil()} {
		for _, times := range []float64{0, 1e-3, 1e3} {
			p := k.begun(t, times)
			r := fitted(t, defaults(t, "collocation"), p)
			for _, e := range r.Parameters {
				if want := k.answer[e.Name]; math.Abs(e.Value/want-1) > 1e-4 {
					t.Errorf("%s from %g: %s = %.7g, want %.6g", name, times, e.Name, e.Value, want)
				}
			}
			count := 0.0
			for _, v := range p.Train[0].X {
				if isNumber(v) {
					count++
				}
			}
			if s := r.Train.MSE * count; math.Abs(s/k.squares-1) > 1e-6 {
				t.Errorf("%s from %g: sum of squares %.8g, want %.8g", name, times, s, k.squares)
			}
			if !strings.Contains(r.Tried[0].Why, "equal weights") {
				t.Errorf("%s: nothing is said of weights: %q", name, r.Tried[0].Why)
			}
		}
	}
}

// TestEqualWeightsAreThoseOfEveryMethod: near the answer lm and auto end there too.
func TestEqualWeightsAreThoseOfEveryMethod(t *testing.T) {
	unhurried(t)
	for _, method := range []string{"lm", "auto"} {
		r := fitted(t, defaults(t, method), gasOil().begun(t, 1.3))
		for _, e := range r.Parameters {
			if want := gasOil().answer[e.Name]; math.Abs(e.Value/want-1) > 1e-3 {
				t.Errorf("%s: %s = %.7g, want %.6g", method, e.Name, e.Value, want)
			}
		}
		if !strings.Contains(r.Tried[0].Why, "equal weights") {
			t.Errorf("%s: nothing is said of weights: %q", method, r.Tried[0].Why)
		}
	}
}
