package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// singles emits the kernels in float32. A vector is 16 values, or 8 with AVX2; numbers of lanes are multiples of 16.
func (m *machine) singles() {
	m.single = true
	tiles := [][2]int{{4, 2}, {1, 2}} // rows, vectors
	if m.wide {
		tiles = [][2]int{{4, 4}, {2, 4}, {1, 4}, {8, 1}, {4, 1}, {1, 1}}
	}
	m.text("combine32", "adds rows of src with weights shared by all lanes; strides in bytes.",
		"func(dst, b, w, src *float32, mode, rows, terms, dw, sw, lanes int)")
	m.combine(tiles, false)
	m.singleOuter()
	m.singleElementwise("add32", "sets dst = a + b.", func(a, b, _ group) group { return m.add(a, b) })
	m.singleElementwise("mul32", "sets dst = a b.", func(a, b, _ group) group { return m.mul(a, b) })
	m.singleElementwise("mulAdd32", "sets dst = a b + c.", func(a, b, c group) group {
		m.plusTimes(c, a, b)
		return c
	})
	m.singleScale()
	m.convert("narrow", "rounds to float32.", "func(dst *float32, src *float64, n int)", m.narrowed)
	m.convert("widen", "converts to float64.", "func(dst *float64, src *float32, n int)", m.widened)
	m.convert("widenAdd", "adds to values in float64.", "func(dst *float64, src *float32, n int)", m.widenedTo)
	m.singleFunction("tanh32", (*machine).singleTanh)
	m.singleFunction("gelu32", (*machine).singleGELU)
	m.singleFunction("logistic32", (*machine).singleLogistic)
	m.singleFunction("silu32", (*machine).singleSiLU)
}

// size is the number of bytes of a value, pair a constant of four bytes.
func (m *machine) size() int {
	if m.single {
		return 4
	}
	return 8
}
func (m *machine) pair(v uint32) Mem { return m.bits(uint64(v)<<32 | uint64(v)) }

func (m *machine) pick(double, single arithmetic) arithmetic {
	if m.single {
		return single
	}
	return double
}

func (m *machine) broadcast(from Mem, to reg.VecVirtual) {
	if m.single {
		VBROADCASTSS(from, to)
	} else {
		VBROADCASTSD(from, to)
	}
}

// Instructions with a fixed number of operands as arithmetic.
func pair(f func(a, b Op)) arithmetic       { return func(o ...Op) { f(o[0], o[1]) } }
func three(f func(a, b, c Op)) arithmetic   { return func(o ...Op) { f(o[0], o[1], o[2]) } }
func four(f func(a, b, c, d Op)) arithmetic { return func(o ...Op) { f(o[0], o[1], o[2], o[3]) } }

// vectors16 is how many registers hold 16 values of float32.
func (m *machine) vectors16() int { return 8 / m.width }

// loop16 emits body once for every 16 values; i counts them.
func (m *machine) loop16(body func(i reg.GPVirtual)) {
	n, i := param("n"), GP64()
	XORQ(i, i)
	Label("next")
	CMPQ(i, n)
	JGE(LabelRef("end"))
	body(i)
	ADDQ(U32(16), i)
	JMP(LabelRef("next"))
	Label("end")
	m.ret()
}

func (m *machine) load16(p, i reg.GPVirtual) group {
	g := m.group(m.vectors16())
	for v := range g {
		VMOVUPS(indexed(p, i, 4, 8*m.width*v), g[v])
	}
	return g
}

func (m *machine) store16(g group, p, i reg.GPVirtual) {
	for v := range g {
		VMOVUPS(g[v], indexed(p, i, 4, 8*m.width*v))
	}
}

func (m *machine) singleElementwise(name, doc string, f func(a, b, c group) group) {
	m.text(name, doc, "func(dst, a, b, c *float32, n int)")
	dst, a, b, c := param("dst"), param("a"), param("b"), reg.GPVirtual(nil)
	if name == "mulAdd32" {
		c = param("c")
	}
	m.loop16(func(i reg.GPVirtual) {
		var third group
		if c != nil {
			third = m.load16(c, i)
		}
		m.store16(f(m.load16(a, i), m.load16(b, i), third), dst, i)
	})
}

func (m *machine) singleScale() {
	m.text("scale32", "sets dst = s a.", "func(dst, a *float32, s float32, n int)")
	dst, a, s := param("dst"), param("a"), m.vec()
	address, err := Param("s").Resolve()
	if err != nil {
		panic(err)
	}
	VBROADCASTSS(address.Addr, s)
	m.loop16(func(i reg.GPVirtual) {
		g := m.load16(a, i)
		for v := range g {
			VMULPS(s, g[v], g[v])
		}
		m.store16(g, dst, i)
	})
}

// convert emits a loop over the halves, or quarters, of 16 values that fill a register in float64.
func (m *machine) convert(name, doc, signature string, f func(from, to Mem)) {
	m.text(name, doc, signature)
	dst, src := param("dst"), param("src")
	from, to := 4, 8
	if name == "narrow" {
		from, to = 8, 4
	}
	m.loop16(func(i reg.GPVirtual) {
		for v := range 16 / m.width {
			f(indexed(src, i, uint8(from), from*m.width*v), indexed(dst, i, uint8(to), to*m.width*v))
		}
	})
}

func (m *machine) narrowed(from, to Mem) {
	if m.wide {
		v, half := ZMM(), YMM()
		VMOVUPD(from, v)
		VCVTPD2PS(v, half)
		VMOVUPS(half, to)
		return
	}
	v, half := YMM(), XMM()
	VMOVUPD(from, v)
	VCVTPD2PSY(v, half)
	VMOVUPS(half, to)
}

func (m *machine) widened(from, to Mem) {
	v := m.vec()
	VCVTPS2PD(from, v)
	VMOVUPD(v, to)
}

func (m *machine) widenedTo(from, to Mem) {
	v := m.vec()
	VCVTPS2PD(from, v)
	VADDPD(to, v, v)
	VMOVUPD(v, to)
}
