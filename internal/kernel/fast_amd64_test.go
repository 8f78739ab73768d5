//go:build !purego

package kernel

import "testing"

// TestAssemblyIsForProcessorsThatHaveIt: at the level without it nothing is left to assembly, which such a processor
// could not run; at the others long enough vectors are.
func TestAssemblyIsForProcessorsThatHaveIt(t *testing.T) {
	a := newArena(1)
	const n = 64
	d, u, v, w := a.random(n), a.random(n), a.random(n), a.random(n)
	c := NewCombination([]float64{1}, [][]float64{u})
	atEveryLevel(t, func(t *testing.T) {
		want := Level() != "generic"
		_, dot := fastDot(u, v)
		for name, got := range map[string]bool{
			"Dot": dot, "Add": fastAdd(d, u, v), "Mul": fastMul(d, u, v), "MulAdd": fastMulAdd(d, u, v, w), "Scale": fastScale(d, 2, u),
			"AXPY": fastAXPY(d, 2, u), "Combination": fastCombination(c, d, v, w[:8]),
			"ErrNorm": fastErrNorm(d[:8], u, v, w, 1, 1), "ErrNorm of one lane": fastErrNormRow(d[:1], u, v, w, 1, 1),
			"Product": fastProduct(d, nil, u, v[:16], fromZero, matrixProduct(2, 2, 8)), "OuterSum": fastOuterSum(d, u, v, 2, 2, 8),
			"GatherAdd": fastGatherAdd(d[:2], u, 8), "OuterLanes": fastOuterLanes(d, u, v, 2, 2, 8, fromZero),
			"RowDot": fastRowDot(d[:2], u, v, nil, fromZero, 8), "RowAxpy": fastRowAxpy(d[:8], u, v[:2]),
			"RowOuter": fastRowOuter(d, u[:8], v[:8]), "Act": fastKind(Tanh),
		} {
			if got != want {
				t.Errorf("%s: left to assembly: %v", name, got)
			}
		}
	})
	a.check(t, "assembly")
}
