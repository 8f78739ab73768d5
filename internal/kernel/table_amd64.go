//go:build !purego

package kernel

import (
	"math"
	"unsafe"
)

// What the assembly of the normal distribution reads: millsTable row by row, and, aligned to cache lines, column by
// column with 2^(j/16) behind the columns that are used; j is taken off where the exponent begins, so that adding
// 16n+j there gives 2^(n+j/16).
var (
	millsRows     = &millsTable
	normalColumns = alignedColumns()
)

func alignedColumns() *[16][16]float64 {
	columns := (*[16][16]float64)(unsafe.Pointer(&Aligned(16 * 16)[0]))
	for j := range 16 {
		for k, v := range millsTable[j][:15] {
			columns[k][j] = v
		}
		columns[15][j] = math.Float64frombits(math.Float64bits(expTable[4*j].hi) - uint64(j)<<48)
	}
	return columns
}
