package kernel

import "math"

// logistic sets v = s(x) = 1/(1+exp(-x)), q = s(1-s), a = 2s-1, and x to the argument within ±750, beyond
// which exp(-|x|) = e is zero. One exponential of -|x| serves both signs; a = (1-e)/(1+e) takes exp(-|x|)-1 as tanh does.
func (w *work) logistic(src []float64) {
	v, c, a, q, ex := w.v[:len(src)], w.x[:len(src)], w.a[:len(src)], w.q[:len(src)], w.e[:len(src)]
	for i, x := range src {
		negative := uint64(int64(math.Float64bits(x)) >> 63)
		z := -math.Abs(x)
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
			x = max(-750, min(x, 750))
		}
		u := 1 / (1 + e)
		eu := e * u
		v[i] = math.Float64frombits(math.Float64bits(u)&^negative | math.Float64bits(eu)&negative)
		c[i] = x
		a[i] = math.Float64frombits(math.Float64bits(t*u)&^(1<<63) | negative&(1<<63))
		q[i] = eu * u
		ex[i] = e
	}
}

// softplus replaces e by log(1+exp(x)) = max(x, 0) + log(1+e). With m the multiple of 1/32 next to 1+e and
// r = (1+e)/m - 1, |r| ≤ 1/64, the logarithm is log(m) plus a Taylor polynomial of degree 9 (next term 5e-18 of r).
func (w *work) softplus(src []float64) {
	f := w.e[:len(src)]
	for i, x := range src {
		e := f[i]
		n := e*32 + toInt
		g := &logTable[min(math.Float64bits(n)&63, 32)]
		r := (e - (n-toInt)*(1./32)) * g.inverse
		rr := r * r
		p := ((-0.5 + r*(1./3)) + rr*(-0.25+r*0.2)) + (rr*rr)*((-1./6+r*(1./7))+rr*(-0.125+r*(1./9)))
		f[i] = max(x, 0) + (g.log + (r + rr*p))
	}
}

// silu replaces e by x s(x), with an x that is finite where s is zero.
func (w *work) silu(src []float64) {
	f, s := w.e[:len(src)], w.v[:len(src)]
	for i, x := range src {
		if x < -750 {
			x = -750
		}
		f[i] = x * s[i]
	}
}

// siluHigher sets dst to the derivative of x s(x) of an order above 1, n s⁽ⁿ⁻¹⁾ + x s⁽ⁿ⁾; t is 2s-1.
func siluHigher(dst, x, t, q []float64, order int) {
	x, t, q = x[:len(dst)], t[:len(dst)], q[:len(dst)]
	a, b, n := &logisticPoly[order-1], &logisticPoly[order], float64(order)
	for i, v := range t {
		before := a[0] + v*(a[1]+v*(a[2]+v*a[3]))
		after := b[0] + v*(b[1]+v*(b[2]+v*b[3]))
		dst[i] = q[i] * (n*before + x[i]*after)
	}
}
