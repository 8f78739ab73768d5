package kernel

func fillGo(dst []float64, s float64) {
	for i := range dst {
		dst[i] = s
	}
}

func addGo(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

func mulGo(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = a[i] * b[i]
	}
}

func mulAddGo(dst, a, b, c []float64) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = a[i]*b[i] + c[i]
	}
}

func mulAddToGo(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] += a[i] * b[i]
	}
}

func scaleGo(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] = s * a[i]
	}
}

func axpyGo(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for i := range dst {
		dst[i] += s * a[i]
	}
}

// tree adds eight partial sums in the order of halving a vector register: 8 → 4 → 2 → 1.
func tree(s0, s1, s2, s3, s4, s5, s6, s7 float64) float64 {
	return ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7))
}

func dotGo(a, b []float64) float64 {
	var s [8]float64
	b = b[:len(a)]
	for len(a) >= 8 && len(b) >= 8 {
		s[0] += a[0] * b[0]
		s[1] += a[1] * b[1]
		s[2] += a[2] * b[2]
		s[3] += a[3] * b[3]
		s[4] += a[4] * b[4]
		s[5] += a[5] * b[5]
		s[6] += a[6] * b[6]
		s[7] += a[7] * b[7]
		a, b = a[8:], b[8:]
	}
	b = b[:len(a)]
	for i := range a {
		s[i&7] += a[i] * b[i]
	}
	return tree(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
}

func spreadGo(dst, src []float64, lanes int) {
	for i, s := range src {
		fillGo(dst[i*lanes:(i+1)*lanes], s)
	}
}

func gatherAddGo(dst, src []float64, lanes int) {
	for i := range dst {
		var s [8]float64
		for row := src[i*lanes : (i+1)*lanes]; len(row) >= 8; row = row[8:] {
			for p, v := range row[:8] {
				s[p] += v
			}
		}
		dst[i] += tree(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
	}
}
