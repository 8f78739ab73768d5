package kernel

import "math"

const (
	normalEnd   = 37.5                   // exp(-37.5²/2) R(37.5) is a normal number
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
// with R of mills. Fused operations make the assembly and this the same bits.
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

// R(z) = exp(z²/2) Φ(-z), half of the scaled complementary error function of z/√2, is millsOver over millsUnder, both of
// positive coefficients, lowest power first. The rational function has the least largest relative error for
// 0 ≤ z ≤ 9, 1.2e-17, and 6e-17 with the coefficients rounded; beyond, where Φ(-z) is below 1e-19, 1e-9 up to 37.5.
// R(0) comes out as 1/2.
var (
	millsOver = [9]float64{
		0.5, 0.6641255778997499, 0.4397274692731864, 0.18282363423462905, 0.05151405519060041, 0.010015501782669486,
		0.0013113288726608059, 0.00010610130004246004, 4.098094795180555e-06,
	}
	millsUnder = [10]float64{
		1, 2.1261357166023678, 2.0758658009948516, 1.2248422033493194, 0.4828481808306825, 0.13239277440476094,
		0.025371111416086858, 0.0032972858629834404, 0.0002659565323465882, 1.0272400128097196e-05,
	}
)

// mills returns R(z) for 0 ≤ z ≤ 37.5.
func mills(z float64) float64 { return upward(millsOver[:], z) / upward(millsUnder[:], z) }

// upward returns c[0] + c[1] z + ….
func upward(c []float64, z float64) float64 {
	v := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		v = math.FMA(v, z, c[i])
	}
	return v
}
