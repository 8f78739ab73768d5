package train

import (
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/train/misfit"
)

// spoiled is x' = k·(c − x) with k = 0.5 and c = 10, of which every tenth row is
// far too large.
func spoiled(t testing.TB, loss string, change ...func(*Settings)) *Problem {
	t.Helper()
	noise := num.Stream(3, "spoiled")
	x := make([]float64, 48)
	for i := range x {
		x[i] = 10 - 7*math.Exp(-0.5*0.2*float64(i)) + 0.05*noise.NormFloat64()
		if i%10 == 4 {
			x[i] += 6
		}
	}
	arch := &field.Equations{Text: "x' = k*(c - x)", Parameters: map[string]field.Unknown{"k": {Start: 0.8}, "c": {Start: 8}}}
	change = append(change, func(s *Settings) { s.Loss, s.Heldout, s.Initial, s.Start = loss, 0, "known", []float64{3} })
	return mustProblem(t, []data.Series{single(steps(48, 0.2), x)}, arch, change...)
}

// Single values far off pull the squared loss away and the others little.
func TestValuesFarOffPullHuberLittle(t *testing.T) {
	unhurried(t)
	for _, name := range []string{"lm", "multiple-shooting", "constrained-shooting"} {
		for loss, near := range map[string]bool{"squared": false, "huber": true} {
			p := spoiled(t, loss, func(s *Settings) {
				if name == "multiple-shooting" {
					s.Budget = 1500
				}
			})
			r := fitted(t, defaults(t, name), p)
			c := r.Model.Values(0)
			for _, v := range c {
				if v.Name == "c" && (math.Abs(v.Value-10) < 0.3) != near {
					t.Errorf("%s, loss=%s: c = %.3g, the truth is 10", name, loss, v.Value)
				}
			}
			if want := map[string]string{"squared": "", "huber": "huber"}[loss]; r.Model.Loss != want {
				t.Errorf("the model says loss %q, want %q", r.Model.Loss, want)
			}
		}
	}
}

// A method minimises a loss that is named, or says that it cannot.
func TestMethodsHonourALossOrRefuseIt(t *testing.T) {
	for _, name := range Methods.Names() {
		p := spoiled(t, "huber", func(s *Settings) { s.Budget = 4 })
		m := defaults(t, name)
		r, err := m.Fit(t.Context(), p, nil, nil)
		switch {
		case TraitsOf(m).Losses && (err != nil || r.Model.Loss != "huber"):
			t.Errorf("%s: %v", name, err)
		case !TraitsOf(m).Losses && (err == nil || !strings.Contains(err.Error(), "loss=huber")):
			t.Errorf("%s does not say that it knows the squared loss alone: %v", name, err)
		}
	}
}

// Every measure: the loss, the surface and the residuals are the same number,
// and gradient, Jacobian and curvature are those of differences.
func TestEveryLossHasItsDerivatives(t *testing.T) {
	for _, loss := range misfit.Measures.Names() {
		if loss == misfit.CrossEntropy { // of labels
			continue
		}
		p := spoiled(t, loss, func(s *Settings) { s.Solver.Solver, s.Solver.Step = "rk4", 0.05 })
		z := []float64{0.6, 9.1}
		o, err := newTrajectoryLoss(newRollout(p, p.Parts.Field, p.inputs(1, false), 1, false))
		if err != nil {
			t.Fatal(err)
		}
		checkGradient(t, o, z, 1)
		s, err := NewSurface(p, Coupling{})
		if err != nil {
			t.Fatal(err)
		}
		at, err := s.At(z)
		if err != nil {
			t.Fatal(err)
		}
		if want := o.Eval(nil, z, 0).Value; differs(at.Loss(), want, 1e-9) {
			t.Errorf("%s: the surface has %g, the loss is %g", loss, at.Loss(), want)
		}
		r, err := p.wholeResidual(false)
		if err != nil {
			t.Fatal(err)
		}
		m, n := r.Size()
		res, jac := make([]float64, m), make([]float64, m*n)
		if fail := r.Residuals(res, jac, z, 0); fail != "" {
			t.Fatal(fail)
		}
		sum, slope := 0.0, make([]float64, n)
		for i, v := range res {
			sum += v * v / float64(m)
			for j := range slope {
				slope[j] += 2 * v * jac[i*n+j] / float64(m)
			}
		}
		if differs(sum, at.Loss(), 1e-6) {
			t.Errorf("%s: residuals have the mean square %g, the loss is %g", loss, sum, at.Loss())
		}
		g, up, down, hv := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		at.Gradient(g)
		for j := range g {
			if differs(slope[j], g[j], 1e-4) {
				t.Errorf("%s: residuals have the gradient %v, the surface %v", loss, slope, g)
			}
		}
		const h = 1e-6
		v := []float64{1, -0.5}
		for sign, dst := range map[float64][]float64{h: up, -h: down} {
			c, err := s.At([]float64{z[0] + sign*v[0], z[1] + sign*v[1]})
			if err != nil {
				t.Fatal(err)
			}
			c.Gradient(dst)
		}
		at.Apply([][]float64{hv}, [][]float64{v})
		for j := range hv {
			if d := (up[j] - down[j]) / (2 * h); differs(hv[j], d, 2e-3) {
				t.Errorf("%s: curvature %g along unknown %d, differences of gradients say %g", loss, hv[j], j, d)
			}
		}
	}
}

// A quantile of a decaying law has its share of the rows below it, inside the record
// and behind it, by second-order steps and by gradients.
func TestQuantilesForecastTheirShare(t *testing.T) {
	unhurried(t)
	noise := num.Stream(5, "quantiles")
	x := make([]float64, 400)
	for i := range x {
		x[i] = 3 + 7*math.Exp(-0.02*float64(i)) + noise.NormFloat64()
	}
	arch := &field.Equations{Text: "x' = k*(c - x)", Parameters: map[string]field.Unknown{"k": {Start: 0.1}, "c": {Start: 4}}}
	for _, name := range []string{"lm", "vanilla"} {
		p := mustProblem(t, []data.Series{single(steps(400, 0.1), x)}, arch, func(s *Settings) {
			s.Loss, s.Heldout = "quantile:0.9", 0.25
			s.Solver.Solver, s.Solver.Step = "rk4", 0.1
			if name == "vanilla" {
				s.Budget = 800
			}
		})
		r := fitted(t, defaults(t, name), p)
		if err := Complete(p, r); err != nil {
			t.Fatal(err)
		}
		s := r.Loss.Share
		if r.Loss.Name != "quantile:0.9" || math.Abs(s.Train-0.9) > 0.03 || math.Abs(s.Held-0.9) > 0.1 || r.Model.Band != nil {
			t.Errorf("%s: %+v, share %+v", name, r.Loss, s)
		}
	}
}
