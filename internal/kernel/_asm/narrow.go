package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// narrow emits the kernels for one lane and two or three columns, the first layer of most networks: four rows at a
// time, which fill as many registers as there are columns. They round like plain Go, and AVX-512 has nothing to add, so
// both levels use them.
func (m *machine) narrow() {
	if m.wide {
		return
	}
	for _, cols := range []int{2, 3} {
		m.text(fmt.Sprintf("rowDot%d", cols), "is rowDot for so many columns; rows is a multiple of four.",
			"func(y, w, x, b *float64, mode, rows int)")
		m.narrowDot(cols)
		m.text(fmt.Sprintf("rowOuter%d", cols), "is rowOuter for so many columns; rows is a multiple of four.",
			"func(x, a, y *float64, rows int)")
		m.narrowOuter(cols)
	}
}

// repeated returns x repeated over as many registers as it has values.
func (m *machine) repeated(x reg.GPVirtual, cols int) group {
	if cols == 2 {
		v := YMM()
		VBROADCASTF128(at(x, 0), v)
		return group{v, v}
	}
	each := m.group(3)
	for j, v := range each {
		VBROADCASTSD(at(x, 8*j), v)
	}
	out := m.group(3)
	for r := range out {
		// Value i of register r is x[(4r+i) mod 3]; the first and the last are the same.
		a, b, c := each[r%3], each[(r+1)%3], each[(r+2)%3]
		t := YMM()
		VBLENDPD(U8(2), b, a, t)
		VBLENDPD(U8(4), c, t, out[r])
	}
	return out
}

func (m *machine) narrowDot(cols int) {
	y, w, b, mode, rows := param("y"), param("w"), param("b"), param("mode"), param("rows")
	xs := m.repeated(param("x"), cols)
	Label("rows")
	p := m.group(cols)
	for r := range p {
		VMULPD(at(w, 32*r), xs[r], p[r])
	}
	sum := YMM()
	if cols == 2 {
		even, odd := YMM(), YMM()
		VUNPCKLPD(p[1], p[0], even)
		VUNPCKHPD(p[1], p[0], odd)
		VADDPD(odd, even, sum)
		VPERMPD(U8(0xd8), sum, sum)
	} else {
		column := func(first, second, order uint8) reg.VecVirtual {
			v := YMM()
			VBLENDPD(U8(first), p[1], p[0], v)
			VBLENDPD(U8(second), p[2], v, v)
			VPERMPD(U8(order), v, v)
			return v
		}
		VADDPD(column(2, 9, 0xc6), column(4, 2, 0x6c), sum)
		VADDPD(column(9, 4, 0xb1), sum, sum)
	}
	CMPQ(mode, U32(1))
	JL(LabelRef("store"))
	JG(LabelRef("add"))
	VADDPD(at(b, 0), sum, sum)
	JMP(LabelRef("store"))
	Label("add")
	VADDPD(at(y, 0), sum, sum)
	Label("store")
	VMOVUPD(sum, at(y, 0))
	ADDQ(U32(32), y)
	ADDQ(U32(32), b)
	ADDQ(U32(uint32(32*cols)), w)
	SUBQ(U32(4), rows)
	JNZ(LabelRef("rows"))
	m.ret()
}

func (m *machine) narrowOuter(cols int) {
	a, y, rows := param("a"), param("y"), param("rows")
	xs := m.repeated(param("x"), cols)
	orders := []uint8{0x50, 0xfa}
	if cols == 3 {
		orders = []uint8{0x40, 0xa5, 0xfe}
	}
	Label("rows")
	ys := YMM()
	VMOVUPD(at(y, 0), ys)
	for r, order := range orders {
		t := YMM()
		VPERMPD(U8(order), ys, t)
		VMULPD(xs[r], t, t)
		VADDPD(at(a, 32*r), t, t)
		VMOVUPD(t, at(a, 32*r))
	}
	ADDQ(U32(32), y)
	ADDQ(U32(uint32(32*cols)), a)
	SUBQ(U32(4), rows)
	JNZ(LabelRef("rows"))
	m.ret()
}
