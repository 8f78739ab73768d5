//go:build !purego

package kernel

import "unsafe"

func pointer32(v []float32) *float32 { return unsafe.SliceData(v) }

func fastProduct32(dst, b, w, src []float32, from start, p product) bool {
	if active == generic {
		return false
	}
	combine := combine32AVX2
	if active == avx512 {
		combine = combine32AVX512
	}
	most := max(8, 2*callWork/max(1, p.terms*p.lanes)&^7)
	for done := 0; done < p.rows; done += most {
		at, bias := w, b
		if p.terms > 0 {
			at = w[done*p.dw:]
		}
		if from == fromBias {
			bias = b[done:]
		}
		combine(pointer32(dst[done*p.lanes:]), pointer32(bias), pointer32(at), pointer32(src), int(from),
			min(most, p.rows-done), p.terms, 4*p.dw, 4*p.sw, 4*p.lanes)
	}
	return true
}

func fastOuter32(a []float64, y, x []float32, rows, cols, lanes int) bool {
	if active == generic {
		return false
	}
	outer := outer32AVX2
	if active == avx512 {
		outer = outer32AVX512
	}
	if lanes == 0 {
		return true
	}
	most := max(8, 2*callWork/(cols*lanes)&^7)
	for ; rows > 0; rows -= most {
		n := min(most, rows)
		outer(pointer(a), pointer32(y), pointer32(x), n, cols, lanes)
		a, y = a[n*cols:], y[n*lanes:]
	}
	return true
}

// fast32 are the functions of an instruction set: the value, the derivative, both.
type fast32 [kindCount][3]func(d0, d1, src *float32, n int)

var functionsAVX512 = fast32{
	Tanh:    {tanh32AVX512, tanh32SlopeAVX512, tanh32BothAVX512},
	GELU:    {gelu32AVX512, gelu32SlopeAVX512, gelu32BothAVX512},
	Sigmoid: {logistic32AVX512, logistic32SlopeAVX512, logistic32BothAVX512},
	SiLU:    {silu32AVX512, silu32SlopeAVX512, silu32BothAVX512},
}

var functionsAVX2 = fast32{
	Tanh:    {tanh32AVX2, tanh32SlopeAVX2, tanh32BothAVX2},
	GELU:    {gelu32AVX2, gelu32SlopeAVX2, gelu32BothAVX2},
	Sigmoid: {logistic32AVX2, logistic32SlopeAVX2, logistic32BothAVX2},
	SiLU:    {silu32AVX2, silu32SlopeAVX2, silu32BothAVX2},
}

func fastAct32(d0, d1, src []float32, k Kind, w want) bool {
	if active == generic {
		return false
	}
	table := &functionsAVX2
	if active == avx512 {
		table = &functionsAVX512
	}
	table[k][w](pointer32(d0), pointer32(d1), pointer32(src), len(d0))
	return true
}

func fastAdd32(dst, a, b []float32) bool {
	switch active {
	case avx512:
		add32AVX512(pointer32(dst), pointer32(a), pointer32(b), nil, len(dst))
	case avx2:
		add32AVX2(pointer32(dst), pointer32(a), pointer32(b), nil, len(dst))
	}
	return active != generic
}

func fastMul32(dst, a, b []float32) bool {
	switch active {
	case avx512:
		mul32AVX512(pointer32(dst), pointer32(a), pointer32(b), nil, len(dst))
	case avx2:
		mul32AVX2(pointer32(dst), pointer32(a), pointer32(b), nil, len(dst))
	}
	return active != generic
}

func fastMulAdd32(dst, a, b, c []float32) bool {
	switch active {
	case avx512:
		mulAdd32AVX512(pointer32(dst), pointer32(a), pointer32(b), pointer32(c), len(dst))
	case avx2:
		mulAdd32AVX2(pointer32(dst), pointer32(a), pointer32(b), pointer32(c), len(dst))
	}
	return active != generic
}

func fastScale32(dst []float32, s float32, a []float32) bool {
	switch active {
	case avx512:
		scale32AVX512(pointer32(dst), pointer32(a), s, len(dst))
	case avx2:
		scale32AVX2(pointer32(dst), pointer32(a), s, len(dst))
	}
	return active != generic
}

func fastNarrow(dst []float32, src []float64) int {
	n := len(dst) &^ 15
	switch active {
	case generic:
		return 0
	case avx512:
		narrowAVX512(pointer32(dst), pointer(src), n)
	default:
		narrowAVX2(pointer32(dst), pointer(src), n)
	}
	return n
}

func fastWiden(dst []float64, src []float32) int {
	n := len(dst) &^ 15
	switch active {
	case generic:
		return 0
	case avx512:
		widenAVX512(pointer(dst), pointer32(src), n)
	default:
		widenAVX2(pointer(dst), pointer32(src), n)
	}
	return n
}

func fastWidenAdd(dst []float64, src []float32) int {
	n := len(dst) &^ 15
	switch active {
	case generic:
		return 0
	case avx512:
		widenAddAVX512(pointer(dst), pointer32(src), n)
	default:
		widenAddAVX2(pointer(dst), pointer32(src), n)
	}
	return n
}
