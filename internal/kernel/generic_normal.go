package kernel

import "math"

const (
	normalLimit = 37.5 // exp(-37.5²/2) is a normal number
	normalEnd   = 40   // exp(-40²/2) is zero
	millsPieces = 85
	rootTwoPi   = 0.39894228040143267794 // 1/√(2π)
)

// normal sets v = x Φ(x), q = φ(x), a = Φ(x) and x to the argument within ±40. With z = |x|
//
//	Φ(-z) = exp(-z²/2) R(z)
//
// where R is tabulated. z² is split in a head of 26 bits squared and a rest, because an error of one unit in its
// last place is one of z²/2 units in the result.
func (w *work) normal(src []float64) {
	v, c, a, q := w.v[:len(src)], w.x[:len(src)], w.a[:len(src)], w.q[:len(src)]
	for i, x := range src {
		negative := uint64(int64(math.Float64bits(x)) >> 63)
		z := math.Abs(x)
		up := x
		if z > normalLimit {
			z = min(z, normalEnd)
			x = max(-normalEnd, min(x, normalEnd))
			up = max(up, -normalEnd)
		}
		head := math.Float64frombits(math.Float64bits(z) &^ (1<<27 - 1))
		y := -0.5 * head * head
		n := y*perLog2 + toInt
		b := math.Float64bits(n)
		n -= toInt
		r := ((y - n*log2Head) - n*log2Tail) - 0.5*(z-head)*(z+head)
		g := &expTable[b&63]
		s := math.Float64frombits(math.Float64bits(g.hi) + b>>6<<52)
		rr := r * r
		e := s + s*(g.lo+(r+rr*((0.5+r*taylor3)+rr*(taylor4+r*taylor5))))
		if z > normalLimit {
			e = math.Exp(-0.5 * z * z)
		}
		piece := math.Float64bits(1 + z)
		m := &millsTable[min((piece>>48-0x3ff0)&127, millsPieces-1)]
		d := z - (math.Float64frombits(piece&^(1<<48-1)|1<<47) - 1)
		dd := d * d
		d4 := dd * dd
		mills := ((m[0] + m[1]*d) + dd*(m[2]+m[3]*d)) + d4*(((m[4]+m[5]*d)+dd*(m[6]+m[7]*d))+d4*(m[8]+m[9]*d))
		tail := e * mills
		phi := math.Float64frombits(math.Float64bits(1-tail)&^negative | math.Float64bits(tail)&negative)
		v[i] = up * phi
		c[i] = x
		a[i] = phi
		q[i] = rootTwoPi * e
	}
}
