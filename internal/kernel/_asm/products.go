package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// products emits the matrix-vector products for many lanes,
//
//	dst[d,l] = start + Σ_s w[d*dw + s*sw (+ l)] src[s,l], or that times b[d,l]
//
// s in order, in tiles of rows × vectors of lanes that stay in registers. The product with the transposed
// matrix is the same with the strides exchanged.
func (m *machine) products() {
	tiles := [][2]int{{4, 2}, {3, 2}, {2, 2}, {1, 2}} // rows, vectors
	if m.wide {
		tiles = [][2]int{{4, 4}, {3, 4}, {2, 4}, {1, 4}, {8, 1}, {4, 1}, {3, 1}, {2, 1}, {1, 1}}
	}
	m.text("combine", "adds rows of src with weights shared by all lanes; strides in bytes.",
		"func(dst, b, w, src *float64, mode, rows, terms, dw, sw, lanes int)")
	m.combine(tiles, false)
	tiles = [][2]int{{4, 2}, {2, 2}, {1, 2}}
	if m.wide {
		tiles = [][2]int{{8, 1}, {4, 1}, {2, 1}, {1, 1}}
	}
	m.text("combineLanes", "adds rows of src with weights of their own for every lane; strides in bytes.",
		"func(dst, b, w, src *float64, mode, rows, terms, dw, sw, lanes int)")
	m.combine(tiles, true)
}

// The strides stay where the caller put them, because registers are few.
var (
	termStride = NewParamAddr("sw", 64)
	laneStride = NewParamAddr("lanes", 72)
)

// combine walks over the lanes in panels as wide as the widest tile that fits, and down the rows in each.
func (m *machine) combine(tiles [][2]int, per bool) {
	done := GP64()
	Comment("done: bytes of lanes done")
	XORQ(done, done)
	for i := 0; i < len(tiles); {
		vectors := tiles[i][1]
		j := i
		for j < len(tiles) && tiles[j][1] == vectors {
			j++
		}
		m.panel(tiles[i:j], vectors, per, done)
		i = j
	}
	m.ret()
}

func (m *machine) panel(tiles [][2]int, vectors int, per bool, done reg.GPVirtual) {
	panel := U32(uint32(8 * vectors * m.width))
	name := fmt.Sprintf("panel%d", vectors)
	Label(name)
	left := GP64()
	Load(Param("lanes"), left)
	SUBQ(done, left)
	CMPQ(left, panel)
	JL(LabelRef(name + "done"))
	rows, y, w := param("rows"), param("dst"), param("w")
	ADDQ(done, y)
	if per {
		ADDQ(done, w)
	}
	for _, t := range tiles {
		m.tile(fmt.Sprintf("%srows%d", name, t[0]), t[0], vectors, per, tileAt{rows, y, w, done})
	}
	ADDQ(panel, done)
	JMP(LabelRef(name))
	Label(name + "done")
}

// tileAt are the registers that tiles of a panel share: rows left, where they and their weights are.
type tileAt struct{ rows, y, w, done reg.GPVirtual }

// tile emits the loop over groups of rows.
func (m *machine) tile(name string, rows, vectors int, per bool, p tileAt) {
	Label(name)
	CMPQ(p.rows, U32(uint32(rows)))
	JL(LabelRef(name + "done"))
	acc := make([]group, rows)
	for r := range acc {
		acc[r] = m.group(vectors)
	}
	m.startTile(name, acc, per, p)

	terms, x, w := GP64(), param("src"), GP64()
	ADDQ(p.done, x)
	dw, dw3 := GP64(), GP64()
	Load(Param("terms"), terms)
	Load(Param("dw"), dw)
	LEAQ(indexed(dw, dw, 2, 0), dw3)
	MOVQ(p.w, w)
	w4 := GP64()
	if rows > 4 {
		LEAQ(indexed(w, dw, 4, 0), w4)
	}
	weight := func(r int) Mem {
		base := w
		if r >= 4 {
			base, r = w4, r-4
		}
		return [4]Mem{at(base, 0), indexed(base, dw, 1, 0), indexed(base, dw, 2, 0), indexed(base, dw3, 1, 0)}[r]
	}
	TESTQ(terms, terms)
	JZ(LabelRef(name + "store"))
	Label(name + "terms")
	m.term(acc, x, weight, per)
	ADDQ(laneStride, x)
	ADDQ(termStride, w)
	if rows > 4 {
		ADDQ(termStride, w4)
	}
	DECQ(terms)
	JNZ(LabelRef(name + "terms"))

	Label(name + "store")
	m.storeTile(name, acc, p.y)
	step := GP64()
	MOVQ(dw, step)
	IMUL3Q(U32(uint32(rows)), step, step)
	ADDQ(step, p.w)
	SUBQ(U32(uint32(rows)), p.rows)
	JMP(LabelRef(name))
	Label(name + "done")
}

// storeTile stores the sums, in one mode times the factors that b holds in the same places.
func (m *machine) storeTile(name string, acc []group, y reg.GPVirtual) {
	mode := GP64()
	Load(Param("mode"), mode)
	TESTQ(mode, mode)
	JGE(LabelRef(name + "plain"))
	f, dst := param("b"), param("dst")
	SUBQ(dst, f)
	ADDQ(y, f)
	for _, row := range acc {
		for v, a := range row {
			m.pick(VMULPD, VMULPS)(at(f, 8*m.width*v), a, a)
		}
		ADDQ(laneStride, f)
	}
	Label(name + "plain")
	for _, row := range acc {
		for v, a := range row {
			VMOVUPD(a, at(y, 8*m.width*v))
		}
		ADDQ(laneStride, y)
	}
}

// startTile sets the sums to zero, to the biases of the rows, with per of the lanes too, or to what dst holds.
func (m *machine) startTile(name string, acc []group, per bool, p tileAt) {
	mode := GP64()
	Load(Param("mode"), mode)
	CMPQ(mode, U32(1))
	JE(LabelRef(name + "bias"))
	JG(LabelRef(name + "add"))
	for _, row := range acc {
		for _, a := range row {
			m.zero(a)
		}
	}
	JMP(LabelRef(name + "started"))
	Label(name + "bias")
	b := param("b")
	if per {
		dst := param("dst")
		SUBQ(dst, b)
		ADDQ(p.y, b)
		m.loadTile(acc, b)
	} else {
		row0 := param("rows")
		SUBQ(p.rows, row0)
		for r, row := range acc {
			for _, a := range row {
				m.broadcast(indexed(b, row0, uint8(m.size()), m.size()*r), a)
			}
		}
	}
	JMP(LabelRef(name + "started"))
	Label(name + "add")
	y := GP64()
	MOVQ(p.y, y)
	m.loadTile(acc, y)
	Label(name + "started")
}

// loadTile loads the rows at an address, which moves on.
func (m *machine) loadTile(acc []group, from reg.GPVirtual) {
	for _, row := range acc {
		for v, a := range row {
			VMOVUPD(at(from, 8*m.width*v), a)
		}
		ADDQ(laneStride, from)
	}
}

// term adds one term to every sum of a tile.
func (m *machine) term(acc []group, x reg.GPVirtual, weight func(int) Mem, per bool) {
	vectors := len(acc[0])
	xs := m.group(vectors)
	for v := range xs {
		VMOVUPD(at(x, 8*m.width*v), xs[v])
	}
	for r, row := range acc {
		if per {
			for v, a := range row {
				VFMADD231PD(weight(r).Offset(8*m.width*v), xs[v], a)
			}
			continue
		}
		if m.wide && vectors == 1 {
			m.pick(VFMADD231PD_BCST, VFMADD231PS_BCST)(weight(r), xs[0], row[0])
			continue
		}
		w := m.vec()
		m.broadcast(weight(r), w)
		for v, a := range row {
			m.pick(VFMADD231PD, VFMADD231PS)(xs[v], w, a)
		}
	}
}
