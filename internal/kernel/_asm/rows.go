package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rows emits the kernels for one lane, where a row of the matrix is contiguous.
func (m *machine) rows() {
	m.text("rowDot", "sets, or adds to, y the product of every row with x: eight partial sums and a tree.",
		"func(y, w, x, b *float64, mode, rows, cols int)")
	m.rowDot()
	m.text("rowAxpy", "adds the rows of w, scaled by y, to x.",
		"func(x, w, y *float64, rows, cols int)")
	m.rowPanels("x", "w", false)
	m.text("rowOuter", "adds y[i] x to every row i of a.",
		"func(x, a, y *float64, rows, cols int)")
	m.rowPanels("x", "a", true)
}

// partials are the registers for eight partial sums.
func (m *machine) partials() group { return m.group(8 / m.width) }

// fold adds partial sums 4 … 7 to 0 … 3.
func (m *machine) fold(a group) reg.VecVirtual {
	out := YMM()
	if m.wide {
		high := YMM()
		VEXTRACTF64X4(U8(1), a[0], high)
		VADDPD(high, a[0].AsY(), out)
	} else {
		VADDPD(a[1], a[0], out)
	}
	return out
}

// tree4 ends four sums; tree1 one, in the low value of a register.
func (m *machine) tree4(a [4]group) reg.VecVirtual {
	var f [4]reg.VecVirtual
	for i := range a {
		f[i] = m.fold(a[i])
	}
	var b [2]reg.VecVirtual
	for i := range b {
		low, high := YMM(), YMM()
		if m.wide {
			VSHUFF64X2(U8(0), f[i+2], f[i], low)
			VSHUFF64X2(U8(3), f[i+2], f[i], high)
		} else {
			VPERM2F128(U8(0x20), f[i+2], f[i], low)
			VPERM2F128(U8(0x31), f[i+2], f[i], high)
		}
		b[i] = YMM()
		VADDPD(high, low, b[i])
	}
	first, second, out := YMM(), YMM(), YMM()
	VUNPCKLPD(b[1], b[0], first)
	VUNPCKHPD(b[1], b[0], second)
	VADDPD(second, first, out)
	return out
}

func (m *machine) tree1(a group) reg.VecVirtual {
	f := m.fold(a)
	high, low, swapped := XMM(), XMM(), XMM()
	if m.wide {
		VEXTRACTF64X2(U8(1), f, high)
	} else {
		VEXTRACTF128(U8(1), f, high)
	}
	VADDPD(high, f.AsX(), low)
	VPERMILPD(U8(1), low, swapped)
	out := XMM()
	VADDSD(swapped, low, out)
	return out
}

func (m *machine) rowDot() {
	y, w, b, rows, cols := param("y"), param("w"), param("b"), param("rows"), param("cols")
	stride, stride3 := GP64(), GP64()
	MOVQ(cols, stride)
	SHLQ(U8(3), stride)
	LEAQ(indexed(stride, stride, 2, 0), stride3)
	rest := GP64()
	MOVQ(cols, rest)
	ANDQ(U32(uint32(7)), rest)
	k := m.restMasks(rest)
	for _, n := range []int{4, 3, 2, 1} {
		name := fmt.Sprintf("rows%d", n)
		Label(name)
		CMPQ(rows, U32(uint32(n)))
		JL(LabelRef(name + "done"))
		acc := make([]group, n)
		for r := range acc {
			acc[r] = m.partials()
			for _, a := range acc[r] {
				m.zero(a)
			}
		}
		p, x, left := GP64(), GP64(), GP64()
		MOVQ(w, p)
		Load(Param("x"), x)
		MOVQ(cols, left)
		row := func(r int) Mem {
			return [4]Mem{at(p, 0), indexed(p, stride, 1, 0), indexed(p, stride, 2, 0), indexed(p, stride3, 1, 0)}[r]
		}
		Label(name + "cols")
		SUBQ(U32(uint32(8)), left)
		JL(LabelRef(name + "rest"))
		for v := range acc[0] {
			xv := m.vec()
			VMOVUPD(at(x, 8*m.width*v), xv)
			for r := range acc {
				VFMADD231PD(row(r).Offset(8*m.width*v), xv, acc[r][v])
			}
		}
		ADDQ(U32(uint32(64)), x)
		ADDQ(U32(uint32(64)), p)
		JMP(LabelRef(name + "cols"))
		Label(name + "rest")
		CMPQ(left, I32(-8))
		JE(LabelRef(name + "sum"))
		for v := range acc[0] {
			xv := m.vec()
			m.load(at(x, 8*m.width*v), &k[v], xv)
			for r := range acc {
				wv := m.vec()
				m.load(row(r).Offset(8*m.width*v), &k[v], wv)
				VFMADD231PD(wv, xv, acc[r][v])
			}
		}
		Label(name + "sum")
		m.finishRows(name, acc, y, b)
		step := GP64()
		IMUL3Q(U32(uint32(n)), stride, step)
		ADDQ(step, w)
		ADDQ(U32(uint32(8*n)), y)
		ADDQ(U32(uint32(8*n)), b)
		SUBQ(U32(uint32(n)), rows)
		JMP(LabelRef(name))
		Label(name + "done")
	}
	m.ret()
}

// restMasks selects the last rest < 8 columns, rest 0 included.
func (m *machine) restMasks(rest reg.GPVirtual) []mask {
	if m.wide {
		return []mask{m.first(rest)}
	}
	zero, full := uint64(0), ^uint64(0)
	table := m.data.row(full, full, full, full, full, full, full, full, zero, zero, zero, zero, zero, zero, zero, zero)
	p, r := GP64(), GP64()
	LEAQ(table.Offset(64), p)
	MOVQ(rest, r)
	NEGQ(r)
	k := []mask{{v: YMM()}, {v: YMM()}}
	VMOVUPD(indexed(p, r, 8, 0), k[0].v)
	VMOVUPD(indexed(p, r, 8, 32), k[1].v)
	return k
}

// finishRows writes the sums of up to four rows: alone, added to the bias, or added to y.
func (m *machine) finishRows(name string, acc []group, y, b reg.GPVirtual) {
	mode := GP64()
	Load(Param("mode"), mode)
	var sum reg.VecVirtual
	add, store := VADDPD, VMOVUPD
	switch len(acc) {
	case 1:
		sum = m.tree1(acc[0])
		add, store = VADDSD, VMOVSD
	case 4:
		sum = m.tree4([4]group(acc))
	default:
		m.finishFew(name, acc, mode, y, b)
		return
	}
	CMPQ(mode, U32(1))
	JL(LabelRef(name + "store"))
	JG(LabelRef(name + "add"))
	add(at(b, 0), sum, sum)
	JMP(LabelRef(name + "store"))
	Label(name + "add")
	add(at(y, 0), sum, sum)
	Label(name + "store")
	store(sum, at(y, 0))
}

// finishFew is finishRows for two or three rows, one sum at a time in the low value of a register.
func (m *machine) finishFew(name string, acc []group, mode, y, b reg.GPVirtual) {
	sums := make([]reg.VecVirtual, len(acc))
	for r := range acc {
		sums[r] = m.tree1(acc[r])
	}
	CMPQ(mode, U32(1))
	JL(LabelRef(name + "store"))
	JG(LabelRef(name + "add"))
	for r := range sums {
		VADDSD(at(b, 8*r), sums[r], sums[r])
	}
	JMP(LabelRef(name + "store"))
	Label(name + "add")
	for r := range sums {
		VADDSD(at(y, 8*r), sums[r], sums[r])
	}
	Label(name + "store")
	for r := range sums {
		VMOVSD(sums[r], at(y, 8*r))
	}
}

// rowPanels goes down the rows of a matrix, up to eight registers wide: into x (the sums stay in registers), or
// with x in registers into the matrix.
func (m *machine) rowPanels(vector, matrix string, outer bool) {
	x, w, cols := param(vector), param(matrix), param("cols")
	stride := GP64()
	MOVQ(cols, stride)
	SHLQ(U8(3), stride)
	const most = 8
	Label("full")
	CMPQ(cols, U32(uint32(most*m.width)))
	JL(LabelRef("rest"))
	m.rowPanel("full", most, nil, outer, x, w, stride)
	ADDQ(U32(uint32(8*most*m.width)), x)
	ADDQ(U32(uint32(8*most*m.width)), w)
	SUBQ(U32(uint32(most*m.width)), cols)
	JMP(LabelRef("full"))
	Label("rest")
	if outer {
		m.rowRest(most, x, w, cols, stride)
		m.ret()
		return
	}
	for n := most; n > 0; n-- {
		name := fmt.Sprintf("panel%d", n)
		CMPQ(cols, U32(uint32((n-1)*m.width)))
		JLE(LabelRef(name + "done"))
		last := GP64()
		MOVQ(cols, last)
		if n > 1 {
			SUBQ(U32(uint32((n-1)*m.width)), last)
		}
		k := m.first(last)
		m.rowPanel(name, n, &k, outer, x, w, stride)
		JMP(LabelRef("end"))
		Label(name + "done")
	}
	Label("end")
	m.ret()
}

// rowRest ends a matrix that is written: whole registers first, what is left of one in a pass of its own, because a
// store under a mask would make the loads of the next row wait.
func (m *machine) rowRest(most int, x, w, cols, stride reg.GPVirtual) {
	for n := most - 1; n > 0; n-- {
		name, width := fmt.Sprintf("panel%d", n), U32(uint32(n*m.width))
		CMPQ(cols, width)
		JL(LabelRef(name + "done"))
		m.rowPanel(name, n, nil, true, x, w, stride)
		ADDQ(U32(uint32(8*n*m.width)), x)
		ADDQ(U32(uint32(8*n*m.width)), w)
		SUBQ(width, cols)
		JMP(LabelRef("last"))
		Label(name + "done")
	}
	Label("last")
	TESTQ(cols, cols)
	JZ(LabelRef("end"))
	k := m.first(cols)
	m.rowPanel("tail", 1, &k, true, x, w, stride)
	Label("end")
}

func (m *machine) rowPanel(name string, n int, last *mask, outer bool, x, w, stride reg.GPVirtual) {
	only := func(v int) *mask {
		if v == n-1 {
			return last
		}
		return nil
	}
	xs := m.group(n)
	for v := range xs {
		m.load(at(x, 8*m.width*v), only(v), xs[v])
	}
	p, y, rows := GP64(), param("y"), param("rows")
	MOVQ(w, p)
	Label(name + "row")
	SUBQ(U32(uint32(1)), rows)
	JL(LabelRef(name + "stop"))
	s := m.vec()
	VBROADCASTSD(at(y, 0), s)
	for v := range xs {
		from := at(p, 8*m.width*v)
		switch {
		case outer:
			a := m.vec()
			m.load(from, only(v), a)
			VFMADD231PD(xs[v], s, a)
			m.store(a, only(v), from)
		case only(v) != nil:
			a := m.vec()
			m.load(from, only(v), a)
			VFMADD231PD(a, s, xs[v])
		default:
			VFMADD231PD(from, s, xs[v])
		}
	}
	ADDQ(stride, p)
	ADDQ(U32(uint32(8)), y)
	JMP(LabelRef(name + "row"))
	Label(name + "stop")
	if !outer {
		for v := range xs {
			m.store(xs[v], only(v), at(x, 8*m.width*v))
		}
	}
}
