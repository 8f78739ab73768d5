package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dot emits the sum of products by eight partial sums and a tree. Products are rounded, as in plain Go.
func (m *machine) dot() {
	m.text("dot", "sets *dst to the sum of products, by eight partial sums and a tree.", "func(dst, a, b *float64, n int)")
	dst, a, b, n, i, left := param("dst"), param("a"), param("b"), param("n"), GP64(), GP64()
	sums := m.partials()
	for _, s := range sums {
		m.zero(s)
	}
	add := func(s reg.VecVirtual, disp int, k *mask) {
		x, y := m.vec(), m.vec()
		m.load(indexed(a, i, 8, disp), k, x)
		m.load(indexed(b, i, 8, disp), k, y)
		VMULPD(y, x, x)
		VADDPD(x, s, s)
	}
	XORQ(i, i)
	Label("many")
	MOVQ(n, left)
	SUBQ(i, left)
	CMPQ(left, U32(8))
	JL(LabelRef("tail"))
	for v, s := range sums {
		add(s, 8*m.width*v, nil)
	}
	ADDQ(U32(8), i)
	JMP(LabelRef("many"))

	Label("tail")
	TESTQ(left, left)
	JZ(LabelRef("end"))
	if !m.wide {
		CMPQ(left, U32(4))
		JLE(LabelRef("few"))
		add(sums[0], 0, nil)
		ADDQ(U32(4), i)
		SUBQ(U32(4), left)
		k := m.first(left)
		add(sums[1], 0, &k)
		JMP(LabelRef("end"))
		Label("few")
	}
	k := m.first(left)
	add(sums[0], 0, &k)

	Label("end")
	VMOVSD(m.tree1(sums).AsX(), Mem{Base: dst})
	m.ret()
}
