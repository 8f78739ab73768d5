package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// untrained is the model that training begins with.
func untrained(t testing.TB, p *Problem, members int) *model.Model {
	t.Helper()
	z, err := p.begin(members)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int, members)
	for j := range all {
		all[j] = j
	}
	return p.model("test", z, members, all)
}

// decaying is x' = rate[j]·x for member j, unscaled, from x = 1 at t = 10.
func decaying(t testing.TB, rates ...float64) *model.Model {
	t.Helper()
	arch := &field.Equations{Text: "x' = k*x", Parameters: map[string]field.Unknown{"k": {Start: -1}}}
	p := mustProblem(t, []data.Series{single([]float64{10, 11, 12, 13, 14, 15, 16, 17}, []float64{1, 1, 1, 1, 1, 1, 1, 1})}, arch,
		func(s *Settings) {
			s.Scale, s.Initial, s.Start = "none", "known", []float64{1}
			s.Solver.RTol, s.Solver.ATol = 1e-10, 1e-10
		})
	m := untrained(t, p, len(rates))
	for j, k := range rates {
		m.Theta[j][0] = k
	}
	return m
}

func TestForecastsThatCannotBeMadeAreExplained(t *testing.T) {
	p := variants(t)["all at once"]
	m, s := untrained(t, p, 2), p.Train[0]
	other, late, none := s, s.Slice(2, s.Len()), s
	other.Inputs = []string{"level"}
	none.Inputs, none.U = nil, nil
	last := s.T[s.Len()-1]
	for _, c := range []struct {
		say    string
		rec    int
		times  []float64
		inputs *data.Series
	}{
		{"no recording 4", 3, s.T, &s},
		{"no recording 0", -1, s.T, &s},
		{"before the start", 0, append([]float64{s.T[0] - 0.1}, s.T...), &s},
		{"must increase", 0, []float64{s.T[3], s.T[3]}, &s},
		{"time 2 is not", 0, []float64{s.T[3], math.NaN()}, &s},
		{"whole span", 0, s.T, nil},
		{"whole span", 0, s.T, &data.Series{}},
		{"in this order", 0, s.T, &other},
		{"in this order", 0, s.T, &none},
		{"known from", 0, s.T, &late},
		{"known up to", 0, []float64{last, last + 0.1}, &s},
	} {
		if _, err := m.Forecast(c.rec, c.times, c.inputs); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v; it should say %q", err, c.say)
		}
	}
	if _, err := m.Forecast(0, s.T, &s); err != nil {
		t.Error(err)
	}
	for say, x := range map[string][]float64{"hidden1), the start has 1": {1}, "start of y is not": {1, math.NaN()}} {
		if _, err := m.ForecastFrom(x, s.T[0], s.T, &s); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v; it should say %q", err, say)
		}
	}
}

// What is reported of a fit must be what its model does.
func TestForecastOfAFitHasItsScores(t *testing.T) {
	for name, p := range variants(t) {
		p.Budget, p.Members = 12, 3
		p.Keep = "best-train"
		r := fitted(t, defaults(t, "homotopy"), p)
		variance := data.NewMoments(p.rows(true)...).Variance()
		train, held := p.scorer(variance), p.scorer(variance)
		for rec, s := range p.rows(true) {
			f, err := r.Model.Forecast(rec, s.T, &s)
			if err != nil {
				t.Fatal(err)
			}
			for k := range s.T {
				to := train
				if k >= p.Train[rec].Len() {
					to = held
				}
				to.Add(f.Row(k), s.Row(k))
			}
		}
		if a, b := train.Scores().MSE, held.Scores().MSE; differs(r.Train.MSE, a, 1e-9) || differs(r.Held.MSE, b, 1e-9) {
			t.Errorf("%s: reported %g and %g, forecasts have %g and %g", name, r.Train.MSE, r.Held.MSE, a, b)
		}
	}
}
