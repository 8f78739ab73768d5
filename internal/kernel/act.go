package kernel

import "math"

const orderError = "kernel: derivative order outside 0 … MaxOrder"

// Act sets dst[i] to the order-th derivative of k at src[i]; order 0 is the function itself.
// The length of dst decides; dst may be src exactly. Panics if order is not in 0 … k.MaxOrder().
func Act(dst, src []float64, k Kind, order int) {
	if order < 0 || order > k.MaxOrder() {
		panic(orderError)
	}
	actOf(dst, first(src, len(dst)), k, order)
}

func actOf(dst, src []float64, k Kind, order int) {
	switch {
	case int(k) >= kindCount || !fastKind(k):
		actGo(dst, src, k, order)
	case k == Exp:
		actInRange(dst, nil, src, k, valueOnly)
	case order <= 1:
		actInRange(dst, nil, src, k, want(order))
	case k == Softplus: // its derivative is Sigmoid
		actOf(dst, src, Sigmoid, order-1)
	case k == Sin || k == Cos:
		actInRange(dst, nil, src, k, want(order&1))
		if order&2 != 0 {
			Scale(dst, -1, dst)
		}
	case order == 2 && fastSecond(k):
		actInRange(dst, nil, src, k, secondOnly)
	default:
		actGo(dst, src, k, order)
	}
}

// ActPair sets d0 and d1 to the derivatives of order and order+1 in one pass, so that the exponential
// they share is computed once. The values are those of two calls of Act, bit for bit.
// Lengths: d1 and src at least len(d0). One of d0 and d1 may be src exactly; d0 and d1 do not overlap.
// Panics if order is not in 0 … k.MaxOrder()-1.
func ActPair(d0, d1, src []float64, k Kind, order int) {
	if order < 0 || order >= k.MaxOrder() {
		panic(orderError)
	}
	d1, src = first(d1, len(d0)), first(src, len(d0))
	switch {
	case int(k) >= kindCount || !fastKind(k):
		actPairGo(d0, d1, src, k, order)
	case k == Exp:
		actInRange(d0, nil, src, k, valueOnly)
		copy(d1, d0)
	case order == 0:
		actInRange(d0, d1, src, k, valueAndSlope)
	default:
		actSlopes(d0, d1, src, k, order)
	}
}

// known says which arguments the assembly of a kind computes: sizes up to a limit (zero where there is no assembly,
// infinite where it computes everything), except for a band of sizes where an exponential is a denormal number, and from
// a least argument on if there is one. Plain Go computes the others, infinities and NaN among them.
var known = [kindCount]struct{ limit, center, half, least float64 }{
	Tanh: {math.MaxFloat64, 364, 10, 0}, GELU: {limit: math.Inf(1)}, Erf: {limit: math.Inf(1)},
	Sigmoid: {math.MaxFloat64, 727, 19, 0}, Softplus: {math.MaxFloat64, 727, 19, 0}, SiLU: {math.MaxFloat64, 727, 19, 0},
	Sin: {limit: 1e5}, Cos: {limit: 1e5}, Exp: {limit: 708}, Log: {limit: math.MaxFloat64, least: logLeast},
	Reciprocal: {limit: math.Inf(1)}, Sqrt: {limit: math.Inf(1)}, ReLU: {limit: math.Inf(1)}, Abs: {limit: math.Inf(1)},
}

func isKnown(k Kind, x float64) bool {
	a := &known[k]
	size := math.Abs(x)
	return size <= a.limit && math.Abs(size-a.center) >= a.half && (a.least == 0 || x >= a.least)
}

// actInRange runs the assembly, which stops in front of an argument it does not know, and replaces that one.
func actInRange(d0, d1, src []float64, k Kind, w want) {
	both := w == valueAndSlope
	for n := 0; ; {
		n += fastAct(d0[n:], d1[min(n, len(d1)):], src[n:], k, w)
		if n == len(d0) {
			return
		}
		end := min(n+8, len(d0))
		var second []float64
		if both {
			second = d1[n:end]
		}
		actAcrossLimit(d0[n:end], second, src[n:end], k, w)
		n = end
	}
}

// actAcrossLimit computes up to eight values one by one from the plain code where the argument is out of range.
func actAcrossLimit(d0, d1, src []float64, k Kind, w want) {
	var x, inside, v0, v1 [8]float64
	n := copy(x[:], src)
	for i, v := range x[:n] {
		inside[i] = 1
		if isKnown(k, v) {
			inside[i] = v
		}
	}
	fastAct(v0[:n], v1[:n], inside[:n], k, w)
	for i, v := range x[:n] {
		if !isKnown(k, v) {
			actGo(v0[i:i+1], x[i:i+1], k, orderOf[w])
			if w == valueAndSlope {
				actGo(v1[i:i+1], x[i:i+1], k, 1)
			}
		}
	}
	copy(d0, v0[:n])
	copy(d1, v1[:n])
}

// orderOf is the first derivative that is asked for.
var orderOf = [4]int{valueOnly: 0, slopeOnly: 1, valueAndSlope: 0, secondOnly: 2}

// actSlopes computes a derivative and the next, block by block because either result may replace the arguments.
func actSlopes(d0, d1, src []float64, k Kind, order int) {
	var x [block]float64
	for len(d0) > 0 {
		n := copy(x[:], src[:len(d0)])
		actOf(d0[:n], x[:n], k, order)
		actOf(d1[:n], x[:n], k, order+1)
		d0, d1, src = d0[n:], d1[n:], src[n:]
	}
}
