package kernel

import "testing"

// TestLargeProductsGoInPieces: sizes that take the assembly several calls give what their rows give one by one.
func TestLargeProductsGoInPieces(t *testing.T) { atEveryLevel(t, testLargeProductsGoInPieces) }

func testLargeProductsGoInPieces(t *testing.T) {
	const rows, cols, lanes = 45, 61, 256 // more than one call's work
	a := newArena(6)
	norm := func(n int) []float64 { return a.slice(n, a.NormFloat64) }
	w, x, f, b := norm(rows*cols), norm(cols*lanes), norm(rows*lanes), norm(rows)
	per, y := norm(rows*cols*8), norm(rows*lanes)
	got, want := a.random(rows*lanes), a.random(rows*lanes)
	for name, run := range map[string]func(dst []float64, i, n int){
		"MatVecBias":  func(dst []float64, i, n int) { MatVecBias(dst, w[i*cols:], x, b[i:], n, cols, lanes) },
		"MatVecTimes": func(dst []float64, i, n int) { MatVecTimes(dst, w[i*cols:], x, f[i*lanes:], n, cols, lanes) },
		"GatherAdd":   func(dst []float64, i, n int) { GatherAdd(dst, y[i*lanes:], n, lanes) },
		"OuterSum":    func(dst []float64, i, n int) { OuterSum(dst, y[i*lanes:], x, n, 1, lanes) },
		"OuterSeriesLanes": func(dst []float64, i, n int) {
			OuterSeriesLanes(dst, per[8*i:], x, n, 4, 23, 8*cols)
		},
	} {
		size := map[string]int{"GatherAdd": 1, "OuterSum": 1, "OuterSeriesLanes": 32}[name]
		if size == 0 {
			size = lanes
		}
		clear(got)
		clear(want)
		run(got[:rows*size], 0, rows)
		for i := range rows {
			run(want[i*size:(i+1)*size], i, 1)
		}
		checkSame(t, name, got[:rows*size], want[:rows*size])
	}
	a.check(t, "large products")
}
