package kernel

import "math"

const (
	erfPieces = 96
	erfEnd    = 5.95                   // erf(5.95) is 1 in float64
	bellLimit = 26.5                   // exp(-26.5²) is a normal number
	bellEnd   = 28                     // exp(-28²) is zero
	twoRootPi = 1.12837916709551257390 // 2/√π
)

// erf sets v = erf(x) from the table: the value at the nearest multiple of 1/16 and a polynomial in the
// distance d. The multiple 0 has the value 0, so small arguments keep their relative accuracy; d, which is exact,
// stands outside the polynomial so that only a fraction of the result carries the polynomial's rounding.
func (w *work) erf(src []float64) {
	v := w.v[:len(src)]
	for i, x := range src {
		sign := math.Float64bits(x) & (1 << 63)
		z := math.Abs(x)
		if z > erfEnd {
			z = erfEnd
		}
		n := z*16 + toInt
		m := &erfTable[min(math.Float64bits(n)&127, erfPieces-1)]
		d := z - (n-toInt)*(1./16)
		dd := d * d
		p := ((m[2] + m[3]*d) + dd*(m[4]+m[5]*d)) + (dd*dd)*((m[6]+m[7]*d)+dd*(m[8]+m[9]*d))
		v[i] = math.Float64frombits(math.Float64bits(m[0]+(m[1]+(d+d*p))) | sign)
	}
}

// bell sets q = 2/√π exp(-x²) and x to the argument within ±28; see normal for the splitting of x².
func (w *work) bell(src []float64) {
	c, q := w.x[:len(src)], w.q[:len(src)]
	for i, x := range src {
		z := math.Abs(x)
		if z > bellLimit {
			z = min(z, bellEnd)
			x = max(-bellEnd, min(x, bellEnd))
		}
		head := math.Float64frombits(math.Float64bits(z) &^ (1<<27 - 1))
		y := -head * head
		n := y*perLog2 + toInt
		b := math.Float64bits(n)
		n -= toInt
		r := ((y - n*log2Head) - n*log2Tail) - (z-head)*(z+head)
		g := &expTable[b&63]
		s := math.Float64frombits(math.Float64bits(g.hi) + b>>6<<52)
		rr := r * r
		e := s + s*(g.lo+(r+rr*((0.5+r*taylor3)+rr*(taylor4+r*taylor5))))
		if z > bellLimit {
			e = math.Exp(-z * z)
		}
		c[i] = x
		q[i] = twoRootPi * e
	}
}
