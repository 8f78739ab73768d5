package kernel

import "math"

// log(x) = k log(2) + log(1+f), 1+f between √½ and √2, and log(1+f) = f - (h - s (h + s² P(s²))), h = f²/2,
// s = f/(2+f): 2 atanh(s) with its largest term exact.
//
// Source of the arrangement: Ng, fdlibm (Sun Microsystems, 1993).
const (
	logLeast = 0x1p-1022             // the least normal number
	logShift = 0x0009_5f61_9980_c433 // what √½ lacks to 1 in its bits
	logHead  = 0x1.62e42fefa39efp-1
	logTail  = 0x1.abc9e3b39803fp-56 // log(2) - logHead
)

// logPoly is P, for s² ≤ 0.0295; interpolation at Chebyshev nodes, error 4.6e-18 of the logarithm, highest power first.
var logPoly = [7]float64{
	0.14616585424888623, 0.15331710618210773, 0.18182889455674947, 0.22222211130259878, 0.2857142862600327,
	0.39999999999899444, 0.666666666666667,
}

// logGo sets dst = log(src).
func logGo(dst, src []float64) {
	for i, x := range src[:len(dst)] {
		less := 0.0
		if !(logLeast <= x && x <= math.MaxFloat64) {
			if !(0 < x && x < logLeast) {
				dst[i] = math.Log(x)
				continue
			}
			x, less = x*0x1p54, 54
		}
		b := math.Float64bits(x)
		e := (b + logShift) >> 52
		k := float64(int64(e)-1023) - less
		f := math.Float64frombits(b-(e-1023)<<52) - 1
		s := f / (f + 2)
		u := s * s
		p := logPoly[0]
		for _, c := range logPoly[1:] {
			p = math.FMA(p, u, c)
		}
		h := f * f * 0.5
		q := math.FMA(s, math.FMA(p, u, h), k*logTail)
		dst[i] = math.FMA(k, logHead, f-(h-q))
	}
}
