package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// series emits a[i,j] += y[k,i] x[k,j] for k = 0, 1, …, where the rows of y and x are stride bytes apart: tiles of the
// matrix that stay in registers from the first term to the last, in panels of columns.
func (m *machine) series() {
	m.text("outerSeries", "adds n outer products to a matrix, one after the other; stride in bytes.",
		"func(a, y, x *float64, rows, cols, n, stride int)")
	tiles := []int{8, 8, 6, 6, 4, 3, 3, 3} // rows of a tile, by vectors of a row
	if !m.wide {
		tiles = []int{6, 4, 3, 2}
	}
	most := len(tiles)
	a, x, cols := param("a"), param("x"), param("cols")
	Label("full")
	CMPQ(cols, U32(uint32(most*m.width)))
	JL(LabelRef("rest"))
	m.seriesPanel("full", most, tiles[most-1], nil, a, x)
	ADDQ(U32(uint32(8*most*m.width)), a)
	ADDQ(U32(uint32(8*most*m.width)), x)
	SUBQ(U32(uint32(most*m.width)), cols)
	JMP(LabelRef("full"))
	Label("rest")
	for n := most; n > 0; n-- {
		name := fmt.Sprintf("panel%d", n)
		last := GP64()
		MOVQ(cols, last)
		SUBQ(U32(uint32((n-1)*m.width)), last)
		JLE(LabelRef(name + "done"))
		k := m.first(last)
		m.seriesPanel(name, n, tiles[n-1], &k, a, x)
		JMP(LabelRef("end"))
		Label(name + "done")
	}
	Label("end")
	m.ret()
}

// seriesPanel goes down the rows of a panel of so many vectors.
func (m *machine) seriesPanel(name string, vectors, rows int, last *mask, a0, x0 reg.GPVirtual) {
	left, y, a, stride := param("rows"), param("y"), GP64(), param("cols")
	MOVQ(a0, a)
	SHLQ(U8(3), stride)
	for _, n := range []int{rows, 1} {
		tile := fmt.Sprintf("%srows%d", name, n)
		Label(tile)
		SUBQ(U32(uint32(n)), left)
		JL(LabelRef(tile + "done"))
		m.seriesTile(tile, n, vectors, last, a, y, x0, stride)
		ADDQ(U32(uint32(8*n)), y)
		JMP(LabelRef(tile))
		Label(tile + "done")
		ADDQ(U32(uint32(n)), left)
	}
}

// seriesTile sums up a tile and moves a behind it.
func (m *machine) seriesTile(name string, rows, vectors int, last *mask, a, y0, x0, stride reg.GPVirtual) {
	only := func(v int) *mask {
		if v == vectors-1 {
			return last
		}
		return nil
	}
	p := GP64()
	MOVQ(a, p)
	acc := make([]group, rows)
	for r := range acc {
		acc[r] = m.group(vectors)
		for v := range acc[r] {
			m.load(at(p, 8*m.width*v), only(v), acc[r][v])
		}
		ADDQ(stride, p)
	}
	y, x, n, step := GP64(), GP64(), param("n"), param("stride")
	MOVQ(y0, y)
	MOVQ(x0, x)
	Label(name + "terms")
	weights := m.group(rows)
	for r := range weights {
		VBROADCASTSD(at(y, 8*r), weights[r])
	}
	for v := range vectors {
		xv := m.vec()
		m.load(at(x, 8*m.width*v), only(v), xv)
		for r := range acc {
			VFMADD231PD(xv, weights[r], acc[r][v])
		}
	}
	ADDQ(step, y)
	ADDQ(step, x)
	DECQ(n)
	JNZ(LabelRef(name + "terms"))
	for r := range acc {
		for v := range acc[r] {
			m.store(acc[r][v], only(v), at(a, 8*m.width*v))
		}
		ADDQ(stride, a)
	}
}
