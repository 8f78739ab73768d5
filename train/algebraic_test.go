package train

import (
	"context"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// TestDerivativesOfAlgebraicRowsAgreeWithDifferences, measured and hidden ones, with a network, an
// input that jumps, pieces that meet and that do not, and inequalities.
func TestDerivativesOfAlgebraicRowsAgreeWithDifferences(t *testing.T) {
	unhurried(t)
	arch := &field.Equations{Text: "x' = a*z - push\n0 = y + b*y^3 - f(x) - push\n0 = 4*z - exp(c)*y*x - x", Algebraic: map[string]float64{"y": 0.5, "z": 0.3},
		Parameters: map[string]field.Unknown{"a": {Start: 0.7}, "b": {Start: 0.2}, "c": {Start: -1}}, Networks: map[string]field.Network{"f": {Hidden: []int{3}, Activation: "tanh"}}}
	for name, c := range map[string]struct {
		rule *num.Rule
		cut  pieces
	}{"radau": {num.RadauRule(3), pieces{}}, "joined": {num.RadauRule(2), pieces{2, true}}, "apart": {num.RadauRule(2), pieces{2, false}}, "lobatto": {num.LobattoRule(3), pieces{}}} {
		_, p := transcribed(t, "equations", arch, func(s *Settings) { s.Constraints = []string{"x*y <= 3"} })
		nlp := newTranscription(p, p.elementMesh(0), c.rule, 1e-2, c.cut)
		nlp.limit()
		agreesWithDifferences(t, name, nlp)
	}
}

// simulatedRows are rows of a simulation of a system, with noise.
func simulatedRows(t *testing.T, s *field.System, keep []string, times []float64, noise float64) data.Series {
	t.Helper()
	m, err := model.Known(s)
	if err != nil {
		t.Fatal(err)
	}
	m.Solver.Solver, m.Solver.RTol, m.Solver.ATol = "radau5", 1e-10, 1e-10
	f, err := m.ForecastFrom(s.Start, times[0], times, nil)
	if err != nil || f.Failed != "" {
		t.Fatal(err, f.Failed)
	}
	r := rand.New(rand.NewPCG(5, 6))
	out := data.Series{Names: keep, Units: make([]string, len(keep)), Time: "t", T: times}
	for k := range times {
		for _, name := range keep {
			for c, other := range f.Names {
				if other == name {
					out.X = append(out.X, f.Row(k)[c]+noise*r.NormFloat64())
				}
			}
		}
	}
	return out
}

func grid(end float64, n int) (t []float64) {
	for i := range n {
		t = append(t, end*float64(i)/float64(n-1))
	}
	return t
}

// eliminated is a problem with algebraic rows and the same without them.
type eliminated struct {
	with, without field.Equations
	rows          data.Series
}

// dimers decay as monomers, which are in equilibrium with them; the total and the monomer are
// measured.
func dimers(t *testing.T) eliminated {
	text := "total' = -k*m\n0 = m + 2*K*m^2 - total"
	rows := simulatedRows(t, &field.System{States: []string{"total", "m"}, Equations: text, Parameters: map[string]float64{"k": 0.8, "K": 1.7}, Algebraic: map[string]float64{"m": 1}, Start: []float64{4, 1}},
		[]string{"total", "m"}, grid(5, 20), 0.02)
	unknown := map[string]field.Unknown{"k": {Start: 0.3}, "K": {Start: 0.6}}
	return eliminated{field.Equations{Text: text, Parameters: unknown, Algebraic: map[string]float64{"m": 1}},
		field.Equations{Text: "m' = -k*m/(1 + 4*K*m)", Parameters: unknown, Observe: map[string]string{"total": "m + 2*K*m^2"}}, rows}
}

// twoArms is a double pendulum whose accelerations are unknowns of its mass matrix.
func twoArms(t *testing.T) eliminated {
	with := "p' = v\nq' = w\nv' = a\nw' = b\n0 = 2*a + r*b*cos(p - q) + r*w^2*sin(p - q) + 2*g*sin(p)\n0 = r*b + a*cos(p - q) - v^2*sin(p - q) + g*sin(q)"
	solved := "c = cos(p - q)\ns = sin(p - q)\ndet = 2*r - r*c*c\ne = -r*w^2*s - 2*g*sin(p)\nh = v^2*s - g*sin(q)\np' = v\nq' = w\nv' = (r*e - r*c*h)/det\nw' = (2*h - c*e)/det"
	names := []string{"p", "q", "v", "w"}
	rows := simulatedRows(t, &field.System{States: append(names[:4:4], "a", "b"), Equations: with, Parameters: map[string]float64{"r": 0.6, "g": 2}, Algebraic: map[string]float64{"a": 0, "b": 0},
		Start: []float64{0.9, -0.4, 0, 0, 0, 0}}, names, grid(3, 20), 0.01)
	unknown := map[string]field.Unknown{"r": {Start: 0.8}, "g": {Start: 1.6}}
	return eliminated{field.Equations{Text: with, Parameters: unknown, Algebraic: map[string]float64{"a": 0.1, "b": 0.1}}, field.Equations{Text: solved, Parameters: unknown}, rows}
}

// sharedLevel has two tanks with one level: index two, beside rows of index one.
func sharedLevel(t *testing.T) eliminated {
	with := "x' = (inner - out)/0.1\ny' = (in - inner)/0.5\nz' = (out - in)/2\n0 = x - y\n0 = in - a*sqrt(z)\n0 = out - b*x"
	names := []string{"x", "y", "z"}
	rows := simulatedRows(t, &field.System{States: append(names[:3:3], "in", "inner", "out"), Equations: with, Parameters: map[string]float64{"a": 0.3, "b": 0.2},
		Algebraic: map[string]float64{"in": 0, "inner": 0, "out": 0}, Start: []float64{0.5, 0.5, 3, 0, 0, 0}}, names, grid(20, 20), 0.02)
	unknown := map[string]field.Unknown{"a": {Start: 0.5}, "b": {Start: 0.1}}
	return eliminated{field.Equations{Text: with, Parameters: unknown, Algebraic: map[string]float64{"in": 0, "inner": 0, "out": 0}},
		field.Equations{Text: "x' = (a*sqrt(z) - b*x)/0.6\nz' = (b*x - a*sqrt(z))/2", Parameters: unknown, Observe: map[string]string{"y": "x"}}, rows}
}

func (e eliminated) fitted(t *testing.T, method string, arch field.Equations) *Result {
	t.Helper()
	p := mustProblem(t, []data.Series{e.rows}, &arch, func(s *Settings) {
		s.Heldout, s.Solver.RTol, s.Solver.ATol = 0, 1e-9, 1e-9
		if method == "auto" {
			s.Members = 1
		}
	})
	m := defaults(t, method)
	if lm, ok := m.(*LM); ok {
		lm.Decay = 0
	}
	r := fitted(t, m, p)
	if r.Status != StatusOK || len(r.Parameters) != 2 {
		t.Fatalf("%s: %v", method, r.Warnings)
	}
	return r
}

// TestEliminatingAlgebraicUnknownsChangesNoFit: parameters, their errors and the distance to the
// rows are those of equations without such unknowns, to as many digits as methods go to the
// minimum.
func TestEliminatingAlgebraicUnknownsChangesNoFit(t *testing.T) {
	unhurried(t)
	for _, c := range []struct {
		name    string
		make    func(*testing.T) eliminated
		method  string // of the equations without
		methods []string
		within  float64 // part of a standard error
	}{
		{"dimers", dimers, "lm", []string{"lm", "collocation"}, 5e-3},
		{"dimers", dimers, "auto", []string{"auto"}, 5e-3},
		{"shared level", sharedLevel, "lm", []string{"lm", "collocation"}, 5e-3},
		{"two arms", twoArms, "collocation", []string{"collocation"}, 1e-4},
	} {
		name, e := c.name, c.make(t)
		want := e.fitted(t, c.method, e.without)
		for _, method := range c.methods {
			got := e.fitted(t, method, e.with)
			for _, v := range want.Parameters {
				found := false
				for _, u := range got.Parameters {
					if u.Name != v.Name {
						continue
					}
					if found = true; math.Abs(u.Value-v.Value) > c.within*v.SD || math.Abs(u.SD/v.SD-1) > 1e-3 {
						t.Errorf("%s, %s: %s = %.9g ± %.4g, want %.9g ± %.4g", name, method, u.Name, u.Value, u.SD, v.Value, v.SD)
					}
				}
				if !found {
					t.Errorf("%s, %s: there is no %s", name, method, v.Name)
				}
			}
			if !got.Convergence.Converged { // a start that only begins the search for another is no distance to the minimum
				t.Errorf("%s, %s: %s", name, method, got.Convergence.Why)
			}
			if math.Abs(got.Train.MSE/want.Train.MSE-1) > 1e-5 {
				t.Errorf("%s, %s: mean square %.10g, want %.10g", name, method, got.Train.MSE, want.Train.MSE)
			}
			for _, s := range got.Starts {
				if s.Name == "m(0)" || s.Name == "a(0)" || s.Name == "y(0)" {
					t.Errorf("%s, %s: the start %s is told, though it follows", name, method, s.Name)
				}
			}
		}
	}
}

// TestNetworksStandInAlgebraicRows: the rate at which a state falls is learnt where nothing but
// the state is measured.
func TestNetworksStandInAlgebraicRows(t *testing.T) {
	unhurried(t)
	for _, method := range []string{"collocation", "auto"} {
		t.Run(method, func(t *testing.T) { networksStandInAlgebraicRows(t, method) })
	}
}

func networksStandInAlgebraicRows(t *testing.T, method string) {
	rows := simulatedRows(t, &field.System{States: []string{"x", "z"}, Equations: "x' = -z\n0 = z*(1 + x) - x", Algebraic: map[string]float64{"z": 0.5}, Start: []float64{3, 0.5}}, []string{"x"}, grid(5, 40), 0.002)
	arch := &field.Equations{Text: "x' = -z\n0 = z - f(x)", Algebraic: map[string]float64{"z": 0.5}, Networks: map[string]field.Network{"f": {Hidden: []int{4}}}}
	p := mustProblem(t, []data.Series{rows}, arch)
	r := fitted(t, defaults(t, method), p)
	if method == "auto" && (len(r.Model.Theta) < 2 || r.Chosen == nil || len(r.Tried) < 2) {
		t.Errorf("%d members, %d tried, refit %v", len(r.Model.Theta), len(r.Tried), r.Chosen != nil)
	}
	if r.Status != StatusOK || !(r.Train.MSE < 1e-4) || !(r.Held.MSE < 1e-3) {
		t.Fatalf("%v: mean square %g, held out %g", r.Warnings, r.Train.MSE, r.Held.MSE)
	}
	times := []float64{0, 1, 2, 3}
	f := r.Model.Parts.Frame
	x, status, err := r.Model.Orbit(0, 0, r.Model.Records[0].Start[0], times, nil)
	if err != nil || status.String() != "the integration reached its end" {
		t.Fatal(err, status)
	}
	for k := range times {
		at, z := f.Shift[0]+f.Scale[0]*x[2*k], f.Shift[1]+f.Scale[1]*x[2*k+1]
		if want := at / (1 + at); math.Abs(z/want-1) > 0.03 {
			t.Errorf("at x = %.3g the rate is %.4g, want %.4g", at, z, want)
		}
	}
}

// TestAlgebraicUnknownsJumpWithInputs: a measured unknown follows an input that jumps, in
// elements as in the simulation.
func TestAlgebraicUnknownsJumpWithInputs(t *testing.T) {
	rec := data.Series{Names: []string{"x", "z"}, Units: []string{"", ""}, Inputs: []string{"u"}, Time: "t"}
	x, a := 1.0, 0.7 // x' = −a z, z = x + u, which is constant between jumps
	for i := range 40 {
		u := float64(i / 10 % 2)
		rec.T, rec.X, rec.U = append(rec.T, 0.1*float64(i)), append(rec.X, x, x+u), append(rec.U, u)
		if i%10 == 0 { // what is saved at a jump is what was before
			rec.X[2*i+1] = math.NaN()
		}
		x = (x+u)*math.Exp(-a*0.1) - u
	}
	arch := &field.Equations{Text: "x' = -a*z\n0 = z - x - b*u", Algebraic: map[string]float64{"z": 1}, Parameters: map[string]field.Unknown{"a": {Start: 0.3}, "b": {Start: 0.5}}}
	for _, method := range []string{"collocation", "lm"} {
		p := mustProblem(t, []data.Series{rec}, arch, func(s *Settings) { s.Hold, s.Heldout = "zero", 0 })
		r := fitted(t, defaults(t, method), p)
		for _, v := range r.Parameters {
			if want := map[string]float64{"a": 0.7, "b": 1}[v.Name]; math.Abs(v.Value/want-1) > 1e-5 {
				t.Errorf("%s: %s = %.9g, want %g (%v)", method, v.Name, v.Value, want, r.Warnings)
			}
		}
	}
}

// TestMethodsWithoutAlgebraicRowsRefuse, and a rule without a point at the end.
func TestMethodsWithoutAlgebraicRowsRefuse(t *testing.T) {
	e := dimers(t)
	arch := e.with
	p := mustProblem(t, []data.Series{e.rows}, &arch)
	if p.Solver.Solver != "radau5" {
		t.Errorf("solver %s", p.Solver.Solver)
	}
	for _, method := range []string{"homotopy", "multiple-shooting", "continuation", "gradient-matching", "sindy", "neighbourhood"} {
		if _, err := defaults(t, method).Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "determine m;") {
			t.Errorf("%s: %v", method, err)
		}
	}
	c := defaults(t, "collocation").(*Collocation)
	c.Rule = "gauss"
	if _, err := c.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), "take rule=radau") {
		t.Errorf("gauss: %v", err)
	}
	s := DefaultSettings()
	s.Solver.Solver = "rk4"
	s.Solver.Step = 0.1
	if _, err := NewProblem([]data.Series{e.rows}, "equations", &arch, s); err == nil || !strings.Contains(err.Error(), "take solver=radau5") {
		t.Errorf("rk4: %v", err)
	}
}
