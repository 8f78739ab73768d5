package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestPackedProductsAddInOrder compares bit for bit with a loop that rounds as
// the level does.
func TestPackedProductsAddInOrder(t *testing.T) {
	atEveryLevel(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 5, 8, 13, 32, 50, 64, 65, 150} {
			for _, terms := range []int{0, 1, 3, 50} {
				for _, transposed := range []bool{false, true} {
					for _, mode := range []packedMode{packedSet, packedAdd, packedTimes} {
						testPacked(t, n, terms, transposed, mode)
					}
				}
			}
		}
	})
}

func testPacked(t *testing.T, n, terms int, transposed bool, mode packedMode) {
	a := newArena(6)
	y, w, x, b, f := a.random(n), a.random(n*terms), a.random(terms), a.random(n), a.random(n)
	packed := a.random(PackedSize(n, terms))
	want := a.copy(b)
	for i := range want {
		for k, v := range x {
			u := w[i+k*n]
			if !transposed {
				u = w[i*terms+k]
			}
			if Level() == "generic" {
				want[i] += u * v // some compilers fuse that, as they do in the loop
			} else {
				want[i] = math.FMA(u, v, want[i])
			}
		}
		switch mode {
		case packedAdd:
			want[i] += y[i]
		case packedTimes:
			want[i] *= f[i]
		}
	}
	Pack(packed, w, b, n, terms, transposed)
	switch mode {
	case packedSet:
		packedProduct(y, packed, x)
	case packedAdd:
		packedProductAdd(y, packed, x)
	default:
		packedProductTimes(y, packed, x, f)
	}
	name := fmt.Sprintf("%d sums of %d, transposed %v, mode %d", n, terms, transposed, mode)
	a.check(t, name)
	for i := range want {
		if !same(y[i], want[i]) {
			t.Fatalf("%s: value %d is %v, want %v", name, i, y[i], want[i])
		}
	}
}
