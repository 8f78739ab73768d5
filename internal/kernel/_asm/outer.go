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
	sums, old := make(group, len(acc)), make(group, len(acc))
	for r := range acc {
		sums[r], old[r] = m.tree4(acc[r]), YMM()
	}
	rows := []Mem{at(p, 0), indexed(p, stride, 1, 0), indexed(p, stride, 2, 0)}
	if len(acc) == 4 {
		stride3 := GP64()
		LEAQ(indexed(stride, stride, 2, 0), stride3)
		rows = append(rows, indexed(p, stride3, 1, 0))
	}
	// All loads come before the stores: a load that overlaps a store under a mask waits for it.
	for r := range acc {
		m.load(rows[r], &k, old[r])
		VADDPD(sums[r], old[r], sums[r])
	}
	for r := range acc {
		m.store(sums[r], &k, rows[r])
	}
}

// outerLanes emits a[(i*cols+j)*lanes+l] = y[i,l] x[j,l], or += that, along the matrix.
func (m *machine) outerLanes(name string, add bool) {
	what := "sets a matrix per lane to the outer product."
	if add {
		what = "adds the outer product to a matrix per lane."
	}
	m.text(name, what, "func(a, y, x *float64, rows, cols, lanes int)")
	a, y, rows, lanes := param("a"), param("y"), param("rows"), param("lanes")
	SHLQ(U8(3), lanes)
	Label("row")
	x, cols := param("x"), param("cols")
	Label("col")
	l := GP64()
	XORQ(l, l)
	Label("lane")
	for part := range 8 / m.width {
		off := 8 * m.width * part
		v := m.vec()
		VMOVUPD(indexed(x, l, 1, off), v)
		if add {
			old := m.vec()
			VMOVUPD(indexed(a, l, 1, off), old)
			VFMADD231PD(indexed(y, l, 1, off), v, old)
			v = old
		} else {
			VMULPD(indexed(y, l, 1, off), v, v)
		}
		VMOVUPD(v, indexed(a, l, 1, off))
	}
	ADDQ(U32(uint32(64)), l)
	CMPQ(l, lanes)
	JL(LabelRef("lane"))
	ADDQ(lanes, a)
	ADDQ(lanes, x)
	DECQ(cols)
	JNZ(LabelRef("col"))
	ADDQ(lanes, y)
	DECQ(rows)
	JNZ(LabelRef("row"))
	m.ret()
}
