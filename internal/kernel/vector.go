package kernel

import (
	"math"
	"unsafe"
)

// In all elementwise functions the length of dst decides; the other slices have at least as many values.
// dst may be exactly the same slice as any of the others; partial overlap is not allowed.

// Fill sets dst[i] = s.
func Fill(dst []float64, s float64) {
	if math.Float64bits(s) == 0 {
		clear(dst)
		return
	}
	fillGo(dst, s)
}

// Add sets dst[i] = a[i] + b[i].
func Add(dst, a, b []float64) {
	a, b = first(a, len(dst)), first(b, len(dst))
	if !fastAdd(dst, a, b) {
		addGo(dst, a, b)
	}
}

// AddTo sets dst[i] += a[i].
func AddTo(dst, a []float64) { Add(dst, dst, a) }

// Mul sets dst[i] = a[i] b[i].
func Mul(dst, a, b []float64) {
	a, b = first(a, len(dst)), first(b, len(dst))
	if !fastMul(dst, a, b) {
		mulGo(dst, a, b)
	}
}

// MulAdd sets dst[i] = a[i] b[i] + c[i].
func MulAdd(dst, a, b, c []float64) {
	a, b, c = first(a, len(dst)), first(b, len(dst)), first(c, len(dst))
	if !fastMulAdd(dst, a, b, c) {
		mulAddGo(dst, a, b, c)
	}
}

// MulAddTo sets dst[i] += a[i] b[i].
func MulAddTo(dst, a, b []float64) {
	a, b = first(a, len(dst)), first(b, len(dst))
	if !fastMulAdd(dst, a, b, dst) {
		mulAddToGo(dst, a, b)
	}
}

// Scale sets dst[i] = s a[i].
func Scale(dst []float64, s float64, a []float64) {
	a = first(a, len(dst))
	if !fastScale(dst, s, a) {
		scaleGo(dst, s, a)
	}
}

// AXPY sets dst[i] += s a[i].
func AXPY(dst []float64, s float64, a []float64) {
	a = first(a, len(dst))
	if !fastAXPY(dst, s, a) {
		axpyGo(dst, s, a)
	}
}

// Dot returns Σ_i a[i] b[i] as eight partial sums i%8 and one tree. b has at least len(a) values.
func Dot(a, b []float64) float64 {
	b = first(b, len(a))
	if s, ok := fastDot(a, b); ok {
		return s
	}
	return dotGo(a, b)
}

// Spread copies each value of src to all lanes: dst[i,l] = src[i].
// Shapes: dst rows×lanes, src rows. No overlap unless lanes is 1.
func Spread(dst, src []float64, rows, lanes int) {
	checkLanes(lanes)
	spreadGo(first(dst, rows*lanes), first(src, rows), lanes)
}

// GatherAdd adds the sum over lanes: dst[i] += Σ_l src[i,l], eight partial sums l%8 and one tree.
// Shapes: dst rows, src rows×lanes. No overlap.
func GatherAdd(dst, src []float64, rows, lanes int) {
	dst, src = first(dst, rows), first(src, rows*lanes)
	if lanes == 1 {
		addGo(dst, dst, src)
		return
	}
	checkLanes(lanes)
	if !fastGatherAdd(dst, src, lanes) {
		gatherAddGo(dst, src, lanes)
	}
}

// Aligned allocates n zeros that begin at a cache line.
func Aligned(n int) []float64 {
	v := make([]float64, n+7)
	o := int(-uintptr(unsafe.Pointer(unsafe.SliceData(v))) / 8 % 8)
	return v[o : o+n : o+n]
}
