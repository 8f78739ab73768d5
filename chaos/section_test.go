package chaos

import (
	"context"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// The limit cycle crosses v = 0 downwards at its largest x, once a period.
func TestASectionOfACycleIsAPoint(t *testing.T) {
	s, err := PoincareSection(known(t, "van-der-pol"), SectionOptions{Column: 1, At: 0, Down: true, Crossings: 50})
	if err != nil || s.Status != OK || len(s.T) != 50 {
		t.Fatalf("%+v, %v", s, err)
	}
	for i := range s.T {
		if x, v := s.X[2*i], s.X[2*i+1]; math.Abs(x-2.0086198608) > 1e-6 || math.Abs(v) > 1e-12 {
			t.Errorf("crossing %d at %.9f, %g", i, x, v)
		}
	}
	if math.Abs(s.Return-6.6632868593) > 1e-6 || s.ReturnSpread > 1e-5 {
		t.Errorf("returns after %.9f ± %g", s.Return, s.ReturnSpread)
	}
	x := orbit(t, "van-der-pol", 3000, 0.05, 50)
	r, err := SectionOfRows(x, 2, 0.05, SectionOptions{Column: 1, At: 0, Down: true})
	if err != nil || r.Status != OK || math.Abs(r.Return-6.6632868593) > 1e-4 || math.Abs(r.X[0]-2.0086) > 1e-3 {
		t.Errorf("of rows: %+v, %v", r.Return, err)
	}
	none, err := PoincareSection(known(t, "van-der-pol"), SectionOptions{Column: 1, At: 100, Crossings: 5})
	if err != nil || none.Status != NotConverged || none.Reason == "" {
		t.Errorf("%+v, %v", none, err)
	}
}

func changed(t testing.TB, name, parameter string) func(float64) (*model.Flow, error) {
	return func(v float64) (*model.Flow, error) {
		s, err := field.Systems.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		s.Parameters[parameter] = v
		return model.OfSystem(s)
	}
}

// The logistic map: a fixed point up to 3, two points up to 3.449, four up to 3.544,
// three in the window at 3.83; λ is log|2 − r| at the fixed point.
func TestBifurcationsOfTheLogisticMap(t *testing.T) {
	values := []float64{2.5, 2.9, 3.2, 3.5, 3.83, 4}
	got, err := Bifurcation(context.Background(), values, changed(t, "logistic", "r"), BifurcationOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []int{1, 1, 2, 4, 3, 0} {
		if got[k].Branches != want {
			t.Errorf("r = %g: %d branches, want %d", values[k], got[k].Branches, want)
		}
	}
	for k, want := range []float64{math.Log(0.5), math.Log(0.9)} {
		if math.Abs(got[k].Exponents[0]-want) > 1e-6 || got[k].Motion != "rest" {
			t.Errorf("r = %g: exponent %g, want %g; %s", values[k], got[k].Exponents[0], want, got[k].Motion)
		}
	}
	if got[2].Motion != "cycle" || got[5].Motion != "chaos" || math.Abs(got[5].Exponents[0]-math.Ln2) > 0.08 {
		t.Errorf("%+v", got[5])
	}
}

func TestBifurcationsOfLorenz(t *testing.T) {
	values := []float64{0.5, 10, 28, 160}
	got, err := Bifurcation(context.Background(), values, changed(t, "lorenz", "rho"), BifurcationOptions{Column: 2, Error: 0.05})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []string{"rest", "rest", "chaos", "cycle"} {
		if got[k].Motion != want {
			t.Errorf("rho = %g: %s, want %s (%v ± %v)", values[k], got[k].Motion, want, got[k].Exponents, got[k].Errors)
		}
	}
	if n := got[3].Branches; n < 1 || n > 8 {
		t.Errorf("a cycle has %d branches", n)
	}
	if math.Abs(got[1].Points[0]-9) > 1e-4 { // z = rho − 1
		t.Errorf("it rests at %v", got[1].Points)
	}
}
