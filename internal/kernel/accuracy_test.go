package kernel

import (
	"math"
	"math/big"
	"slices"
	"testing"
)

// reference is a kind's value in high precision, with the range to test and the promised accuracy.
type reference struct {
	kind         Kind
	limit, bound float64 // largest argument; largest error in units of the last place
	f            func(e exact, x *big.Float) *big.Float
}

var references = []reference{
	{Exp, 700, 1, exact.exp},
	{Erf, 7, 1.5, exact.erf},
	{Log, 1e6, 1, exact.log},
	{Reciprocal, 1e6, 0.5, func(e exact, x *big.Float) *big.Float { return e.div(e.num(1), x) }},
	{Sqrt, 1e6, 0.5, func(e exact, x *big.Float) *big.Float { return e.zero().Sqrt(x) }},
	{Square, 1e6, 0.5, func(e exact, x *big.Float) *big.Float { return e.mul(x, x) }},
	{Tanh, 20, 3, func(e exact, x *big.Float) *big.Float {
		g := e.exp(e.mul(e.num(2), x))
		return e.div(e.sub(g, e.num(1)), e.add(g, e.num(1)))
	}},
	{Sigmoid, 100, 3, exact.logistic},
	{SiLU, 100, 3, func(e exact, x *big.Float) *big.Float { return e.mul(x, e.logistic(x)) }},
	{Softplus, 30, 3, func(e exact, x *big.Float) *big.Float { return e.log(e.add(e.num(1), e.exp(x))) }},
	{Sin, 30, 2, func(e exact, x *big.Float) *big.Float { s, _ := e.sincos(x); return s }},
	{Cos, 30, 2, func(e exact, x *big.Float) *big.Float { _, c := e.sincos(x); return c }},
	{GELU, 8, 7, func(e exact, x *big.Float) *big.Float { return e.mul(x, e.normal(x)) }},
	{ReLU, 1e6, 0, func(e exact, x *big.Float) *big.Float {
		if x.Sign() < 0 {
			return e.zero()
		}
		return x
	}},
	{Abs, 1e6, 0, func(e exact, x *big.Float) *big.Float { return e.zero().Abs(x) }},
}

// TestEveryKindHasAReference: a function without one would be checked by nothing.
func TestEveryKindHasAReference(t *testing.T) {
	for _, k := range Kinds() {
		if !slices.ContainsFunc(references, func(r reference) bool { return r.kind == k }) {
			t.Errorf("%v has no reference in high precision", k)
		}
	}
}

// arguments returns points of both signs up to ±limit: spread evenly, crowded towards zero, and at the edges of
// the first pieces of the tables, where the remainders are largest.
func (r reference) arguments(n int) []float64 {
	a := newArena(11)
	var xs []float64
	for i := range n {
		x := r.limit * (float64(i) + a.Float64()) / float64(n)
		y := math.Exp(-30 * a.Float64())
		z := math.Ln2 / 256 * float64(i%16+1) * (1 - 1e-3*a.Float64())
		xs = append(xs, x, y, z)
		if r.kind != Log && r.kind != Sqrt {
			xs = append(xs, -x, -y, -z)
		}
	}
	return xs
}

// ulps returns |got - want| in units of the last place of want.
func ulps(got float64, want *big.Float) float64 {
	f, _ := want.Float64()
	unit := math.Nextafter(math.Abs(f), math.Inf(1)) - math.Abs(f)
	d, _ := new(big.Float).Sub(new(big.Float).SetFloat64(got), want).Float64()
	return math.Abs(d) / unit
}

// relative returns |got - want|/|want|.
func relative(got float64, want *big.Float) float64 {
	d := new(big.Float).Sub(new(big.Float).SetFloat64(got), want)
	f, _ := d.Quo(d, want).Float64()
	return math.Abs(f)
}

// TestGELUIsAccurate: its relative error is at most 1e-15 for |x| ≤ 8, which is between 4.5 and 9 ulp.
func TestGELUIsAccurate(t *testing.T) {
	defer restore(Level())
	e := newExact(250)
	worst, at := 0.0, 0.0
	for i, n := 0, count(1000, 8000); i < n; i++ {
		x := -8 + 16*(float64(i)+0.5)/float64(n)
		want := e.mul(e.num(x), e.normal(e.num(x)))
		for _, l := range Levels() {
			restore(l)
			v := []float64{x}
			Act(v, v, GELU, 0)
			if d := relative(v[0], want); !(d <= worst) {
				worst, at = d, x
			}
		}
	}
	t.Logf("at most %.2g, at %v", worst, at)
	if !(worst <= 9e-16) { // at five times as many points it is 7.3e-16
		t.Errorf("the relative error is %.2g at %v", worst, at)
	}
}

// count is the number of points of a test in short and in long mode.
func count(short, long int) int {
	if testing.Short() {
		return short
	}
	return long
}

func TestFunctionsAreAccurate(t *testing.T) {
	defer restore(Level())
	e := newExact(250)
	for _, r := range references {
		worst, at := [3]float64{}, [3]float64{}
		for _, x := range r.arguments(count(60, 500)) {
			want := r.f(e, e.num(x))
			for i, l := range Levels() {
				restore(l)
				src, dst := [1]float64{x}, [1]float64{}
				Act(dst[:], src[:], r.kind, 0)
				if u := ulps(dst[0], want); !(u <= worst[i]) {
					worst[i], at[i] = u, x
				}
			}
		}
		for i, l := range Levels() {
			t.Logf("%v, %s: at most %.2f ulp, at %v", r.kind, l, worst[i], at[i])
			if !(worst[i] <= r.bound) {
				t.Errorf("%v, %s: %.2f ulp at %v, want at most %v", r.kind, l, worst[i], at[i], r.bound)
			}
		}
	}
}

// differences returns the derivatives of order 0 … 4 by central differences of the reference with a step so
// small that their error, its square, does not matter.
func (r reference) differences(e exact, x float64) [5]float64 {
	h := e.zero().SetMantExp(e.num(1), int(math.Log2(math.Abs(x)+1e-18))-50)
	var f [5]*big.Float
	for i := range f {
		f[i] = r.f(e, e.add(e.num(x), e.mul(e.num(float64(i-2)), h)))
	}
	weights := [5][5]float64{
		{0, 0, 1, 0, 0}, {0, -0.5, 0, 0.5, 0}, {0, 1, -2, 1, 0}, {-0.5, 1, 0, -1, 0.5}, {1, -4, 6, -4, 1},
	}
	var out [5]float64
	for n, row := range weights {
		sum := e.zero()
		for i, c := range row {
			sum = e.add(sum, e.mul(e.num(c), f[i]))
		}
		for range n {
			sum = e.div(sum, h)
		}
		out[n], _ = sum.Float64()
	}
	return out
}

// TestDerivativesAreDifferencesOfTheOnesBelow needs no reference: every order is the slope of the order below, by
// central differences of the kernel itself, on both sides of zero.
func TestDerivativesAreDifferencesOfTheOnesBelow(t *testing.T) {
	atEveryLevel(t, testDerivativesAreDifferencesOfTheOnesBelow)
}

func testDerivativesAreDifferencesOfTheOnesBelow(t *testing.T) {
	const h, bound = 1e-4, 1e-6 // an error of h², 1e-8, times the third derivative of the one below
	for _, k := range Kinds() {
		for order := 1; order <= k.MaxOrder(); order++ {
			for x := -2.95; x < 3; x += 0.1 {
				if x < 0.3 && (k == Log || k == Sqrt) || math.Abs(x) < 0.3 && k == Reciprocal {
					continue // too near the singularity, or beyond it
				}
				around, got := []float64{x - h, x + h}, []float64{x}
				Act(around, around, k, order-1)
				Act(got, got, k, order)
				want := (around[1] - around[0]) / (2 * h)
				if !(math.Abs(got[0]-want) <= bound*(1+math.Abs(want))*math.Pow(max(1, 1/math.Abs(x)), 4)) {
					t.Errorf("%v, order %d at %.2f: %g, but the order below has the slope %g", k, order, x, got[0], want)
				}
			}
		}
	}
}

// TestDerivativesAreAccurate checks every order against differences of the reference. The error is measured
// against |f⁽ⁿ⁾(x)| + |x f⁽ⁿ⁺¹⁾(x)|: what one relative rounding of x would change. Away from a zero of the
// derivative this is its relative error. Polynomials of degree 3 and 4 cancel a little on their way.
func TestDerivativesAreAccurate(t *testing.T) {
	defer restore(Level())
	e := newExact(600)
	bounds := [5]float64{1e-15, 1e-15, 1e-15, 3e-15, 3e-15}
	for _, r := range references {
		var worst, at [3][5]float64
		for _, x := range r.arguments(count(12, 40)) {
			want := r.differences(e, x)
			for i, l := range Levels() {
				restore(l)
				for n, bad := range r.errors(x, want) {
					if !(bad <= worst[i][n]) {
						worst[i][n], at[i][n] = bad, x
					}
				}
			}
		}
		for i, l := range Levels() {
			t.Logf("%v, %s: relative errors by order %.2g, at %.4g", r.kind, l, worst[i], at[i])
			for n, w := range worst[i] {
				if !(w <= bounds[n]) {
					t.Errorf("%v, %s, order %d: relative error %.3g at %v", r.kind, l, n, w, at[i][n])
				}
			}
		}
	}
}

// errors returns the error of every order at x, relative to the size that the test above explains.
func (r reference) errors(x float64, want [5]float64) (bad [5]float64) {
	for n := range want {
		src, dst := [1]float64{x}, [1]float64{}
		Act(dst[:], src[:], r.kind, n)
		size := math.Abs(want[n])
		if n < 4 {
			size += math.Abs(x * want[n+1])
		} else {
			size += (1 + math.Abs(x)) * math.Abs(want[3])
		}
		bad[n] = math.Abs(dst[0]-want[n]) / (size + 1e-300)
	}
	return bad
}

// TestSineOverItsRange takes arguments up to 1e5, where plain Go takes over, half of them next to multiples of π/2.
// There the sine of the standard library, which plain Go is, is exact against 1 only, not against its own size.
func TestSineOverItsRange(t *testing.T) {
	defer restore(Level())
	const bound = 1.5
	e := newExact(400)
	for i := range count(100, 2000) {
		x := math.Pi / 2 * float64(i*37%63000)
		if i%2 == 0 {
			x += 0.7 * math.Sin(float64(i))
		}
		turns := math.Round(x / (2 * math.Pi))
		s, c := e.sincos(e.sub(e.num(x), e.mul(e.num(2*turns), e.pi)))
		for _, l := range Levels()[1:] {
			restore(l)
			sine, cosine, src := [1]float64{}, [1]float64{}, [1]float64{x}
			ActPair(sine[:], cosine[:], src[:], Sin, 0)
			if u, v := ulps(sine[0], s), ulps(cosine[0], c); x != 0 && !(max(u, v) <= bound) {
				t.Fatalf("%s: sine %.2f and cosine %.2f ulp at %v", l, u, v, x)
			}
		}
	}
}
