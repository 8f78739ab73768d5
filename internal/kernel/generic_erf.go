package kernel

import "math"

const (
	erfEnd    = 5.95                   // erf(5.95) is 1 in float64
	erfScale  = 1. / 6                 // 1 + z erfScale tells the piece
	erfLast   = 13                     // the column of the constant terms
	bellEnd   = 26.5                   // exp(-26.5²) is a normal number
	twoRootPi = 1.12837916709551257390 // 2/√π
)

// erf sets v = erf(x) = x Q(|x|), Q from the table, with its largest term multiplied last so that one rounding
// matters. Fused operations make the assembly and this the same bits.
func (w *work) erf(src []float64) {
	v := w.v[:len(src)]
	for i, x := range src {
		z := min(math.Abs(x), erfEnd)
		m := &erfTable[math.Float64bits(math.FMA(z, erfScale, 1))>>48&15]
		d, r := z-m[0], m[1]
		for _, c := range m[2:erfLast] {
			r = math.FMA(r, d, c)
		}
		r = min(math.FMA(z, m[erfLast], z*(r*d)), 1)
		if math.Abs(x) > erfEnd {
			r = 1
		}
		v[i] = math.Copysign(r, x)
	}
}

// bell sets q = 2/√π exp(-x²) and x to the argument within ±26.5, beyond which q counts as zero.
func (w *work) bell(src []float64) {
	w.bells(src, 2, bellEnd)
	c, q := w.x[:len(src)], w.q[:len(src)]
	for i, x := range src {
		q[i] *= twoRootPi
		c[i] = max(-bellEnd, min(x, bellEnd))
	}
}
