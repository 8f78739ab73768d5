package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// A forecast by slightly wrong parameters is valid for as long as its error stays
// small, and its attractor is nearly that of the truth.
func TestForecastsOfChaosAreComparedByWhatTheyCan(t *testing.T) {
	if testing.Short() {
		t.Skip("long trajectories for a number")
	}
	t.Chdir(t.TempDir())
	write(t, "truth.csv", must(t, "simulate", "lorenz", "--t", "0:24:0.03").out)
	write(t, "near.csv", must(t, "simulate", "lorenz", "rho=28.001", "--t", "0:24:0.03").out)
	write(t, "far.csv", must(t, "simulate", "lorenz", "rho=45", "--t", "0:24:0.03").out)
	type result struct {
		NRMSE float64 `json:"nrmse"`
		Chaos struct {
			Valid struct {
				Times    []float64
				Ended    []bool
				Median   float64
				Exponent float64
				Lyapunov float64 `json:"median_lyapunov_times"`
			}
			Distances struct {
				Distances []struct {
					Name                string
					Whole, Value, Floor float64
				}
			}
		}
	}
	of := func(forecast string, more ...string) result {
		t.Helper()
		var r result
		o := must(t, append([]string{"compare", forecast, "truth.csv", "--chaos", "--json"}, more...)...)
		if err := json.Unmarshal([]byte(o.out), &r); err != nil {
			t.Fatalf("%v: %s", err, o.out)
		}
		return r
	}
	near, far := of("near.csv", "--exponent", "0.9056", "--out", "distances.csv"), of("far.csv", "--exponent", "0.9056")
	if v := near.Chaos.Valid; v.Median < 5 || v.Median > 30 || math.Abs(v.Lyapunov-0.9056*v.Median) > 1e-9 || !v.Ended[0] || near.NRMSE < 0.1 {
		t.Errorf("%+v", near)
	}
	if v := far.Chaos.Valid; v.Median > 1 {
		t.Errorf("another system is valid for %g", v.Median)
	}
	for i, m := range near.Chaos.Distances.Distances {
		if f := far.Chaos.Distances.Distances[i]; !(f.Whole > 2*m.Whole) {
			t.Errorf("%s: %g of another system, %g of nearly the same", m.Name, f.Whole, m.Whole)
		}
	}
	if text, err := os.ReadFile("distances.csv"); err != nil || strings.Count(string(text), "\n") != 10 {
		t.Errorf("%s, %v", text, err)
	}
	// Distances take the square of the rows.
	lines := strings.SplitAfter(must(t, "simulate", "lorenz", "--t", "0:24:0.03").out, "\n")
	write(t, "truth.csv", strings.Join(lines[:242], ""))
	if v := of("truth.csv", "--exponent", "1").Chaos.Valid; v.Ended[0] || math.Abs(v.Median-241*0.03) > 1e-6 {
		t.Errorf("the truth itself: %+v", v)
	}
	o := must(t, "compare", "near.csv", "truth.csv", "--chaos", "--exponent", "0.9056")
	if !strings.Contains(o.out, "Lyapunov times") || !strings.Contains(o.out, "d_stsp") {
		t.Error(o.out)
	}
	// The past of the truth, and baselines that know no more.
	write(t, "past.csv", strings.Join(lines[:562], ""))
	write(t, "rest.csv", lines[0]+strings.Join(lines[562:], ""))
	var r struct {
		Chaos struct {
			Baselines []struct {
				Name     string
				Lyapunov float64 `json:"median_lyapunov_times"`
			}
		}
	}
	b := must(t, "compare", "near.csv", "rest.csv", "--chaos", "--exponent", "0.9056", "--past", "past.csv", "--json")
	if err := json.Unmarshal([]byte(b.out), &r); err != nil || len(r.Chaos.Baselines) != 6 {
		t.Fatalf("%v: %s", err, b.out)
	}
	for _, v := range r.Chaos.Baselines {
		if v.Name == "ng-rc" && v.Lyapunov < 1 || v.Name == "mean" && v.Lyapunov > 1 {
			t.Errorf("%+v", v)
		}
	}
	if o := entrain("compare", "near.csv", "truth.csv", "--chaos", "--past", "past.csv"); o.code != exitBad || !strings.Contains(o.err, "must end one step") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	if o := entrain("compare", "near.csv", "truth.csv", "--chaos", "--threshold", "0"); o.code != exitBad {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

func TestAttractorOfASystemAndOfRows(t *testing.T) {
	t.Chdir(t.TempDir())
	var got struct {
		Result struct {
			Columns []struct {
				Mean, Deviation float64
				Period          *float64
			}
		}
	}
	dynamicsOf(t, &got, "lorenz", "attractor", "--states", "8000")
	if c := got.Result.Columns; len(c) != 3 || math.Abs(c[2].Mean-23.55) > 0.2 || math.Abs(c[2].Deviation-8.62) > 0.2 || c[2].Period == nil || math.Abs(*c[2].Period-0.76) > 0.05 || c[0].Period != nil {
		t.Errorf("%+v", c)
	}
	write(t, "truth.csv", must(t, "simulate", "van-der-pol", "--t", "0:60:0.05").out)
	dynamicsOf(t, &got, "truth.csv", "attractor")
	if c := got.Result.Columns; len(c) != 2 || c[0].Period == nil || math.Abs(*c[0].Period-6.66) > 0.4 {
		t.Errorf("%+v", c)
	}
}

// The distance of all rows of a copy is 0, and it stands before those of pieces, which are not.
func TestACopyIsNoDistanceAway(t *testing.T) {
	workplace(t)
	text := "t,x\n"
	for k := range 400 {
		text += fmt.Sprintf("%d,%.6f\n", k, math.Sin(0.01*float64(k*k%997)))
	}
	write(t, "x.csv", text)
	o := must(t, "compare", "x.csv", "x.csv", "--chaos", "--exponent", "0.1")
	for _, want := range []string{"at least 400 (error below 0.4 deviations, from one step before the first row)", "d_stsp          0          pieces ", "w1              0          pieces "} {
		if !strings.Contains(o.out, want) {
			t.Errorf("%q is not in:\n%s", want, o.out)
		}
	}
}
