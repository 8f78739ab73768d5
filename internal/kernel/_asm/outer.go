package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// outerSum emits a[i,j] += Σ_l y[i,l] x[j,l] with eight partial sums l%8: tiles of rows of y against four rows of x.
// Where fewer than four rows of x are left, the last one stands in for the missing and a mask keeps their sums away.
func (m *machine) outerSum() {
	m.text("outerSum", "adds the outer product summed over lanes, by partial sums and a tree.",
		"func(a, y, x *float64, rows, cols, lanes int)")
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
		m.outerRows(name, n, a, y)
		step := GP64()
		Load(Param("cols"), step)
		IMUL3Q(U32(uint32(8*n)), step, step)
		ADDQ(step, a)
		Load(Param("lanes"), step)
		IMUL3Q(U32(uint32(8*n)), step, step)
		ADDQ(step, y)
		SUBQ(U32(uint32(n)), rows)
		JMP(LabelRef(name))
		Label(name + "done")
	}
	m.ret()
}

func (m *machine) outerRows(name string, n int, a0, y0 reg.GPVirtual) {
	cols, x0, a := param("cols"), param("x"), GP64()
	MOVQ(a0, a)
	Label(name + "cols")
	TESTQ(cols, cols)
	JLE(LabelRef(name + "end"))
	acc := make([][4]group, n)
	for r := range acc {
		for c := range acc[r] {
			acc[r][c] = m.partials()
			for _, v := range acc[r][c] {
				m.zero(v)
			}
		}
	}
	lanes := param("lanes")
	stride, stride3 := GP64(), GP64()
	MOVQ(lanes, stride)
	SHLQ(U8(3), stride)
	LEAQ(indexed(stride, stride, 2, 0), stride3)
	var x [4]reg.GPVirtual
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
	for part := range 8 / m.width {
		off := 8 * m.width * part
		ys := m.group(n)
		for r := range ys {
			VMOVUPD(rowOf[r].Offset(off), ys[r])
		}
		for c := range x {
			if n == 1 {
				VFMADD231PD(at(x[c], off), ys[0], acc[0][c][part])
				continue
			}
			v := m.vec()
			VMOVUPD(at(x[c], off), v)
			for r := range ys {
				VFMADD231PD(v, ys[r], acc[r][c][part])
			}
		}
	}
	for _, p := range append(x[:], y) {
		ADDQ(U32(uint32(64)), p)
	}
	SUBQ(U32(uint32(8)), lanes)
	JNZ(LabelRef(name + "lanes"))
	m.addTrees(acc, a, cols)
	LEAQ(indexed(x0, stride, 4, 0), x0)
	ADDQ(U32(uint32(32)), a)
	SUBQ(U32(uint32(4)), cols)
	JMP(LabelRef(name + "cols"))
	Label(name + "end")
}

// addTrees adds the finished sums to four, or the last fewer, columns of the matrix.
func (m *machine) addTrees(acc [][4]group, a, cols reg.GPVirtual) {
	stride, p, few := GP64(), GP64(), GP64()
	Load(Param("cols"), stride)
	SHLQ(U8(3), stride)
	MOVQ(a, p)
	limit := GP64()
	MOVQ(U32(4), limit)
	MOVQ(cols, few)
	CMPQ(few, limit)
	CMOVQGT(limit, few)
	k := m.first(few)
	for r := range acc {
		sum, old := m.tree4(acc[r]), YMM()
		m.load(at(p, 0), &k, old)
		VADDPD(sum, old, sum)
		m.store(sum, &k, at(p, 0))
		if r+1 < len(acc) {
			ADDQ(stride, p)
		}
	}
}
