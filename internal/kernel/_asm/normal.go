package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The numbers of generic_normal.go, which is the specification.
const (
	normalEnd   = 37.5
	rootTwoPi   = 0.39894228040143267794
	perLogEight = -8 * math.Log2E
	eighthHead  = 0x1.62e42fefap-4
	eighthTail  = 0x1.cf79abc9e3b3ap-43
)

var bellPoly = []float64{
	-0.5000000000000003, 0.12500000000000003, -0.020833333330262122, 0.0026041666664747163, -0.00026042103047595357,
	2.1701661626569423e-05,
}

var (
	millsOver = []float64{
		0.5, 0.6641255778997499, 0.4397274692731864, 0.18282363423462905, 0.05151405519060041, 0.010015501782669486,
		0.0013113288726608059, 0.00010610130004246004, 4.098094795180555e-06,
	}
	millsUnder = []float64{
		1, 2.1261357166023678, 2.0758658009948516, 1.2248422033493194, 0.4828481808306825, 0.13239277440476094,
		0.025371111416086858, 0.0032972858629834404, 0.0002659565323465882, 1.0272400128097196e-05,
	}
)

// gelu is x Φ(x) = max(x,0) - |x| Φ(-|x|) and Φ(x) + x φ(x).
func (m *machine) gelu(x, _ group, value, slope bool) (v, d group) {
	z := m.normalSize(x)
	r := m.div(m.polynomial(z, millsOver), m.polynomial(z, millsUnder))
	e := m.bell(z, z, x, normalEnd)
	tail := m.mul(e, r)
	if slope {
		d = m.copy(tail)
		m.fromTimes(d, m.mul(z, m.num(rootTwoPi)), e)
		d = m.xor(d, m.and(x, m.bits(signBit)))
		d = m.whenNegative(x, d, m.add(d, m.num(1)))
	}
	if value {
		v = m.max(m.constant(m.bits(signBit), len(x)), x)
		m.minusTimes(v, z, tail)
	}
	return v, d
}

// normalSize returns |x|, at most the end; NaN stays.
func (m *machine) normalSize(x group) group {
	return m.min(m.constant(m.num(normalEnd), len(x)), m.and(x, m.bits(absBits)))
}

// bell returns exp(-y z/2), y = z or 2z, zero where |x| is beyond the end.
func (m *machine) bell(y, z, x group, end float64) group {
	k := m.constant(m.num(toInt), len(z))
	m.plusTimes(k, m.mul(y, z), m.num(perLogEight))
	n := m.sub(k, m.num(toInt))
	s := m.mul(n, m.num(eighthHead))
	m.plusTimes(s, y, z)
	m.plusTimes(s, n, m.num(eighthTail))
	t := m.powers(k)
	p := m.mul(m.polynomial(s, bellPoly), s)
	m.timesPlus(p, t, t)
	return m.vanish(p, x, end)
}

// tableAddress is where Go keeps a table that the kernels read.
func tableAddress(name string) reg.GPVirtual {
	r := GP64()
	MOVQ(NewDataAddr(Symbol{Name: "·" + name}, 0), r)
	return r
}

// powers returns 2^(k/16) for the integers in the lowest 16 bits of k.
func (m *machine) powers(k group) group {
	table := tableAddress("bellPowers")
	t := make(group, len(k))
	if m.wide {
		t = m.column(at(table, 0), k)
	} else {
		for i := range k {
			j := m.vec()
			VPAND(m.bits(15), k[i], j)
			a := m.extract(j)
			var each [4]reg.VecVirtual
			for v := range each {
				each[v] = YMM()
				VBROADCASTSD(indexed(table, a[v], 8, 0), each[v])
			}
			t[i] = each[0]
			VBLENDPD(U8(2), each[1], each[0], t[i])
			VBLENDPD(U8(8), each[3], each[2], each[2])
			VBLENDPD(U8(12), each[2], t[i], t[i])
		}
	}
	shifted := m.group(len(k))
	for i := range k {
		VPSLLQ(U8(48), k[i], shifted[i])
	}
	return m.addInt(t, shifted)
}

// column returns the entries of sixteen numbers that the lowest four bits of idx tell.
func (m *machine) column(from Mem, idx group) group {
	low, high := ZMM(), ZMM()
	VMOVUPD(from, low)
	VMOVUPD(from.Offset(64), high)
	c := m.copy(idx)
	for _, v := range c {
		VPERMI2PD(high, low, v)
	}
	return c
}

// extract returns the values of one AVX2 vector of integers.
func (m *machine) extract(v reg.VecVirtual) [4]reg.GPVirtual {
	a := [4]reg.GPVirtual{GP64(), GP64(), GP64(), GP64()}
	high := XMM()
	VMOVQ(v.AsX(), a[0])
	VPEXTRQ(U8(1), v.AsX(), a[1])
	VEXTRACTI128(U8(1), v, high)
	VMOVQ(high, a[2])
	VPEXTRQ(U8(1), high, a[3])
	return a
}

// pieces is a table of Go: sixteen polynomials, of which four bits of a number w tell one. Columns are the middle of
// the piece and the coefficients, highest power first.
type pieces struct {
	columns, rows string // names of the table column by column, row by row
	shift         uint8  // of the bits of w
	n             int    // columns
}

// piecewise returns the distance of z from the middle of its piece, the polynomial in it but for its last step, and
// the constant term.
func (m *machine) piecewise(z, w group, t pieces) (d, r, last group) {
	if m.wide {
		for i := range w {
			VPSRLQ(U8(t.shift), w[i], w[i])
		}
		columns := tableAddress(t.columns)
		d = m.sub(z, m.column(at(columns, 0), w))
		r = m.column(at(columns, 128), w)
		for k := 2; k < t.n-1; k++ {
			m.timesPlus(r, d, m.column(at(columns, 128*k), w))
		}
		return d, r, m.column(at(columns, 128*(t.n-1)), w)
	}
	d, r, last = make(group, len(z)), make(group, len(z)), make(group, len(z))
	for i := range z {
		d[i], r[i], last[i] = m.pieceRows(z[i], w[i], t)
	}
	return d, r, last
}

// pieceRows is piecewise for one AVX2 vector: it takes the row of each of its values and transposes, two columns at a time.
func (m *machine) pieceRows(z, w reg.VecVirtual, t pieces) (d, r, last reg.VecVirtual) {
	VPSRLQ(U8(t.shift-7), w, w) // a row is 2⁷ bytes
	VPAND(m.bits(15<<7), w, w)
	rows, a := tableAddress(t.rows), m.extract(w)
	pair := func(k int) (reg.VecVirtual, reg.VecVirtual) {
		even, odd, u, v := YMM(), YMM(), YMM(), YMM()
		row := func(i int) Mem { return indexed(rows, a[i], 1, 8*k) }
		VBROADCASTF128(row(0), even)
		VINSERTF128(U8(1), row(2), even, even)
		VBROADCASTF128(row(1), odd)
		VINSERTF128(U8(1), row(3), odd, odd)
		VUNPCKLPD(odd, even, u)
		VUNPCKHPD(odd, even, v)
		return u, v
	}
	d, r = pair(0)
	VSUBPD(d, z, d)
	for k := 2; k < t.n; k += 2 {
		u, v := pair(k)
		switch k {
		case t.n - 1:
			return d, r, u
		case t.n - 2:
			VFMADD213PD(u, d, r)
			return d, r, v
		}
		VFMADD213PD(u, d, r)
		VFMADD213PD(v, d, r)
	}
	return d, r, nil
}
