package kernel

// The products with a shared matrix and many lanes add rows of one operand, scaled by weights, to rows of
// the other. The lane loop is innermost, so every slice in it runs at unit stride and its bounds checks
// vanish; four source rows at a time keep the arithmetic units, not the loads, busy.

func matVecGo(y, w, x []float64, cols, lanes int) {
	switch cols {
	case 2:
		combine2(y, nil, x, w, cols, 1)
	case 3:
		combine3(y, nil, x, w, cols, 1)
	default:
		clear(y)
		matVecAddGo(y, w, x, cols, lanes)
	}
}

func matVecBiasGo(y, w, x, b []float64, cols, lanes int) {
	switch cols {
	case 2:
		combine2(y, b, x, w, cols, 1)
	case 3:
		combine3(y, b, x, w, cols, 1)
	default:
		spreadGo(y, b, lanes)
		matVecAddGo(y, w, x, cols, lanes)
	}
}

func matVecTGo(x, w, y []float64, cols, lanes int) {
	switch len(y) / lanes {
	case 2:
		combine2(x, nil, y, w, 1, cols)
	case 3:
		combine3(x, nil, y, w, 1, cols)
	default:
		clear(x)
		matVecTAddGo(x, w, y, cols, lanes)
	}
}

// combine2 sets dst[d,l] = (b[d] + w[d*dw] src[0,l]) + w[d*dw+sw] src[1,l]; no b counts as zeros.
func combine2(dst, b, src, w []float64, dw, sw int) {
	n := len(src) / 2
	x0 := src[:n]
	x1 := src[n : 2*n][:len(x0)]
	for d := 0; len(dst) >= n; d++ {
		row, start, w0, w1 := dst[:len(x0)], 0.0, w[d*dw], w[d*dw+sw]
		if b != nil {
			start = b[d]
		}
		for l := range row {
			row[l] = (start + w0*x0[l]) + w1*x1[l]
		}
		dst = dst[n:]
	}
}

// combine3 is combine2 for three terms.
func combine3(dst, b, src, w []float64, dw, sw int) {
	n := len(src) / 3
	x0 := src[:n]
	x1, x2 := src[n : 2*n][:len(x0)], src[2*n : 3*n][:len(x0)]
	for d := 0; len(dst) >= n; d++ {
		row, start, w0, w1, w2 := dst[:len(x0)], 0.0, w[d*dw], w[d*dw+sw], w[d*dw+2*sw]
		if b != nil {
			start = b[d]
		}
		for l := range row {
			row[l] = ((start + w0*x0[l]) + w1*x1[l]) + w2*x2[l]
		}
		dst = dst[n:]
	}
}

func matVecAddGo(y, w, x []float64, cols, lanes int) {
	for len(y) >= 2*lanes && cols >= 4 {
		j, o := 0, 0
		for ; j+4 <= cols; j += 4 {
			u, v := w[j:j+4], w[cols+j:cols+j+4]
			addRows4x2(y[:2*lanes], x[o:o+4*lanes], u[0], u[1], u[2], u[3], v[0], v[1], v[2], v[3])
			o += 4 * lanes
		}
		addRows(y[:lanes], x[o:], w[j:cols], 1)
		addRows(y[lanes:2*lanes], x[o:], w[cols+j:2*cols], 1)
		y, w = y[2*lanes:], w[2*cols:]
	}
	for len(y) > 0 {
		addRows(y[:lanes], x, w[:cols], 1)
		y, w = y[lanes:], w[cols:]
	}
}

func matVecTAddGo(x, w, y []float64, cols, lanes int) {
	if len(y) == 0 {
		return
	}
	for ; len(x) >= 2*lanes; x, w = x[2*lanes:], w[2:] {
		u, rest := w, y
		for len(rest) > 4*lanes {
			v := u[cols:]
			p, q := v[cols:], v[2*cols:]
			addRows4x2(x[:2*lanes], rest[:4*lanes], u[0], v[0], p[0], q[0], u[1], v[1], p[1], q[1])
			u, rest = u[4*cols:], rest[4*lanes:]
		}
		addRows(x[:lanes], rest, u, cols)
		addRows(x[lanes:2*lanes], rest, u[1:], cols)
	}
	if len(x) > 0 {
		addRows(x, y, w, cols)
	}
}

// addRows adds dst[l] += Σ_s w[s*stride] src[s,l], s in order, over the rows of src, len(dst) values each.
func addRows(dst, src, w []float64, stride int) {
	n := len(dst)
	for len(src) >= 4*n {
		addRows4(dst, src[:n], src[n:2*n], src[2*n:3*n], src[3*n:4*n], w[0], w[stride], w[2*stride], w[3*stride])
		if src = src[4*n:]; len(src) == 0 {
			return
		}
		w = w[4*stride:]
	}
	switch len(src) / n {
	case 3:
		addRows3(dst, src[:n], src[n:2*n], src[2*n:3*n], w[0], w[stride], w[2*stride])
	case 2:
		addRows2(dst, src[:n], src[n:2*n], w[0], w[stride])
	case 1:
		axpyGo(dst, w[0], src)
	}
}

func addRows4(dst, a, b, c, d []float64, wa, wb, wc, wd float64) {
	a, b, c, d = a[:len(dst)], b[:len(dst)], c[:len(dst)], d[:len(dst)]
	for l, v := range dst {
		dst[l] = (((v + wa*a[l]) + wb*b[l]) + wc*c[l]) + wd*d[l]
	}
}

func addRows3(dst, a, b, c []float64, wa, wb, wc float64) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for l, v := range dst {
		dst[l] = ((v + wa*a[l]) + wb*b[l]) + wc*c[l]
	}
}

func addRows2(dst, a, b []float64, wa, wb float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for l, v := range dst {
		dst[l] = (v + wa*a[l]) + wb*b[l]
	}
}

// addRows4x2 is addRows4 for two rows of dst with weights u and v: six loads for eight terms.
func addRows4x2(dst, src []float64, ua, ub, uc, ud, va, vb, vc, vd float64) {
	n := len(dst) / 2
	a := src[:n]
	b, c, d := src[n : 2*n][:len(a)], src[2*n : 3*n][:len(a)], src[3*n : 4*n][:len(a)]
	u, v := dst[:len(a)], dst[n : 2*n][:len(a)]
	for l, al := range a {
		bl, cl, dl := b[l], c[l], d[l]
		u[l] = (((u[l] + ua*al) + ub*bl) + uc*cl) + ud*dl
		v[l] = (((v[l] + va*al) + vb*bl) + vc*cl) + vd*dl
	}
}
