package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/ode"
)

// differs tells numbers apart that are not the same within tol, relative beyond 1.
func differs(got, want, tol float64) bool {
	return !(math.Abs(got-want) <= tol*(1+math.Abs(want)))
}

// decaying is x' = rate[j]·x for member j, unscaled, from x = 1 at t = 10; its
// record ends at 17.
func decaying(t testing.TB, rates ...float64) *Model {
	t.Helper()
	m := &Model{ArchName: "equations", Arch: &field.Equations{Text: "x' = k*x", Parameters: map[string]field.Unknown{"k": {Start: -1}}},
		Hold: "linear", Solver: ode.Options{Solver: "dopri5", RTol: 1e-10, ATol: 1e-10, MaxSteps: 20_000}}
	var err error
	if m.Parts, err = m.Arch.Build(field.Unscaled([]string{"x"}, nil)); err != nil {
		t.Fatal(err)
	}
	r := Record{T0: 10, End: 17, Step: 1, Rows: 8}
	for _, k := range rates {
		m.Theta, r.Start = append(m.Theta, []float64{k}), append(r.Start, []float64{1})
	}
	m.Records = []Record{r}
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

// A model with inputs whose own are not known says so, wherever the times that are asked for begin.
func TestForecastsWithoutTheirInputsAreRefused(t *testing.T) {
	m := sample(t)
	m.Records[0].Present = m.Records[0].Start
	for _, times := range [][]float64{{1905}, {1920}, {1925, 1930}, {1910, 1930}} {
		if _, err := m.Forecast(0, times, nil); err == nil || !strings.Contains(err.Error(), "inputs [rain]") {
			t.Errorf("at %v: %v", times, err)
		}
	}
	known := data.Series{Inputs: []string{"rain"}, T: []float64{1920, 1930}, U: []float64{5, 6}}
	f, err := m.Forecast(0, []float64{1925, 1930}, &known)
	if err != nil || f.Len() != 2 {
		t.Errorf("with those behind the last row, which are enough: %v", err)
	}
	if f, err := m.Forecast(0, nil, nil); err != nil || f.Len() != 0 {
		t.Errorf("at no time: %v", err)
	}
}
