package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// singleFunction emits a function of all arguments, its derivative, and both together.
func (m *machine) singleFunction(name string, f func(m *machine, x, size group, value, slope bool) (v, d group)) {
	for _, form := range []struct {
		suffix, doc  string
		value, slope bool
	}{{"", "sets d0 to the value.", true, false}, {"Slope", "sets d0 to the derivative.", false, true},
		{"Both", "sets d0 to the value and d1 to the derivative.", true, true}} {
		m.text(name+form.suffix, form.doc, "func(d0, d1, src *float32, n int)")
		src, d0, d1 := param("src"), param("d0"), param("d1")
		m.loop16(func(i reg.GPVirtual) {
			x := m.load16(src, i)
			v, d := f(m, x, m.and(x, m.pair(^uint32(1<<31))), form.value, form.slope)
			switch {
			case form.value && form.slope:
				m.store16(v, d0, i)
				m.store16(d, d1, i)
			case form.value:
				m.store16(v, d0, i)
			default:
				m.store16(d, d0, i)
			}
		})
	}
}

// The sizes above which exp(-|x|), exp(-2|x|) and exp(-x²/2) count as zero: below them everything that is
// computed of them is a normal number. Arithmetic with others takes many times as long.
const (
	singleLogisticZero = 87
	singleTanhZero     = 43.5
	singleBellZero     = 12.875
)

// singleExp: exp(r) = 1 + r + r² P(r) for |r| ≤ log(2)/2, Taylor coefficients, error 6e-9.
var singleExp = []float64{0.5, 1. / 6, 1. / 24, 1. / 120, 1. / 720, 1. / 5040}

// singleExpParts returns s = 2ⁿ and p with exp(z+rest) = s (1+p); rest, which may be nil, is small.
func (m *machine) singleExpParts(z, rest group) (s, p group) {
	const head, tail, toInt = 0x1.62e43p-1, -0x1.05c61p-29, 0x1.8p23
	k := m.constant(m.num(toInt), len(z))
	m.plusTimes(k, z, m.num(1.4426950408889634))
	n := m.sub(k, m.num(toInt))
	r := m.copy(z)
	m.minusTimes(r, n, m.num(head))
	m.minusTimes(r, n, m.num(tail))
	if rest != nil {
		r = m.add(r, rest)
	}
	s = m.group(len(z))
	for i := range s {
		VPSLLD(U8(23), k[i], s[i])
	}
	s = m.op2(VPADDD, VPADDD_BCST, s, m.num(1))
	h := m.polynomial(r, singleExp)
	m.timesPlus(h, m.mul(r, r), r)
	return s, h
}

// within returns min(limit, x); NaN stays.
func (m *machine) within(limit float64, x group) group {
	return m.min(m.constant(m.num(limit), len(x)), x)
}

// notBelow returns max(limit, x); NaN stays.
func (m *machine) notBelow(limit float64, x group) group {
	return m.max(m.constant(m.num(limit), len(x)), x)
}

func (m *machine) singleTanh(x, size group, value, slope bool) (v, d group) {
	s, p := m.singleExpParts(m.mul(m.within(singleTanhZero, size), m.num(-2)), nil)
	t := m.subFrom(m.num(1), s)
	m.minusTimes(t, s, p)
	den := m.subFrom(m.num(2), t)
	if value {
		v = m.or(m.div(t, den), m.and(x, m.pair(1<<31)))
	}
	if slope {
		const notGreater = 0x1a
		e := m.where(notGreater, size, singleTanhZero, m.exp(s, p))
		d = m.div(m.mul(e, m.num(4)), m.mul(den, den))
	}
	return v, d
}

// singleLogisticParts returns the logistic function l and its derivative e/(1+e)² with e = exp(-|x|).
func (m *machine) singleLogisticParts(x, size group) (l, q group) {
	const notGreater = 0x1a
	s, p := m.singleExpParts(m.mul(m.within(singleLogisticZero, size), m.num(-1)), nil)
	e := m.where(notGreater, size, singleLogisticZero, m.exp(s, p))
	u := m.div(m.constant(m.num(1), len(x)), m.add(e, m.num(1)))
	eu := m.mul(e, u)
	q = m.mul(eu, u)
	return m.whenNegative(x, eu, u), q
}

func (m *machine) singleLogistic(x, size group, _, _ bool) (v, d group) {
	return m.singleLogisticParts(x, size)
}

func (m *machine) singleSiLU(x, size group, value, slope bool) (v, d group) {
	l, q := m.singleLogisticParts(x, size)
	low := m.notBelow(-100, x)
	if value {
		v = m.mul(l, low)
	}
	if slope {
		d = l
		m.plusTimes(d, q, m.within(100, low))
	}
	return v, d
}

// millsCoefficients: (1-Φ(z))/φ(z) = P(t)/(z+4) for 0 ≤ z ≤ 13.2, t = (z-4)/(z+4); interpolation at Chebyshev
// nodes, error 2.8e-8.
var millsCoefficients = []float64{
	1.8932190817933834, -1.5237709008013265, 0.9704078225445771, -0.46754165525013613, 0.15141753560234142,
	-0.018882506689028522, -0.0088490370108872, 0.0039569928400580105, 0.0005343856786749492, -0.0002887121251097835,
}

// singleGELU is x Φ(x); Φ(x) for negative x is φ times a ratio, so that it keeps its relative accuracy.
func (m *machine) singleGELU(x, size group, value, slope bool) (v, d group) {
	const notGreater, rootTwoPiInverse = 0x1a, 0.3989422804014327
	z := m.within(singleBellZero, size)
	h := m.mul(z, z)
	rest := m.copy(h)
	m.fromTimes(rest, z, z)
	s, p := m.singleExpParts(m.mul(h, m.num(-0.5)), m.mul(rest, m.num(-0.5)))
	bell := m.where(notGreater, size, singleBellZero, m.mul(m.exp(s, p), m.num(rootTwoPiInverse)))
	u := m.div(m.constant(m.num(1), len(x)), m.add(z, m.num(4)))
	t := m.mul(m.sub(z, m.num(4)), u)
	tail := m.mul(m.mul(m.polynomial(t, millsCoefficients), u), bell)
	l := m.whenNegative(x, tail, m.subFrom(m.num(1), tail))
	low := m.notBelow(-14, x)
	if value {
		v = m.mul(l, low)
	}
	if slope {
		d = l
		m.plusTimes(d, bell, m.within(14, low))
	}
	return v, d
}
