package kernel

// tree adds eight partial sums in the order of halving a vector register: 8 → 4 → 2 → 1.
func tree(s0, s1, s2, s3, s4, s5, s6, s7 float64) float64 {
	return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

func dotGo(a, b []float64) float64 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float64
	b = b[:len(a)]
	for len(a) >= 8 && len(b) >= 8 {
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
		s4 += a[4] * b[4]
		s5 += a[5] * b[5]
		s6 += a[6] * b[6]
		s7 += a[7] * b[7]
		a, b = a[8:], b[8:]
	}
	b = b[:len(a)]
	switch len(a) {
	case 7:
		s6 += a[6] * b[6]
		fallthrough
	case 6:
		s5 += a[5] * b[5]
		fallthrough
	case 5:
		s4 += a[4] * b[4]
		fallthrough
	case 4:
		s3 += a[3] * b[3]
		fallthrough
	case 3:
		s2 += a[2] * b[2]
		fallthrough
	case 2:
		s1 += a[1] * b[1]
		fallthrough
	case 1:
		s0 += a[0] * b[0]
	}
	return tree(s0, s1, s2, s3, s4, s5, s6, s7)
}

func gatherAddGo(dst, src []float64, lanes int) {
	for i := range dst {
		var s0, s1, s2, s3, s4, s5, s6, s7 float64
		for row := src[i*lanes : (i+1)*lanes]; len(row) >= 8; row = row[8:] {
			s0 += row[0]
			s1 += row[1]
			s2 += row[2]
			s3 += row[3]
			s4 += row[4]
			s5 += row[5]
			s6 += row[6]
			s7 += row[7]
		}
		dst[i] += tree(s0, s1, s2, s3, s4, s5, s6, s7)
	}
}

func outerSumGo(a, y, x []float64, cols, lanes int) {
	for ; len(y) > 0; y, a = y[lanes:], a[cols:] {
		if lanes == 8 {
			outerRow8(a[:cols], (*[8]float64)(y), x)
			continue
		}
		row := y[:lanes]
		for j := range cols {
			a[j] += dotGo(row, x[j*lanes:(j+1)*lanes])
		}
	}
}

// outerRow8 is one row of outerSumGo for eight lanes, with the row of y in registers.
func outerRow8(a []float64, y *[8]float64, x []float64) {
	y0, y1, y2, y3, y4, y5, y6, y7 := y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]
	for j := range a {
		v := (*[8]float64)(x[8*j:])
		a[j] += tree(y0*v[0], y1*v[1], y2*v[2], y3*v[3], y4*v[4], y5*v[5], y6*v[6], y7*v[7])
	}
}
