package opt_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

// linear is r = A z − b; jacobians counts the evaluations of A.
type linear struct {
	a, b      []float64
	m, n      int
	jacobians int
}

func newLinear(m, n int) *linear {
	return &linear{a: stream(uint64(100*m+n), m*n), b: stream(uint64(m+n), m), m: m, n: n}
}

func (l *linear) Size() (m, n int) { return l.m, l.n }

func (l *linear) Residuals(r, jac, z []float64, _ int) string {
	for i := range r {
		r[i] = -l.b[i]
		for j, v := range z {
			r[i] += l.a[i*l.n+j] * v
		}
	}
	if jac != nil {
		l.jacobians++
		copy(jac, l.a)
	}
	return ""
}

// prior returns a prior of different precisions and centres.
func prior(n int) opt.Prior {
	p := opt.Prior{Precision: stream(7, n), Centre: stream(8, n)}
	for i, v := range p.Precision {
		p.Precision[i] = 0.5 + v*v
	}
	return p
}

// rows appends a prior to a problem as residuals √precision (z − centre).
type rows struct {
	opt.Residual
	opt.Prior
}

func (p rows) Size() (m, n int) {
	m, n = p.Residual.Size()
	return m + n, n
}

func (p rows) Residuals(r, jac, z []float64, k int) string {
	m, n := p.Residual.Size()
	head := jac
	if jac != nil {
		head = jac[:m*n]
		clear(jac[m*n:])
	}
	fail := p.Residual.Residuals(r[:m], head, z, k)
	for i, w := range p.Precision {
		r[m+i] = math.Sqrt(w) * (z[i] - p.Centre[i])
		if jac != nil {
			jac[(m+i)*n+i] = math.Sqrt(w)
		}
	}
	return fail
}

// hessian returns AᵀA + diag(precision).
func hessian(l *linear, p opt.Prior) *mat.SymDense {
	h := mat.NewSymDense(l.n, nil)
	h.SymOuterK(1, mat.NewDense(l.m, l.n, l.a).T())
	for i, w := range p.Precision {
		h.SetSym(i, i, h.At(i, i)+w)
	}
	return h
}

func TestUndampedLMStepSolvesLinearLeastSquares(t *testing.T) {
	for _, c := range [][2]int{{9, 4}, {5, 5}, {40, 37}, {4, 9}, {37, 70}} {
		l := newLinear(c[0], c[1])
		cfg := opt.DefaultLM()
		cfg.Prior = prior(l.n)
		s := opt.NewLM(l, *cfg)
		z := stream(3, l.n)
		out := s.Step(z, &opt.LMState{Damping: 0, Growth: 2}, 0)

		rhs := mat.NewVecDense(l.n, nil)
		rhs.MulVec(mat.NewDense(l.m, l.n, l.a).T(), mat.NewVecDense(l.m, l.b))
		for i, w := range cfg.Prior.Precision {
			rhs.SetVec(i, rhs.AtVec(i)+w*cfg.Prior.Centre[i])
		}
		var want mat.VecDense
		if err := want.SolveVec(hessian(l, cfg.Prior), rhs); err != nil {
			t.Fatal(err)
		}
		for i, v := range z {
			if !near(v, want.AtVec(i), 1e-11) {
				t.Fatalf("%v: z[%d] = %v, want %v", c, i, v, want.AtVec(i))
			}
		}
		if out = s.Step(z, &opt.LMState{}, 1); out.GradNorm > 1e-11 {
			t.Errorf("%v: gradient %g at the solution", c, out.GradNorm)
		}
	}
}

func TestPosteriorIsTheInverseHessian(t *testing.T) {
	for _, c := range [][2]int{{9, 4}, {40, 37}, {4, 9}, {37, 70}} {
		l := newLinear(c[0], c[1])
		cfg := opt.DefaultLM()
		cfg.Prior = prior(l.n)
		variance := make([]float64, l.n)
		logDet, fail := opt.NewLM(l, *cfg).Posterior(variance, stream(3, l.n), 0)
		h := hessian(l, cfg.Prior)
		var inv mat.Dense
		if err := inv.Inverse(h); err != nil || fail != "" {
			t.Fatal(err, fail)
		}
		for i, v := range variance {
			if !near(v, inv.At(i, i), 1e-11) {
				t.Errorf("%v: variance %d is %v, want %v", c, i, v, inv.At(i, i))
			}
		}
		if want, _ := mat.LogDet(h); !near(logDet, want, 1e-12) {
			t.Errorf("%v: log det %v, want %v", c, logDet, want)
		}
	}
}

// A few unknowns without prior must not make the dual form useless.
func TestPosteriorDualAllowsUnknownsWithoutPrior(t *testing.T) {
	l := newLinear(20, 30)
	cfg := opt.DefaultLM()
	cfg.Prior = prior(l.n)
	cfg.Prior.Precision[3], cfg.Prior.Precision[17] = 0, 0
	variance := make([]float64, l.n)
	_, fail := opt.NewLM(l, *cfg).Posterior(variance, stream(3, l.n), 0)
	var inv mat.Dense
	if err := inv.Inverse(hessian(l, cfg.Prior)); err != nil || fail != "" {
		t.Fatal(err, fail)
	}
	for i, v := range variance {
		if !near(v, inv.At(i, i), 1e-6) {
			t.Errorf("variance %d is %v, want %v", i, v, inv.At(i, i))
		}
	}
}

// Columns that are the same to all digits and one without any influence: what the data do not
// determine has the variance of the prior, all else that of the inverse Hessian.
func TestPosteriorOfSingularHessianTakesThePrior(t *testing.T) {
	const big = 1e10 // the prior is lost beside the data
	for _, m := range []int{4, 12} {
		l := newLinear(m, 4)
		for i := range l.m {
			row := l.a[i*4 : i*4+4]
			for j := range row {
				row[j] *= big
			}
			row[1], row[3] = row[0], 0
		}
		cfg := opt.DefaultLM()
		cfg.Prior.Precision = []float64{1, 1, 2, 5}
		variance := make([]float64, 4)
		logDet, fail := opt.NewLM(l, *cfg).Posterior(variance, stream(3, 4), 0)
		if fail != "" || math.IsNaN(logDet) || math.IsInf(logDet, 0) {
			t.Fatalf("log det %g, %q", logDet, fail)
		}
		for i, want := range []float64{0.5, 0.5, 0, 0.2} { // x0 + x1 is known, x0 − x1 has the variance 2
			if math.Abs(variance[i]-want) > 1e-3 {
				t.Errorf("%d rows: variance of %d is %g, want %g", m, i, variance[i], want)
			}
		}
		cfg.Prior.Precision = nil
		if _, fail := opt.NewLM(l, *cfg).Posterior(variance, stream(3, 4), 0); fail != "" || !(variance[0] > 0) || math.IsInf(variance[0], 0) {
			t.Errorf("without a prior: %q, %g", fail, variance)
		}
	}
}

// The same cost as prior (dual form: fewer residuals than unknowns) and as
// appended rows (primal form) gives the same path.
func TestPriorEqualsAppendedRowsAndDualEqualsPrimal(t *testing.T) {
	for _, scale := range []string{"balanced", "diagonal", "identity"} {
		for _, p := range []*opttest.Problem{opttest.Beale(), opttest.Rosenbrock(20), opttest.Helix(), opttest.Few()} {
			cfg := opt.DefaultLM()
			cfg.Scale = scale
			_, n := p.Size()
			pr := prior(n)
			appended := opt.NewLM(rows{p, pr}, *cfg)
			cfg.Prior = pr
			direct := opt.NewLM(p, *cfg)
			za, zd := slices.Clone(p.Start), slices.Clone(p.Start)
			var sa, sd opt.LMState
			for k := range 15 {
				oa, od := appended.Step(za, &sa, k), direct.Step(zd, &sd, k)
				if oa.Status != opt.Going || od.Status != opt.Going {
					break
				}
				if oa.Accepted != od.Accepted || !near(oa.Cost, od.Cost, 1e-9) {
					t.Fatalf("%s, k = %d: %+v and %+v", p.Name, k, oa, od)
				}
				for i := range za {
					if !near(za[i], zd[i], 1e-7) {
						t.Fatalf("%s, k = %d: %v and %v", p.Name, k, za, zd)
					}
				}
			}
		}
	}
}

func TestLMFindsKnownMinima(t *testing.T) {
	for _, scale := range []string{"balanced", "diagonal", "identity"} {
		problems := append(opttest.Problems(), opttest.Few())
		if scale != "identity" {
			problems = append(problems, opttest.Meyer()) // hopeless without
		}
		for _, p := range problems {
			cfg := opt.DefaultLM()
			cfg.Scale = scale
			cfg.Iterations = 1000
			if scale == "diagonal" {
				cfg.Damping = 1e-3 // with more, box3d ends in its other minimum
			}
			z := slices.Clone(p.Start)
			out := opt.NewLM(p, *cfg).Minimise(z)
			t.Logf("%s, %s: cost %.6g after %d evaluations; %s", p.Name, scale, out.Cost, out.Evals, out.Reason)
			if out.Status != opt.Converged || !(math.Abs(out.Cost-p.Cost) <= 2e-6*p.Cost+1e-15) {
				t.Errorf("%s, %s: %+v, want %g", p.Name, scale, out, p.Cost)
			}
		}
	}
}

// Other units for the unknowns: with the diagonal damping the path is the
// same, which is what it is for.
func TestDiagonalDampingIgnoresUnits(t *testing.T) {
	p := opttest.Kowalik()
	units := []float64{1024, 1.0 / 4096, 64, 1} // powers of two: exact
	q := *p
	q.Start = slices.Clone(p.Start)
	for i, u := range units {
		q.Start[i] /= u
	}
	x := make([]float64, 4)
	q.F = func(i int, row, z []float64) float64 {
		for j, u := range units {
			x[j] = u * z[j]
		}
		r := p.F(i, row, x)
		for j := range row {
			row[j] *= units[j]
		}
		return r
	}
	cfg := opt.DefaultLM()
	cfg.Scale = "diagonal"
	a, b := opt.NewLM(p, *cfg), opt.NewLM(&q, *cfg)
	za, zb := slices.Clone(p.Start), slices.Clone(q.Start)
	var sa, sb opt.LMState
	for k := range 20 {
		oa, ob := a.Step(za, &sa, k), b.Step(zb, &sb, k)
		if oa.Accepted != ob.Accepted || !near(oa.Cost, ob.Cost, 1e-12) {
			t.Fatalf("k = %d: %+v and %+v", k, oa, ob)
		}
	}
}

func TestJacobianIsEvaluatedAtNewPointsOnly(t *testing.T) {
	p := opttest.Rosenbrock(2)
	c := &counter{Problem: p}
	s := opt.NewLM(c, *opt.DefaultLM())
	z := slices.Clone(p.Start)
	var state opt.LMState
	accepted, evals := 0, 0
	for k := range 12 {
		out := s.Step(z, &state, k)
		evals += out.Evals
		if k < 11 && out.Accepted {
			accepted++
		}
	}
	if c.jacobians != accepted+1 || c.calls != evals || accepted == 11 {
		t.Errorf("%d Jacobians for %d accepted steps, %d calls, %d reported", c.jacobians, accepted, c.calls, evals)
	}
}

type counter struct {
	*opttest.Problem
	calls, jacobians int
}

func (c *counter) Residuals(r, jac, z []float64, k int) string {
	c.calls++
	if jac != nil {
		c.jacobians++
	}
	return c.Problem.Residuals(r, jac, z, k)
}

func TestRejectedTrialRaisesDampingAndKeepsZ(t *testing.T) {
	p := opttest.Rosenbrock(2)
	cfg := opt.DefaultLM()
	cfg.Damping = 1e-3 // less than this start bears
	s := opt.NewLM(p, *cfg)
	z := slices.Clone(p.Start)
	var state opt.LMState
	out := s.Step(z, &state, 0)
	if out.Accepted || out.Reason == "" || state.Damping != 2e-3 || !slices.Equal(z, p.Start) {
		t.Errorf("%+v, state %+v, z %v", out, state, z)
	}
}

func TestDualStepAndPosteriorAllocateNothing(t *testing.T) {
	l := newLinear(10, 40)
	cfg := opt.DefaultLM()
	cfg.Prior = prior(l.n)
	s := opt.NewLM(l, *cfg)
	z, variance := stream(3, l.n), make([]float64, l.n)
	var state opt.LMState
	s.Posterior(variance, z, 0) // makes its work space
	if n := testing.AllocsPerRun(10, func() {
		state.Known = false
		z[0] += 0.5
		s.Step(z, &state, 0)
		s.Posterior(variance, z, 0)
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestSumOfSquaresHasTheCostAndGradientOfItsParts(t *testing.T) {
	l := newLinear(7, 5)
	pr := prior(5)
	obj := opt.SumOfSquares(l, pr)
	z, grad, unit := stream(3, 5), make([]float64, 5), make([]float64, 5)
	loss := obj.Eval(grad, z, 0)
	r := make([]float64, 12)
	rows{l, pr}.Residuals(r, nil, z, 0)
	want := 0.0
	for _, v := range r {
		want += v * v / 2
	}
	if !near(loss.Value, want, 1e-13) || !near(loss.Terms[0].Value+loss.Terms[1].Value, want, 1e-13) {
		t.Errorf("cost %+v, want %v", loss, want)
	}
	for i := range z {
		copy(unit, z)
		unit[i] += 1e-5
		hi := obj.Eval(nil, unit, 0).Value
		unit[i] -= 2e-5
		lo := obj.Eval(nil, unit, 0).Value
		if !near(grad[i], (hi-lo)/2e-5, 1e-8) {
			t.Errorf("gradient %d is %v, differences %v", i, grad[i], (hi-lo)/2e-5)
		}
	}
}

func BenchmarkLMStep(b *testing.B) {
	for _, c := range []struct {
		name string
		m, n int
	}{{"122x166", 122, 166}, {"166x122", 166, 122}, {"400x166", 400, 166}, {"93x2909", 93, 2909}} {
		b.Run(c.name, func(b *testing.B) {
			l := newLinear(c.m, c.n)
			cfg := opt.DefaultLM()
			cfg.Prior = prior(l.n)
			s := opt.NewLM(still{l}, *cfg)
			z := make([]float64, l.n)
			var state opt.LMState
			for b.Loop() {
				state = opt.LMState{}
				s.Step(z, &state, 0)
				clear(z)
			}
		})
	}
}

// still is a linear problem whose Jacobian is copied and whose residuals cost
// nothing, so that a step is the time of the linear algebra.
type still struct{ *linear }

func (s still) Residuals(r, jac, _ []float64, _ int) string {
	copy(r, s.b)
	copy(jac, s.a)
	return ""
}
