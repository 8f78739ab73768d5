package opt

import (
	"math"
	"testing"
)

// A violation is split into two positive parts whose barrier is at its minimum:
// μ/plus + μ/minus is twice the price of a violation.
func TestPartsOfAViolationLieWhereTheBarrierWantsThem(t *testing.T) {
	for _, mu := range []float64{1e-8, 1e-3, 1, 1e4} {
		for _, c := range []float64{0, 1e-6, 0.3, -0.3, 5, -2e3} {
			plus, minus := parts(c, mu)
			if !(plus > 0) || !(minus > 0) || math.Abs(plus-minus-c) > 1e-14*(plus+minus) {
				t.Errorf("c = %g, μ = %g: %g and %g", c, mu, plus, minus)
			}
			if got := mu/plus + mu/minus; math.Abs(got-2*rho) > 1e-6*rho {
				t.Errorf("c = %g, μ = %g: μ/plus + μ/minus is %g, want %g", c, mu, got, 2.0*rho)
			}
		}
	}
}

// The pull towards the reference has the slope and curvature of its value, and
// none at the reference.
func TestProximityIsAParabolaAroundItsReference(t *testing.T) {
	ref, x := []float64{0.5, -20}, []float64{3, 4}
	p := proximity{make([]float64, 2), make([]float64, 2)}
	p.at(ref)
	const mu = 0.04
	if got := p.value(ref, mu); got != 0 {
		t.Errorf("%g at the reference", got)
	}
	if got, want := p.value(x, mu), 0.1*(2.5*2.5+24*24/400.0); math.Abs(got-want) > 1e-14 {
		t.Errorf("value %g, want %g", got, want)
	}
	slope, curve := make([]float64, 2), []float64{1, 1}
	p.slope(slope, x, mu)
	p.curve(curve, mu)
	for i, w := range []float64{1, 1.0 / 400} {
		if want := 0.2 * w * (x[i] - ref[i]); math.Abs(slope[i]-want) > 1e-14 || math.Abs(curve[i]-1-0.2*w) > 1e-14 {
			t.Errorf("unknown %d: slope %g and curvature %g, want %g and %g", i, slope[i], curve[i]-1, want, 0.2*w)
		}
	}
}

// never is min x₁ + x₂² with the row x₁² + x₂ + 5 = 0, x ≥ 0, which cannot hold.
type never struct{}

func (never) Shape() Shape {
	inf := math.Inf(1)
	return Shape{Low: []float64{0, 0}, High: []float64{inf, inf}, Floor: []float64{0}, Ceiling: []float64{0},
		Jacobian: []Patch{{Rows: 1, Cols: 2}}, Hessian: []Patch{{Rows: 2, Cols: 2}}}
}

func (never) Values(c, x []float64) (float64, string) {
	c[0] = x[0]*x[0] + x[1] + 5
	return x[0] + x[1]*x[1], ""
}

func (never) Slopes(grad, jac, x []float64) string {
	grad[0], grad[1], jac[0], jac[1] = 1, 2*x[1], 2*x[0], 1
	return ""
}

func (never) Curvature(hess, _ []float64, w float64, y []float64) string {
	hess[0], hess[1], hess[2], hess[3] = 2*y[0], 0, 0, 2*w
	return ""
}

// Multipliers of rows at the start of a restoration are those that leave the
// least of the dual equations.
func TestRestorationBeginsWithEstimatedMultipliers(t *testing.T) {
	s, err := NewInteriorPoint(never{}, *DefaultInteriorPoint())
	if err != nil {
		t.Fatal(err)
	}
	st := s.Start([]float64{1, 2})
	if fail := s.arrive(st); fail != "" {
		t.Fatal(fail)
	}
	in := s.elasticStart(st, st.X[:2], s.point.c)
	rest := s.restorer()
	left := func() (sum float64) {
		rest.residuals(in, in.Mu)
		for i, d := range rest.v2 {
			d += in.ZU[i] - in.ZL[i]
			sum += d * d
		}
		return sum
	}
	least := left()
	for _, change := range []float64{-in.Y[0], 0.01, -0.01} {
		before := in.Y[0]
		if in.Y[0] += change; change == 0 || left() <= least {
			t.Errorf("the multiplier %g leaves %g, %g leaves %g", before, least, in.Y[0], left())
		}
		in.Y[0] = before
	}
}

// Without damping, two unknowns that do the same make a singular system; then
// there is damping.
func TestSingularSystemIsARejectedStep(t *testing.T) {
	s := NewLM(affine{m: 3, n: 2, a: []float64{1, 1, 2, 2, 3, 3}}, *DefaultLM())
	z, state := []float64{0, 0}, LMState{Growth: 2}
	if out := s.Step(z, &state, 0); out.Accepted || out.Reason != "the linear system is singular" || state.Damping == 0 || z[0] != 0 {
		t.Fatalf("%+v, damping %g", out, state.Damping)
	}
	for k := range 50 {
		s.Step(z, &state, k+1)
	}
	if want := 6.0 / 14; math.Abs(z[0]+z[1]-want) > 1e-6 {
		t.Errorf("%v, want a sum of %g", z, want)
	}
}

// Residuals of the dual equations and of slack times multiplier are divided by
// the mean multiplier where that is above 100, in units of 100.
func TestResidualsAreScaledByMeanMultipliers(t *testing.T) {
	s, err := NewInteriorPoint(never{}, *DefaultInteriorPoint())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		y, z1, z2          float64
		dual, product, all float64
	}{
		{1, 3, 5, 0, 10, 10},
		{-400, 0, 1500, 1896, 3000, 3000 / 7.5},
		{900, 300, 0, 1501, 300, 1501 / 4.0},
		{-900, 0, 1, 1799, 2, 1799 / (901.0 / 300)},
	} {
		st := s.Start([]float64{1, 2})
		st.Y[0], st.ZL[0], st.ZL[1] = c.y, c.z1, c.z2
		if fail := s.arrive(st); fail != "" {
			t.Fatal(fail)
		}
		e := s.residuals(st, 0)
		if e.primal != 8 || math.Abs(e.dual-c.dual) > 1e-9 || math.Abs(e.product-c.product) > 1e-9 || math.Abs(e.all-c.all) > 1e-9 {
			t.Errorf("multipliers %g, %g, %g: %+v, want dual %g, product %g, all %g", c.y, c.z1, c.z2, e, c.dual, c.product, c.all)
		}
	}
}

func TestCreepingRunsAreRestored(t *testing.T) {
	for _, c := range []struct {
		creep int
		want  bool
	}{{patient - 1, false}, {patient, true}} {
		s, err := NewInteriorPoint(never{}, *DefaultInteriorPoint())
		if err != nil {
			t.Fatal(err)
		}
		st := s.Start([]float64{3, 2})
		st.Creep = c.creep
		if s.Step(st); (st.Restoring != nil) != c.want || st.Creep != 0 {
			t.Errorf("after %d short steps in a row: restoring %v, %d", c.creep, st.Restoring != nil, st.Creep)
		}
	}
}

// boxed is never with upper bounds.
type boxed struct{ never }

func (b boxed) Shape() Shape {
	s := b.never.Shape()
	s.High = []float64{9, 9}
	return s
}

// Multipliers of bounds go on from a restoration as complementarity, linear in
// the way that was gone, says: z⁺·distance ± z·way = μ.
func TestMultipliersFollowTheWayOfARestoration(t *testing.T) {
	s, err := NewInteriorPoint(boxed{}, *DefaultInteriorPoint())
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range [][]float64{{0.3, -0.2}, {-0.4, 0.1}, {0, 0}} {
		st := s.Start([]float64{1, 2})
		x, zl, zu := []float64{1, 2}, []float64{0.2, 0.05}, []float64{0.02, 0.01}
		copy(st.ZL, zl)
		copy(st.ZU, zu)
		st.Y[0], st.Delta, st.Restoring = 5, 3, &Restoring{}
		s.leaveRestoration(st, []float64{x[0] + way[0], x[1] + way[1]})
		for i := range x {
			below, above := st.ZL[i]*x[i]+zl[i]*way[i], st.ZU[i]*(9-x[i])-zu[i]*way[i]
			if math.Abs(below-st.Mu) > 1e-12 || math.Abs(above-st.Mu) > 1e-12 || st.X[i] != x[i]+way[i] {
				t.Errorf("way %v: μ = %g becomes %g and %g at %v", way, st.Mu, below, above, st.X)
			}
		}
		if st.Restoring != nil || st.Y[0] != 0 || st.Delta != 0 {
			t.Errorf("after it: %+v", st)
		}
	}
	st := s.Start([]float64{1, 2})
	copy(st.ZL, []float64{0.2, 1e9})
	if s.leaveRestoration(st, []float64{1, 2}); math.Abs(st.ZL[1]*2-st.Mu) > 1e-12 || math.Abs(st.ZL[0]-st.Mu) > 1e-12 {
		t.Errorf("multipliers that are too large become %v, want those of the centre", st.ZL)
	}
}

// What the first steps add to the Hessian's diagonal they add whether it is
// needed or not; later ones do not.
func TestFirstStepsAddTheirOwnDamping(t *testing.T) {
	cfg := DefaultInteriorPoint()
	cfg.FirstDelta, cfg.FirstSteps = 0.5, 2
	s, err := NewInteriorPoint(boxed{}, *cfg)
	if err != nil {
		t.Fatal(err)
	}
	st := s.Start([]float64{1, 2})
	for k := range 4 {
		if it := s.Step(st); (it.Delta == 0.5) != (k < 2) {
			t.Errorf("step %d adds %g", k, it.Delta)
		}
	}
}

// steep is never with x₂ fixed, whose second derivatives fail where asked to.
type steep struct {
	never
	fail bool
}

func (s steep) Shape() Shape {
	shape := s.never.Shape()
	shape.Low[1], shape.High[1] = 2, 2
	return shape
}

func (s *steep) Curvature(hess, x []float64, w float64, y []float64) string {
	if s.fail {
		return "too steep"
	}
	return s.never.Curvature(hess, x, w, y)
}

// An unknown that is fixed has no step, and what cannot be computed cannot be
// linearised.
func TestFixedUnknownsHaveNoStep(t *testing.T) {
	p := &steep{}
	s, err := NewInteriorPoint(p, *DefaultInteriorPoint())
	if err != nil {
		t.Fatal(err)
	}
	st := s.Start([]float64{3, 7})
	it := s.Step(st)
	if s.dv[1] != 0 || s.dv[0] == 0 || st.X[1] != 2 || it.StepNorm != math.Abs(s.dv[0]) {
		t.Errorf("step %v to %v; %+v", s.dv, st.X, it)
	}
	if p.fail = true; s.Linearise(s.Start([]float64{3, 7})) {
		t.Error("linearised without second derivatives")
	}
}

// The barrier falls where its problem is solved, or once where it has to, and
// the filter with it.
func TestBarrierFallsWhereItsProblemIsSolved(t *testing.T) {
	s, err := NewInteriorPoint(boxed{}, *DefaultInteriorPoint())
	if err != nil {
		t.Fatal(err)
	}
	st := s.Start([]float64{1, 2})
	st.block(1, 1)
	if s.lowerMu(st, false); st.Mu != 0.1 || len(st.Filter) != 1 {
		t.Errorf("unsolved, μ becomes %g", st.Mu)
	}
	for _, want := range []float64{0.02, math.Pow(0.02, 1.5)} {
		if s.lowerMu(st, true); math.Abs(st.Mu-want) > 1e-15 || len(st.Filter) != 0 {
			t.Errorf("forced, μ becomes %g, want %g; filter %v", st.Mu, want, st.Filter)
		}
	}
	st.Mu = s.leastMu() * 1.01
	if s.lowerMu(st, true); st.Mu != s.leastMu() {
		t.Errorf("the least μ is %g, not %g", st.Mu, s.leastMu())
	}
	if s.lowerMu(st, true); st.Mu != s.leastMu() {
		t.Errorf("μ falls below its least to %g", st.Mu)
	}
}
