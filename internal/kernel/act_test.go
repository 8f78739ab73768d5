package kernel

import (
	"fmt"
	"math"
	"testing"
)

func TestNamesLeadBackToKinds(t *testing.T) {
	for _, k := range Kinds() {
		if got, ok := KindByName(k.String()); !ok || got != k {
			t.Errorf("KindByName(%q) = %v, %v", k, got, ok)
		}
	}
	if k, ok := KindByName("tanhh"); ok {
		t.Errorf("a misspelt name gave %v", k)
	}
}

// TestPairIsTwoActs checks bit for bit, for all lengths around the block size, in place and not.
func TestPairIsTwoActs(t *testing.T) { atEveryLevel(t, testPairIsTwoActs) }

func testPairIsTwoActs(t *testing.T) {
	for _, k := range Kinds() {
		for order := range k.MaxOrder() {
			for _, n := range []int{0, 1, 2, 7, 8, 31, 32, 33, 70} {
				a := newArena(uint64(n))
				src, d0, d1, p0, p1 := a.random(n), a.random(n), a.random(n), a.random(n), a.random(n)
				Act(d0, src, k, order)
				Act(d1, src, k, order+1)
				ActPair(p0, p1, src, k, order)
				what := fmt.Sprintf("%v order %d, %d values", k, order, n)
				checkSame(t, what, p0, d0)
				checkSame(t, what+", second", p1, d1)
				first, second, alone := a.copy(src), a.copy(src), a.copy(src)
				ActPair(first, p1, first, k, order)
				checkSame(t, what+", first in place", first, d0)
				checkSame(t, what+", second beside it", p1, d1)
				ActPair(p0, second, second, k, order)
				checkSame(t, what+", first beside it", p0, d0)
				checkSame(t, what+", second in place", second, d1)
				Act(alone, alone, k, order)
				checkSame(t, what+", in place", alone, d0)
				a.check(t, what)
			}
		}
	}
}

// TestValuesAreStrangers puts NaN, infinities and huge values between others and expects no change in those.
func TestValuesAreStrangers(t *testing.T) { atEveryLevel(t, testValuesAreStrangers) }

func testValuesAreStrangers(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 5e-324}
	for _, k := range Kinds() {
		for order := range k.MaxOrder() + 1 {
			a := newArena(9)
			src, want, got := a.random(70), a.random(70), a.random(70)
			Act(want, src, k, order)
			for i := 0; i < 70; i += 3 {
				src[i] = odd[i/3%len(odd)]
			}
			Act(got, src, k, order)
			for i := range got {
				if i%3 != 0 && !same(got[i], want[i]) {
					t.Fatalf("%v order %d: value %d changed by its neighbour", k, order, i)
				}
			}
		}
	}
}

// TestSpecialValues lists what the functions give at the ends of the floating-point numbers, signs of zero
// included, for orders 0 and 1.
func TestSpecialValues(t *testing.T) { atEveryLevel(t, testSpecialValues) }

func testSpecialValues(t *testing.T) {
	least := math.Exp(-745) // plain Go's: on some machines that is 0, not the least number
	inf, zero, tiny := math.Inf(1), math.Copysign(0, -1), 5e-324
	const half = 0.5
	for _, c := range []struct {
		kind Kind
		x, f float64
		d    float64
	}{
		{Tanh, 0, 0, 1}, {Tanh, zero, zero, 1}, {Tanh, inf, 1, 0}, {Tanh, -inf, -1, 0}, {Tanh, tiny, tiny, 1},
		{Sigmoid, 0, half, 0.25}, {Sigmoid, inf, 1, 0}, {Sigmoid, -inf, 0, 0},
		{Sigmoid, -720, math.Exp(-720), math.Exp(-720)},
		{GELU, 0, 0, half}, {GELU, zero, zero, half}, {GELU, inf, inf, 1}, {GELU, -inf, zero, 0},
		{GELU, 1e300, 1e300, 1}, {GELU, -1e300, zero, 0},
		{Erf, 0, 0, 2 / math.Sqrt(math.Pi)}, {Erf, zero, zero, 2 / math.Sqrt(math.Pi)},
		{Erf, inf, 1, 0}, {Erf, -inf, -1, 0}, {Erf, 30, 1, 0},
		{Softplus, 0, math.Ln2, half}, {Softplus, inf, inf, 1}, {Softplus, -inf, 0, 0}, {Softplus, 1e300, 1e300, 1},
		{SiLU, 0, 0, half}, {SiLU, zero, zero, half}, {SiLU, inf, inf, 1},
		{SiLU, -inf, zero, 0}, {SiLU, 1e300, 1e300, 1},
		{Sin, zero, zero, 1}, {Cos, 0, 1, -0.},
		{Exp, 0, 1, 1}, {Exp, inf, inf, inf}, {Exp, -inf, 0, 0}, {Exp, 710, inf, inf}, {Exp, -745, least, least},
		{Log, 0, -inf, inf}, {Log, inf, inf, 0}, {Log, 1, 0, 1}, {Log, math.MaxFloat64, 709.782712893384, 0x1p-1024},
		{Log, 0x1p-1022, -708.3964185322641, 0x1p1022}, {Log, tiny, -744.4400719213812, inf},
		{Reciprocal, 0, inf, -inf}, {Reciprocal, zero, -inf, -inf}, {Reciprocal, inf, 0, zero},
		{Reciprocal, -inf, zero, zero},
		{Sqrt, 0, 0, inf}, {Sqrt, inf, inf, 0}, {Sqrt, zero, zero, -inf},
		{Square, -inf, inf, -inf}, {Square, zero, 0, zero},
		{ReLU, inf, inf, 1}, {ReLU, -inf, 0, 0}, {ReLU, 0, 0, 0}, {Abs, -inf, inf, -1}, {Abs, zero, 0, 0},
	} {
		var f, d [1]float64
		ActPair(f[:], d[:], []float64{c.x}, c.kind, 0)
		if c.kind == Softplus && c.x == 0 && math.Abs(f[0]-c.f) < 2e-16 {
			f[0] = c.f // not an exact value: rounded like any other
		}
		if math.Float64bits(f[0]) != math.Float64bits(c.f) {
			t.Errorf("%v(%v) = %v, want %v", c.kind, c.x, f[0], c.f)
		}
		if d[0] != c.d {
			t.Errorf("%v'(%v) = %v, want %v", c.kind, c.x, d[0], c.d)
		}
	}
}

// TestNaNStaysNaN holds for values and for all derivatives that are not constants.
func TestNaNStaysNaN(t *testing.T) { atEveryLevel(t, testNaNStaysNaN) }

func testNaNStaysNaN(t *testing.T) {
	constant := map[Kind]int{Square: 2, ReLU: 2, Abs: 2}
	for _, k := range Kinds() {
		for order := range k.MaxOrder() + 1 {
			if c, ok := constant[k]; ok && order >= c {
				continue
			}
			v := []float64{math.NaN()}
			if Act(v, v, k, order); v[0] == v[0] {
				t.Errorf("%v order %d of NaN is %v", k, order, v[0])
			}
		}
	}
}

// TestNaNOfEveryKindStaysNaN: a NaN may carry bits, as the missing values of R and those of this package's guards do.
func TestNaNOfEveryKindStaysNaN(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, k := range Kinds() {
			for bits := range uint64(64) {
				f, d := []float64{math.Float64frombits(0x7ff8<<48 | bits)}, []float64{0}
				if ActPair(f, d, []float64{f[0]}, k, 0); f[0] == f[0] {
					t.Errorf("%v of a NaN with %d in it is %v", k, bits, f[0])
				}
			}
		}
	})
}

// TestSecondDerivativesOfSineAndCosine are exactly what the functions themselves are, with the other sign.
func TestSecondDerivativesOfSineAndCosine(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, k := range []Kind{Sin, Cos} {
			a := newArena(4)
			x, f := a.random(50), a.random(50)
			for order := 2; order <= k.MaxOrder(); order++ {
				before := a.copy(f)
				Act(before, x, k, order-2)
				Scale(before, -1, before)
				Act(f, x, k, order)
				checkSame(t, fmt.Sprintf("%v order %d", k, order), f, before)
			}
		}
	})
}

// TestDerivativesVanishFarOut: no order of a saturating function gives NaN at infinity.
func TestDerivativesVanishFarOut(t *testing.T) { atEveryLevel(t, testDerivativesVanishFarOut) }

func testDerivativesVanishFarOut(t *testing.T) {
	for _, k := range []Kind{Tanh, Sigmoid, Erf, GELU, Softplus, SiLU} {
		for order := 2; order <= k.MaxOrder(); order++ {
			v := []float64{math.Inf(1), math.Inf(-1), 1e9, -1e9, math.MaxFloat64}
			Act(v, v, k, order)
			for _, d := range v {
				if d != 0 {
					t.Errorf("%v order %d far out: %v", k, order, v)
				}
			}
		}
	}
}

// TestNormalTail compares the far tail, where the accuracy test does not reach, with the standard library; it has nine
// digits where it is below 1e-18, and counts as zero below 1e-307.
func TestNormalTail(t *testing.T) { atEveryLevel(t, testNormalTail) }

func testNormalTail(t *testing.T) {
	for x := -8.; x > -45; x -= 0.37 {
		want := x * 0.5 * math.Erfc(-x/math.Sqrt2)
		v := []float64{x, -x}
		Act(v, v, GELU, 0)
		bound := 1e-12
		if x < -9 {
			bound = 1e-9
		}
		if !(math.Abs(v[0]-want) <= bound*math.Abs(want)+1e-307) {
			t.Errorf("gelu(%v) = %v, want %v", x, v[0], want)
		}
		if want := -x * 0.5 * math.Erfc(x/math.Sqrt2); !(math.Abs(v[1]-want) <= 1e-15*want) {
			t.Errorf("gelu(%v) = %v, want %v", -x, v[1], want)
		}
	}
}
