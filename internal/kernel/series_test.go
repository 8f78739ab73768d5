package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestSeriesAddsOneProductAfterTheOther compares bit for bit with a loop that
// rounds as the level does.
func TestSeriesAddsOneProductAfterTheOther(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, rows := range []int{1, 2, 3, 7, 9, 50} {
			for _, cols := range []int{1, 2, 3, 8, 13, 32, 50, 70} {
				for _, n := range []int{0, 1, 2, 33} {
					testSeries(t, rows, cols, n)
				}
			}
		}
	})
}

func testSeries(t *testing.T, rows, cols, n int) {
	a, stride := newArena(5), rows+cols+1
	m, v := a.random(rows*cols), a.random(n*stride)
	want := a.copy(m)
	for k := range n {
		y, x := v[k*stride:], v[k*stride+rows:]
		for i := range want {
			if r, c := y[i/cols], x[i%cols]; Level() == "generic" {
				want[i] += float64(r * c)
			} else {
				want[i] = math.FMA(r, c, want[i])
			}
		}
	}
	if n > 0 {
		OuterSeries(m, v[:len(v)-stride+rows], v[rows:], rows, cols, n, stride)
	}
	name := fmt.Sprintf("%d×%d, %d terms", rows, cols, n)
	a.check(t, name)
	for i := range want {
		if !same(m[i], want[i]) {
			t.Fatalf("%s: entry %d is %v, want %v", name, i, m[i], want[i])
		}
	}
}
