package opt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// condensable are systems of stable trajectories.
func condensable(rng *rand.Rand) map[string]*system {
	out := map[string]*system{}
	for _, c := range []struct {
		trajectories, elements, dim, p int
		free                           bool
	}{{1, 5, 2, 3, true}, {1, 30, 2, 42, true}, {3, 10, 2, 7, true}, {2, 20, 3, 40, false}, {4, 3, 1, 70, true}, {1, 12, 2, 162, true}} {
		out[fmt.Sprintf("%+v", c)] = collocation(rng, c.trajectories, c.elements, c.dim, c.p, -0.1, c.free)
	}
	return out
}

// TestCondensedAddsToTheDiagonal: after more was added to the diagonal, inertia and solutions are those of the
// dense matrix with as much on it, whether that is positive definite on the rows or not.
func TestCondensedAddsToTheDiagonal(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	rights := 0
	for name, s := range condensable(rng) {
		n, m := len(s.shape.Low), len(s.shape.Floor)
		s.shape.Low[n-1], s.shape.High[n-1] = math.Inf(-1), math.Inf(1)
		fast, d := newCondensed(s.shape), slices.Clone(s.d)
		if fast == nil {
			t.Fatalf("%s is not condensed", name)
		}
		for i := range d {
			d[i] = -0.3
		}
		fast.factor(s.hess, s.jac, d, s.e)
		if fast.chained {
			t.Errorf("%s: a stable trajectory is not condensed", name)
		}
		for _, by := range []float64{0.01, 0.1, 0.25, 0.35, 1, 10} {
			got, ok := fast.shift(by)
			if !ok {
				t.Fatalf("%s: nothing can be added", name)
			}
			more := slices.Clone(d)
			for i := range more {
				more[i] += by
			}
			slow := newDense(s.shape)
			want := slow.factor(s.hess, s.jac, more, s.e)
			if (got.Negative == m) != (want.Negative == m) {
				t.Errorf("%s with %g more: %v, dense %v", name, by, got, want)
			}
			if want.Negative != m {
				continue
			}
			rights++
			b := make([]float64, n+m)
			for i := range b {
				b[i] = rng.NormFloat64()
			}
			x := slices.Clone(b)
			fast.solve(x)
			slow.solve(b)
			for i := range b {
				if math.Abs(x[i]-b[i]) > 1e-9*largestOf(b) {
					t.Fatalf("%s with %g more: entry %d is %g, dense %g", name, by, i, x[i], b[i])
				}
			}
		}
	}
	if rights < 8 {
		t.Errorf("only %d of the matrices were right", rights)
	}
}

// TestCondensedLeavesUnstableTrajectories to a factorisation with pivots that wait.
func TestCondensedLeavesUnstableTrajectories(t *testing.T) {
	s := collocation(rand.New(rand.NewPCG(1, 2)), 1, 60, 2, 5, 2, true) // grows by e¹²⁰
	fast := newCondensed(s.shape)
	if in := fast.factor(s.hess, s.jac, s.d, s.e); !fast.chained || in.Zero > 0 {
		t.Errorf("chained %v, inertia %v", fast.chained, in)
	}
	if _, ok := fast.shift(1); ok {
		t.Error("something is added to what is not condensed")
	}
	if fast.steady() {
		t.Error("there is a way that is slower still")
	}
}

// TestCondensedHasABetterWay: the slower factors of the same matrix solve the same system.
func TestCondensedHasABetterWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	s := collocation(rng, 1, 10, 2, 5, 0.1, true)
	for i := range s.d {
		s.d[i] = 2
	}
	fast := newCondensed(s.shape)
	fast.factor(s.hess, s.jac, s.d, s.e)
	a, b := make([]float64, len(s.d)+len(s.e)), make([]float64, len(s.d)+len(s.e))
	for i := range a {
		a[i] = rng.NormFloat64()
	}
	copy(b, a)
	fast.solve(a)
	if !fast.steady() || !fast.chained {
		t.Fatal("there is none")
	}
	fast.solve(b)
	for i := range a {
		if math.Abs(a[i]-b[i]) > 1e-9*largestOf(b) {
			t.Fatalf("entry %d is %g, was %g", i, b[i], a[i])
		}
	}
}

// TestCondensedAllocatesNothing once it has factors.
func TestCondensedAllocatesNothing(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := collocation(rand.New(rand.NewPCG(1, 2)), 2, 20, 2, 42, 0.1, true)
	fast, x := newCondensed(s.shape), make([]float64, len(s.d)+len(s.e))
	run := func() {
		fast.factor(s.hess, s.jac, s.d, s.e)
		fast.shift(1)
		x[3] = 1
		fast.solve(x)
	}
	if got := testing.AllocsPerRun(5, run); got != 0 {
		t.Errorf("%g allocations", got)
	}
}

// TestCondensedBits do not depend on the number of threads.
func TestCondensedBits(t *testing.T) {
	var first []float64
	for _, threads := range []int{1, 2, 5} {
		before := runtime.GOMAXPROCS(threads)
		s := collocation(rand.New(rand.NewPCG(1, 2)), 3, 20, 2, 300, 0.1, true)
		for i := range s.d {
			s.d[i] = 3
		}
		fast, x := newCondensed(s.shape), make([]float64, len(s.d)+len(s.e))
		for i := range x {
			x[i] = float64(i%7) - 3
		}
		fast.factor(s.hess, s.jac, s.d, s.e)
		fast.shift(1)
		fast.solve(x)
		runtime.GOMAXPROCS(before)
		if first == nil {
			first = x
		}
		if !slices.Equal(first, x) {
			t.Errorf("%d threads: other bits", threads)
		}
	}
}

// TestCholeskyByPanels: factors and solutions are those of the plain loop, and a matrix that is not positive
// definite is told from one that is.
func TestCholeskyByPanels(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{1, 31, 32, 33, 162, 300} {
		root, a := make([]float64, n*n), make([]float64, n*n)
		for i := range root {
			root[i] = rng.NormFloat64()
		}
		for i := range n {
			for j := range i + 1 {
				for k := range n {
					a[i*n+j] += root[i*n+k] * root[j*n+k] / float64(n)
				}
			}
			a[i*n+i] += 0.1
		}
		c := newCholesky(n)
		c.lower(a, n)
		if !c.factor() {
			t.Fatalf("%d rows: not positive definite", n)
		}
		b := make([]float64, n)
		for i := range b {
			b[i] = rng.NormFloat64()
		}
		x := slices.Clone(b)
		c.solve(x)
		for i := range n {
			sum := 0.0
			for j, v := range x {
				sum += a[max(i, j)*n+min(i, j)] * v
			}
			if math.Abs(sum-b[i]) > 1e-10 {
				t.Fatalf("%d rows: row %d is off by %g", n, i, sum-b[i])
			}
		}
		c.lower(a, n)
		c.add(n-1, n-1, -1e3)
		if c.factor() {
			t.Errorf("%d rows: a negative direction is not seen", n)
		}
	}
}
