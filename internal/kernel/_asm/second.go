package main

// The second derivatives of the activations, for products with Hessians; those of the others are made of first ones or
// of values.

// tanhSecond is -2 y (1-y²) with y = tanh x.
func (m *machine) tanhSecond(x, size group, _, _ bool) (v, d group) {
	y, slope := m.tanh(x, size, true, true)
	return m.mul(m.mul(y, m.num(-2)), slope), nil
}

// geluSecond is φ(x) (2-x²).
func (m *machine) geluSecond(x, _ group, _, _ bool) (v, d group) {
	z := m.normalSize(x)
	q := m.mul(m.bell(z, z, x, normalEnd), m.num(rootTwoPi))
	return m.mul(q, m.subFrom(m.num(2), m.mul(z, z))), nil
}

// rise returns e = exp(-|x|), 1-e with its own relative accuracy, and 1+e.
func (m *machine) rise(x, size group) (e, rise, den group) {
	s, p := m.expParts(m.xor(m.min(size, m.num(logisticZero)), m.bits(signBit)), nil)
	rise = m.subFrom(m.num(1), s)
	m.minusTimes(rise, s, p)
	e = m.vanish(m.exp(s, p), x, logisticZero)
	return e, rise, m.add(e, m.num(1))
}

// logisticSecond is s(1-s)(1-2s), -e (1-e)/(1+e)³ for x > 0.
func (m *machine) logisticSecond(x, size group, _, _ bool) (v, d group) {
	e, rise, den := m.rise(x, size)
	v = m.div(m.mul(e, rise), m.mul(m.mul(den, den), den))
	return m.xor(v, m.xor(m.and(x, m.bits(signBit)), m.bits(signBit))), nil
}

// siluSecond is s(1-s) (2 + x (1-2s)) = e (2(1+e) - |x| (1-e))/(1+e)³.
func (m *machine) siluSecond(x, size group, _, _ bool) (v, d group) {
	e, rise, den := m.rise(x, size)
	u := m.add(den, den)
	m.minusTimes(u, m.and(x, m.bits(absBits)), rise)
	return m.div(m.mul(e, u), m.mul(m.mul(den, den), den)), nil
}
