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
	m.upper()
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
	end := m.trees
	if m.single {
		end = m.singleTrees
	}
	sums, old := end(acc), make(group, len(acc))
	for r := range old {
		old[r] = YMM()
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

// upper loads the mask that halves needs.
func (m *machine) upper() {
	if !m.wide {
		return
	}
	ones := GP64()
	MOVQ(U32(0xf0), ones)
	m.high = K()
	KMOVB(ones.As32(), m.high)
}

// trees ends the four sums of each row. Sixteen are ended together: at each level two registers become one, which
// holds the upper and lower parts of both.
func (m *machine) trees(acc [][4]group) group {
	sums := make(group, len(acc))
	if len(acc) < 4 {
		for r := range acc {
			sums[r] = m.tree4(acc[r])
		}
		return sums
	}
	halves := func(a, b reg.VecVirtual) reg.VecVirtual { // a | b, four sums each
		x, y := ZMM(), ZMM()
		VBLENDMPD(b, a, m.high, x)
		VSHUFF64X2(U8(0x4e), b, a, y)
		VADDPD(y, x, x)
		return x
	}
	quarters := func(a, b reg.VecVirtual) reg.VecVirtual { // two of a, then two of b
		x, y := ZMM(), ZMM()
		VSHUFF64X2(U8(0x88), b, a, x)
		VSHUFF64X2(U8(0xdd), b, a, y)
		VADDPD(y, x, x)
		return x
	}
	for r := 0; r < 4; r += 2 {
		p, q := acc[r], acc[r+1]
		even := quarters(halves(p[0][0], p[2][0]), halves(q[0][0], q[2][0]))
		odd := quarters(halves(p[1][0], p[3][0]), halves(q[1][0], q[3][0]))
		x, y := ZMM(), ZMM()
		VUNPCKLPD(odd, even, x)
		VUNPCKHPD(odd, even, y)
		VADDPD(y, x, x)
		sums[r], sums[r+1] = x.AsY().(reg.VecVirtual), YMM()
		VEXTRACTF64X4(U8(1), x, sums[r+1])
	}
	return sums
}

// gatherAdd emits dst[i] += Σ_l src[i,l], four rows at a time.
func (m *machine) gatherAdd() {
	m.text("gatherAdd", "adds the sums over lanes, by partial sums and a tree.", "func(dst, src *float64, rows, lanes int)")
	dst, src, rows := param("dst"), param("src"), param("rows")
	stride, stride3 := param("lanes"), GP64()
	SHLQ(U8(3), stride)
	LEAQ(indexed(stride, stride, 2, 0), stride3)
	for _, n := range []int{4, 1} {
		name := fmt.Sprintf("rows%d", n)
		Label(name)
		CMPQ(rows, U32(uint32(n)))
		JL(LabelRef(name + "done"))
		acc, x, end := make([]group, n), GP64(), GP64()
		for r := range acc {
			acc[r] = m.partials()
			for _, v := range acc[r] {
				m.zero(v)
			}
		}
		MOVQ(src, x)
		LEAQ(indexed(src, stride, 1, 0), end)
		Label(name + "lanes")
		for r, a := range acc {
			for part, v := range a {
				row := [4]Mem{at(x, 0), indexed(x, stride, 1, 0), indexed(x, stride, 2, 0), indexed(x, stride3, 1, 0)}[r]
				VADDPD(row.Offset(8*m.width*part), v, v)
			}
		}
		ADDQ(U32(64), x)
		CMPQ(x, end)
		JL(LabelRef(name + "lanes"))
		if n == 4 {
			sum := m.tree4([4]group(acc))
			VADDPD(at(dst, 0), sum, sum)
			VMOVUPD(sum, at(dst, 0))
			LEAQ(indexed(src, stride, 4, 0), src)
		} else {
			sum := m.tree1(acc[0]).(reg.VecVirtual)
			VADDSD(at(dst, 0), sum, sum)
			VMOVSD(sum, at(dst, 0))
			ADDQ(stride, src)
		}
		ADDQ(U32(uint32(8*n)), dst)
		SUBQ(U32(uint32(n)), rows)
		JMP(LabelRef(name))
		Label(name + "done")
	}
	m.ret()
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
