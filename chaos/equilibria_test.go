package chaos

import (
	"errors"
	"math"
	"testing"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/model"
)

// scattered are states around a middle.
func scattered(n, d int, middle, width float64) []float64 {
	r := num.Stream(1, "starts")
	x := make([]float64, n*d)
	for i := range x {
		x[i] = middle + width*(r.Float64()-0.5)
	}
	return x
}

// Lorenz' origin has the eigenvalues −8/3 and (−11 ± √1201)/2; those of the centres
// of the wings solve a cubic equation.
func TestEquilibriaOfLorenz(t *testing.T) {
	all, err := Equilibria(known(t, "lorenz"), scattered(200, 3, 10, 50))
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	side := math.Sqrt(8.0 / 3 * 27)
	for k, x := range [][]float64{{-side, -side, 27}, {0, 0, 0}, {side, side, 27}} {
		for i, v := range x {
			if math.Abs(all[k].X[i]-v) > 1e-9 {
				t.Errorf("equilibrium %d is at %v, want %v", k, all[k].X, x)
			}
		}
	}
	for i, v := range []float64{(-11 + math.Sqrt(1201)) / 2, -8.0 / 3, (-11 - math.Sqrt(1201)) / 2} {
		if e := all[1].Eigenvalues[i]; math.Abs(e.Re-v) > 1e-9 || e.Im != 0 {
			t.Errorf("eigenvalue %d of the origin is %v, want %g", i, e, v)
		}
	}
	// λ³ + (σ+β+1)λ² + β(σ+ρ)λ + 2σβ(ρ−1) = 0
	for _, e := range all[0].Eigenvalues {
		z := complex(e.Re, e.Im)
		if p := z*z*z + (41.0/3)*z*z + 8.0/3*38*z + 20*8.0/3*27; math.Hypot(real(p), imag(p)) > 1e-8 {
			t.Errorf("%v is no eigenvalue: %v", z, p)
		}
	}
	if all[1].Kind != "saddle" || all[1].Unstable != 1 || all[0].Kind != "saddle with a spiral" || all[0].Unstable != 2 || all[2].Stable {
		t.Errorf("%+v", all)
	}
}

func TestEquilibriaAreNamed(t *testing.T) {
	for _, c := range []struct {
		system string
		kinds  []string
	}{
		{"damped-oscillator", []string{"spiral sink"}}, {"van-der-pol", []string{"spiral source"}}, {"lotka-volterra", []string{"saddle", "centre"}},
	} {
		all, err := Equilibria(known(t, c.system), scattered(100, 2, 2, 6))
		if err != nil || len(all) != len(c.kinds) {
			t.Errorf("%s: %+v, %v", c.system, all, err)
			continue
		}
		for i, e := range all {
			if e.Kind != c.kinds[i] {
				t.Errorf("%s: %s, want %s", c.system, e.Kind, c.kinds[i])
			}
		}
	}
}

// Hénon's fixed points solve 1.4x² + 0.7x − 1 = 0; their eigenvalues λ² + 2.8xλ − 0.3 = 0.
func TestFixedPointsOfAMap(t *testing.T) {
	all, err := Equilibria(known(t, "henon"), scattered(100, 2, 0, 4))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	root := math.Sqrt(0.49 + 5.6)
	for k, x := range []float64{(-0.7 - root) / 2.8, (-0.7 + root) / 2.8} {
		e := all[k]
		if math.Abs(e.X[0]-x) > 1e-10 || e.Kind != "saddle" {
			t.Errorf("%+v, want x = %g", e, x)
		}
		for _, v := range e.Eigenvalues {
			if p := v.Re*v.Re + 2.8*x*v.Re - 0.3; math.Abs(p) > 1e-9 || v.Im != 0 {
				t.Errorf("%v is no eigenvalue", v)
			}
		}
	}
}

// Units of the model do not matter.
func TestEquilibriaDoNotDependOnScaling(t *testing.T) {
	sys, err := field.Systems.Lookup("lorenz")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sys.Architecture().Build(field.Frame{States: sys.States, Shift: []float64{1, -2, 20}, Scale: []float64{8, 5, 10}, Time: 0.1, T0: 3})
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.NewFlow(p, p.Theta0, sys.Start, model.Precise())
	if err != nil {
		t.Fatal(err)
	}
	all, err := Equilibria(f, scattered(200, 3, 10, 50))
	if err != nil || len(all) != 3 || math.Abs(all[1].Eigenvalues[0].Re-(-11+math.Sqrt(1201))/2) > 1e-8 {
		t.Errorf("%+v, %v", all, err)
	}
}

// What is no number has no eigenvalues; looking for them would never end.
func TestWhatIsNoNumberHasNoEigenvalues(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		if got := eigenvalues([]float64{1, 0, v, 2}, 2, false); got != nil {
			t.Errorf("%v: %v", v, got)
		}
	}
}

// Where nothing moves there is no list of states at rest.
func TestEveryStateRests(t *testing.T) {
	for text, rests := range map[string]bool{"x' = 0\ny' = 0": true, "x' = y\ny' = -x": false} {
		e := &field.Equations{Text: text}
		p, err := e.Build(field.Unscaled([]string{"x", "y"}, nil))
		if err != nil {
			t.Fatal(err)
		}
		f, err := model.NewFlow(p, p.Theta0, []float64{1, 1}, model.Precise())
		if err != nil {
			t.Fatal(err)
		}
		all, err := Equilibria(f, scattered(50, 2, 0, 4))
		if errors.Is(err, ErrEveryStateRests) != rests || rests != (len(all) == 0) {
			t.Errorf("%s: %d states, %v", text, len(all), err)
		}
	}
}
