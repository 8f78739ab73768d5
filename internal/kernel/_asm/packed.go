package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packed emits the product of a packed matrix with one lane: the sums of a panel stay in registers while its rows,
// which begin at whole groups of eight, pass by.
func (m *machine) packed() {
	const most = 8 // vectors of a panel
	m.text("packedSum", "sets, or adds to, dst the sum of the rows of a packed matrix, the first as it is, the others scaled by src; or sets it to the sum times f.",
		"func(dst, w, src, f *float64, mode, n, terms int)")
	dst, w, f, n := param("dst"), param("w"), param("f"), param("n")
	stride := GP64()
	LEAQ(at(n, 7), stride)
	ANDQ(I32(-8), stride)
	SHLQ(U8(3), stride)
	Label("full")
	CMPQ(n, U32(uint32(most*m.width)))
	JLE(LabelRef("rest"))
	m.packedPanel("full", most, nil, dst, w, f, stride)
	ADDQ(U32(uint32(8*most*m.width)), dst)
	ADDQ(U32(uint32(8*most*m.width)), f)
	ADDQ(U32(uint32(8*most*m.width)), w)
	SUBQ(U32(uint32(most*m.width)), n)
	JMP(LabelRef("full"))
	Label("rest")
	for v := most; v > 0; v-- {
		name := fmt.Sprintf("panel%d", v)
		last := GP64()
		MOVQ(n, last)
		SUBQ(U32(uint32((v-1)*m.width)), last)
		JLE(LabelRef(name + "done"))
		k := m.first(last)
		m.packedPanel(name, v, &k, dst, w, f, stride)
		JMP(LabelRef("end"))
		Label(name + "done")
	}
	Label("end")
	m.ret()
}

func (m *machine) packedPanel(name string, vectors int, last *mask, dst, w0, f, stride reg.GPVirtual) {
	sums := m.group(vectors)
	w, src, terms, mode := GP64(), param("src"), param("terms"), param("mode")
	MOVQ(w0, w)
	for v := range sums {
		VMOVUPD(at(w, 8*m.width*v), sums[v])
	}
	ADDQ(stride, w)
	TESTQ(terms, terms)
	JZ(LabelRef(name + "sums"))
	Label(name + "terms")
	s := m.vec()
	VBROADCASTSD(at(src, 0), s)
	for v := range sums {
		VFMADD231PD(at(w, 8*m.width*v), s, sums[v])
	}
	ADDQ(stride, w)
	ADDQ(U32(8), src)
	DECQ(terms)
	JNZ(LabelRef(name + "terms"))
	Label(name + "sums")
	only := func(v int) *mask {
		if v == vectors-1 {
			return last
		}
		return nil
	}
	CMPQ(mode, U32(1))
	JL(LabelRef(name + "store"))
	JG(LabelRef(name + "times"))
	for v := range sums {
		old := m.vec()
		m.load(at(dst, 8*m.width*v), only(v), old)
		VADDPD(old, sums[v], sums[v])
	}
	JMP(LabelRef(name + "store"))
	Label(name + "times")
	for v := range sums {
		factor := m.vec()
		m.load(at(f, 8*m.width*v), only(v), factor)
		VMULPD(factor, sums[v], sums[v])
	}
	Label(name + "store")
	for v := range sums {
		m.store(sums[v], only(v), at(dst, 8*m.width*v))
	}
}
