//go:build !purego

package kernel

import "unsafe"

func fastTape(ops []tapeOp, bases [][]float64, lanes int) bool {
	if active == generic {
		return false
	}
	first, table := (*byte)(unsafe.Pointer(&ops[0])), (*byte)(unsafe.Pointer(&bases[0]))
	if lanes == 1 {
		if active == avx512 {
			tapeOneAVX512(first, len(ops), table, 0, 8)
		} else {
			tapeOneAVX2(first, len(ops), table, 0, 8)
		}
		return true
	}
	most := max(64, callWork/len(ops)&^63)
	for l := 0; l < lanes; l += most {
		from, to := 8*l, 8*min(l+most, lanes)
		if active == avx512 {
			tapeAVX512(first, len(ops), table, from, to)
		} else {
			tapeAVX2(first, len(ops), table, from, to)
		}
	}
	return true
}
