package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// steps emits the kernels of a Runge–Kutta step.
func (m *machine) steps() {
	m.text("stageSum", "sets dst = x + h Σ coef k for many lanes; n counts values, a multiple of lanes.",
		"func(dst, x, h, coef *float64, k **float64, stages, n, lanes int)")
	m.stageSum(false)
	m.text("stageSumRow", "sets dst = x + h Σ coef k for one lane.",
		"func(dst, x, h, coef *float64, k **float64, stages, n int)")
	m.stageSum(true)
	m.text("errNorm", "sets the root mean square over rows of the scaled errors of every lane.",
		"func(norm, err, x0, x1 *float64, rtol, atol float64, rows, lanes int)")
	m.errNorm()
}

func (m *machine) stageSum(row bool) {
	dst, x, h, n, left, i := param("dst"), param("x"), param("h"), param("n"), GP64(), GP64()
	coef, k, stages := param("coef"), param("k"), param("stages")
	var step reg.VecVirtual
	var lane, lanes, none reg.GPVirtual
	if row {
		step = m.vec()
		VBROADCASTSD(at(h, 0), step)
	} else {
		lane, lanes, none = GP64(), param("lanes"), GP64()
		XORQ(lane, lane)
		XORQ(none, none)
	}
	XORQ(i, i)
	count := 0
	m.overValues(n, i, left, 4, func(vectors int, part *mask) {
		count++
		name := [...]string{"", "stagesMany", "stagesOne", "stagesTail"}[count]
		sum := m.group(vectors)
		for _, v := range sum {
			m.zero(v)
		}
		s, p := GP64(), GP64()
		XORQ(s, s)
		Label(name)
		c := m.vec()
		VBROADCASTSD(indexed(coef, s, 8, 0), c)
		MOVQ(indexed(k, s, 8, 0), p)
		for j, v := range sum {
			from := indexed(p, i, 8, 8*m.width*j)
			if part != nil {
				t := m.vec()
				m.load(from, part, t)
				VFMADD231PD(t, c, v)
			} else {
				VFMADD231PD(from, c, v)
			}
		}
		INCQ(s)
		CMPQ(s, stages)
		JL(LabelRef(name))
		for j, v := range sum {
			t, hv := m.vec(), step
			m.load(indexed(x, i, 8, 8*m.width*j), part, t)
			if !row {
				hv = m.vec()
				m.load(indexed(h, lane, 8, 0), part, hv)
				ADDQ(U32(uint32(m.width)), lane)
				CMPQ(lane, lanes)
				CMOVQGE(none, lane)
			}
			VFMADD231PD(v, hv, t)
			m.store(t, part, indexed(dst, i, 8, 8*m.width*j))
		}
	})
	m.ret()
}

func (m *machine) errNorm() {
	norm, e, x0, x1, lanes := param("norm"), param("err"), param("x0"), param("x1"), param("lanes")
	stride, l := GP64(), GP64()
	MOVQ(lanes, stride)
	SHLQ(U8(3), stride)
	rtol, atol, count := m.vec(), m.vec(), m.vec()
	VBROADCASTSD(NewParamAddr("rtol", 32), rtol)
	VBROADCASTSD(NewParamAddr("atol", 40), atol)
	c := XMM()
	VXORPD(c, c, c)
	VCVTSI2SDQ(NewParamAddr("rows", 48), c, c)
	VBROADCASTSD(c, count)
	XORQ(l, l)
	Label("lane")
	CMPQ(l, lanes)
	JGE(LabelRef("end"))
	off, rows, sum := GP64(), param("rows"), m.vec()
	MOVQ(l, off)
	SHLQ(U8(3), off)
	m.zero(sum)
	Label("row")
	a, b := m.group(1), m.group(1)
	VMOVUPD(indexed(x0, off, 1, 0), a[0])
	VMOVUPD(indexed(x1, off, 1, 0), b[0])
	size := m.withNaN(m.and(a, m.bits(absBits)), m.and(b, m.bits(absBits)))
	den, q := m.vec(), m.vec()
	VMOVAPD(atol, den)
	VFMADD231PD(size, rtol, den)
	VMOVUPD(indexed(e, off, 1, 0), q)
	VDIVPD(den, q, q)
	VFMADD231PD(q, q, sum)
	ADDQ(stride, off)
	DECQ(rows)
	JNZ(LabelRef("row"))
	VDIVPD(count, sum, sum)
	VSQRTPD(sum, sum)
	VMOVUPD(sum, indexed(norm, l, 8, 0))
	ADDQ(U32(uint32(m.width)), l)
	JMP(LabelRef("lane"))
	Label("end")
	m.ret()
}

// withNaN returns the larger of two, NaN if either is: the instruction returns its second operand then.
func (m *machine) withNaN(a, b group) reg.VecVirtual {
	const unordered = 3
	larger, out := m.max(a, b)[0], m.vec()
	if m.wide {
		k := K()
		VCMPPD(U8(unordered), a[0], a[0], k)
		VBLENDMPD(a[0], larger, k, out)
		return out
	}
	k := m.vec()
	VCMPPD(U8(unordered), a[0], a[0], k)
	VBLENDVPD(k, a[0], larger, out)
	return out
}

// peak emits the loop that measures the limit: independent multiply-adds and nothing else.
func (m *machine) peak() {
	m.text("peak", "runs n rounds of twelve fused multiply-adds of a whole register.", "func(n int)")
	n := param("n")
	sums, one := m.group(12), m.vec()
	for _, v := range append(sums, one) {
		m.zero(v)
	}
	Label("round")
	for _, v := range sums {
		VFMADD231PD(one, one, v)
	}
	DECQ(n)
	JNZ(LabelRef("round"))
	m.ret()
}
