package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// The numbers of generic_erf.go and generic_log.go, which are the specification.
const (
	erfEnd    = 5.95
	erfScale  = 1. / 6
	bellEnd   = 26.5
	twoRootPi = 1.12837916709551257390

	logLeast = 0x1p-1022
	logShift = 0x0009_5f61_9980_c433
)

var logPoly = []float64{
	0.666666666666667, 0.39999999999899444, 0.2857142862600327, 0.22222211130259878, 0.18182889455674947,
	0.15331710618210773, 0.14616585424888623,
}

// erf is |x| Q(|x|) with the sign of x, and 2/√π exp(-x²).
func (m *machine) erf(x, size group, value, slope bool) (v, d group) {
	if value {
		z := m.min(m.constant(m.num(erfEnd), len(x)), size)
		w := m.constant(m.num(1), len(z))
		m.plusTimes(w, z, m.num(erfScale))
		d, r, last := m.piecewise(z, w, pieces{"erfColumns", "erfRows", 48, 14})
		v = m.mul(z, m.mul(r, d))
		m.plusTimes(v, z, last)
		v = m.min(m.constant(m.num(1), len(x)), v)
		end := m.where(greater, m.and(x, m.bits(absBits)), erfEnd, m.constant(m.num(1), len(x)))
		v = m.or(m.max(end, v), m.and(x, m.bits(signBit)))
	}
	if slope {
		z := m.min(m.constant(m.num(bellEnd), len(x)), m.and(x, m.bits(absBits)))
		d = m.mul(m.bell(m.add(z, z), z, x, bellEnd), m.num(twoRootPi))
	}
	return v, d
}

// log is k log(2) + log(1+f), and 1/x.
func (m *machine) log(x, _ group, value, slope bool) (v, d group) {
	if slope {
		d = m.div(m.constant(m.num(1), len(x)), x)
	}
	if !value {
		return nil, d
	}
	t := m.addInt(x, m.bits(logShift))
	f := m.addInt(x, m.bits(1023<<52))
	e := m.and(t, m.bits(0xfff<<52))
	for i := range x {
		VPSUBQ(e[i], f[i], f[i])
		VPSRLQ(U8(52), t[i], t[i])
	}
	k := m.sub(m.or(t, m.bits(0x433<<52)), m.num(1<<52+1023))
	f = m.sub(f, m.num(1))
	s := m.div(f, m.add(f, m.num(2)))
	u := m.mul(s, s)
	p := m.polynomial(u, logPoly)
	h := m.mul(m.mul(f, f), m.num(0.5))
	m.timesPlus(p, u, h)
	q := m.mul(k, m.num(log2Tail))
	m.plusTimes(q, s, p)
	v = m.sub(f, m.sub(h, q))
	m.plusTimes(v, k, m.num(log2Head))
	return v, d
}
