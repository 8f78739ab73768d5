package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// π/2 in three parts, and its inverse. n times the first, subtracted from x by a fused operation, is exact.
const (
	halfPiHead   = 0x1.921fb54442d18p+0
	halfPiMiddle = 0x1.1a62633145c07p-54
	halfPiTail   = -0x1.f1976b7ed8fbcp-110
	quarterTurns = 0x1.45f306dc9c883p-1
)

// sin(r) = r + r³ S(r²), cos(r) = 1 - r²/2 + r⁴ C(r²) for |r| ≤ π/4; interpolation at Chebyshev nodes, errors 6e-18
// and 9e-19.
var (
	sinCoefficients = []float64{
		-0.16666666666666666, 0.008333333333333331, -0.00019841269841265017, 2.755731921930192e-06,
		-2.5052106219521895e-08, 1.6058529572267877e-10, -7.586576588171073e-13,
	}
	cosCoefficients = []float64{
		0.041666666666666664, -0.0013888888888887382, 2.480158729874307e-05, -2.7557317260008837e-07,
		2.0876143827993133e-09, -1.1382456778061306e-11,
	}
)

// sin is sin(x) and cos(x).
func (m *machine) sin(x, _ group, value, slope bool) (v, d group) {
	q, s, c := m.reduced(x)
	if value {
		v = m.turned(q, s, c)
	}
	if slope {
		d = m.turned(m.addInt(q, m.bits(1)), s, c)
	}
	return v, d
}

// cos is cos(x) and -sin(x).
func (m *machine) cos(x, _ group, value, slope bool) (v, d group) {
	q, s, c := m.reduced(x)
	if value {
		v = m.turned(m.addInt(q, m.bits(1)), s, c)
	}
	if slope {
		d = m.turned(m.addInt(q, m.bits(2)), s, c)
	}
	return v, d
}

// reduced returns sin and cos of r = x - q π/2, and q in the low bits of a number.
func (m *machine) reduced(x group) (q, s, c group) {
	q = m.constant(m.num(toInt), len(x))
	m.plusTimes(q, x, m.num(quarterTurns))
	n := m.sub(q, m.num(toInt))
	r := m.copy(x)
	m.minusTimes(r, n, m.num(halfPiHead))
	m.minusTimes(r, n, m.num(halfPiMiddle))
	sign := m.and(r, m.bits(signBit)) // the last step loses it where r is -0
	m.minusTimes(r, n, m.num(halfPiTail))
	u := m.mul(r, r)
	s = m.polynomial(u, sinCoefficients)
	m.timesPlus(s, m.mul(u, r), r)
	s = m.or(s, sign)
	half := m.mul(u, m.num(0.5))
	big := m.subFrom(m.num(1), half)
	rest := m.sub(m.subFrom(m.num(1), big), half)
	c = m.polynomial(u, cosCoefficients)
	m.timesPlus(c, m.mul(u, u), rest)
	return q, s, m.add(c, big)
}

// turned returns the sine of r + q π/2.
func (m *machine) turned(q, s, c group) group {
	odd, sign := m.group(len(q)), m.group(len(q))
	for i := range q {
		VPSLLQ(U8(63), q[i], odd[i])
		VPSLLQ(U8(62), q[i], sign[i])
	}
	return m.xor(m.whenNegative(odd, c, m.copy(s)), m.and(sign, m.bits(signBit)))
}
