package kernel

// The loops with a matrix per lane read every weight once, so what can be kept in registers is the vectors:
// they go through eight lanes at a time.

func matVecLanesAddGo(y, w, x []float64, cols, lanes int) {
	if cols == 0 {
		return
	}
	for ; len(y) > 0; y, w = y[lanes:], w[cols*lanes:] {
		for l := 0; l < lanes; l += 8 {
			addProducts8((*[8]float64)(y[l:]), w[l:], x[l:], lanes, lanes)
		}
	}
}

func matVecTLanesAddGo(x, w, y []float64, cols, lanes int) {
	if len(y) == 0 {
		return
	}
	for o := 0; o < len(x); o += 8 {
		addProducts8((*[8]float64)(x[o:]), w[o:], y[o%lanes:], cols*lanes, lanes)
	}
}

// addProducts8 adds dst[l] += w[s,l] src[s,l] for s = 0, 1, … in eight lanes of many; next is the distance
// between the weights of s and s+1.
func addProducts8(dst *[8]float64, w, src []float64, next, lanes int) {
	d0, d1, d2, d3, d4, d5, d6, d7 := dst[0], dst[1], dst[2], dst[3], dst[4], dst[5], dst[6], dst[7]
	for k, o := 0, 0; o+8 <= len(src) && k+8 <= len(w); k, o = k+next, o+lanes {
		u, v := w[k:k+8:k+8], src[o:o+8:o+8]
		d0 += u[0] * v[0]
		d1 += u[1] * v[1]
		d2 += u[2] * v[2]
		d3 += u[3] * v[3]
		d4 += u[4] * v[4]
		d5 += u[5] * v[5]
		d6 += u[6] * v[6]
		d7 += u[7] * v[7]
	}
	dst[0], dst[1], dst[2], dst[3], dst[4], dst[5], dst[6], dst[7] = d0, d1, d2, d3, d4, d5, d6, d7
}

func outerLanesGo(a, y, x []float64, cols, lanes int) {
	for len(y) > 0 {
		row := y[:lanes]
		for o := 0; o < cols*lanes; o += lanes {
			mulGo(a[o:o+lanes], row, x[o:o+lanes])
		}
		y, a = y[lanes:], a[cols*lanes:]
	}
}

func outerLanesAddGo(a, y, x []float64, cols, lanes int) {
	if cols == 0 {
		return
	}
	for ; len(y) > 0; y, a = y[lanes:], a[cols*lanes:] {
		for l := 0; l < lanes; l += 8 {
			addOuter8(a[l:cols*lanes], x[l:], (*[8]float64)(y[l:]), lanes)
		}
	}
}

// addOuter8 adds a[j,l] += x[j,l] y[l] for all j in eight lanes of many.
func addOuter8(a, x []float64, y *[8]float64, lanes int) {
	y0, y1, y2, y3, y4, y5, y6, y7 := y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]
	for o := 0; o < len(a); o += lanes {
		u, v := (*[8]float64)(a[o:]), (*[8]float64)(x[o:])
		u[0] += v[0] * y0
		u[1] += v[1] * y1
		u[2] += v[2] * y2
		u[3] += v[3] * y3
		u[4] += v[4] * y4
		u[5] += v[5] * y5
		u[6] += v[6] * y6
		u[7] += v[7] * y7
	}
}
