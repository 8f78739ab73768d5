package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

// untrained is the model that training begins with.
func untrained(t testing.TB, p *Problem, members int) *Model {
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
func decaying(t testing.TB, rates ...float64) *Model {
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

func TestForecastIsTheOrbitOfTheFirstMemberAndItsBand(t *testing.T) {
	rates := []float64{-0.3, -0.1, -0.2, -0.5, -0.4}
	m := decaying(t, rates...)
	times := []float64{10, 10.5, 12, 20}
	f, err := m.Forecast(0, times, nil)
	if err != nil || f.Failed != "" || f.Len() != len(times) || f.Evals <= 0 {
		t.Fatal(err, f)
	}
	for k, at := range times {
		x := func(rate float64) float64 { return math.Exp(rate * (at - 10)) }
		if differs(f.X[k], x(-0.3), 1e-8) {
			t.Errorf("at %g: %g, want %g", at, f.X[k], x(-0.3))
		}
		// Of the distances of four, the quartile lies a quarter of the way from the
		// third to the fourth.
		far := []float64{x(-0.1) - x(-0.3), x(-0.2) - x(-0.3), x(-0.3) - x(-0.4), x(-0.3) - x(-0.5)}
		slices.Sort(far)
		half := newSpread(4).factor * (far[2] + 0.25*(far[3]-far[2]))
		if differs(f.Lo[k], f.X[k]-half, 1e-8) || differs(f.Hi[k], f.X[k]+half, 1e-8) {
			t.Errorf("at %g: band %g to %g, want %g on both sides of %g", at, f.Lo[k], f.Hi[k], half, f.X[k])
		}
	}
	alone, err := decaying(t, -0.3).Forecast(0, times, nil)
	if err != nil || alone.Lo != nil || alone.Hi != nil {
		t.Errorf("a single model has a band: %v %v", alone, err)
	}
	if alone.Evals >= f.Evals {
		t.Errorf("%d evaluations of one member, %d of five", alone.Evals, f.Evals)
	}
	from, err := m.ForecastFrom([]float64{1}, 10, times, nil)
	if err != nil || !slices.Equal(from.X, f.X) || !slices.Equal(from.Lo, f.Lo) {
		t.Errorf("from the same state: %v, %v", from, err)
	}
}

func TestForecastThatBlowsUpIsCutWithAReason(t *testing.T) {
	for _, c := range []struct {
		rates []float64
		rows  int
		fails bool
	}{{[]float64{100}, 3, true}, {[]float64{100, -1}, 3, true}, {[]float64{-1, 100, -2}, 5, false}} {
		f, err := decaying(t, c.rates...).Forecast(0, []float64{10, 11, 12, 100, 200}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f.Len() != c.rows || len(f.X) != c.rows || (f.Failed != "") != c.fails {
			t.Errorf("rates %v: %d rows, %q", c.rates, f.Len(), f.Failed)
		}
		if n := len(c.rates); n > 1 && (len(f.Lo) != c.rows || len(f.Hi) != c.rows || slices.ContainsFunc(f.Hi, math.IsNaN)) {
			t.Errorf("rates %v: band %v %v", c.rates, f.Lo, f.Hi)
		}
	}
}

func TestForecastStartsAnewAtAnchors(t *testing.T) {
	m := decaying(t, -1, -2)
	m.Records[0].Anchors = []Anchor{{T: 12, State: [][]float64{{5}, {6}}}, {T: 14, State: [][]float64{{-3}, {-4}}}}
	times := []float64{10.5, 11.5, 12, 13, 14, 15}
	f, err := m.Forecast(0, times, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{math.Exp(-0.5), math.Exp(-1.5), 5, 5 * math.Exp(-1), -3, -3 * math.Exp(-1)}
	for k := range want {
		if f.T[k] != times[k] || differs(f.X[k], want[k], 1e-8) {
			t.Errorf("at %g: %g, want %g", f.T[k], f.X[k], want[k])
		}
	}
	if len(f.Lo) != len(want) || len(f.Hi) != len(want) {
		t.Errorf("the band has %d and %d rows", len(f.Lo), len(f.Hi))
	}
	late, err := m.Forecast(0, []float64{15, 16}, nil)
	if err != nil || late.Len() != 2 || late.X[0] != f.X[5] {
		t.Errorf("only after the last anchor: %v, %v", late, err)
	}
	for _, bad := range [][]float64{{9, 15}, {11, 10.5, 15}, {11, 13, 13}, {math.NaN(), 13}, {13, math.NaN()}, {13, math.Inf(1)}} {
		if _, err := m.Forecast(0, bad, nil); err == nil {
			t.Errorf("times %v are accepted", bad)
		}
	}
	m.Theta[0][0] = 400 // both parts blow up: nothing follows
	f, err = m.Forecast(0, []float64{10, 11.9, 13, 15}, nil)
	if err != nil || f.Failed == "" || f.Len() != 1 {
		t.Errorf("%d rows after a blow-up in the first part: %q, %v", f.Len(), f.Failed, err)
	}
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
	for say, x := range map[string][]float64{"has 3 states, the start has 1": {1}, "start of y is not": {1, math.NaN()}} {
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
		train, held := data.NewScorer(p.Train[0].Names, variance), data.NewScorer(p.Train[0].Names, variance)
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
