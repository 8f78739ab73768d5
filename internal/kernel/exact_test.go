package kernel

import (
	"math"
	"math/big"
)

// exact computes reference values with big.Float from series with positive terms; prec is its precision.
type exact struct {
	prec uint
	pi   *big.Float
}

func newExact(prec uint) exact {
	e := exact{prec: prec}
	e.pi = e.machin()
	return e
}

func (e exact) num(x float64) *big.Float { return new(big.Float).SetPrec(e.prec).SetFloat64(x) }
func (e exact) zero() *big.Float         { return new(big.Float).SetPrec(e.prec) }

func (e exact) add(a, b *big.Float) *big.Float { return e.zero().Add(a, b) }
func (e exact) sub(a, b *big.Float) *big.Float { return e.zero().Sub(a, b) }
func (e exact) mul(a, b *big.Float) *big.Float { return e.zero().Mul(a, b) }
func (e exact) div(a, b *big.Float) *big.Float { return e.zero().Quo(a, b) }

// small reports whether a term no longer changes a sum.
func (e exact) small(term, sum *big.Float) bool {
	return term.Sign() == 0 || sum.Sign() != 0 && term.MantExp(nil) < sum.MantExp(nil)-int(e.prec)
}

// exp is the Taylor series of x/2ᵏ, squared k times.
func (e exact) exp(x *big.Float) *big.Float {
	k := max(0, x.MantExp(nil)+8)
	r := e.zero().SetMantExp(x, -k)
	sum, term := e.num(1), e.num(1)
	for n := 1; !e.small(term, sum); n++ {
		term = e.div(e.mul(term, r), e.num(float64(n)))
		sum = e.add(sum, term)
	}
	for range k {
		sum = e.mul(sum, sum)
	}
	return sum
}

// log corrects math.Log by the series of log(1+d), d = x exp(-y) - 1.
func (e exact) log(x *big.Float) *big.Float {
	f, _ := x.Float64()
	y := e.num(math.Log(f))
	d := e.sub(e.div(x, e.exp(y)), e.num(1))
	term, sum := d, y
	for n := 1; n < 12; n++ {
		sum = e.add(sum, e.div(term, e.num(float64(n))))
		term = e.mul(term, e.mul(d, e.num(-1)))
	}
	return sum
}

// logistic is 1/(1+exp(-x)).
func (e exact) logistic(x *big.Float) *big.Float {
	return e.div(e.num(1), e.add(e.num(1), e.exp(e.zero().Neg(x))))
}

// sincos is the Taylor series; |x| is small against the precision.
func (e exact) sincos(x *big.Float) (s, c *big.Float) {
	s, c = e.zero(), e.num(1)
	term := e.num(1)
	for n := 1; n < 40 || !e.small(term, e.num(1)); n++ {
		term = e.div(e.mul(term, x), e.num(float64(n)))
		signed := term
		if n%4 >= 2 {
			signed = e.zero().Neg(term)
		}
		if n%2 == 1 {
			s = e.add(s, signed)
		} else {
			c = e.add(c, signed)
		}
	}
	return s, c
}

// machin returns π by his formula: 16 atan(1/5) - 4 atan(1/239).
func (e exact) machin() *big.Float {
	atan := func(inverse float64) *big.Float {
		sum, power := e.zero(), e.div(e.num(1), e.num(inverse))
		step := e.num(-inverse * inverse)
		for n := 1.; !e.small(power, sum); n += 2 {
			sum = e.add(sum, e.div(power, e.num(n)))
			power = e.div(power, step)
		}
		return sum
	}
	return e.sub(e.mul(e.num(16), atan(5)), e.mul(e.num(4), atan(239)))
}

// density is the normal density φ(x).
func (e exact) density(x *big.Float) *big.Float {
	root := e.zero().Sqrt(e.mul(e.num(2), e.pi))
	return e.div(e.exp(e.mul(e.num(-0.5), e.mul(x, x))), root)
}

// normal is Φ(x) = ½ + φ(x) Σ x²ⁿ⁺¹/(2n+1)!!. For x < 0 it cancels x² bits, which prec must allow for.
func (e exact) normal(x *big.Float) *big.Float {
	return e.add(e.num(0.5), e.mul(e.density(x), e.oddSeries(x)))
}

func (e exact) oddSeries(x *big.Float) *big.Float {
	sum, term, xx := e.zero(), x, e.mul(x, x)
	for n := 3.; !e.small(term, sum); n += 2 {
		sum = e.add(sum, term)
		term = e.div(e.mul(term, xx), e.num(n))
	}
	return sum
}

// erf is 2 φ(z) Σ z²ⁿ⁺¹/(2n+1)!! with z = √2 x, all terms of one sign.
func (e exact) erf(x *big.Float) *big.Float {
	z := e.mul(e.zero().Sqrt(e.num(2)), x)
	return e.mul(e.num(2), e.mul(e.density(z), e.oddSeries(z)))
}
