package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
)

func between(start, lo, hi float64) field.Unknown {
	return field.Unknown{Start: start, Min: &lo, Max: &hi}
}

// poor are known systems whose numbers begin at a half to three times what
// they are, within bounds.
func poor(t testing.TB, name string) (p *Problem, truth map[string]float64) {
	t.Helper()
	var rec data.Series
	arch := &field.Equations{}
	switch name {
	case "lotka-volterra":
		rec = simulated(t, name, steps(101, 0.1), "5%", 1)
		truth = map[string]float64{"a": 1.3, "b": 0.9, "c": 0.8, "d": 1.8}
		arch.Text = "prey' = a*prey - b*prey*predator\npredator' = c*prey*predator - d*predator"
		arch.Parameters = map[string]field.Unknown{"a": between(0.65, 0, 10), "b": between(2.7, 0, 10), "c": between(0.4, 0, 10), "d": between(3.6, 0, 10)}
	case "lorenz":
		rec = simulated(t, name, steps(201, 0.05), "0.5", 1)
		truth = map[string]float64{"sigma": 10, "rho": 28, "beta": 8.0 / 3}
		arch.Text = "x' = sigma*(y - x)\ny' = x*(rho - z) - y\nz' = x*y - beta*z"
		arch.Parameters = map[string]field.Unknown{"sigma": between(5, 0, 100), "rho": between(50, 0, 100), "beta": between(8, 0, 100)}
	case "fitzhugh-nagumo":
		rec = simulated(t, name, steps(201, 0.5), "5%", 1)
		truth = map[string]float64{"current": 0.5, "a": 0.7, "b": 0.8, "tau": 12.5}
		arch.Text = "v' = v - v^3/3 - w + current\nw' = (v + a - b*w)/tau"
		arch.Parameters = map[string]field.Unknown{"current": between(1.5, 0, 5), "a": between(0.35, 0, 5), "b": between(2, 0, 5), "tau": between(5, 1, 100)}
	}
	return mustProblem(t, []data.Series{rec}, arch), truth
}

// With a coupling to the data at first, numbers are found from poor starts;
// their errors are within four standard errors and bounds are kept. Without it
// trajectories of the same start lead somewhere else.
func TestCouplingFindsParametersFromPoorStarts(t *testing.T) {
	unhurried(t)
	for _, name := range []string{"lotka-volterra", "lorenz", "fitzhugh-nagumo"} {
		for _, method := range []string{"continuation", "homotopy", "auto", "gradient-matching,lm"} {
			if !slow && name != "lotka-volterra" && method != "continuation" && method != "auto" {
				continue // as on the first
			}
			p, truth := poor(t, name)
			r := fitted(t, defaults(t, method), p)
			if len(r.Parameters) != len(truth) {
				t.Fatalf("%s, %s: %+v", name, method, r.Parameters)
			}
			for _, e := range r.Parameters {
				if off := math.Abs(e.Value - truth[e.Name]); !(off < 4*e.SD) || off > 0.05*truth[e.Name] || e.Note != "" {
					t.Errorf("%s, %s: %+v, want %g", name, method, e, truth[e.Name])
				}
			}
		}
		p, truth := poor(t, name)
		lost := false
		for _, e := range fitted(t, defaults(t, "lm"), p).Parameters {
			u := p.Arch.(*field.Equations).Parameters[e.Name]
			lost = lost || math.Abs(e.Value-truth[e.Name]) > 0.5*truth[e.Name]
			if e.Value < *u.Min || e.Value > *u.Max {
				t.Errorf("%s: %s = %g leaves its bounds", name, e.Name, e.Value)
			}
		}
		if !lost {
			t.Errorf("%s: whole trajectories alone find the numbers as well; this start is not poor", name)
		}
	}
}

// Clean data, one number wrong by the factors of Ko et al. (2023), appendix B: the numbers come
// back exactly.
func TestParametersOfCleanDataAreExact(t *testing.T) {
	unhurried(t)
	for _, c := range []struct {
		system, name string
		truth        float64
	}{{"lotka-volterra", "a", 1.3}, {"lorenz", "beta", 8.0 / 3}} {
		for _, factor := range []float64{0.5, 1.5} {
			s, err := field.Systems.Lookup(c.system)
			if err != nil {
				t.Fatal(err)
			}
			arch := s.Architecture()
			arch.Parameters[c.name] = field.Unknown{Start: factor * c.truth}
			p := mustProblem(t, []data.Series{recorded(t, s, steps(100, 0.1), "0", 0)}, arch, func(s *Settings) {
				s.Solver.RTol, s.Solver.ATol = 1e-9, 1e-9
			})
			r := fitted(t, defaults(t, "continuation"), p)
			for _, e := range r.Parameters {
				if want := s.Parameters[e.Name]; math.Abs(e.Value/want-1) > 1e-5 {
					t.Errorf("%s, %s × %g: %s = %.9g, want %g", c.system, c.name, factor, e.Name, e.Value, want)
				}
			}
		}
	}
}

// Numbers that the data do not determine are told, with the reason, instead of
// an error that means nothing.
func TestUndeterminedParametersAreTold(t *testing.T) {
	unhurried(t)
	rec := simulated(t, "lotka-volterra", steps(101, 0.1), "5%", 2)
	arch := &field.Equations{Text: "prey' = (a1 + a2)*prey - b*prey*predator + 0*q\npredator' = c*prey*predator - d*predator + s*prey^9/1e9",
		Parameters: map[string]field.Unknown{"a1": {Start: 0.5}, "a2": {Start: 0.5}, "b": {Start: 0.9}, "c": {Start: 0.8},
			"d": between(1, 0, 1.5), "q": {Start: 3}, "s": {Start: 0.001}}}
	p := mustProblem(t, []data.Series{rec}, arch)
	for _, method := range []string{"gradient-matching,lm", "auto"} {
		r := fitted(t, defaults(t, method), p)
		for _, e := range r.Parameters {
			says := map[string]string{"a1": "cannot tell it from a2", "a2": "cannot tell it from a1", "q": "do not depend on it", "d": "upper bound 1.5"}[e.Name]
			if !strings.Contains(e.Note, says) || (says != "") != math.IsNaN(e.SD) {
				t.Errorf("%s: %+v, want %q", method, e, says)
			}
			if says == "" && e.Name != "s" && e.Note != "" {
				t.Errorf("%s: %+v is determined", method, e)
			}
		}
	}
}

// Standard errors are what the estimates vary by over draws of the noise, for
// columns of unlike noise, with the start learnt.
func TestStandardErrorsAreThoseOfRepetitions(t *testing.T) {
	unhurried(t)
	truth := map[string]float64{"k": 0.7, "c": 2, "m": 1.5}
	s := &field.System{Name: "relaxation", States: []string{"x", "y"}, Equations: "x' = k*(c - x)\ny' = x - m*y",
		Parameters: truth, Start: []float64{6, 0}}
	arch := s.Architecture()
	const draws = 40
	sum, square, said := map[string]float64{}, map[string]float64{}, map[string]float64{}
	for seed := range uint64(draws) {
		rec := recorded(t, s, steps(61, 0.1), "0", 0)
		noisy := recorded(t, s, steps(61, 0.1), "0.2", seed)
		for i := 0; i < len(rec.X); i += 2 { // x ten times as noisy as y
			rec.X[i], rec.X[i+1] = noisy.X[i], rec.X[i+1]+(noisy.X[i+1]-rec.X[i+1])/10
		}
		r := fitted(t, defaults(t, "lm"), mustProblem(t, []data.Series{rec}, arch, func(s *Settings) { s.Heldout = 0 }))
		for _, e := range r.Parameters {
			d := e.Value - truth[e.Name]
			sum[e.Name], square[e.Name], said[e.Name] = sum[e.Name]+d/draws, square[e.Name]+d*d/draws, said[e.Name]+e.SD/draws
		}
	}
	for name := range truth {
		if sd := math.Sqrt(square[name]); math.Abs(said[name]/sd-1) > 0.35 || math.Abs(sum[name]) > sd {
			t.Errorf("%s: off by %.3g, mean %.2g; the standard error is said to be %.3g", name, sd, sum[name], said[name])
		}
	}
}

// Weights of a network beside a parameter take their part of the error.
func TestNetworksWidenTheErrorsOfParameters(t *testing.T) {
	rec := simulated(t, "lotka-volterra", steps(101, 0.1), "5%", 3)
	sd := func(arch *field.Equations) float64 {
		r := fitted(t, defaults(t, "gradient-matching"), mustProblem(t, []data.Series{rec}, arch))
		if len(r.Parameters) != 0 {
			t.Errorf("slopes say nothing of errors along trajectories, yet: %+v", r.Parameters)
		}
		r = fitted(t, defaults(t, "continuation"), mustProblem(t, []data.Series{rec}, arch, func(s *Settings) { s.Budget = 60 }))
		return r.Parameters[0].SD
	}
	known := sd(&field.Equations{Text: "prey' = a*prey - 0.9*prey*predator\npredator' = 0.8*prey*predator - 1.8*predator",
		Parameters: map[string]field.Unknown{"a": {Start: 1}}})
	partly := sd(&field.Equations{Text: "prey' = a*prey - prey*predator*nn(predator)\npredator' = 0.8*prey*predator - 1.8*predator",
		Parameters: map[string]field.Unknown{"a": {Start: 1}}, Networks: map[string]field.Network{"nn": {Hidden: []int{4}}}})
	if !(partly > 3*known) || math.IsNaN(known) {
		t.Errorf("error %.3g with a network beside it, %.3g without", partly, known)
	}
}
