//go:build !purego

package kernel

import (
	"math"
	"testing"
	"unsafe"
)

// TestColumnsAreTheTablesOfGo: what the assembly reads is what plain Go reads, and no column lies across cache lines.
func TestColumnsAreTheTablesOfGo(t *testing.T) {
	if erfRows != &erfTable || uintptr(unsafe.Pointer(bellPowers))%64 != 0 || uintptr(unsafe.Pointer(erfColumns))%64 != 0 {
		t.Error("the tables are not where the assembly expects them")
	}
	for j := range 16 {
		for k := range 16 {
			if erfColumns[k][j] != erfTable[j][k] {
				t.Errorf("erf, column %d, row %d: %v", k, j, erfColumns[k][j])
			}
		}
		power := math.Float64frombits(math.Float64bits(bellPowers[j]) + uint64(j)<<48)
		if want := expTable[4*j].hi; power != want {
			t.Errorf("power %d: %v, want %v", j, power, want)
		}
	}
}
