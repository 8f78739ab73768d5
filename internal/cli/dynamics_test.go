package cli

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dynamicsOf runs an analysis of the dynamics and reads its result.
func dynamicsOf(t *testing.T, into any, args ...string) {
	t.Helper()
	o := must(t, append([]string{"analyse"}, append(args, "--json")...)...)
	if err := json.Unmarshal([]byte(o.out), into); err != nil {
		t.Fatal(err)
	}
	for _, ext := range []string{".html", ".csv", ".json"} {
		if info, err := os.Stat(filepath.Join(analysisFolder, args[1]+ext)); err != nil || info.Size() == 0 {
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
	for _, args := range [][]string{{"lorenz", "lyapunov", "--span", "1e-9"}, {"lorenz", "lyapunov", "rho=1e300"}} {
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
