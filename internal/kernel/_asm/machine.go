package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// machine emits code for one instruction set. An operation on a group (several registers, for independent
// values) is emitted once a register, so that chains of dependent operations run interleaved.
type machine struct {
	suffix string // of the names of functions
	width  int    // values in a register
	wide   bool   // AVX-512: constants and scalars are broadcast by the instruction that uses them
	single bool   // float32: a register holds twice as many values
	data   *data
	high   reg.OpmaskVirtual // selects the upper half of a register, where a function has asked for it
}

type group []reg.VecVirtual

// data is the table of constants, each four times over because AVX2 has no broadcast from memory into arithmetic.
type data struct {
	at    map[uint64]int
	words []uint64
}

func newData() *data { return &data{at: map[uint64]int{}} }

func (d *data) word(v uint64) int {
	o, ok := d.at[v]
	if !ok {
		o = 8 * len(d.words)
		d.at[v] = o
		d.words = append(d.words, v, v, v, v)
	}
	return o
}

// row stores words as they are and returns where.
func (d *data) row(v ...uint64) Mem {
	o := 8 * len(d.words)
	d.words = append(d.words, v...)
	return NewDataAddr(NewStaticSymbol("constants"), o)
}

func (d *data) emit() {
	GLOBL("constants", attr.RODATA|attr.NOPTR)
	for i, v := range d.words {
		DATA(8*i, U64(v))
	}
}

// num returns the operand for a number, bits for a pattern of bits.
func (m *machine) num(v float64) Mem {
	if m.single {
		return m.pair(math.Float32bits(float32(v)))
	}
	return m.bits(math.Float64bits(v))
}
func (m *machine) bits(v uint64) Mem {
	return NewDataAddr(NewStaticSymbol("constants"), m.data.word(v))
}

const (
	signBit = 1 << 63
	absBits = signBit - 1
)

func (m *machine) vec() reg.VecVirtual {
	if m.wide {
		return ZMM()
	}
	return YMM()
}

func (m *machine) group(n int) group {
	g := make(group, n)
	for i := range g {
		g[i] = m.vec()
	}
	return g
}

// text begins a function; ptrs and ints name its parameters.
func (m *machine) text(name, doc, signature string) {
	TEXT(name+m.suffix, attr.NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + m.suffix + " " + doc)
}

func (m *machine) ret() {
	VZEROUPPER()
	RET()
}

func param(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

// mem is the address of a vector's worth of values.
func at(base reg.Register, disp int) Mem { return Mem{Base: base, Disp: disp} }
func indexed(base, index reg.Register, scale uint8, disp int) Mem {
	return Mem{Base: base, Index: index, Scale: scale, Disp: disp}
}

// zero clears a register.
func (m *machine) zero(v reg.VecVirtual) {
	VXORPD(v, v, v)
}

type arithmetic func(ops ...Op)

// op2 emits dst = a op b for every register; b is a group or a constant in memory.
func (m *machine) op2(f, broadcast arithmetic, a group, b any) group {
	dst := m.group(len(a))
	for i := range a {
		switch b := b.(type) {
		case group:
			f(b[i], a[i], dst[i])
		case Mem:
			if m.wide {
				broadcast(b, a[i], dst[i])
			} else {
				f(b, a[i], dst[i])
			}
		}
	}
	return dst
}

func (m *machine) add(a group, b any) group {
	return m.op2(m.pick(VADDPD, VADDPS), m.pick(VADDPD_BCST, VADDPS_BCST), a, b)
}
func (m *machine) mul(a group, b any) group {
	return m.op2(m.pick(VMULPD, VMULPS), m.pick(VMULPD_BCST, VMULPS_BCST), a, b)
}
func (m *machine) sub(a group, b any) group {
	return m.op2(m.pick(VSUBPD, VSUBPS), m.pick(VSUBPD_BCST, VSUBPS_BCST), a, b)
}
func (m *machine) div(a group, b any) group {
	return m.op2(m.pick(VDIVPD, VDIVPS), m.pick(VDIVPD_BCST, VDIVPS_BCST), a, b)
}
func (m *machine) and(a group, b any) group { return m.op2(VANDPD, VANDPD_BCST, a, b) }
func (m *machine) or(a group, b any) group  { return m.op2(VORPD, VORPD_BCST, a, b) }
func (m *machine) xor(a group, b any) group { return m.op2(VXORPD, VXORPD_BCST, a, b) }
func (m *machine) max(a group, b any) group {
	return m.op2(m.pick(VMAXPD, VMAXPS), m.pick(VMAXPD_BCST, VMAXPS_BCST), a, b)
}
func (m *machine) min(a group, b any) group {
	return m.op2(m.pick(VMINPD, VMINPS), m.pick(VMINPD_BCST, VMINPS_BCST), a, b)
}
func (m *machine) addInt(a group, b any) group {
	return m.op2(VPADDQ, VPADDQ_BCST, a, b)
}

// subFrom returns c - a for a constant.
func (m *machine) subFrom(c Mem, a group) group { return m.sub(m.constant(c, len(a)), a) }

// constant loads a constant into registers.
func (m *machine) constant(c Mem, n int) group {
	g := m.group(n)
	for _, v := range g {
		m.broadcast(c, v)
	}
	return g
}

func (m *machine) copy(a group) group {
	g := m.group(len(a))
	for i := range a {
		VMOVAPD(a[i], g[i])
	}
	return g
}

// fma3 emits a fused operation on dst; b is a group or a constant in memory.
func (m *machine) fma3(f, broadcast arithmetic, dst, a group, b any) {
	for i := range a {
		switch b := b.(type) {
		case group:
			f(b[i], a[i], dst[i])
		case Mem:
			if m.wide {
				broadcast(b, a[i], dst[i])
			} else {
				f(b, a[i], dst[i])
			}
		}
	}
}

// timesPlus: dst = dst a + b. plusTimes: dst += a b. minusTimes: dst -= a b. fromTimes: dst = a b - dst.
func (m *machine) timesPlus(dst, a group, b any) {
	m.fma3(m.pick(VFMADD213PD, VFMADD213PS), m.pick(VFMADD213PD_BCST, VFMADD213PS_BCST), dst, a, b)
}
func (m *machine) plusTimes(dst, a group, b any) {
	m.fma3(m.pick(VFMADD231PD, VFMADD231PS), m.pick(VFMADD231PD_BCST, VFMADD231PS_BCST), dst, a, b)
}
func (m *machine) minusTimes(dst, a group, b any) {
	m.fma3(m.pick(VFNMADD231PD, VFNMADD231PS), m.pick(VFNMADD231PD_BCST, VFNMADD231PS_BCST), dst, a, b)
}
func (m *machine) fromTimes(dst, a group, b any) {
	m.fma3(m.pick(VFMSUB231PD, VFMSUB231PS), m.pick(VFMSUB231PD_BCST, VFMSUB231PS_BCST), dst, a, b)
}

// polynomial is c[0] + c[1] x + …, as two Horner chains in x² for even and odd powers when there are many.
func (m *machine) polynomial(x group, c []float64) group {
	v := m.constant(m.num(c[len(c)-1]), len(x))
	for i := len(c) - 2; i >= 0; i-- {
		m.timesPlus(v, x, m.num(c[i]))
	}
	return v
}

// split is polynomial in two independent chains.
func (m *machine) split(x group, c []float64) group {
	var even, odd []float64
	for i, v := range c {
		if i%2 == 0 {
			even = append(even, v)
		} else {
			odd = append(odd, v)
		}
	}
	xx := m.mul(x, x)
	e, o := m.polynomial(xx, even), m.polynomial(xx, odd)
	m.plusTimes(e, o, x)
	return e
}

// whenNegative replaces b by a where x has the sign bit, and returns it.
func (m *machine) whenNegative(x, a, b group) group {
	for i := range x {
		if m.wide {
			k := K()
			m.pick(pair(VPMOVQ2M), pair(VPMOVD2M))(x[i], k)
			m.pick(VMOVAPD, VMOVAPS)(a[i], k, b[i])
		} else {
			m.pick(four(VBLENDVPD), four(VBLENDVPS))(x[i], a[i], b[i], b[i])
		}
	}
	return b
}

// leaveUnless jumps to label unless every value of x is at most limit (NaN is not).
func (m *machine) leaveUnless(x group, limit Mem, label string) {
	const notLessOrEqual = 6
	if m.wide {
		var all reg.OpmaskVirtual
		for i := range x {
			k := K()
			VCMPPD_BCST(U8(notLessOrEqual), limit, x[i], k)
			if i == 0 {
				all = k
				continue
			}
			next := K()
			KORB(k, all, next)
			all = next
		}
		KORTESTB(all, all)
		JNZ(LabelRef(label))
		return
	}
	var all reg.VecVirtual
	for i := range x {
		k := m.vec()
		VCMPPD(U8(notLessOrEqual), limit, x[i], k)
		if i == 0 {
			all = k
			continue
		}
		next := m.vec()
		VORPD(k, all, next)
		all = next
	}
	VPTEST(all, all)
	JNZ(LabelRef(label))
}

// mask selects the first values of a vector.
type mask struct {
	k reg.OpmaskVirtual
	v reg.VecVirtual
}

// first returns the mask for n values, 0 < n ≤ width; n is not changed.
func (m *machine) first(n reg.GPVirtual) mask {
	if m.wide {
		one, k := GP64(), K()
		MOVQ(U32(1), one)
		r := GP64()
		MOVQ(n, r)
		MOVQ(r, reg.RCX)
		SHLQ(reg.CL, one)
		DECQ(one)
		KMOVB(one.As32(), k)
		return mask{k: k}
	}
	ones, v := GP64(), m.vec()
	full := ^uint64(0)
	LEAQ(m.data.row(full, full, full, full, 0, 0, 0, 0).Offset(32), ones)
	r := GP64()
	MOVQ(n, r)
	NEGQ(r)
	VMOVUPD(indexed(ones, r, 8, 0), v)
	return mask{v: v}
}

// load and store move a vector, only the values of the mask if there is one.
func (m *machine) load(from Mem, k *mask, to reg.VecVirtual) {
	switch {
	case k == nil:
		VMOVUPD(from, to)
	case m.wide:
		VMOVUPD_Z(from, k.k, to)
	default:
		VMASKMOVPD(from, k.v, to)
	}
}

// fill replaces the values that the mask leaves out by a constant.
func (m *machine) fill(v reg.VecVirtual, k *mask, c Mem) {
	w := m.constant(c, 1)[0]
	if m.wide {
		VMOVAPD(v, k.k, w)
		VMOVAPD(w, v)
	} else {
		VBLENDVPD(k.v, v, w, v)
	}
}

func (m *machine) store(from reg.VecVirtual, k *mask, to Mem) {
	switch {
	case k == nil:
		VMOVUPD(from, to)
	case m.wide:
		VMOVUPD(from, k.k, to)
	default:
		VMASKMOVPD(from, k.v, to)
	}
}
