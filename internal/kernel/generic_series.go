package kernel

func outerSeriesGo(a, y, x []float64, rows, cols, n, stride int) {
	for k := range n {
		xk := x[k*stride:][:cols]
		for i, s := range y[k*stride:][:rows] {
			axpyGo(a[i*cols:(i+1)*cols], s, xk)
		}
	}
}
