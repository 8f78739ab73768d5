package kernel

import (
	"fmt"
	"math"
	"testing"
)

// TestElementwise compares every elementwise kernel with its formula, apart and in place.
func TestElementwise(t *testing.T) { atEveryLevel(t, testElementwise) }

func testElementwise(t *testing.T) {
	const s = 0.25
	type kernel struct {
		name string
		run  func(dst, a, b, c []float64)
		f    func(old, a, b, c float64) float64
	}
	for _, k := range []kernel{
		{"Fill", func(dst, _, _, _ []float64) { Fill(dst, s) }, func(_, _, _, _ float64) float64 { return s }},
		{"Add", func(dst, a, b, _ []float64) { Add(dst, a, b) }, func(_, a, b, _ float64) float64 { return a + b }},
		{"AddTo", func(dst, a, _, _ []float64) { AddTo(dst, a) }, func(o, a, _, _ float64) float64 { return o + a }},
		{"Mul", func(dst, a, b, _ []float64) { Mul(dst, a, b) }, func(_, a, b, _ float64) float64 { return a * b }},
		{"MulAdd", MulAdd, func(_, a, b, c float64) float64 { return a*b + c }},
		{"MulAddTo", func(dst, a, b, _ []float64) { MulAddTo(dst, a, b) },
			func(o, a, b, _ float64) float64 { return o + a*b }},
		{"Scale", func(dst, a, _, _ []float64) { Scale(dst, s, a) }, func(_, a, _, _ float64) float64 { return s * a }},
		{"AXPY", func(dst, a, _, _ []float64) { AXPY(dst, s, a) }, func(o, a, _, _ float64) float64 { return o + s*a }},
	} {
		for _, n := range []int{0, 1, 2, 7, 8, 9, 50, 67} {
			a := newArena(uint64(n))
			p, q, r := a.powers(n), a.powers(n), a.random(n) // exact products: the same with and without fusing
			for alias := range 4 {
				dst, u, v, w := a.random(n), a.copy(p), a.copy(q), a.copy(r)
				dst = [...][]float64{dst, u, v, w}[alias]
				want := a.copy(dst)
				for i := range want {
					want[i] = k.f(want[i], p[i], q[i], r[i])
				}
				k.run(dst, u, v, w)
				what := fmt.Sprintf("%s of %d, alias %d", k.name, n, alias)
				checkSame(t, what, dst, want)
				a.check(t, what)
			}
		}
	}
}

func TestSumsAreEightPartialSumsAndATree(t *testing.T) {
	atEveryLevel(t, testSumsAreEightPartialSumsAndATree)
}

func testSumsAreEightPartialSumsAndATree(t *testing.T) {
	for n := range 70 {
		a := newArena(uint64(n))
		p, q := a.powers(n), a.random(n)
		terms := make([]float64, n)
		for i := range terms {
			terms[i] = p[i] * q[i]
		}
		if got, want := Dot(p, q), sum(terms, true); !same(got, want) {
			t.Fatalf("dot of %d: %v, want %v", n, got, want)
		}
	}
	for _, lanes := range testLanes {
		a := newArena(uint64(lanes))
		src, dst := a.random(9*lanes), a.random(9)
		want := a.copy(dst)
		for i := range want {
			want[i] += sum(src[i*lanes:(i+1)*lanes], true)
		}
		GatherAdd(dst, src, 9, lanes)
		checkSame(t, "GatherAdd", dst, want)
		a.check(t, "GatherAdd")
	}
}

// TestGatherIsTransposeOfSpread checks ⟨c, Spread(x)⟩ = ⟨GatherAdd(c), x⟩.
func TestGatherIsTransposeOfSpread(t *testing.T) { atEveryLevel(t, testGatherIsTransposeOfSpread) }

func testGatherIsTransposeOfSpread(t *testing.T) {
	for _, lanes := range testLanes {
		a := newArena(2)
		norm := func() float64 { return a.NormFloat64() }
		x, c := a.slice(9, norm), a.slice(9*lanes, norm)
		wide, back := a.random(9*lanes), a.slice(9, func() float64 { return 0 })
		Spread(wide, x, 9, lanes)
		GatherAdd(back, c, 9, lanes)
		if l, r := Dot(c, wide), Dot(back, x); !(math.Abs(l-r) <= 1e-12) {
			t.Errorf("lanes %d: %v and %v", lanes, l, r)
		}
		a.check(t, "Spread")
	}
}
