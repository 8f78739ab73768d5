package kernel

import (
	"math"
	"testing"
)

// TestMatVecTPart: some columns of a matrix, added in the order of rows, at all levels.
func TestMatVecTPart(t *testing.T) {
	best := Level()
	defer Force(best)
	for _, level := range Levels() {
		if err := Force(level); err != nil {
			t.Fatal(err)
		}
		for _, c := range [][4]int{{1, 1, 1, 8}, {5, 3, 7, 8}, {64, 34, 168, 32}, {396, 2, 168, 168}, {7, 9, 9, 24}, {0, 3, 5, 8}} {
			rows, cols, stride, lanes := c[0], c[1], c[2], c[3]
			a := newArena(uint64(rows))
			w, y, x := a.powers(max(0, (rows-1)*stride+cols)), a.powers(rows*lanes), a.powers(cols*lanes)
			want := a.copy(x)
			for j := range cols {
				for i := range rows {
					for l := range lanes {
						want[j*lanes+l] += w[i*stride+j] * y[i*lanes+l]
					}
				}
			}
			MatVecTPart(x, w, y, rows, cols, stride, lanes)
			for i := range x {
				if math.Float64bits(x[i]) != math.Float64bits(want[i]) {
					t.Fatalf("%s, %v: entry %d is %g, want %g", level, c, i, x[i], want[i])
				}
			}
			a.check(t, "MatVecTPart")
		}
	}
}
