package filter

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
)

// elimination is a decay whose rate every recording has for itself: about 0.5, a third apart.
func elimination(t testing.TB, known bool) *model.Model {
	t.Helper()
	zero := 0.0
	e := &field.Equations{Text: "x' = -k*x", Parameters: map[string]field.Unknown{"k": {Start: 3, Min: &zero, PerRecording: true}}}
	p, err := e.Build(field.Frame{States: []string{"x"}, Shift: []float64{5}, Scale: []float64{2}, Time: 2})
	if err != nil {
		t.Fatal(err)
	}
	f := &p.Frame
	start := []float64{(10 - f.Shift[0]) / f.Scale[0], (0.5 - f.Shift[1]) / f.Scale[1]}
	return &model.Model{ArchName: "equations", Arch: e, Parts: p, Theta: [][]float64{{}}, Noise: []float64{0.2}, KnownStart: known,
		Records:    []model.Record{{ID: "a", Start: [][]float64{start}}},
		Population: []model.Common{{State: 1, Value: 0.5, SD: 0.3, Error: 0.05, Log: true}},
		Solver:     ode.Options{Solver: "dopri5", RTol: 1e-8, ATol: 1e-8, MaxSteps: 100000}}
}

// A recording that was not in the fit begins at the value of the population with its spread, and rows
// lead from there to its own, both in filters and in the present state of a forecast.
func TestNewRecordingsBeginAtThePopulation(t *testing.T) {
	m := elimination(t, true)
	const own = 0.8
	for _, rows := range []int{1, 40} {
		s := data.Series{ID: "new", Names: []string{"x"}}
		f, err := NewFollower(m, Following{Kind: "extended"})
		if err != nil {
			t.Fatal(err)
		}
		for k := range rows {
			at := 0.1 * float64(k)
			s.T, s.X = append(s.T, at), append(s.X, 10*math.Exp(-own*at))
			if _, err := f.Row(at, s.Row(k), nil); err != nil {
				t.Fatal(err)
			}
		}
		x, sd := f.Estimate()
		state, cov, err := m.Present(&s, s.T[rows-1])
		if err != nil {
			t.Fatal(err)
		}
		want, within := 0.5, 0.01
		if rows > 1 {
			want, within = own, 0.03
		}
		for name, got := range map[string]float64{"filter": x[1], "present": state[1]} {
			if math.Abs(got-want) > within {
				t.Errorf("%d rows, %s: %g, want %g", rows, name, got, want)
			}
		}
		for name, got := range map[string]float64{"filter": sd[1], "present": math.Sqrt(cov[3])} {
			if spread := 0.5 * math.Hypot(0.3, 0.05); rows == 1 && math.Abs(got-spread) > 0.2*spread || rows > 1 && !(got < 0.05) {
				t.Errorf("%d rows, %s: its deviation is %g", rows, name, got)
			}
		}
	}
}

// Over draws from the population, what is said of a new recording holds about as often as it should, from
// the first rows on.
func TestNewRecordingsAreWithinTheirErrors(t *testing.T) {
	const draws, deviations = 200, 1.645
	m, r := elimination(t, true), rand.New(rand.NewPCG(5, 6))
	for _, rows := range []int{2, 8} {
		filtered, present := 0, 0
		for range draws {
			own := 0.5 * math.Exp(math.Hypot(0.3, 0.05)*r.NormFloat64())
			f, err := NewFollower(m, Following{Kind: "extended"})
			if err != nil {
				t.Fatal(err)
			}
			s := data.Series{ID: "new", Names: []string{"x"}}
			for k := range rows {
				at := 0.3 * float64(k)
				s.T, s.X = append(s.T, at), append(s.X, 10*math.Exp(-own*at)+0.2*r.NormFloat64())
				if _, err := f.Row(at, s.Row(k), nil); err != nil {
					t.Fatal(err)
				}
			}
			x, sd := f.Estimate()
			state, cov, err := m.Present(&s, s.T[rows-1])
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(math.Log(x[1]/own)) < deviations*sd[1]/x[1] {
				filtered++
			}
			if math.Abs(math.Log(state[1]/own)) < deviations*math.Sqrt(cov[3])/state[1] {
				present++
			}
		}
		t.Logf("%d rows: filter %.1f %%, present %.1f %%", rows, 100*float64(filtered)/draws, 100*float64(present)/draws)
		for name, n := range map[string]int{"filter": filtered, "present": present} {
			if part := float64(n) / draws; part < 0.8 || part > 0.98 {
				t.Errorf("%d rows, %s: the rate is within 1.645 deviations in %.1f %%, want 90", rows, name, 100*part)
			}
		}
	}
}

// What the rows say of one parameter of a new recording they say of another that is correlated with
// it: the conditional mean and deviation of two normal logarithms.
func TestNewRecordingsTellOfCorrelatedParameters(t *testing.T) {
	zero := 0.0
	own := field.Unknown{Start: 0.5, Min: &zero, PerRecording: true, Correlated: "all"}
	e := &field.Equations{Text: "x' = -k*x\ny' = -q*y", Parameters: map[string]field.Unknown{"k": own, "q": own}}
	p, err := e.Build(field.Frame{States: []string{"x", "y"}, Shift: []float64{5, 1}, Scale: []float64{2, 3}, Time: 2})
	if err != nil {
		t.Fatal(err)
	}
	start := []float64{2.5, 3, 0, 0}
	const r = 0.8
	m := &model.Model{ArchName: "equations", Arch: e, Parts: p, Theta: [][]float64{{}}, Noise: []float64{0.05, 0.05}, KnownStart: true,
		Records: []model.Record{{ID: "a", Start: [][]float64{start}}},
		Population: []model.Common{{State: 2, Value: 0.5, SD: 0.3, Log: true, With: []model.Correlated{{State: 3, R: r}}},
			{State: 3, Value: 0.4, SD: 0.2, Log: true, With: []model.Correlated{{State: 2, R: r}}}},
		Solver: ode.Options{Solver: "dopri5", RTol: 1e-8, ATol: 1e-8, MaxSteps: 100000}}
	s := data.Series{ID: "new", Names: []string{"x", "y"}}
	f, err := NewFollower(m, Following{Kind: "extended"})
	if err != nil {
		t.Fatal(err)
	}
	for k := range 60 {
		at := 0.05 * float64(k)
		s.T, s.X = append(s.T, at), append(s.X, 10*math.Exp(-0.7*at), math.NaN())
		if _, err := f.Row(at, s.Row(k), nil); err != nil {
			t.Fatal(err)
		}
	}
	x, sd := f.Estimate()
	state, cov, err := m.Present(&s, s.T[59])
	if err != nil {
		t.Fatal(err)
	}
	want, spread := 0.4*math.Exp(r*0.2/0.3*math.Log(0.7/0.5)), 0.2*math.Sqrt(1-r*r)
	for name, got := range map[string][2]float64{"filter": {x[3], sd[3]}, "present": {state[3], math.Sqrt(cov[15])}} {
		if math.Abs(got[0]/want-1) > 0.02 || math.Abs(got[1]/(want*spread)-1) > 0.1 {
			t.Errorf("%s: %g ± %g, want %g ± %g", name, got[0], got[1], want, want*spread)
		}
	}
}
