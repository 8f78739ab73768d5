package kernel

import "math"

const (
	normalEnd   = 37.5 // exp(-37.5²/2) R(37.5) is a normal number
	millsScale  = 51. / 128
	rootTwoPi   = 0.39894228040143267794 // 1/√(2π)
	perLogEight = -8 * math.Log2E        // -z²/2 is z² perLogEight sixteenths of log 2
	eighthHead  = 0x1.62e42fefap-4       // log(2)/8, 36 bits: its product with an integer below 2^15 is exact
	eighthTail  = 0x1.cf79abc9e3b3ap-43  // log(2)/8 - eighthHead
)

// bellPoly: exp(-s/2) = 1 + s P(s) for |s| ≤ log(2)/16; interpolation at Chebyshev nodes, error 1.5e-17, highest power first.
var bellPoly = [6]float64{
	2.1701661626569423e-05, -0.00026042103047595357, 0.0026041666664747163, -0.020833333330262122, 0.12500000000000003,
	-0.5000000000000003,
}

// bells sets q = exp(-c x²/2) for c = 1 or 2, zero where |x| is beyond the end, by exp(-c z²/2) = 2^(n/16) exp(-s/2),
// s = c z² + n log(2)/8, with one rounding of s.
func (w *work) bells(src []float64, c, end float64) {
	q := w.q[:len(src)]
	for i, x := range src {
		z := min(math.Abs(x), end)
		y := c * z
		k := math.FMA(y*z, perLogEight, toInt)
		n := k - toInt
		s := math.FMA(n, eighthTail, math.FMA(y, z, n*eighthHead))
		p := bellPoly[0]
		for _, b := range bellPoly[1:] {
			p = math.FMA(p, s, b)
		}
		bits := math.Float64bits(k)
		t := math.Float64frombits(math.Float64bits(expTable[bits&15*4].hi) + bits>>4<<52)
		e := math.FMA(t, p*s, t)
		if math.Abs(x) > end {
			e = 0
		}
		q[i] = e
	}
}

// normal sets v = x Φ(x), a = Φ(x) + x φ(x), q = φ(x) and x to the argument within ±37.5, beyond which Φ(-z) counts
// as zero. With z = |x|
//
//	Φ(-z) = exp(-z²/2) R(z)
//
// where R is tabulated. Fused operations make the assembly and this the same bits.
func (w *work) normal(src []float64) {
	w.bells(src, 1, normalEnd)
	v, c, a, q := w.v[:len(src)], w.x[:len(src)], w.a[:len(src)], w.q[:len(src)]
	for i, x := range src {
		z, e := min(math.Abs(x), normalEnd), q[i]
		tail := e * mills(z)
		step, slope := max(x, math.Copysign(0, -1)), math.FMA(z*rootTwoPi, e, -tail)
		if math.Signbit(x) {
			slope = -slope
		} else {
			slope++
		}
		v[i] = math.FMA(-z, tail, step)
		a[i] = slope
		q[i] = rootTwoPi * e
		c[i] = max(-normalEnd, min(x, normalEnd))
	}
}

// mills returns R(z) for 0 ≤ z ≤ 37.5.
func mills(z float64) float64 {
	m := &millsTable[math.Float64bits(math.FMA(z, millsScale, 1))>>50&15]
	d, r := z-m[0], m[1]
	for _, c := range m[2:15] {
		r = math.FMA(r, d, c)
	}
	return r
}
