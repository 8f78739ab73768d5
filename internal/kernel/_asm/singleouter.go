package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// singleOuter emits a[i,j] += Σ_l y[i,l] x[j,l] with sixteen partial sums l%16 and a tree in float32, whose end is added in
// float64.
func (m *machine) singleOuter() {
	m.text("outer32", "adds the outer product summed over lanes to a matrix in float64.",
		"func(a *float64, y, x *float32, rows, cols, lanes int)")
	tiles := []int{1}
	if m.wide {
		tiles = []int{4, 1}
	}
	a, y, rows := param("a"), param("y"), param("rows")
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
	m.addTrees(acc, a, cols)
	LEAQ(indexed(x0, stride, 4, 0), x0)
	ADDQ(U32(uint32(32)), a)
	SUBQ(U32(uint32(4)), cols)
	JMP(LabelRef(name + "cols"))
	Label(name + "end")
}

// singleTrees ends the sums of four columns of each row in float32 and returns them in float64, a register for each
// row. As in trees, two registers become one at each level.
func (m *machine) singleTrees(acc [][4]group) group {
	if m.wide {
		return m.singleTreesWide(acc)
	}
	sums := make(group, len(acc))
	for r := range acc {
		sums[r] = m.singleTree4(acc[r])
	}
	return sums
}

// merge returns the sum of two shuffles of a and b.
func (m *machine) merge(f func(i, b, a, dst Op), low, high uint8, a, b reg.VecVirtual) reg.VecVirtual {
	x, y := m.vec(), m.vec()
	f(U8(low), b, a, x)
	f(U8(high), b, a, y)
	VADDPS(y, x, x)
	return x
}

// singleTreesWide puts four rows in the quarters of registers; where there is one, it is in all of them.
func (m *machine) singleTreesWide(acc [][4]group) group {
	blocks := func(i, b, a, dst Op) { VSHUFF32X4(i, b, a, dst) }
	words := func(i, b, a, dst Op) { VSHUFPS(i, b, a, dst) }
	row := func(r, c int) reg.VecVirtual { return acc[min(r, len(acc)-1)][c][0] }
	var column [4]reg.VecVirtual // four partial sums of each row
	for c := range column {
		upper, lower := m.merge(blocks, 0x44, 0xee, row(0, c), row(1, c)), m.merge(blocks, 0x44, 0xee, row(2, c), row(3, c))
		column[c] = m.merge(blocks, 0x88, 0xdd, upper, lower)
	}
	left, right := m.merge(words, 0x44, 0xee, column[0], column[1]), m.merge(words, 0x44, 0xee, column[2], column[3])
	all := m.merge(words, 0x88, 0xdd, left, right)
	sums := make(group, len(acc))
	for r := range sums {
		quarter := all.AsX()
		if r > 0 {
			x := XMM()
			VEXTRACTF32X4(U8(uint8(r)), all, x)
			quarter = x
		}
		sums[r] = YMM()
		VCVTPS2PD(quarter, sums[r])
	}
	return sums
}

// singleTree4 ends four sums in two registers each.
func (m *machine) singleTree4(s [4]group) reg.VecVirtual {
	for _, v := range s {
		VADDPS(v[1], v[0], v[0])
	}
	blocks := func(i, b, a, dst Op) { VPERM2F128(i, b, a, dst) }
	words := func(i, b, a, dst Op) { VSHUFPS(i, b, a, dst) }
	left, right := m.merge(blocks, 0x20, 0x31, s[0][0], s[2][0]), m.merge(blocks, 0x20, 0x31, s[1][0], s[3][0])
	both := m.merge(words, 0x44, 0xee, left, right)
	both = m.merge(words, 0x88, 0xdd, both, both) // 0 1 0 1 | 2 3 2 3
	high, sum := XMM(), YMM()
	VEXTRACTF128(U8(1), both, high)
	VSHUFPS(U8(0x44), high, both.AsX(), high)
	VCVTPS2PD(high, sum)
	return sum
}
