package opt_test

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/opt"
)

// residual is a Residual given by a function of z and its exact derivatives.
type residual struct {
	m, n int
	f    func(r, jac, z []float64) string
}

func (r residual) Size() (m, n int)                              { return r.m, r.n }
func (r residual) Residuals(res, jac, z []float64, _ int) string { return r.f(res, jac, z) }
func fewSettings() opt.Few                                       { return opt.Few{Iterations: 200, Near: 1e-6} }

// decay is r = a·exp(−k t) − data over log a and log k, the units of time being free.
func decay(unit float64) residual {
	return residual{20, 2, func(r, jac, z []float64) string {
		for i := range r {
			t := float64(i) * 0.2
			want := 3*math.Exp(-0.7*t) + 0.05*math.Sin(float64(7*i))
			v := z[0] * math.Exp(-z[1]*t*unit)
			if math.IsInf(v, 0) || math.IsNaN(v) {
				return "it is not a number"
			}
			r[i] = v - want
			if jac != nil {
				jac[2*i], jac[2*i+1] = v/z[0], -t*unit*v
			}
		}
		return ""
	}}
}

// The path does not depend on units, and the end is where the gradient is zero.
func TestFewDoesNotDependOnUnits(t *testing.T) {
	var steps int
	for _, unit := range []float64{1, 1e9, 1e-12} {
		z := []float64{1, 0.05 / unit}
		out := fewSettings().Minimise(decay(unit), z, nil)
		if out.Status != opt.Converged || math.Abs(z[1]*unit-0.7) > 0.05 || math.Abs(z[0]-3) > 0.1 {
			t.Errorf("unit %g: %+v at %g", unit, out, z)
		}
		if steps == 0 {
			steps = out.Steps
		}
		if out.Steps != steps {
			t.Errorf("unit %g: %d steps instead of %d", unit, out.Steps, steps)
		}
	}
}

// Two unknowns of which only the sum matters and one without influence: the sum is found, the rest
// stays where it began.
func TestFewLeavesAloneWhatTheDataDoNotTell(t *testing.T) {
	tied := residual{5, 3, func(r, jac, z []float64) string {
		for i := range r {
			r[i] = (z[0]+z[1])*float64(i+1) - 4*float64(i+1)
			if jac != nil {
				jac[3*i], jac[3*i+1], jac[3*i+2] = float64(i+1), float64(i+1), 0
			}
		}
		return ""
	}}
	z := []float64{1, 2, 7}
	if out := fewSettings().Minimise(tied, z, nil); out.Status != opt.Converged || math.Abs(z[0]-1.5) > 1e-6 || math.Abs(z[1]-2.5) > 1e-6 || z[2] != 7 {
		t.Errorf("%+v at %v", out, z)
	}
}

func TestFewKeepsToBounds(t *testing.T) {
	c := fewSettings()
	c.Lo, c.Hi = []float64{0, 0.9}, []float64{2.5, 5}
	z := []float64{1, 2}
	out := c.Minimise(decay(1), z, nil)
	if out.Status != opt.Converged || z[0] > 2.5 || z[1] != 0.9 && z[0] != 2.5 {
		t.Errorf("%+v at %v", out, z)
	}
}

// Where nothing can be evaluated steps become shorter, and few evaluations are spent.
func TestFewShortensStepsThatLeadNowhere(t *testing.T) {
	walled := residual{1, 1, func(r, jac, z []float64) string {
		if z[0] > 1 {
			return "behind the wall"
		}
		if r[0] = math.Log1p(-0.999*z[0]) + 3; jac != nil {
			jac[0] = -0.999 / (1 - 0.999*z[0])
		}
		return ""
	}}
	z := []float64{0}
	out := fewSettings().Minimise(walled, z, nil)
	if want := (1 - math.Exp(-3)) / 0.999; out.Status != opt.Converged || math.Abs(z[0]-want) > 1e-6 || out.Evals > 60 {
		t.Errorf("%+v at %v, want %v", out, z, want)
	}
}
