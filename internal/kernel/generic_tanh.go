package kernel

import "math"

// tanh sets v = tanh(x) and q = 1 - tanh(x)² from t = e - 1, which the split table gives with full
// relative accuracy near zero too (the polynomial has one term more for that):
//
//	tanh|x| = -t/(1+e),   1 - tanh(x)² = 4e/(1+e)²,   e = exp(-2|x|)
func (w *work) tanh(src []float64) {
	v, q := w.v[:len(src)], w.q[:len(src)]
	for i, x := range src {
		sign := math.Float64bits(x) & (1 << 63)
		z := -2 * math.Abs(x)
		n := z*perLog2 + toInt
		b := math.Float64bits(n)
		n -= toInt
		r := (z - n*log2Head) - n*log2Tail
		g := &expTable[b&63]
		s := math.Float64frombits(math.Float64bits(g.hi) + b>>6<<52)
		rr := r * r
		p := g.lo + (r + rr*((0.5+r*taylor3)+rr*((taylor4+r*taylor5)+rr*taylor6)))
		t, e := (s-1)+s*p, s+s*p
		if !(z >= -expLimit) {
			e = math.Exp(z)
			t = e - 1
		}
		u := 1 / (1 + e)
		v[i] = math.Float64frombits(math.Float64bits(t/(1+e))&^(1<<63) | sign)
		q[i] = 4 * e * u * u
	}
}
