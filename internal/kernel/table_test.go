package kernel

import (
	"math"
	"math/big"
	"testing"
)

// mills is exp(z²/2) Φ(-z): by the series for small z, by Laplace's continued fraction else.
func (e exact) mills(z *big.Float) *big.Float {
	if f, _ := z.Float64(); f < 6 {
		return e.div(e.normal(e.zero().Neg(z)), e.exp(e.mul(e.num(-0.5), e.mul(z, z))))
	}
	c := z
	for n := 400.; n > 0; n-- {
		c = e.add(z, e.div(e.num(n), c))
	}
	return e.mul(e.density(e.zero()), e.div(e.num(1), c))
}

func horner(c []float64, d float64) float64 {
	v := 0.0
	for _, c := range c {
		v = math.FMA(v, d, c)
	}
	return v
}

// TestTablesHoldTheirFunctions recomputes every row of every table.
func TestTablesHoldTheirFunctions(t *testing.T) {
	e := newExact(300)
	check := func(table string, row int, got float64, want *big.Float, bound float64) {
		t.Helper()
		if u := ulps(got, want); !(u <= bound) && got != 0 {
			t.Errorf("%s row %d: %v is %.2g ulp off", table, row, got, u)
		}
	}
	log2 := e.log(e.num(2))
	for j, g := range expTable {
		want := e.exp(e.div(e.mul(log2, e.num(float64(j))), e.num(64)))
		check("expTable", j, g.hi, want, 0.5)
		check("expTable (rest)", j, g.lo, e.div(e.sub(want, e.num(g.hi)), e.num(g.hi)), 0.5)
	}
	for j, g := range logTable {
		m := e.add(e.num(1), e.num(float64(j)/32))
		check("logTable", j, g.log, e.log(m), 0.5)
		check("logTable (inverse)", j, g.inverse, e.div(e.num(1), m), 0.5)
	}
	for j, m := range erfTable {
		for _, at := range []float64{0.01, 0.3, 0.5, 0.99} {
			z := (float64(j) + at) * 6 / 16
			check("erfTable", j, horner(m[1:1+erfLast], z-m[0]), e.div(e.erf(e.num(z)), e.num(z)), 1.5)
		}
	}
	if mills(0) != 0.5 {
		t.Errorf("R(0) = %v", mills(0))
	}
}

// TestMillsIsItsFunction: nearly to the last place where Φ(-z) matters beside one, and to nine digits as far as it is used.
func TestMillsIsItsFunction(t *testing.T) {
	e := newExact(300)
	for z := 0.0; z <= normalEnd; z += 0.0437 {
		bound := 1e-15
		if z > 9 {
			bound = 1e-9
		}
		if d := relative(mills(z), e.mills(e.num(z))); !(d <= bound) {
			t.Errorf("R(%v) is %.2g off", z, d)
		}
	}
}
