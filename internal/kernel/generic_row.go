package kernel

// One lane: vectors are contiguous and a matrix-vector product is a dot product a row.

func rowDotGo(y, w, x []float64, cols int) {
	for i := range y {
		y[i] = dotGo(x, w[i*cols:(i+1)*cols])
	}
}

func rowDotAddGo(y, w, x []float64, cols int) {
	for i := range y {
		y[i] += dotGo(x, w[i*cols:(i+1)*cols])
	}
}

func rowDotBiasGo(y, w, x, b []float64, cols int) {
	for i := range y {
		y[i] = dotGo(x, w[i*cols:(i+1)*cols]) + b[i]
	}
}

func rowAxpyGo(x, w, y []float64) {
	for i, s := range y {
		axpyGo(x, s, w[i*len(x):(i+1)*len(x)])
	}
}

func outerRowGo(a, y, x []float64) {
	for i, s := range y {
		axpyGo(a[i*len(x):(i+1)*len(x)], s, x)
	}
}
