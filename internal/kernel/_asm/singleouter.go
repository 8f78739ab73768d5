package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// singleOuter emits a[i,j] += Σ_l y[i,l] x[j,l] with sixteen partial sums l%16 in float32, of which each with the one
// eight further on makes a partial sum in float64; from there as outerSum.
func (m *machine) singleOuter() {
	m.text("outer32", "adds the outer product summed over lanes to a matrix in float64.",
		"func(a *float64, y, x *float32, rows, cols, lanes int)")
	tiles := []int{1}
	if m.wide {
		tiles = []int{4, 1}
	}
	a, y, rows := param("a"), param("y"), param("rows")
	m.upper()
	for _, n := range tiles {
		name := fmt.Sprintf("rows%d", n)
		Label(name)
		CMPQ(rows, U32(uint32(n)))
		JL(LabelRef(name + "done"))
		m.singleOuterRows(name, n, a, y)
		step := GP64()
		Load(Param("cols"), step)
		IMUL3Q(U32(uint32(8*n)), step, step)
		ADDQ(step, a)
		Load(Param("lanes"), step)
		IMUL3Q(U32(uint32(4*n)), step, step)
		ADDQ(step, y)
		SUBQ(U32(uint32(n)), rows)
		JMP(LabelRef(name))
		Label(name + "done")
	}
	m.ret()
}

func (m *machine) singleOuterRows(name string, n int, a0, y0 reg.GPVirtual) {
	cols, x0, a := param("cols"), param("x"), GP64()
	MOVQ(a0, a)
	Label(name + "cols")
	TESTQ(cols, cols)
	JLE(LabelRef(name + "end"))
	acc := make([][4]group, n)
	for r := range acc {
		for c := range acc[r] {
			acc[r][c] = m.group(m.vectors16())
			for _, v := range acc[r][c] {
				m.zero(v)
			}
		}
	}
	lanes := param("lanes")
	stride, stride3 := GP64(), GP64()
	MOVQ(lanes, stride)
	SHLQ(U8(2), stride)
	LEAQ(indexed(stride, stride, 2, 0), stride3)
	var x [4]reg.GPVirtual // the last row stands in for those that are missing
	for c := range x {
		x[c] = GP64()
		if c == 0 {
			MOVQ(x0, x[0])
			continue
		}
		MOVQ(x[c-1], x[c])
		CMPQ(cols, U32(uint32(c)))
		JLE(LabelRef(fmt.Sprintf("%sx%d", name, c)))
		ADDQ(stride, x[c])
		Label(fmt.Sprintf("%sx%d", name, c))
	}
	y := GP64()
	MOVQ(y0, y)
	Label(name + "lanes")
	rowOf := []Mem{at(y, 0), indexed(y, stride, 1, 0), indexed(y, stride, 2, 0), indexed(y, stride3, 1, 0)}
	for part := range m.vectors16() {
		off := 8 * m.width * part
		ys := m.group(n)
		for r := range ys {
			VMOVUPS(rowOf[r].Offset(off), ys[r])
		}
		for c := range x {
			v := m.vec()
			VMOVUPS(at(x[c], off), v)
			for r := range ys {
				VFMADD231PS(v, ys[r], acc[r][c][part])
			}
		}
	}
	for _, p := range append(x[:], y) {
		ADDQ(U32(uint32(64)), p)
	}
	SUBQ(U32(uint32(16)), lanes)
	JNZ(LabelRef(name + "lanes"))
	for r := range acc {
		for c := range acc[r] {
			acc[r][c] = m.eightPartials(acc[r][c])
		}
	}
	m.addTrees(acc, a, cols)
	LEAQ(indexed(x0, stride, 4, 0), x0)
	ADDQ(U32(uint32(32)), a)
	SUBQ(U32(uint32(4)), cols)
	JMP(LabelRef(name + "cols"))
	Label(name + "end")
}

// eightPartials turns sixteen sums into eight in float64.
func (m *machine) eightPartials(s group) group {
	if m.wide {
		low, high, upper := ZMM(), ZMM(), YMM()
		VEXTRACTF64X4(U8(1), s[0], upper)
		VCVTPS2PD(s[0].AsY(), low)
		VCVTPS2PD(upper, high)
		VADDPD(high, low, low)
		return group{low}
	}
	sums := group{YMM(), YMM()}
	high, upper := YMM(), XMM()
	for i := range sums {
		if i == 0 {
			VCVTPS2PD(s[0].AsX(), sums[0])
			VCVTPS2PD(s[1].AsX(), high)
		} else {
			VEXTRACTF128(U8(1), s[0], upper)
			VCVTPS2PD(upper, sums[1])
			VEXTRACTF128(U8(1), s[1], upper)
			VCVTPS2PD(upper, high)
		}
		VADDPD(high, sums[i], sums[i])
	}
	return sums
}
