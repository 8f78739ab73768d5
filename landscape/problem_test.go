package landscape

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
	"github.com/entrain-dev/entrain/ode"
	"github.com/entrain-dev/entrain/train"
)

// gaussian is a vector of standard normal numbers of a named stream.
func gaussian(n int, seed uint64, name string, index uint64) []float64 {
	r := num.Stream(seed, name, index)
	v := make([]float64, n)
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return v
}

// waves are recordings of sines with noise and missing values at irregular times.
func waves(states, recs int) []data.Series {
	var all []data.Series
	for rec := range recs {
		r := num.Stream(3, "waves", uint64(rec))
		s := data.Series{ID: string(rune('a' + rec)), Time: "t", Names: []string{"x", "y"}[:states], Units: make([]string, states)}
		t := 2.5*float64(rec) - 1
		for i := range 12 + 5*rec {
			t += 0.1 + 0.3*r.Float64()
			s.T = append(s.T, t)
			for c := range states {
				v := 10*float64(c) + (1+2*float64(c))*math.Sin(t+float64(c)) + 0.05*r.NormFloat64()
				if i == 3+rec {
					v = math.NaN()
				}
				s.X = append(s.X, v)
			}
		}
		all = append(all, s)
	}
	return all
}

func fixedSteps(s *train.Settings) {
	s.Solver = ode.Options{Solver: "dopri5", Step: 0.1, Save: "interpolate", MaxSteps: 10000, Memory: 1 << 20}
}

func tinyNet() *field.MLP { return &field.MLP{Hidden: []int{3}, Activation: "tanh"} }

func mustProblem(t testing.TB, recs []data.Series, arch field.Architecture, change func(*train.Settings)) *train.Problem {
	t.Helper()
	s := train.DefaultSettings()
	change(&s)
	p, err := train.NewProblem(recs, "mlp", arch, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mustAt is the loss of a problem at the unknowns that training begins with.
func mustAt(t testing.TB, p *train.Problem, c train.Coupling) (*train.Surface, *train.Curvature, []float64) {
	t.Helper()
	s, err := train.NewSurface(p, c)
	if err != nil {
		t.Fatal(err)
	}
	z, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.At(z)
	if err != nil {
		t.Fatal(err)
	}
	return s, h, z
}

// simulated is a known system without noise.
func simulated(t testing.TB, name string, times []float64) data.Series {
	t.Helper()
	s, err := field.Systems.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Known(s)
	if err != nil {
		t.Fatal(err)
	}
	f, err := m.ForecastFrom(s.Start, times[0], times, nil)
	if err != nil || f.Failed != "" {
		t.Fatal(err, f.Failed)
	}
	return f.Series
}
