package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementary is a function with the arguments that its assembly knows: sizes up to a limit, or all but a band where
// an exponential is a denormal number (beyond, it is zero). With an infinite limit it knows all. The kernels stop in front of the first vector with another
// argument (NaN is one) and return how many values they have done.
type elementary struct {
	name         string
	limit        float64 // largest size
	center, half float64 // of the band, in sizes
	alone        bool    // only the value is made
	chains       int     // vectors at a time in AVX-512, as many as the registers hold
	least        float64 // smallest argument, if that is above zero
	// parts computes the value or the derivative or both; what is not wanted is nil.
	parts func(m *machine, x, size group, value, slope bool) (v, d group)
}

// The sizes above which exp(-|x|) and exp(-2|x|) count as zero; each is where its band begins.
const (
	logisticZero = 708
	tanhZero     = 354
)

func (m *machine) functions() {
	for _, f := range []elementary{
		{"tanh", math.MaxFloat64, 364, 10, false, 4, 0, (*machine).tanh},
		{"tanhSecond", math.MaxFloat64, 364, 10, true, 4, 0, (*machine).tanhSecond},
		{"gelu", math.Inf(1), 0, 0, false, 4, 0, (*machine).gelu},
		{"geluSecond", math.Inf(1), 0, 0, true, 4, 0, (*machine).geluSecond},
		{"logistic", math.MaxFloat64, 727, 19, false, 4, 0, (*machine).logistic},
		{"logisticSecond", math.MaxFloat64, 727, 19, true, 4, 0, (*machine).logisticSecond},
		{"silu", math.MaxFloat64, 727, 19, false, 4, 0, (*machine).silu},
		{"siluSecond", math.MaxFloat64, 727, 19, true, 3, 0, (*machine).siluSecond},
		{"softplus", math.MaxFloat64, 727, 19, false, 3, 0, (*machine).softplus},
		{"sin", 1e5, 0, 0, false, 2, 0, (*machine).sin},
		{"cos", 1e5, 0, 0, false, 2, 0, (*machine).cos},
		{"erf", math.Inf(1), 0, 0, false, 4, 0, (*machine).erf},
		{"log", math.MaxFloat64, 0, 0, false, 4, logLeast, (*machine).log},
		{"exp", 708, 0, 0, true, 4, 0, (*machine).exponential},
		{"reciprocal", math.Inf(1), 0, 0, false, 4, 0, (*machine).reciprocal},
		{"sqrt", math.Inf(1), 0, 0, false, 4, 0, (*machine).sqrt},
		{"relu", math.Inf(1), 0, 0, false, 4, 0, (*machine).relu},
		{"abs", math.Inf(1), 0, 0, false, 4, 0, (*machine).abs},
	} {
		m.function(f, "", true, false)
		if f.alone {
			continue
		}
		m.function(f, "Slope", false, true)
		m.function(f, "Both", true, true)
	}
}

// leaveUnlessKnown jumps to label if one of the arguments is not for the assembly.
func (f *elementary) leaveUnlessKnown(m *machine, x, size group, label string) {
	if math.IsInf(f.limit, 1) {
		return
	}
	m.leaveUnless(size, m.num(f.limit), label)
	if f.least > 0 {
		m.leaveUnless(m.xor(x, m.bits(signBit)), m.num(-f.least), label)
	}
	if f.half == 0 {
		return
	}
	distance := m.or(m.sub(size, m.num(f.center)), m.bits(signBit)) // -|size - center|
	m.leaveUnless(distance, m.num(-f.half), label)
}

// vanish replaces e by zero where the size of x, taken anew to keep no register, is above the limit; NaN is not.
func (m *machine) vanish(e, x group, limit float64) group {
	const notGreater = 0x1a
	return m.where(notGreater, m.and(x, m.bits(absBits)), limit, e)
}

// where keeps e where x compares with the limit as the predicate says, and makes it zero elsewhere.
func (m *machine) where(predicate uint8, x group, limit float64, e group) group {
	out := m.group(len(e))
	for i := range e {
		if m.wide {
			k := K()
			m.pick(VCMPPD_BCST, VCMPPS_BCST)(U8(predicate), m.num(limit), x[i], k)
			m.pick(three(VMOVAPD_Z), three(VMOVAPS_Z))(e[i], k, out[i])
		} else {
			k := m.vec()
			m.pick(VCMPPD, VCMPPS)(U8(predicate), m.num(limit), x[i], k)
			VANDPD(e[i], k, out[i])
		}
	}
	return out
}

func (m *machine) function(f elementary, suffix string, value, slope bool) {
	outs, signature := []string{"dst"}, "func(dst, src *float64, n int) int"
	what := "the value"
	if slope {
		what = "the derivative"
	}
	if value && slope {
		outs, signature = []string{"d0", "d1"}, "func(d0, d1, src *float64, n int) int"
		what = "the value and the derivative"
	}
	m.text(f.name+suffix, "computes "+what+" until an argument is out of range; it returns the number done.", signature)
	src, n, i := param("src"), param("n"), GP64()
	var to []reg.GPVirtual
	for _, o := range outs {
		to = append(to, param(o))
	}
	XORQ(i, i)
	unroll := 2
	if m.wide {
		unroll = f.chains
	}
	left := GP64()
	// body computes vectors of values, of the last those that the mask selects.
	body := func(vectors int, k *mask, odd string) {
		last := vectors - 1
		masked := func(v int) *mask {
			if v == last {
				return k
			}
			return nil
		}
		x := m.group(vectors)
		for v := range x {
			m.load(indexed(src, i, 8, 8*m.width*v), masked(v), x[v])
		}
		if k != nil && f.least > 0 {
			m.fill(x[last], k, m.num(1))
		}
		size := m.and(x, m.bits(absBits))
		f.leaveUnlessKnown(m, x, size, odd)
		v, d := f.parts(m, x, size, value, slope)
		results := []group{v, d}
		if !value {
			results = []group{d}
		}
		for o := range to {
			for v, r := range results[o] {
				m.store(r, masked(v), indexed(to[o], i, 8, 8*m.width*v))
			}
		}
	}
	loop := func(name string, vectors int, next, odd string) {
		Label(name)
		MOVQ(n, left)
		SUBQ(i, left)
		CMPQ(left, U32(uint32(vectors*m.width)))
		JL(LabelRef(next))
		body(vectors, nil, odd)
		ADDQ(U32(uint32(vectors*m.width)), i)
		JMP(LabelRef(name))
	}
	rest := func(vectors int, odd string) {
		of := left
		if vectors > 1 {
			of = GP64()
			LEAQ(Mem{Base: left, Disp: -(vectors - 1) * m.width}, of)
		}
		k := m.first(of)
		body(vectors, &k, odd)
		MOVQ(n, i)
	}
	together := 1
	if m.wide && !f.alone {
		together = unroll
	}
	loop("many", unroll, "few", "one")
	Label("few") // vectors that are left go together, each waits for the others' results else
	for v := together; v > 1; v-- {
		less := fmt.Sprintf("fewer%d", v)
		CMPQ(left, U32(uint32((v-1)*m.width)))
		JLE(LabelRef(less))
		rest(v, "one")
		JMP(LabelRef("end"))
		Label(less)
	}
	loop("one", 1, "tail", "end")
	Label("tail")
	TESTQ(left, left)
	JZ(LabelRef("end"))
	rest(1, "end")
	Label("end")
	Store(i, ReturnIndex(0))
	m.ret()
}

// expCoefficients: exp(r) = 1 + r + r²/2 + r³ P(r) for |r| ≤ log(2)/2; interpolation at Chebyshev nodes, error 2.5e-18.
var expCoefficients = []float64{
	0.16666666666666669, 0.041666666666666664, 0.008333333333330051, 0.0013888888888886545, 0.00019841269863105968,
	2.4801587317181886e-05, 2.7557268378684192e-06, 2.755728291148268e-07, 2.5100424157005067e-08,
	2.0911264239196083e-09,
}

const (
	log2Inverse = 1.4426950408889634
	log2Head    = 0x1.62e42fefa39efp-1
	log2Tail    = 0x1.abc9e3b39803fp-56
	toInt       = 0x1.8p52
)

// expParts returns s = 2ⁿ and p with exp(z+rest) = s (1+p), |p| < 0.42; rest, which may be nil, is small.
func (m *machine) expParts(z, rest group) (s, p group) {
	k := m.constant(m.num(toInt), len(z))
	m.plusTimes(k, z, m.num(log2Inverse))
	n := m.sub(k, m.num(toInt))
	r := m.copy(z)
	m.minusTimes(r, n, m.num(log2Head))
	m.minusTimes(r, n, m.num(log2Tail))
	if rest != nil {
		r = m.add(r, rest)
	}
	s = m.group(len(z))
	for i := range s {
		VPSLLQ(U8(52), k[i], s[i])
	}
	s = m.addInt(s, m.num(1))
	h := m.split(r, expCoefficients)
	m.timesPlus(h, r, m.num(0.5))
	rr := m.mul(r, r)
	m.timesPlus(h, rr, r)
	return s, h
}

// exp returns s (1+p).
func (m *machine) exp(s, p group) group {
	e := m.copy(s)
	m.plusTimes(e, s, p)
	return e
}

func (m *machine) exponential(x, _ group, _, _ bool) (v, d group) {
	s, p := m.expParts(x, nil)
	return m.exp(s, p), nil
}

// tanh|x| = t/(2-t) with t = 1-e, e = exp(-2|x|); the derivative is 4e/(2-t)².
func (m *machine) tanh(x, size group, value, slope bool) (v, d group) {
	z := m.mul(m.min(size, m.num(tanhZero)), m.num(-2))
	s, p := m.expParts(z, nil)
	t := m.subFrom(m.num(1), s)
	m.minusTimes(t, s, p)
	den := m.subFrom(m.num(2), t)
	if value {
		v = m.or(m.div(t, den), m.and(x, m.bits(signBit)))
	}
	if slope {
		e := m.vanish(m.exp(s, p), x, tanhZero)
		d = m.div(m.mul(e, m.num(4)), m.mul(den, den))
	}
	return v, d
}

// halves returns e = exp(-|x|), 1+e and s(x), the logistic function.
func (m *machine) halves(x, size group) (e, den, v group) {
	s, p := m.expParts(m.xor(size, m.bits(signBit)), nil)
	e = m.vanish(m.exp(s, p), x, logisticZero)
	den = m.add(e, m.num(1))
	return e, den, m.div(m.whenNegative(x, e, m.constant(m.num(1), len(x))), den)
}

// logistic is s(x) = 1/(1+exp(-x)) and s(1-s) = e/(1+e)².
func (m *machine) logistic(x, size group, value, slope bool) (v, d group) {
	e, den, v := m.halves(x, size)
	if slope {
		d = m.div(e, m.mul(den, den))
	}
	return v, d
}

// silu is x s(x) and s(x) + x s(1-s).
func (m *machine) silu(x, size group, value, slope bool) (v, d group) {
	e, den, l := m.halves(x, size)
	if slope {
		d = m.div(e, m.mul(den, den))
		m.timesPlus(d, x, l)
	}
	if value {
		v = m.mul(x, l)
	}
	return v, d
}

// atanhCoefficients: atanh(f) = f + f³ P(f²) for f ≤ 1/3; interpolation at Chebyshev nodes, error 2e-18.
var atanhCoefficients = []float64{
	0.3333333333333333, 0.19999999999999762, 0.1428571428580005, 0.11111111099118386, 0.09090909949981357,
	0.07692271982430275, 0.06667589315724629, 0.05867139530651599, 0.05422589197440007, 0.03746071897775383,
	0.07815288900461426,
}

// softplus is max(x,0) + log(1+e) with log(1+e) = 2 atanh(e/(2+e)); its derivative is the logistic function.
func (m *machine) softplus(x, size group, value, slope bool) (v, d group) {
	e, _, l := m.halves(x, size)
	if value {
		f := m.div(e, m.add(e, m.num(2)))
		u := m.mul(f, f)
		q := m.mul(m.split(u, atanhCoefficients), u)
		m.timesPlus(q, f, f)
		v = m.max(x, m.num(0))
		m.plusTimes(v, q, m.num(2))
	}
	if slope {
		d = l
	}
	return v, d
}
