package num

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// wavy returns n irregular times and a noisy oscillation.
func wavy(n int, sd float64) (t, y []float64) {
	r := Stream(1, "wavy", uint64(n))
	t, y = make([]float64, n), make([]float64, n)
	for i := range t {
		if i > 0 {
			t[i] = t[i-1] + 0.02 + 0.2*r.Float64()
		}
		y[i] = 3 + math.Sin(2*t[i]) + 0.5*t[i] + sd*r.NormFloat64()
	}
	return t, y
}

func fit(t *testing.T, x, y []float64, alpha float64) *Spline {
	t.Helper()
	s, err := SmoothSpline(x, y, alpha)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fitGCV(t *testing.T, x, y []float64) *Spline {
	t.Helper()
	s, err := SmoothSplineGCV(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestZeroSmoothingInterpolates(t *testing.T) {
	x, y := wavy(40, 0.1)
	s := fit(t, x, y, 0)
	for i := range x {
		near(t, "value at a knot", s.At(x[i]), y[i], 1e-14*math.Abs(y[i])+1e-14)
	}
	near(t, "degrees of freedom", s.DoF, 40, 0)
}

func TestInfiniteSmoothingIsTheLeastSquaresLine(t *testing.T) {
	x, y := wavy(40, 0.1)
	s := fit(t, x, y, 1e12)
	base, slope := line(x, y)
	for i := range x {
		near(t, "line", s.At(x[i]), base+slope*(x[i]-x[0]), 1e-7)
	}
	near(t, "degrees of freedom", s.DoF, 2, 1e-7)
}

// hat returns A of g = A y by the dense formula (I + α Q R⁻¹ Qᵀ)⁻¹.
func hat(p *penalised, alpha float64) *mat.Dense {
	n := len(p.t)
	m := n - 2
	q, r := mat.NewDense(n, m, nil), mat.NewDense(m, m, nil)
	for j := range m {
		for k := range 3 {
			q.Set(j+k, j, p.q[k][j])
		}
		r.Set(j, j, p.r[0][j])
		if j+1 < m {
			r.Set(j, j+1, p.r[1][j])
			r.Set(j+1, j, p.r[1][j])
		}
	}
	var rq, k, a mat.Dense
	if err := rq.Solve(r, q.T()); err != nil {
		panic(err)
	}
	k.Mul(q, &rq)
	k.Scale(alpha, &k)
	for i := range n {
		k.Set(i, i, k.At(i, i)+1)
	}
	if err := a.Inverse(&k); err != nil {
		panic(err)
	}
	return &a
}

func TestBandedFitAgreesWithTheDenseHatMatrix(t *testing.T) {
	for _, n := range []int{3, 4, 5, 6, 25} {
		x, y := wavy(n, 0.2)
		p, err := newPenalised(x, y)
		if err != nil {
			t.Fatal(err)
		}
		for _, alpha := range []float64{1e-6, 1e-3, 0.1} {
			a, s := hat(p, alpha), p.spline(alpha)
			g := mat.NewVecDense(n, nil)
			g.MulVec(a, mat.NewVecDense(n, y))
			var rss float64
			for i := range n {
				near(t, "knot value", s.G[i], g.AtVec(i), 1e-9)
				rss += (y[i] - g.AtVec(i)) * (y[i] - g.AtVec(i))
			}
			near(t, "trace", s.DoF, mat.Trace(a), 1e-9)
			near(t, "sigma", s.Sigma, math.Sqrt(rss/(float64(n)-mat.Trace(a))), 1e-7)
		}
	}
}

// cost is the penalised criterion with the exact roughness of a natural spline.
func cost(s *Spline, y []float64, alpha float64) float64 {
	var sum float64
	for i := range y {
		sum += (y[i] - s.G[i]) * (y[i] - s.G[i])
		if i > 0 {
			a, b, h := s.Gamma[i-1], s.Gamma[i], s.T[i]-s.T[i-1]
			sum += alpha * h * (a*a + a*b + b*b) / 3
		}
	}
	return sum
}

func TestSmoothingSplineMinimisesItsCriterion(t *testing.T) {
	x, y := wavy(30, 0.3)
	const alpha = 1e-2
	best := cost(fit(t, x, y, alpha), y, alpha)
	r := Stream(2, "perturb")
	for range 20 {
		moved := append([]float64(nil), fit(t, x, y, alpha).G...)
		for i := range moved {
			moved[i] += 1e-3 * r.NormFloat64()
		}
		if c := cost(fit(t, x, moved, 0), y, alpha); c <= best {
			t.Errorf("a neighbouring spline costs %g, the fit %g", c, best)
		}
	}
}

func TestSplineIsTwiceContinuouslyDifferentiable(t *testing.T) {
	x, y := wavy(20, 0.3)
	s := fit(t, x, y, 1e-3)
	for i := 1; i < len(x)-1; i++ {
		v0, d0 := s.cubic(i-1, x[i])
		v1, d1 := s.cubic(i, x[i])
		near(t, "value across a knot", v0, v1, 1e-12)
		near(t, "slope across a knot", d0, d1, 1e-10)
	}
	for _, at := range []float64{x[0] - 0.3, 0.37, 1.01, x[19] + 0.4} {
		const h = 1e-5
		near(t, "slope", s.Derivative(at), (s.At(at+h)-s.At(at-h))/(2*h), 1e-7)
		near(t, "curvature", s.Second(at), (s.Derivative(at+h)-s.Derivative(at-h))/(2*h), 1e-6)
	}
}

func TestSplineReproducesANaturalSpline(t *testing.T) {
	m := fit(t, []float64{0, 1, 3, 4}, []float64{1, -2, 0.5, 3}, 0)
	fine := make([]float64, 0, 17)
	var values []float64
	for v := 0.0; v <= 4; v += 0.25 {
		fine, values = append(fine, v), append(values, m.At(v))
	}
	again := fit(t, fine, values, 0)
	for v := 0.0; v <= 4; v += 0.1 {
		near(t, "value", again.At(v), m.At(v), 1e-13)
		near(t, "slope", again.Derivative(v), m.Derivative(v), 1e-12)
	}
}

func TestSplineContinuesBeyondItsKnots(t *testing.T) {
	x, y := wavy(20, 0)
	s := fit(t, x, y, 0)
	last := x[19]
	v, d := s.Eval(last)
	near(t, "cubic edge", s.At(last+0.5), func() float64 { v, _ := s.cubic(18, last+0.5); return v }(), 0)
	s.Linear = true
	near(t, "tangent", s.At(last+0.5), v+0.5*d, 1e-12)
	near(t, "tangent slope", s.Derivative(last+0.5), d, 0)
	near(t, "tangent curvature", s.Second(last+0.5), 0, 0)
	v, d = s.Eval(x[0])
	near(t, "left tangent", s.At(x[0]-2), v-2*d, 1e-12)
}

func TestSplineLeavesOutMissingRows(t *testing.T) {
	x, y := wavy(30, 0.1)
	holes := append([]float64(nil), y...)
	var x2, y2 []float64
	for i := range holes {
		if i%4 == 1 {
			holes[i] = math.NaN()
			continue
		}
		x2, y2 = append(x2, x[i]), append(y2, y[i])
	}
	a, b := fit(t, x, holes, 1e-3), fit(t, x2, y2, 1e-3)
	for _, at := range x {
		near(t, "value", a.At(at), b.At(at), 0)
	}
}

func TestShortSplines(t *testing.T) {
	one := fitGCV(t, []float64{2}, []float64{7})
	near(t, "one row", one.At(100), 7, 0)
	two := fitGCV(t, []float64{1, 3}, []float64{1, 5})
	near(t, "two rows", two.At(4), 7, 1e-14)
	if !math.IsNaN(two.Sigma) {
		t.Errorf("sigma of two rows = %g, want NaN", two.Sigma)
	}
	nan := math.NaN()
	if _, err := SmoothSpline([]float64{0, 1}, []float64{nan, nan}, 0); err != errNoKnots {
		t.Errorf("all missing: %v", err)
	}
	if _, err := SmoothSpline([]float64{0, 0}, []float64{1, 2}, 0); err != errKnotOrder {
		t.Errorf("equal knots: %v", err)
	}
	if _, err := SmoothSpline([]float64{0, 1}, []float64{1, 2}, -1); err != errBadPenalty {
		t.Errorf("negative penalty: %v", err)
	}
}

func TestGCVFindsTheMinimumOfItsScore(t *testing.T) {
	x, y := wavy(80, 0.2)
	s := fitGCV(t, x, y)
	for e := -8.0; e < 4; e += 0.05 {
		if v := fit(t, x, y, math.Pow(10, e)).Score; v < s.Score*(1-1e-9) {
			t.Errorf("alpha 1e%.2f scores %g, the chosen %g scores %g", e, v, s.Alpha, s.Score)
		}
	}
}

func TestGCVEstimatesTheNoise(t *testing.T) {
	for _, sd := range []float64{0.01, 0.1, 0.5} {
		x, y := wavy(400, sd)
		s := fitGCV(t, x, y)
		near(t, "sigma", s.Sigma, sd, 0.2*sd)
	}
}

func TestGCVDoesNotDependOnUnits(t *testing.T) {
	x, y := wavy(60, 0.2)
	s := fitGCV(t, x, y)
	for i := range x {
		x[i] = x[i]*86400 + 1e7
		y[i] *= 1e-6
	}
	u := fitGCV(t, x, y)
	near(t, "degrees of freedom", u.DoF, s.DoF, 1e-3)
	near(t, "sigma", u.Sigma*1e6, s.Sigma, 1e-5)
}

func TestGCVOfALineIsALine(t *testing.T) {
	x, y := wavy(2000, 0)
	r := Stream(5, "line")
	for i := range y {
		y[i] = 1e4 + 3*x[i] + 0.1*r.NormFloat64()
	}
	s := fitGCV(t, x, y)
	near(t, "slope in the middle", s.Derivative(x[1000]), 3, 0.01)
	near(t, "sigma", s.Sigma, 0.1, 0.01)
}

// orbit reads the Lotka–Volterra recording: clean and noisy columns.
func orbit(t *testing.T) (x []float64, clean, noisy [2][]float64) {
	t.Helper()
	f, err := os.Open("testdata/lotka-volterra.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var v [5]float64
		for i, field := range row {
			if v[i], err = strconv.ParseFloat(field, 64); err != nil {
				t.Fatal(err)
			}
		}
		x = append(x, v[0])
		for c := range 2 {
			clean[c], noisy[c] = append(clean[c], v[1+c]), append(noisy[c], v[3+c])
		}
	}
	return x, clean, noisy
}

// Published smoothing of the Lotka–Volterra recording: mean squared error
// of the curve between the rows. The truth there is the interpolated clean orbit.
func TestLotkaVolterraSmoothingQuality(t *testing.T) {
	x, clean, noisy := orbit(t)
	quality := func(alpha float64) (mse, worst float64) {
		var count float64
		for c := range 2 {
			truth, s := fit(t, x, clean[c], 0), fit(t, x, noisy[c], alpha)
			for at := x[0]; at <= x[60]; at += 0.005 {
				e := math.Abs(s.At(at) - truth.At(at))
				mse, worst, count = mse+e*e, max(worst, e), count+1
			}
		}
		return mse / count, worst
	}
	for _, c := range []struct{ alpha, mse float64 }{{0, 7.6e-3}, {1e-5, 6.6e-3}, {1e-4, 4.8e-3}, {1e-3, 7.9e-3}} {
		mse, worst := quality(c.alpha)
		t.Logf("alpha %g: mse %.3g, worst %.3g", c.alpha, mse, worst)
		near(t, "mse", mse, c.mse, 0.06e-3)
		if c.alpha == 1e-3 {
			near(t, "worst error", worst, 0.39, 0.005)
		}
	}
	for c := range 2 {
		s := fitGCV(t, x, noisy[c])
		t.Logf("gcv: alpha %.3g, dof %.3g, sigma %.3g", s.Alpha, s.DoF, s.Sigma)
	}
}

func TestSplineEvaluationDoesNotAllocate(t *testing.T) {
	x, y := wavy(50, 0.1)
	s := fit(t, x, y, 1e-3)
	if n := testing.AllocsPerRun(10, func() { s.Eval(1.3); s.Second(1.3) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSplineEval(b *testing.B) {
	x, y := wavy(61, 0.1)
	s, _ := SmoothSpline(x, y, 1e-3)
	for i := 0; b.Loop(); i++ {
		s.Eval(x[i%60])
	}
}

func BenchmarkGCV5000(b *testing.B) {
	x, y := wavy(5000, 0.1)
	for b.Loop() {
		if _, err := SmoothSplineGCV(x, y); err != nil {
			b.Fatal(err)
		}
	}
}

// A long record is smoothed as the whole of it would be: windows choose nearly the same α, whose
// curve has nearly the same error.
func TestLongRecordsAreSmoothedByTheirWindows(t *testing.T) {
	const n, noise = 40_000, 0.1
	x, y, truth := make([]float64, n), make([]float64, n), make([]float64, n)
	r := Stream(1, "long", 0)
	for i := range x {
		x[i] = 0.05 * float64(i)
		truth[i] = math.Sin(x[i])
		y[i] = truth[i] + noise*r.NormFloat64()
	}
	s := fitGCV(t, x, y)
	near(t, "noise", s.Sigma, noise, 0.002)
	p, err := newPenalised(x, y)
	if err != nil {
		t.Fatal(err)
	}
	all := []*penalised{p}
	if v, least := score(all, s.Alpha), min(score(all, s.Alpha/1.5), score(all, s.Alpha*1.5)); v > least {
		t.Errorf("cross-validation of all rows is %g, beside it %g", v, least)
	}
	sum := 0.0
	for i, v := range truth {
		sum += (s.G[i] - v) * (s.G[i] - v)
	}
	if e := math.Sqrt(sum / n); e > 0.35*noise {
		t.Errorf("the curve is off by %g", e)
	}
}
