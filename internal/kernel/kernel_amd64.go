//go:build !purego

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// best is the fastest level of this processor.
var best = func() level {
	x := &cpu.X86
	switch {
	case !x.HasAVX2 || !x.HasFMA:
		return generic
	case x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL:
		return avx512
	default:
		return avx2
	}
}()

// few is the number of values below which plain Go is not slower.
const few = 8

func pointer(v []float64) *float64 { return unsafe.SliceData(v) }

func fastProduct(dst, b, w, src []float64, from start, p product) bool {
	if active == generic {
		return false
	}
	if p.rows*p.terms*p.lanes <= callWork {
		callProduct(pointer(dst), pointer(b), pointer(w), pointer(src), from, p.rows, p)
		return true
	}
	most := max(8, callWork/max(1, p.terms*p.lanes)&^7)
	for done := 0; done < p.rows; {
		n := min(most, p.rows-done)
		d, bias, at := pointer(dst[done*p.lanes:]), b, w
		switch {
		case from == zeroTimes || from == fromBias && p.per:
			bias = b[done*p.lanes:]
		case from == fromBias:
			bias = b[done:]
		}
		if p.terms > 0 {
			at = w[done*p.dw:]
		}
		callProduct(d, pointer(bias), pointer(at), pointer(src), from, n, p)
		done += n
	}
	return true
}

func callProduct(dst, b, w, src *float64, from start, rows int, p product) {
	dw, sw, lanes := 8*p.dw, 8*p.sw, 8*p.lanes
	switch {
	case active == avx512 && p.per:
		combineLanesAVX512(dst, b, w, src, int(from), rows, p.terms, dw, sw, lanes)
	case active == avx512:
		combineAVX512(dst, b, w, src, int(from), rows, p.terms, dw, sw, lanes)
	case p.per:
		combineLanesAVX2(dst, b, w, src, int(from), rows, p.terms, dw, sw, lanes)
	default:
		combineAVX2(dst, b, w, src, int(from), rows, p.terms, dw, sw, lanes)
	}
}

func fastOuterSum(a, y, x []float64, rows, cols, lanes int) bool {
	if active == generic {
		return false
	}
	if rows*cols == 0 {
		return true
	}
	most := max(8, callWork/(cols*lanes)&^7)
	for ; rows > 0; rows -= most {
		n := min(most, rows)
		if active == avx512 {
			outerSumAVX512(pointer(a), pointer(y), pointer(x), n, cols, lanes)
		} else {
			outerSumAVX2(pointer(a), pointer(y), pointer(x), n, cols, lanes)
		}
		a, y = a[n*cols:], y[n*lanes:]
	}
	return true
}

func fastGatherAdd(dst, src []float64, lanes int) bool {
	if active == generic {
		return false
	}
	most := max(4, callWork/lanes&^3)
	for len(dst) > 0 {
		n := min(most, len(dst))
		if active == avx512 {
			gatherAddAVX512(pointer(dst), pointer(src), n, lanes)
		} else {
			gatherAddAVX2(pointer(dst), pointer(src), n, lanes)
		}
		dst, src = dst[n:], src[n*lanes:]
	}
	return true
}

func fastOuterLanes(a, y, x []float64, rows, cols, lanes int, from start) bool {
	if active == generic || lanes < 8 {
		return false
	}
	if rows*cols == 0 {
		return true
	}
	most := max(1, callWork/8/(cols*lanes))
	for ; rows > 0; rows -= most {
		n := min(most, rows)
		switch {
		case active == avx512 && from == fromZero:
			outerLanesAVX512(pointer(a), pointer(y), pointer(x), n, cols, lanes)
		case active == avx512:
			outerLanesAddAVX512(pointer(a), pointer(y), pointer(x), n, cols, lanes)
		case from == fromZero:
			outerLanesAVX2(pointer(a), pointer(y), pointer(x), n, cols, lanes)
		default:
			outerLanesAddAVX2(pointer(a), pointer(y), pointer(x), n, cols, lanes)
		}
		a, y = a[n*cols*lanes:], y[n*lanes:]
	}
	return true
}

// The kernels for one lane go over a matrix once; those that are so large that one call takes long are rare, and the
// memory, not the processor, sets their pace.

func fastRowDot(y, w, x, b []float64, from start, cols int) bool {
	switch {
	case active == generic:
		return false
	case cols < 4:
		return narrowDot(y, w, x, b, from, cols)
	}
	if active == avx512 {
		rowDotAVX512(pointer(y), pointer(w), pointer(x), pointer(b), int(from), len(y), cols)
	} else {
		rowDotAVX2(pointer(y), pointer(w), pointer(x), pointer(b), int(from), len(y), cols)
	}
	return true
}

func fastRowAxpy(x, w, y []float64) bool {
	if active == generic || len(x) < 4 {
		return false
	}
	if active == avx512 {
		rowAxpyAVX512(pointer(x), pointer(w), pointer(y), len(y), len(x))
	} else {
		rowAxpyAVX2(pointer(x), pointer(w), pointer(y), len(y), len(x))
	}
	return true
}

func fastRowOuter(a, y, x []float64) bool {
	switch {
	case active == generic:
		return false
	case len(x) < few:
		return narrowOuter(a, y, x)
	}
	if active == avx512 {
		rowOuterAVX512(pointer(x), pointer(a), pointer(y), len(y), len(x))
	} else {
		rowOuterAVX2(pointer(x), pointer(a), pointer(y), len(y), len(x))
	}
	return true
}

// narrowDot does the rows of two or three columns four at a time, the last few in plain Go, which rounds alike.
func narrowDot(y, w, x, b []float64, from start, cols int) bool {
	n := len(y) &^ 3
	switch {
	case n == 0:
		return false
	case cols == 2:
		rowDot2AVX2(pointer(y), pointer(w), pointer(x), pointer(b), int(from), n)
	case cols == 3:
		rowDot3AVX2(pointer(y), pointer(w), pointer(x), pointer(b), int(from), n)
	default:
		return false
	}
	switch y, w = y[n:], w[n*cols:]; from {
	case fromZero:
		rowDotGo(y, w, x, cols)
	case fromBias:
		rowDotBiasGo(y, w, x, b[n:], cols)
	case fromOld:
		rowDotAddGo(y, w, x, cols)
	}
	return true
}

func narrowOuter(a, y, x []float64) bool {
	n := len(y) &^ 3
	switch {
	case n == 0:
		return false
	case len(x) == 2:
		rowOuter2AVX2(pointer(x), pointer(a), pointer(y), n)
	case len(x) == 3:
		rowOuter3AVX2(pointer(x), pointer(a), pointer(y), n)
	default:
		return false
	}
	outerRowGo(a[n*len(x):], y[n:], x)
	return true
}
