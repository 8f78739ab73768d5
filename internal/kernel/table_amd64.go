//go:build !purego

package kernel

import (
	"math"
	"unsafe"
)

// What the assembly of the normal distribution and of erf reads: their tables row by row, and, aligned to cache lines,
// column by column, with 2^(j/16) behind the columns that the normal distribution uses; j is taken off where the
// exponent begins, so that adding 16n+j there gives 2^(n+j/16).
var (
	millsRows     = &millsTable
	normalColumns = withPowers(alignedColumns(&millsTable))
	erfRows       = &erfTable
	erfColumns    = alignedColumns(&erfTable)
)

func alignedColumns(rows *[16][16]float64) *[16][16]float64 {
	columns := (*[16][16]float64)(unsafe.Pointer(&Aligned(16 * 16)[0]))
	for j := range rows {
		for k, v := range rows[j] {
			columns[k][j] = v
		}
	}
	return columns
}

func withPowers(columns *[16][16]float64) *[16][16]float64 {
	for j := range 16 {
		columns[15][j] = math.Float64frombits(math.Float64bits(expTable[4*j].hi) - uint64(j)<<48)
	}
	return columns
}
