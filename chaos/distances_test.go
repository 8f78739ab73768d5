package chaos

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

func distance(t *testing.T, r *DistanceReport, name string) MeasuredDistance {
	t.Helper()
	for _, m := range r.Distances {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("there is no %s: %+v", name, r)
	return MeasuredDistance{}
}

// Another system is far above the floor of every distance, another orbit of the same
// one much nearer.
func TestDistancesTellSystemsFromThemselves(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	of := func(rho, from float64) [][]float64 {
		s, err := field.Systems.Lookup("lorenz")
		if err != nil {
			t.Fatal(err)
		}
		s.Parameters["rho"] = rho
		f, err := model.OfSystem(s)
		if err != nil {
			t.Fatal(err)
		}
		f.Start = []float64{from, 1, 20}
		f.Solver.RTol, f.Solver.ATol = 1e-8, 1e-8
		x, err := Orbit(f, 8000, 0.02, 50)
		if err != nil {
			t.Fatal(err)
		}
		return [][]float64{x}
	}
	truth := of(28, 1)
	same, err := MeasureDistances(truth, of(28, 2), 3)
	if err != nil || same.Status != OK || same.Rows != 4000 || same.Pieces != [2]int{2, 2} {
		t.Fatalf("%+v, %v", same, err)
	}
	other, err := MeasureDistances(truth, of(38, 1), 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range same.Distances {
		if o := distance(t, other, m.Name); o.AtFloor || !(o.Value > 1.5*o.FloorMost) || !(m.Value < o.Value/1.5) {
			t.Errorf("%s is %.3g of another system and %.3g of the same, the floor %.3g", o.Name, o.Value, m.Value, o.FloorMost)
		}
	}
	// What published programs give for such pairs (30 bins, 8 000 points).
	if m := distance(t, same, "d_stsp"); !(m.Whole > 0.1 && m.Whole < 2.7) {
		t.Errorf("d_stsp of two orbits is %g", m.Whole)
	}
}

func TestDistancesOfWhatIsTooShort(t *testing.T) {
	if testing.Short() {
		t.Skip("a long orbit, on one core")
	}
	x := make([]float64, 150)
	r := num.Stream(1, "x")
	for i := range x {
		x[i] = r.NormFloat64()
	}
	got, err := MeasureDistances([][]float64{x}, [][]float64{x}, 1)
	if err != nil || got.Status != TooShort || !strings.Contains(got.Reason, "100 rows") {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := MeasureDistances([][]float64{x, x}, [][]float64{x}, 1); err != nil || got.Status != OK || got.Rows != 150 {
		t.Errorf("two recordings of truth: %+v, %v", got, err)
	}
	if _, err := MeasureDistances([][]float64{make([]float64, 500)}, [][]float64{x}, 1); err == nil {
		t.Error("a constant truth has distances")
	}
}

func TestValidRowsEndWhereErrorsDo(t *testing.T) {
	truth := []float64{0, 0, 1, 1, 2, 2, 3, 3}
	forecast := []float64{0, 0, 1.1, 1, 2, 3.2, 9, 9}
	if n, ended := ValidRows(forecast, truth, []float64{1, 2}, 0.4); n != 2 || !ended { // √(0.6²/2) = 0.424
		t.Errorf("%d rows, ended %v", n, ended)
	}
	if n, ended := ValidRows(forecast[:4], truth, []float64{1, 1}, 0.4); n != 2 || ended {
		t.Errorf("%d rows, ended %v", n, ended)
	}
	if n, ended := ValidRows([]float64{0, math.NaN()}, truth, []float64{1, 1}, 0.4); n != 0 || !ended {
		t.Errorf("no number is valid: %d rows", n)
	}
	lo, mid, hi := Quartiles([]float64{4, 1, 3, 2})
	if lo != 1.75 || mid != 2.5 || hi != 3.25 {
		t.Errorf("quartiles %g, %g, %g", lo, mid, hi)
	}
}
