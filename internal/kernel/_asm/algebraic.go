package main

import (
	. "github.com/mmcloughlin/avo/build"
)

// The functions that hardware computes; they have the bits of plain Go.

const (
	less      = 0x11
	greater   = 0x1e
	unordered = 0x03
)

func (m *machine) reciprocal(x, _ group, value, slope bool) (v, d group) {
	v = m.div(m.constant(m.num(1), len(x)), x)
	if slope {
		d = m.mul(m.xor(v, m.bits(signBit)), v)
	}
	return v, d
}

func (m *machine) sqrt(x, _ group, value, slope bool) (v, d group) {
	v = m.group(len(x))
	for i := range x {
		VSQRTPD(x[i], v[i])
	}
	if slope {
		d = m.div(m.constant(m.num(0.5), len(x)), v)
	}
	return v, d
}

// relu is max(x, 0) without its negative zero.
func (m *machine) relu(x, _ group, value, slope bool) (v, d group) {
	if value {
		v = m.add(m.max(m.constant(m.num(0), len(x)), x), m.num(0))
	}
	if slope {
		d = m.add(m.where(greater, x, 0, m.constant(m.num(1), len(x))), m.where(unordered, x, 0, x))
	}
	return v, d
}

func (m *machine) abs(x, size group, value, slope bool) (v, d group) {
	if value {
		v = size
	}
	if slope {
		d = m.where(greater, x, 0, m.constant(m.num(1), len(x)))
		d = m.add(d, m.where(less, x, 0, m.constant(m.num(-1), len(x))))
		d = m.add(d, m.where(unordered, x, 0, x))
	}
	return v, d
}
