package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

const guard = 5 // values before and after every slice that a kernel must not touch

// sentinel is a NaN that no arithmetic makes.
var sentinel = math.Float64frombits(0x7ff8_dead_beef_0001)

// arena makes slices between guard zones and remembers them.
type arena struct {
	*rand.Rand
	all [][]float64
}

func newArena(seed uint64) *arena { return &arena{Rand: rand.New(rand.NewPCG(seed, 7))} }

// slice returns n values between two guard zones, filled with f.
func (a *arena) slice(n int, f func() float64) []float64 {
	whole := make([]float64, n+2*guard)
	for i := range whole {
		whole[i] = sentinel
	}
	a.all = append(a.all, whole)
	v := whole[guard : guard+n : n+2*guard]
	for i := range v {
		v[i] = f()
	}
	return v
}

// random returns values of either sign and very different size.
func (a *arena) random(n int) []float64 {
	return a.slice(n, func() float64 { return a.NormFloat64() * math.Exp(3*a.NormFloat64()) })
}

// powers returns values ±2^k: products with them are exact, so that sums are bit for bit the same with and
// without fused multiply-adds, and show the order of addition.
func (a *arena) powers(n int) []float64 {
	return a.slice(n, func() float64 { return math.Ldexp(float64(2*a.IntN(2)-1), a.IntN(9)-4) })
}

func (a *arena) copy(v []float64) []float64 {
	c := a.slice(len(v), func() float64 { return 0 })
	copy(c, v)
	return c
}

// check fails if a value in one of the guard zones has changed.
func (a *arena) check(t *testing.T, what string) {
	t.Helper()
	want := math.Float64bits(sentinel)
	for _, whole := range a.all {
		for i := range guard {
			if math.Float64bits(whole[i]) != want || math.Float64bits(whole[len(whole)-1-i]) != want {
				t.Fatalf("%s: wrote outside a slice of %d", what, len(whole)-2*guard)
			}
		}
	}
}

// same reports whether two values are equal; all NaNs are one value here, and so are both zeros.
func same(a, b float64) bool { return a == b || a != a && b != b }

func checkSame(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !same(got[i], want[i]) {
			t.Fatalf("%s: value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

var (
	testSizes = []int{0, 1, 2, 3, 4, 7, 8, 9, 50}
	testLanes = []int{1, 8, 16, 64}
)
