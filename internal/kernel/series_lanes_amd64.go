//go:build !purego

package kernel

// fastSeriesLanes adds to one matrix, with sum, or to one a lane.
func fastSeriesLanes(a, y, x []float64, rows, cols, n, stride int, sum bool) bool {
	if active == generic {
		return false
	}
	entry := seriesWidth
	if sum {
		entry = 1
	}
	most := max(4, callWork/(cols*n*seriesWidth)&^3)
	for ; rows > 0; rows -= most {
		m := min(most, rows)
		switch {
		case active == avx512 && sum:
			outerSeriesSumAVX512(pointer(a), pointer(y), pointer(x), m, cols, n, 8*stride)
		case active == avx512:
			outerSeriesLanesAVX512(pointer(a), pointer(y), pointer(x), m, cols, n, 8*stride)
		case sum:
			outerSeriesSumAVX2(pointer(a), pointer(y), pointer(x), m, cols, n, 8*stride)
		default:
			outerSeriesLanesAVX2(pointer(a), pointer(y), pointer(x), m, cols, n, 8*stride)
		}
		a, y = a[m*cols*entry:], y[m*seriesWidth:]
	}
	return true
}
