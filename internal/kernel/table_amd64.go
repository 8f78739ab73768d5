//go:build !purego

package kernel

import (
	"math"
	"unsafe"
)

// What the assembly of exp(-x²) and of erf reads, aligned to cache lines where it takes columns: 2^(j/16), with j
// taken off where the exponent begins, so that adding 16n+j there gives 2^(n+j/16), and the table of erf by rows and by
// columns.
var (
	bellPowers = powersLess()
	erfRows    = &erfTable
	erfColumns = alignedColumns(&erfTable)
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

func powersLess() *[16]float64 {
	powers := (*[16]float64)(unsafe.Pointer(&Aligned(16)[0]))
	for j := range powers {
		powers[j] = math.Float64frombits(math.Float64bits(expTable[4*j].hi) - uint64(j)<<48)
	}
	return powers
}
