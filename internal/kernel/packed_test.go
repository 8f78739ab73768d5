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
					testPacked(t, n, terms, transposed, false)
					testPacked(t, n, terms, transposed, true)
				}
			}
		}
	})
}

func testPacked(t *testing.T, n, terms int, transposed, add bool) {
	a := newArena(6)
	y, w, x, b := a.random(n), a.random(n*terms), a.random(terms), a.random(n)
	packed := a.random(PackedSize(n, terms))
	want := a.copy(b)
	for i := range want {
		for k, v := range x {
			u := w[i+k*n]
			if !transposed {
				u = w[i*terms+k]
			}
			if Level() == "generic" {
				want[i] += float64(u * v)
			} else {
				want[i] = math.FMA(u, v, want[i])
			}
		}
		if add {
			want[i] += y[i]
		}
	}
	Pack(packed, w, b, n, terms, transposed)
	MatVecPacked(y, packed, x, add)
	name := fmt.Sprintf("%d sums of %d, transposed %v, added %v", n, terms, transposed, add)
	a.check(t, name)
	for i := range want {
		if !same(y[i], want[i]) {
			t.Fatalf("%s: value %d is %v, want %v", name, i, y[i], want[i])
		}
	}
}
