package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// seriesLanes emits the outer products of n vectors of eight lanes, stride bytes apart, added to a matrix: its own for
// each lane, or, with sum, one to which the sums over lanes and terms are added. A tile stays in registers from the first
// term to the last.
func (m *machine) seriesLanes(name string, sum bool) {
	what := "adds n outer products of eight lanes to a matrix per lane; stride in bytes."
	if sum {
		what = "adds n outer products of eight lanes, summed over lanes, by partial sums and a tree; stride in bytes."
	}
	m.text(name, what, "func(a, y, x *float64, rows, cols, n, stride int)")
	tiles := []int{1}
	if m.wide {
		tiles = []int{4, 1}
		m.upper()
	}
	a, y, rows := param("a"), param("y"), param("rows")
	step := GP64() // between rows of the matrix
	Load(Param("cols"), step)
	SHLQ(U8(m.entry(sum)), step)
	for _, n := range tiles {
		tile := fmt.Sprintf("rows%d", n)
		Label(tile)
		CMPQ(rows, U32(uint32(n)))
		JL(LabelRef(tile + "done"))
		m.seriesLanesRow(tile, n, sum, a, y, step)
		for range n {
			ADDQ(step, a)
		}
		ADDQ(U32(uint32(64*n)), y)
		SUBQ(U32(uint32(n)), rows)
		JMP(LabelRef(tile))
		Label(tile + "done")
	}
	m.ret()
}

// entry is the binary logarithm of the bytes of an entry of the matrix.
func (m *machine) entry(sum bool) uint8 {
	if sum {
		return 3
	}
	return 6
}

// seriesLanesRow goes along rows of tiles.
func (m *machine) seriesLanesRow(name string, rows int, sum bool, a0, y0, step reg.GPVirtual) {
	a, x0, cols := GP64(), param("x"), param("cols")
	MOVQ(a0, a)
	for _, n := range []int{4, 1} {
		tile := fmt.Sprintf("%scols%d", name, n)
		Label(tile)
		CMPQ(cols, U32(uint32(n)))
		JL(LabelRef(tile + "done"))
		m.seriesLanesTile(tile, rows, n, sum, a, y0, x0, step)
		ADDQ(U32(uint32(n<<m.entry(sum))), a)
		ADDQ(U32(uint32(64*n)), x0)
		SUBQ(U32(uint32(n)), cols)
		JMP(LabelRef(tile))
		Label(tile + "done")
	}
}

func (m *machine) seriesLanesTile(name string, rows, cols int, sum bool, a, y0, x0, step reg.GPVirtual) {
	acc := make([][4]group, rows)
	p := GP64()
	MOVQ(a, p)
	for r := range acc {
		for c := range cols {
			acc[r][c] = m.partials()
			for part, v := range acc[r][c] {
				if sum {
					m.zero(v)
				} else {
					VMOVUPD(at(p, 64*c+8*m.width*part), v)
				}
			}
		}
		ADDQ(step, p)
	}
	y, x, n, stride := GP64(), GP64(), param("n"), param("stride")
	MOVQ(y0, y)
	MOVQ(x0, x)
	Label(name + "terms")
	for part := range 8 / m.width {
		off := 8 * m.width * part
		ys := m.group(rows)
		for r := range ys {
			VMOVUPD(at(y, 64*r+off), ys[r])
		}
		for c := range cols {
			v := m.vec()
			VMOVUPD(at(x, 64*c+off), v)
			for r := range ys {
				VFMADD231PD(v, ys[r], acc[r][c][part])
			}
		}
	}
	ADDQ(stride, y)
	ADDQ(stride, x)
	DECQ(n)
	JNZ(LabelRef(name + "terms"))
	MOVQ(a, p)
	if sum && cols == 4 {
		for _, s := range m.trees(acc) {
			VADDPD(at(p, 0), s, s)
			VMOVUPD(s, at(p, 0))
			ADDQ(step, p)
		}
		return
	}
	for r := range acc {
		if sum {
			s := m.tree1(acc[r][0]).(reg.VecVirtual)
			VADDSD(at(p, 0), s, s)
			VMOVSD(s, at(p, 0))
		} else {
			for c := range cols {
				for part, v := range acc[r][c] {
					VMOVUPD(v, at(p, 64*c+8*m.width*part))
				}
			}
		}
		ADDQ(step, p)
	}
}
