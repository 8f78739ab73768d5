package kernel

// Act32 sets dst[i] to the order-th derivative of k at src[i]. The value and the first derivative of Tanh, GELU, Sigmoid
// and SiLU are computed in float32, with a relative error below 5×2⁻²³ of values above 2e-36 in size and an absolute one below
// 3×2⁻²³ of derivatives. The others are computed in float64 and rounded, so that their bits are those of a level. dst may
// be src exactly.
func Act32(dst, src []float32, k Kind, order int) {
	check32(len(dst))
	src = first32(src, len(dst))
	if order > 1 || !single(k) {
		through64(dst, src, k, order)
		return
	}
	if !fastAct32(dst, nil, src, k, want(order)) {
		act32Go(dst, nil, src, k, want(order))
	}
}

// ActPair32 sets d0 and d1 to the derivatives of order and order+1, as two calls of Act32 would.
// One of d0 and d1 may be src exactly.
func ActPair32(d0, d1, src []float32, k Kind, order int) {
	check32(len(d0))
	d1, src = first32(d1, len(d0)), first32(src, len(d0))
	if order > 0 || !single(k) {
		pairThrough64(d0, d1, src, k, order)
		return
	}
	if !fastAct32(d0, d1, src, k, valueAndSlope) {
		act32Go(d0, d1, src, k, valueAndSlope)
	}
}

// single reports whether there is code for k in float32.
func single(k Kind) bool { return k == Tanh || k == GELU || k == Sigmoid || k == SiLU }

func through64(dst, src []float32, k Kind, order int) {
	var wide [8 * block]float64
	for len(dst) > 0 {
		n := min(len(wide), len(dst))
		Widen(wide[:n], src)
		Act(wide[:n], wide[:n], k, order)
		Narrow(dst[:n], wide[:n])
		dst, src = dst[n:], src[n:]
	}
}

func pairThrough64(d0, d1, src []float32, k Kind, order int) {
	var wide, next [8 * block]float64
	for len(d0) > 0 {
		n := min(len(wide), len(d0))
		Widen(wide[:n], src)
		ActPair(wide[:n], next[:n], wide[:n], k, order)
		Narrow(d0[:n], wide[:n])
		Narrow(d1[:n], next[:n])
		d0, d1, src = d0[n:], d1[n:], src[n:]
	}
}
