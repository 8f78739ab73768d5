package cli

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/chaos"
	"github.com/entrain-dev/entrain/internal/page"
)

// dynamicsOf runs an analysis of the dynamics and reads its result.
func dynamicsOf(t *testing.T, into any, args ...string) {
	t.Helper()
	o := must(t, append([]string{"analyse"}, append(args, "--json")...)...)
	if err := json.Unmarshal([]byte(o.out), into); err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{".html", ".csv", ".json"} {
		if info, err := os.Stat(filepath.Join(page.AnalysisFolder, args[1]+ext)); err != nil || info.Size() == 0 {
			t.Errorf("%v: %s%s is missing or empty", args, args[1], ext)
		}
	}
}

func TestExponentsOfAKnownSystem(t *testing.T) {
	t.Chdir(t.TempDir())
	var got struct {
		Result struct {
			Exponents, Errors []float64
			Dimension         float64
		}
	}
	dynamicsOf(t, &got, "lorenz", "lyapunov", "--span", "600")
	r := got.Result
	if len(r.Exponents) != 3 || math.Abs(r.Exponents[0]-0.9054) > 5*r.Errors[0]+0.01 || math.Abs(r.Exponents[2]+14.572) > 0.1 || math.Abs(r.Dimension-2.062) > 0.01 {
		t.Errorf("%+v", r)
	}
	got.Result.Exponents = nil
	dynamicsOf(t, &got, "lorenz", "lyapunov", "rho=10", "--span", "200") // both wings' centres are stable
	if r := got.Result; r.Exponents[0] >= 0 || r.Dimension != 0 {
		t.Errorf("at rho=10: %+v", r)
	}
}

// What a spectrum lacks is null: a map has no divergence, an orbit that was not
// followed for long enough has no dimension.
func TestSpectraAreJSONWhateverTheyLack(t *testing.T) {
	t.Chdir(t.TempDir())
	var got struct {
		Result struct {
			Exponents             []float64
			Dimension, Divergence *float64
		}
	}
	dynamicsOf(t, &got, "henon", "lyapunov", "--accuracy", "0.05")
	if r := got.Result; len(r.Exponents) != 2 || math.Abs(r.Exponents[0]-0.419) > 0.06 || r.Dimension == nil || r.Divergence != nil {
		t.Errorf("Hénon's map: %+v", r)
	}
	for _, args := range [][]string{{"lorenz", "lyapunov", "--span", "1e-9"}, {"henon", "lyapunov", "a=9"}} {
		o := entrain(append([]string{"analyse", "--json"}, args...)...)
		got.Result.Dimension = nil
		if err := json.Unmarshal([]byte(o.out), &got); err != nil || o.code != exitFailed || got.Result.Dimension != nil {
			t.Errorf("%v: exit code %d, %v: %s%s", args, o.code, err, o.out, o.err)
		}
	}
}

func TestDimensionOfARecording(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "henon.csv", must(t, "simulate", "henon", "--t", "0:3000:1").out)
	var got struct{ Result struct{ Dimension *float64 } }
	dynamicsOf(t, &got, "henon.csv", "dimension")
	if d := got.Result.Dimension; d == nil || math.Abs(*d-1.22) > 0.1 {
		t.Errorf("the dimension of Hénon's attractor is %v", d)
	}
	var rows struct {
		Result struct {
			Exponents []float64
			Supported int
		}
	}
	dynamicsOf(t, &rows, "henon.csv", "lyapunov")
	if r := rows.Result; r.Supported < 1 || math.Abs(r.Exponents[0]-0.419) > 0.04 {
		t.Errorf("exponents of Hénon's rows: %+v", r)
	}
	write(t, "uneven.csv", "t,x\n0,1\n1,2\n3,1\n")
	if o := entrain("analyse", "uneven.csv", "lyapunov"); o.code != 2 || !strings.Contains(o.err, "equal steps") {
		t.Errorf("uneven rows: exit code %d, %s", o.code, o.err)
	}
}

// Every analysis of a law has numbers, a page, a table and JSON, and its known answers.
func TestAnalysesOfALaw(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and nothing runs at the same time that shorter tests do not run too")
	}
	t.Chdir(t.TempDir())
	write(t, "own.yaml", "model: equations\nequations: |\n  x' = a*(y - x)\n  y' = x*(28 - z) - y\n  z' = x*y - 8/3*z\nparameters:\n  a: 10\nstart: {x: 1, y: 1, z: 20}\n")
	var rest struct {
		Result struct {
			Equilibria []struct {
				X           []float64
				Eigenvalues []struct{ Re, Im float64 }
			}
		}
	}
	dynamicsOf(t, &rest, "own.yaml", "equilibria")
	if e := rest.Result.Equilibria; len(e) != 3 || math.Abs(e[2].X[2]-27) > 1e-9 || math.Abs(e[1].Eigenvalues[0].Re-11.8277) > 1e-4 {
		t.Errorf("%+v", e)
	}
	var cycles struct {
		Result struct{ Orbits []struct{ Period float64 } }
	}
	dynamicsOf(t, &cycles, "van-der-pol", "orbits")
	if c := cycles.Result.Orbits; len(c) != 1 || math.Abs(c[0].Period-6.66328686) > 1e-6 {
		t.Errorf("%+v", c)
	}
	var section struct{ Result struct{ Return float64 } }
	dynamicsOf(t, &section, "van-der-pol", "poincare", "--column", "v", "--at", "0", "--down", "--states", "20")
	if r := section.Result.Return; math.Abs(r-6.66328686) > 1e-6 {
		t.Errorf("returns after %g", r)
	}
	var diagram struct {
		Result struct {
			Points []struct {
				Value    float64
				Branches int
				Motion   string
			}
		}
	}
	dynamicsOf(t, &diagram, "logistic", "bifurcation", "--along", "r=3.2:4:0.4")
	if p := diagram.Result.Points; len(p) != 3 || p[0].Branches != 2 || p[2].Motion != "chaos" || p[2].Value != 4 {
		t.Errorf("%+v", p)
	}
	var rates struct{ Result struct{ Mean []float64 } }
	dynamicsOf(t, &rates, "lorenz", "growth", "--horizon", "1", "--states", "64")
	if m := rates.Result.Mean; len(m) != 3 || math.Abs(m[0]+m[1]+m[2]+41.0/3) > 1e-3 {
		t.Errorf("%v", m)
	}
	var vectors struct{ Result struct{ Angles []float64 } }
	dynamicsOf(t, &vectors, "henon", "covariant", "--states", "100")
	if len(vectors.Result.Angles) != 100 {
		t.Errorf("%+v", vectors)
	}
	var coupled struct{ Result struct{ Exponents []float64 } }
	dynamicsOf(t, &coupled, "lorenz", "conditional", "--gain", "x:3,y:3,z:3", "--span", "200")
	if e := coupled.Result.Exponents; len(e) != 3 || math.Abs(e[0]+e[1]+e[2]+41.0/3+9) > 0.01 {
		t.Errorf("%v", e)
	}
}

func TestAnalysesOfALawRefuseWhatMeansNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "rows.csv", "t,x\n0,1\n1,2\n2,1\n")
	for _, c := range []struct{ args, want string }{
		{"rows.csv equilibria", "need a law"}, {"lorenz bifurcation", "--along rho=0:200:0.5"}, {"lorenz bifurcation --along rh=1:2:1", `did you mean "rho"`},
		{"lorenz bifurcation --along rho=1:2:1e-9", "20 000"}, {"lorenz poincare --column q", "choose one of"}, {"lorenz conditional", "--gain 3"},
		{"lorenz conditional --gain w:3", "x, y, z"}, {"henon poincare", "a map has no sections"}, {"van-der-pol-forced equilibria", "changes with time"},
	} {
		if o := entrain(append([]string{"analyse"}, strings.Fields(c.args)...)...); o.code != exitBad || !strings.Contains(o.err, c.want) {
			t.Errorf("%s: exit %d, %s", c.args, o.code, o.err)
		}
	}
}

// What rows alone tell: of Hénon's map, whose exponent and Jacobian are known.
func TestAnalysesOfRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and nothing runs at the same time that shorter tests do not run too")
	}
	t.Chdir(t.TempDir())
	write(t, "henon.csv", must(t, "simulate", "henon", "--t", "0:3000:1").out)
	var e struct{ Result struct{ Lag, Dimension int } }
	dynamicsOf(t, &e, "henon.csv", "embedding")
	if r := e.Result; r.Dimension < 2 || r.Dimension > 3 || r.Lag < 1 {
		t.Errorf("%+v", r)
	}
	var v struct {
		Result struct {
			Rosenstein struct{ Value *float64 } `json:"rosenstein_slope"`
		}
	}
	dynamicsOf(t, &v, "henon.csv", "divergence")
	if s := v.Result.Rosenstein.Value; s == nil || math.Abs(*s-0.419) > 0.08 {
		t.Errorf("neighbours part at %v", s)
	}
	var r struct {
		Result []struct {
			ZeroOne float64 `json:"zero_one"`
			Better  int
		}
	}
	dynamicsOf(t, &r, "henon.csv", "regularity")
	if len(r.Result) != 2 || r.Result[0].ZeroOne < 0.9 || r.Result[0].Better > 0 {
		t.Errorf("%+v", r.Result)
	}
	var p struct {
		Result struct{ Rate, Determinism float64 }
	}
	dynamicsOf(t, &p, "henon.csv", "recurrence")
	if math.Abs(p.Result.Rate-0.05) > 0.01 || p.Result.Determinism < 0.3 {
		t.Errorf("%+v", p.Result)
	}
	var j struct {
		Result struct {
			Known  int
			Median float64 `json:"median_error"`
		}
	}
	dynamicsOf(t, &j, "henon.csv", "jacobian", "--against", "henon")
	if j.Result.Known < 1 || !(j.Result.Median < 0.05) {
		t.Errorf("%+v", j.Result)
	}
	write(t, "few.csv", "t,x\n0,1\n1,2\n2,1\n")
	for _, name := range []string{"embedding", "divergence", "regularity", "recurrence", "jacobian"} {
		if o := entrain("analyse", "few.csv", name); o.code != exitFailed || o.out != "" || !strings.Contains(o.err, "at least") {
			t.Errorf("%s of three rows: exit %d, %s%s", name, o.code, o.out, o.err)
		}
	}
}

// A law whose orbit cannot be followed was asked for well, whatever is analysed: the exit
// code is not that of bad input.
func TestOrbitsThatCannotBeFollowedAreNoBadInput(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "blow.yaml", "equations: |\n  x' = x^2\nstart: {x: 1}\n")
	for _, args := range [][]string{{"blow.yaml", "lyapunov"}, {"blow.yaml", "orbits"}, {"blow.yaml", "covariant"}, {"blow.yaml", "growth"},
		{"blow.yaml", "poincare"}, {"blow.yaml", "dimension"}, {"blow.yaml", "conditional", "--gain", "0"}, {"henon", "orbits", "a=9"}, {"henon", "growth", "a=9"}} {
		if o := entrain(append([]string{"analyse"}, args...)...); o.code != exitFailed || !strings.Contains(o.err, "the orbit cannot be followed") {
			t.Errorf("%v: exit code %d: %s", args, o.code, o.err)
		}
	}
	if o := entrain("analyse", "henon", "growth", "--horizon", "-1"); o.code != exitBad {
		t.Errorf("a flag out of its range: exit code %d: %s", o.code, o.err)
	}
}

func TestEigenvaluesHaveNoRounding(t *testing.T) {
	if got := eigenvalues([]chaos.Complex{{Re: -1.11e-16, Im: 1.53}, {Re: -1.11e-16, Im: -1.53}, {Re: -0.2, Im: 1e-15}}); got != "0 + 1.53i, 0 − 1.53i, -0.2" {
		t.Error(got)
	}
}
