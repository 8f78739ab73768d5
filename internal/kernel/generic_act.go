package kernel

// block is the number of values that go through the passes of a transcendental function together: enough
// to hide the cost of a call, few enough to stay in the innermost cache.
const block = 32

// work holds what the derivatives of one block are made of. Nearly every derivative is a common
// factor times a polynomial; which columns are used, and for what, is said at each kind's pass.
type work struct {
	v [block]float64 // the function itself
	x [block]float64 // its argument, made finite so that x·0 is 0
	a [block]float64 // an auxiliary function
	q [block]float64 // the common factor of the derivatives
	e [block]float64 // an exponential, then the function where a second pass makes that of it
}

func actGo(dst, src []float64, k Kind, order int) {
	if !inBlocks(k) {
		algebraicGo(dst, src, k, order)
		return
	}
	var w work
	for len(dst) > 0 {
		n := min(block, len(dst))
		w.pass(src[:n], k, order, order)
		w.put(dst[:n], k, order)
		dst, src = dst[n:], src[n:]
	}
}

func actPairGo(d0, d1, src []float64, k Kind, order int) {
	if !inBlocks(k) {
		algebraicPairGo(d0, d1, src, k, order)
		return
	}
	var w work
	for len(d0) > 0 {
		n := min(block, len(d0))
		w.pass(src[:n], k, order, order+1)
		w.put(d0[:n], k, order)
		w.put(d1[:n], k, order+1)
		d0, d1, src = d0[n:], d1[n:], src[n:]
	}
}

// inBlocks reports whether k goes through work.
func inBlocks(k Kind) bool {
	return k <= Cos
}

// pass fills w for derivatives of orders lo … hi.
func (w *work) pass(src []float64, k Kind, lo, hi int) {
	switch k {
	case Tanh:
		w.tanh(src)
	case Sigmoid, Softplus, SiLU:
		w.logistic(src)
		if k == Softplus && lo == 0 {
			w.softplus(src)
		}
		if k == SiLU && lo == 0 {
			w.silu(src)
		}
	case GELU:
		w.normal(src)
	case Erf:
		if lo == 0 {
			w.erf(src)
		}
		if hi > 0 {
			w.bell(src)
		}
	case Sin, Cos:
		w.sincos(src)
	}
}

// put writes one derivative of the block in w.
func (w *work) put(dst []float64, k Kind, order int) {
	n := len(dst)
	v, x, a, q := w.v[:n], w.x[:n], w.a[:n], w.q[:n]
	switch {
	case k == Sin || k == Cos:
		quarterTurns(dst, v, a, order+int(k-Sin))
	case order == 0 && (k == Softplus || k == SiLU):
		copy(dst, w.e[:n])
	case order == 0, order == 1 && k == Softplus:
		copy(dst, v)
	case order == 1 && k == GELU:
		copy(dst, a)
	case k == Tanh:
		timesPoly(dst, q, v, &tanhPoly[order])
	case k == Sigmoid:
		timesPoly(dst, q, a, &logisticPoly[order])
	case k == Softplus:
		timesPoly(dst, q, a, &logisticPoly[order-1])
	case k == Erf:
		timesPoly(dst, q, x, &erfPoly[order])
	case order == 1 && k == SiLU:
		mulAddGo(dst, x, q, v)
	case k == SiLU:
		siluHigher(dst, x, a, q, order)
	case k == GELU:
		timesPoly(dst, q, x, &geluPoly[order])
	}
}

// poly4 is a polynomial of degree 4, constant term first.
type poly4 [5]float64

// The derivatives of order 1, 2, … as polynomials; each follows from the one before by the chain rule.
var (
	// tanh⁽ⁿ⁾ = (1-y²) P(y) with y = tanh x.
	tanhPoly = [5]poly4{1: {1}, 2: {0, -2}, 3: {-2, 0, 6}, 4: {0, 16, 0, -24}}
	// s⁽ⁿ⁾ = s(1-s) P(t) with t = 2s-1 = tanh(x/2).
	logisticPoly = [5]poly4{1: {1}, 2: {0, -1}, 3: {-0.5, 0, 1.5}, 4: {0, 2, 0, -3}}
	// erf⁽ⁿ⁾ = 2/√π exp(-x²) P(x): Hermite polynomials.
	erfPoly = [5]poly4{1: {1}, 2: {0, -2}, 3: {-2, 0, 4}, 4: {0, 12, 0, -8}}
	// gelu⁽ⁿ⁾ = φ(x) P(x) from n = 2; the first is Φ(x) + x φ(x).
	geluPoly = [5]poly4{2: {2, 0, -1}, 3: {0, -4, 0, 1}, 4: {-4, 0, 7, 0, -1}}
)

// timesPoly sets dst[i] = q[i] c(u[i]).
func timesPoly(dst, q, u []float64, c *poly4) {
	q, u = q[:len(dst)], u[:len(dst)]
	c0, c1, c2, c3, c4 := c[0], c[1], c[2], c[3], c[4]
	for i, v := range u {
		vv := v * v
		dst[i] = q[i] * ((c0 + c1*v) + vv*((c2+c3*v)+vv*c4))
	}
}
