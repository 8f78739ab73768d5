package kernel

// OuterSeries adds n outer products to a shared matrix, one after the other.
//
//	a[i*cols+j] += y[k*stride+i] x[k*stride+j]     for k = 0 … n-1
//
// Shapes: a rows×cols; y and x n rows of rows and of cols values, stride values apart. a overlaps neither y nor x, which
// may lie in the same rows.
func OuterSeries(a, y, x []float64, rows, cols, n, stride int) {
	a = first(a, rows*cols)
	if n == 0 || rows == 0 || cols == 0 {
		return
	}
	y, x = first(y, (n-1)*stride+rows), first(x, (n-1)*stride+cols)
	if !fastOuterSeries(a, y, x, rows, cols, n, stride) {
		outerSeriesGo(a, y, x, rows, cols, n, stride)
	}
}
