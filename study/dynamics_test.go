package study

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// The system compared with itself has no error, and visits what it visits; with
// another parameter it has the errors that can be computed by hand.
func TestDynamicsOfTheTruthAndOfAnother(t *testing.T) {
	if testing.Short() {
		t.Skip("follows long orbits")
	}
	law := func(beta float64) (*model.Model, *model.Flow) {
		s, err := field.Systems.Lookup("lorenz")
		if err != nil {
			t.Fatal(err)
		}
		s.Parameters["beta"] = beta
		m, err := model.Known(s)
		if err != nil {
			t.Fatal(err)
		}
		f, err := model.OfSystem(s)
		if err != nil {
			t.Fatal(err)
		}
		return m, f
	}
	truth, flow := law(8.0 / 3)
	d, err := newDynamics(truth, flow, 0.02, 0.906, 0, []float64{0.1, 0.1, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	if *d.Jacobian > 1e-12 || *d.Tangent > 1e-12 || *d.Transverse > 1e-12 || *d.Valid < 15 {
		t.Errorf("the truth has Jacobians off by %g and is valid for %g", *d.Jacobian, *d.Valid)
	}
	if len(d.Exponents) != 3 || math.Abs(*d.Exponents[0]-0.906) > 0.05 || math.Abs(*d.Exponents[2]+14.57) > 0.1 {
		t.Errorf("exponents %v", d.Exponents)
	}
	if *d.Visits > 3**d.Floor {
		t.Errorf("d_stsp %g, floor %g", *d.Visits, *d.Floor)
	}
	// Noise of 0.1 in states of deviation 8 is 0.4 deviations after 3.5 Lyapunov times; many rows tell more.
	if d.Estimated == nil || *d.Estimated < 3 || *d.Estimated > 10 {
		t.Errorf("forecasts from estimated starts are valid for %v", *d.Estimated)
	}
	if *d.Mixture > 0.01 || *d.MixtureFloor > 0.01 || *d.Left != 0 || *d.Apart < *d.Valid {
		t.Errorf("d_stsp of mixtures %g, floor %g; %g runs leave; valid for %g by the norm", *d.Mixture, *d.MixtureFloor, *d.Left, *d.Apart)
	}
	other, _ := law(3)
	e, err := newDynamics(other, flow, 0.02, 0.906, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if *e.Mixture < 2**d.Mixture {
		t.Errorf("d_stsp of mixtures %g beside %g of the truth", *e.Mixture, *d.Mixture)
	}
	// Only ∂z'/∂z differs, by 1/3, of a Jacobian whose norm is about 40.
	if *e.Jacobian < 0.004 || *e.Jacobian > 0.03 || *e.Valid > 6 || *e.Visits < 2**d.Visits {
		t.Errorf("Jacobian %g, valid for %g, d_stsp %g beside %g", *e.Jacobian, *e.Valid, *e.Visits, *d.Visits)
	}
}
