package kernel

const orderError = "kernel: derivative order outside 0 … MaxOrder"

// Act sets dst[i] to the order-th derivative of k at src[i]; order 0 is the function itself.
// The length of dst decides; dst may be src exactly. Panics if order is not in 0 … k.MaxOrder().
func Act(dst, src []float64, k Kind, order int) {
	if order < 0 || order > k.MaxOrder() {
		panic(orderError)
	}
	actGo(dst, first(src, len(dst)), k, order)
}

// ActPair sets d0 and d1 to the derivatives of order and order+1 in one pass, so that the exponential
// they share is computed once. The values are those of two calls of Act, bit for bit.
// Lengths: d1 and src at least len(d0). One of d0 and d1 may be src exactly; d0 and d1 do not overlap.
// Panics if order is not in 0 … k.MaxOrder()-1.
func ActPair(d0, d1, src []float64, k Kind, order int) {
	if order < 0 || order >= k.MaxOrder() {
		panic(orderError)
	}
	actPairGo(d0, first(d1, len(d0)), first(src, len(d0)), k, order)
}
