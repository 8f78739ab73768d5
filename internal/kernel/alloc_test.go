package kernel

import "testing"

func TestKernelsDoNotAllocate(t *testing.T) { atEveryLevel(t, testKernelsDoNotAllocate) }

func testKernelsDoNotAllocate(t *testing.T) {
	v := func(n int) []float64 { return make([]float64, n) }
	for _, lanes := range []int{1, 8} {
		w, wl, x, y, h := v(50*50), v(50*50*lanes), v(50*lanes), v(50*lanes), v(lanes)
		d0, d1 := v(50*lanes), v(50*lanes)
		c := NewCombination([]float64{1, 0, 2}, [][]float64{x, y, d0})
		n := testing.AllocsPerRun(3, func() {
			MatVec(y, w, x, 50, 50, lanes)
			MatVecAdd(y, w, x, 50, 50, lanes)
			MatVecBias(y, w, x, d0, 50, 50, lanes)
			MatVecT(x, w, y, 50, 50, lanes)
			OuterSum(w, y, x, 50, 50, lanes)
			MatVecLanes(y, wl, x, 50, 50, lanes)
			MatVecTLanes(x, wl, y, 50, 50, lanes)
			OuterLanes(wl, y, x, 50, 50, lanes)
			OuterLanesAdd(wl, y, x, 50, 50, lanes)
			Spread(d0, x[:50], 50, lanes)
			GatherAdd(w[:50], y, 50, lanes)
			c.Step(d1, x, h)
			ErrNorm(h, y, x, d0, 1, 1, 50, lanes)
			for kind := range Kind(kindCount) {
				Act(d0, x, kind, 1)
				ActPair(d0, d1, x, kind, 2)
			}
		})
		if n != 0 {
			t.Errorf("lanes %d: %v allocations", lanes, n)
		}
	}
}
