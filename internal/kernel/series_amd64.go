//go:build !purego

package kernel

func fastOuterSeries(a, y, x []float64, rows, cols, n, stride int) bool {
	if active == generic {
		return false
	}
	most := max(8, callWork/(cols*n)&^7)
	for ; rows > 0; rows -= most {
		m := min(most, rows)
		if active == avx512 {
			outerSeriesAVX512(pointer(a), pointer(y), pointer(x), m, cols, n, 8*stride)
		} else {
			outerSeriesAVX2(pointer(a), pointer(y), pointer(x), m, cols, n, 8*stride)
		}
		a, y = a[m*cols:], y[m:]
	}
	return true
}

func fastPacked(y, w, x, f []float64, mode packedMode) bool {
	switch active {
	case generic:
		return false
	case avx512:
		packedSumAVX512(pointer(y), pointer(w), pointer(x), pointer(f), int(mode), len(y), len(x))
	default:
		packedSumAVX2(pointer(y), pointer(w), pointer(x), pointer(f), int(mode), len(y), len(x))
	}
	return true
}
