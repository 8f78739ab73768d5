package opt_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/optimize/functions"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

// foreign is one of gonum's test functions.
type foreign struct {
	f interface {
		Func(x []float64) float64
		Grad(grad, x []float64)
	}
	n, evals int
}

func (o *foreign) Size() int { return o.n }

func (o *foreign) Eval(grad, z []float64, _ int) opt.Loss {
	o.evals++
	if grad != nil {
		o.f.Grad(grad, z)
	}
	return opt.Loss{Value: o.f.Func(z)}
}

func TestLBFGSReachesGonumsMinimaWithAsFewEvaluations(t *testing.T) {
	far := make([]float64, 50)
	for i := range far {
		far[i] = 1 - 2.2*float64((i+1)%2)
	}
	for _, c := range []struct {
		name string
		o    *foreign
		x    []float64
	}{
		{"rosenbrock", &foreign{f: functions.ExtendedRosenbrock{}, n: 2}, []float64{-1.2, 1}},
		{"extended rosenbrock", &foreign{f: functions.ExtendedRosenbrock{}, n: 50}, far},
		{"beale", &foreign{f: functions.Beale{}, n: 2}, []float64{1, 1}},
		{"wood", &foreign{f: functions.Wood{}, n: 4}, []float64{-3, -1, -3, -1}},
		{"powell singular", &foreign{f: functions.ExtendedPowellSingular{}, n: 4}, []float64{3, -1, 0, 3}},
		{"trigonometric", &foreign{f: functions.Trigonometric{}, n: 5}, []float64{.2, .2, .2, .2, .2}},
		{"brown and dennis", &foreign{f: functions.BrownAndDennis{}, n: 4}, []float64{25, 5, -5, -1}},
	} {
		ref, err := optimize.Minimize(optimize.Problem{Func: c.o.f.Func, Grad: c.o.f.Grad}, slices.Clone(c.x),
			&optimize.Settings{GradientThreshold: 1e-8, MajorIterations: 5000}, &optimize.LBFGS{})
		if err != nil {
			t.Logf("%s: gonum: %v", c.name, err)
		}
		z := slices.Clone(c.x)
		cfg := opt.DefaultLBFGS()
		cfg.GradTol = 1e-8
		out := opt.NewLBFGS(c.o.n, *cfg).Minimise(c.o, z)
		t.Logf("%s: cost %.3g after %d (gonum %.3g after %d); %s", c.name, out.Cost, out.Evals, ref.F, ref.FuncEvaluations, out.Reason)
		if out.Status != opt.Converged || !(out.Cost <= ref.F+1e-8*(1+math.Abs(ref.F))) {
			t.Errorf("%s: %+v, gonum %v", c.name, out, ref.F)
		}
		if out.Evals != c.o.evals {
			t.Errorf("%s: %d evaluations reported, %d made", c.name, out.Evals, c.o.evals)
		}
		if out.Evals > 2*ref.FuncEvaluations+20 {
			t.Errorf("%s: %d evaluations, gonum needs %d", c.name, out.Evals, ref.FuncEvaluations)
		}
	}
}

func TestLBFGSFindsKnownMinima(t *testing.T) {
	for _, p := range opttest.Problems() {
		z := slices.Clone(p.Start)
		_, n := p.Size()
		out := opt.NewLBFGS(n, *opt.DefaultLBFGS()).Minimise(opt.SumOfSquares(p, opt.Prior{}), z)
		if !(math.Abs(out.Cost-p.Cost) <= 1e-5*p.Cost+1e-8) {
			t.Errorf("%s: %+v, want %g", p.Name, out, p.Cost)
		}
	}
}

// Every accepted step satisfies the strong Wolfe conditions: looked at from
// outside, by value and slope at both ends.
func TestLBFGSStepsSatisfyStrongWolfe(t *testing.T) {
	cfg := opt.DefaultLBFGS()
	p := opttest.Rosenbrock(20)
	obj := opt.SumOfSquares(p, opt.Prior{})
	s := opt.NewLBFGS(20, *cfg)
	state := s.NewState()
	z := slices.Clone(p.Start)
	g0, g1, d := make([]float64, 20), make([]float64, 20), make([]float64, 20)
	for k := range 40 {
		copy(d, z)
		f0 := obj.Eval(g0, z, k).Value
		out := s.Step(obj, z, state, k)
		f1 := obj.Eval(g1, z, k).Value
		if out.Status != opt.Going {
			break
		}
		slope0, slope1 := 0.0, 0.0 // along the whole step: α times the slope
		for i := range d {
			d[i] = z[i] - d[i]
			slope0 += g0[i] * d[i]
			slope1 += g1[i] * d[i]
		}
		if !(slope0 < 0) || f1 > f0+cfg.C1*slope0*0.999+1e-15*f0 || math.Abs(slope1) > -cfg.C2*slope0*1.001 {
			t.Fatalf("k = %d: values %g → %g, slopes %g → %g", k, f0, f1, slope0, slope1)
		}
	}
}
