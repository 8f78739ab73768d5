package kernel

// seriesWidth is the number of lanes of the series here: those of a small ensemble, or of a few recordings.
const seriesWidth = 8

// OuterSeriesLanes adds n outer products of eight lanes to a matrix per lane, one after the other.
//
//	a[i*cols+j, l] += y[k*stride + 8i+l] x[k*stride + 8j+l]     for k = 0 … n-1
//
// Shapes: a (rows*cols)×8; y and x n times rows×8 and cols×8, stride values apart. a overlaps neither y nor x, which may
// lie in the same rows. The bits are those of n calls of OuterLanesAdd.
func OuterSeriesLanes(a, y, x []float64, rows, cols, n, stride int) {
	a = first(a, rows*cols*seriesWidth)
	if n == 0 || len(a) == 0 {
		return
	}
	y, x = first(y, (n-1)*stride+rows*seriesWidth), first(x, (n-1)*stride+cols*seriesWidth)
	if fastSeriesLanes(a, y, x, rows, cols, n, stride, false) {
		return
	}
	for k := range n {
		outerLanesAddGo(a, y[k*stride:][:rows*seriesWidth], x[k*stride:], cols, seriesWidth)
	}
}

// OuterSeriesSum adds n outer products of eight lanes, summed over lanes, to a shared matrix.
//
//	a[i*cols+j] += Σ_l Σ_k y[k*stride + 8i+l] x[k*stride + 8j+l]     (a partial sum a lane, one tree)
//
// Shapes: a rows×cols, y and x as OuterSeriesLanes. One product is OuterSum.
func OuterSeriesSum(a, y, x []float64, rows, cols, n, stride int) {
	a = first(a, rows*cols)
	if n == 0 || len(a) == 0 {
		return
	}
	y, x = first(y, (n-1)*stride+rows*seriesWidth), first(x, (n-1)*stride+cols*seriesWidth)
	if fastSeriesLanes(a, y, x, rows, cols, n, stride, true) {
		return
	}
	for i := range rows {
		for j := range cols {
			var s [seriesWidth]float64
			for k := 0; k < n; k++ {
				u, v := (*[seriesWidth]float64)(y[k*stride+8*i:]), (*[seriesWidth]float64)(x[k*stride+8*j:])
				for l := range s {
					s[l] += u[l] * v[l]
				}
			}
			a[i*cols+j] += tree(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7])
		}
	}
}
