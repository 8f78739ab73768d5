package kernel

import "math"

// The sizes above which exp(-|x|), exp(-2|x|) and exp(-x²/2) count as zero: below them everything that is computed of
// them is a normal number. Arithmetic with others takes many times as long.
const (
	logisticZero32 = 87
	tanhZero32     = 43.5
	bellZero32     = 12.875
)

// exp32 returns s = 2ⁿ and p with exp(z+rest) = s (1+p): Taylor polynomial for |z - n log(2)| ≤ log(2)/2.
func exp32(z, rest float32) (s, p float32) {
	const head, tail, toInt = 0x1.62e43p-1, -0x1.05c61p-29, 0x1.8p23
	k := fma32(z, 1.4426950408889634, toInt)
	n := k - toInt
	r := fma32(-n, head, z)
	r = fma32(-n, tail, r)
	r += rest
	s = math.Float32frombits(math.Float32bits(k)<<23 + math.Float32bits(1))
	h := float32(1. / 5040)
	for _, c := range [...]float32{1. / 720, 1. / 120, 1. / 24, 1. / 6, 0.5} {
		h = fma32(h, r, c)
	}
	return s, fma32(h, r*r, r)
}

// within32 is min(limit, x), notBelow32 max(limit, x); NaN stays.
func within32(limit, x float32) float32 {
	if limit < x {
		return limit
	}
	return x
}

func notBelow32(limit, x float32) float32 {
	if limit > x {
		return limit
	}
	return x
}

func size32(x float32) float32  { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }
func negative32(x float32) bool { return math.Float32bits(x)>>31 != 0 }

// vanish32 is e, but zero where size is above the limit.
func vanish32(e, size, limit float32) float32 {
	if size > limit {
		return 0
	}
	return e
}

func act32Go(d0, d1, src []float32, k Kind, w want) {
	f := tanh32
	switch k {
	case GELU:
		f = gelu32
	case Sigmoid:
		f = logistic32
	case SiLU:
		f = silu32
	}
	for i := range d0 {
		v, d := f(src[i])
		switch w {
		case valueOnly:
			d0[i] = v
		case slopeOnly:
			d0[i] = d
		default:
			d0[i], d1[i] = v, d
		}
	}
}

func tanh32(x float32) (v, d float32) {
	size := size32(x)
	s, p := exp32(within32(tanhZero32, size)*-2, 0)
	t := fma32(-s, p, 1-s)
	den := 2 - t
	v = math.Float32frombits(math.Float32bits(t/den) | math.Float32bits(x)&(1<<31))
	e := vanish32(fma32(s, p, s), size, tanhZero32)
	return v, e * 4 / (den * den)
}

func logistic32(x float32) (v, d float32) {
	size := size32(x)
	s, p := exp32(-within32(logisticZero32, size), 0)
	e := vanish32(fma32(s, p, s), size, logisticZero32)
	u := 1 / (e + 1)
	eu := e * u
	if negative32(x) {
		return eu, eu * u
	}
	return u, eu * u
}

func silu32(x float32) (v, d float32) {
	l, q := logistic32(x)
	low := notBelow32(-100, x)
	return l * low, fma32(q, within32(100, low), l)
}

// mills32: (1-Φ(z))/φ(z) = P(t)/(z+4) for 0 ≤ z ≤ 13.2, t = (z-4)/(z+4).
var mills32 = [...]float32{
	1.8932190817933834, -1.5237709008013265, 0.9704078225445771, -0.46754165525013613, 0.15141753560234142,
	-0.018882506689028522, -0.0088490370108872, 0.0039569928400580105, 0.0005343856786749492, -0.0002887121251097835,
}

func gelu32(x float32) (v, d float32) {
	size := size32(x)
	z := within32(bellZero32, size)
	h := z * z
	s, p := exp32(float32(h*-0.5), float32(fma32(z, z, -h)*-0.5))
	bell := vanish32(fma32(s, p, s)*0.3989422804014327, size, bellZero32)
	u := 1 / (z + 4)
	t := (z - 4) * u
	m := mills32[len(mills32)-1]
	for i := len(mills32) - 2; i >= 0; i-- {
		m = fma32(m, t, mills32[i])
	}
	tail := float32(m * u * bell) // rounded, on machines that would fuse it with what follows, too
	l := 1 - tail
	if negative32(x) {
		l = tail
	}
	low := notBelow32(-14, x)
	return l * low, fma32(bell, within32(14, low), l)
}
