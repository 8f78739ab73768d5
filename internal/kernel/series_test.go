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
				want[i] += r * c // some compilers fuse that, as they do in the loop
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

// TestSeriesOfLanes compares the series of eight lanes with one product after the other, and their sum with the
// outer product of as many lanes as there are terms in all. Powers of two make products exact at every level.
func TestSeriesOfLanes(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, rows := range []int{1, 2, 3, 4, 7, 50} {
			for _, cols := range []int{1, 3, 4, 5, 50} {
				for _, n := range []int{0, 1, 2, 17} {
					testSeriesOfLanes(t, rows, cols, n)
				}
			}
		}
	})
}

func testSeriesOfLanes(t *testing.T, rows, cols, n int) {
	a, stride := newArena(7), 8*(rows+cols)+3
	v := a.powers(n*stride + stride)
	y, x := v, v[8*rows:]
	each, sum := a.random(rows*cols*8), a.random(rows*cols)
	wantEach, wantSum := a.copy(each), a.copy(sum)
	wideY, wideX := make([]float64, rows*8*n), make([]float64, cols*8*n)
	for k := range n {
		OuterLanesAdd(wantEach, y[k*stride:], x[k*stride:], rows, cols, 8)
		for i := range rows {
			copy(wideY[8*(i*n+k):], y[k*stride+8*i:][:8])
		}
		for j := range cols {
			copy(wideX[8*(j*n+k):], x[k*stride+8*j:][:8])
		}
	}
	if n > 0 {
		OuterSum(wantSum, wideY, wideX, rows, cols, 8*n)
	}
	OuterSeriesLanes(each, y, x, rows, cols, n, stride)
	OuterSeriesSum(sum, y, x, rows, cols, n, stride)
	name := fmt.Sprintf("%d×%d, %d terms", rows, cols, n)
	checkSame(t, name+", each", each, wantEach)
	checkSame(t, name+", sum", sum, wantSum)
	const sick = 5
	for i := sick; n > 0 && i < 8*(rows+cols); i += 8 {
		v[(n-1)*stride+i] = math.NaN()
	}
	again := a.copy(wantEach)
	OuterSeriesLanes(wantEach, y, x, rows, cols, n, stride)
	for i, w := range again {
		if n > 0 && i%8 == sick && wantEach[i] == wantEach[i] {
			t.Fatalf("%s: NaN in lane %d is lost", name, sick)
		}
		if i%8 != sick && wantEach[i] != wantEach[i] && w == w {
			t.Fatalf("%s: NaN of lane %d in lane %d", name, sick, i%8)
		}
	}
	a.check(t, name)
}
