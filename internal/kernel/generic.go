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

func spreadGo(dst, src []float64, lanes int) {
	for i, s := range src {
		fillGo(dst[i*lanes:(i+1)*lanes], s)
	}
}
