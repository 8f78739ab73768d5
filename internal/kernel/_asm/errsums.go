package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// errSums emits the norm of one lane but for its end. Products round by themselves, so that it has the bits of plain Go.
func (m *machine) errSums() {
	m.text("errSums", "adds the squares of scaled errors to partial sums i%8.",
		"func(sums, err, x0, x1 *float64, rtol, atol float64, n int)")
	sums, e, x0, x1, n := param("sums"), param("err"), param("x0"), param("x1"), param("n")
	rtol, atol := m.group(1), m.group(1)
	VBROADCASTSD(NewParamAddr("rtol", 32), rtol[0])
	VBROADCASTSD(NewParamAddr("atol", 40), atol[0])
	acc := m.partials()
	for j, s := range acc {
		VMOVUPD(at(sums, 8*m.width*j), s)
	}
	squares := func(j int, k *mask) {
		err, a, b := m.group(1), m.group(1), m.group(1)
		m.load(at(e, 8*m.width*j), k, err[0])
		m.load(at(x0, 8*m.width*j), k, a[0])
		m.load(at(x1, 8*m.width*j), k, b[0])
		size := group{m.withNaN(m.and(a, m.bits(absBits)), m.and(b, m.bits(absBits)))}
		q := m.div(err, m.add(m.mul(size, rtol), atol))
		switch { // beyond the end 0/0 without an absolute tolerance
		case k == nil:
		case m.wide:
			VMOVAPD_Z(q[0], k.k, q[0])
		default:
			VANDPD(q[0], k.v, q[0])
		}
		VADDPD(m.mul(q, q)[0], acc[j], acc[j])
	}
	Label("eight")
	SUBQ(U32(uint32(8)), n)
	JL(LabelRef("rest"))
	for j := range acc {
		squares(j, nil)
	}
	ADDQ(U32(uint32(64)), e)
	ADDQ(U32(uint32(64)), x0)
	ADDQ(U32(uint32(64)), x1)
	JMP(LabelRef("eight"))
	Label("rest")
	ADDQ(U32(uint32(8)), n)
	JZ(LabelRef("end"))
	for j, k := range m.restMasks(n) {
		squares(j, &k)
	}
	Label("end")
	for j, s := range acc {
		VMOVUPD(s, at(sums, 8*m.width*j))
	}
	m.ret()
}
