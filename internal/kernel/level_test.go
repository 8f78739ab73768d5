package kernel

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// atEveryLevel runs a test on every set of instructions that this processor has.
func atEveryLevel(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	defer restore(Level())
	for _, l := range Levels() {
		t.Run(l, func(t *testing.T) {
			restore(l)
			f(t)
		})
	}
}

func restore(l string) {
	if err := Force(l); err != nil {
		panic(err)
	}
}

func TestForceKnowsItsLevels(t *testing.T) {
	defer restore(Level())
	for _, l := range Levels() {
		if err := Force(l); err != nil || Level() != l {
			t.Errorf("Force(%q) = %v, level %q", l, err, Level())
		}
	}
	if err := Force("mmx"); err == nil {
		t.Error("an unknown level was accepted")
	}
}

// onLevels returns what f computes on each level.
func onLevels(f func() []float64) map[string][]float64 {
	defer restore(Level())
	out := map[string][]float64{}
	for _, l := range Levels() {
		restore(l)
		out[l] = f()
	}
	return out
}

// compareLevels checks that the two levels in assembly give the same bits and that plain Go differs by rounding only:
// at most bound[i] in value i.
func compareLevels(t *testing.T, what string, got map[string][]float64, bound func(i int) float64) {
	t.Helper()
	if len(got) == 3 {
		for i, v := range got["avx512"] {
			if u := got["avx2"][i]; math.Float64bits(u) != math.Float64bits(v) && (u == u || v == v) {
				t.Fatalf("%s: value %d is %v on avx2, %v on avx512", what, i, u, v)
			}
		}
	}
	for l, v := range got {
		for i := range v {
			g := got["generic"][i]
			if !(math.Abs(v[i]-g) <= bound(i)) && !same(v[i], g) {
				t.Fatalf("%s: value %d is %v on %s, %v in Go", what, i, v[i], l, g)
			}
		}
	}
}

// TestLevelsAgreeOnProducts bounds the difference by the rounding of each of the terms that were summed.
func TestLevelsAgreeOnProducts(t *testing.T) {
	if len(Levels()) < 2 {
		t.Skip("there is one level only")
	}
	for _, k := range matrixKernels() {
		forShapes(k.per, func(s shape) {
			a := newArena(8)
			nout, np, nq := k.sizes(s)
			out, p, q, b := a.random(nout), a.random(np), a.random(nq), a.random(s.rows)
			got := onLevels(func() []float64 {
				v := a.copy(out)
				k.run(v, p, q, b, s)
				return v
			})
			size := a.slice(nout, func() float64 { return 0 })
			for i := range size {
				if k.add {
					size[i] = math.Abs(out[i])
				}
			}
			absolute := func(v []float64) []float64 {
				u := a.copy(v)
				for i := range u {
					u[i] = math.Abs(u[i])
				}
				return u
			}
			k.spec(size, absolute(p), absolute(q), absolute(b), s)
			terms := float64(s.rows + s.cols + s.lanes)
			compareLevels(t, fmt.Sprintf("%s %+v", k.name, s), got,
				func(i int) float64 { return terms * 0x1p-53 * size[i] })
			a.check(t, k.name)
		})
	}
}

// TestLevelsAgreeOnFunctions covers the ends of the range, where one implementation hands over to another.
func TestLevelsAgreeOnFunctions(t *testing.T) {
	for _, k := range Kinds() {
		for order := range 3 {
			a := newArena(21)
			src := a.random(503)
			for i, v := range []float64{354, 354.0000001, 37.5, 37.500001, 708, 708.01, 1e5, 100001, 0,
				373.9, 374, 38, 39.99, 40, 41, 745, 746, 750, 1e300, math.MaxFloat64, 5e-324, math.Inf(1), math.NaN(),
				5.95, 5.9500001, 26.5, 0x1p-1022} {
				src[17*i], src[17*i+1] = v, -v
			}
			got := onLevels(func() []float64 {
				v := a.copy(src)
				Act(v, v, k, order)
				return v
			})
			compareLevels(t, fmt.Sprintf("%v order %d", k, order), got, func(i int) float64 {
				if k == GELU && order < 2 || k == Erf || k == Log {
					return 0 // Go fuses the same operations
				}
				size := math.Abs(got["generic"][i]) + 1e-300
				if k == Sin || k == Cos {
					size = 1 // near their zeros x - nπ/2 is the better the longer π is
				}
				if k == SiLU && order == 1 && math.Abs(src[i]) < 3 {
					size = 1 // two terms of that size cancel where the derivative vanishes
				}
				return 3e-15 * size
			})
		}
	}
}

func TestLevelsAgreeOnSteps(t *testing.T) {
	coef := []float64{0.2, 0, -0.7, 1.5}
	for _, lanes := range testLanes {
		for _, rows := range []int{1, 2, 3, 8, 9, 50, 64} {
			a := newArena(31)
			n := rows * lanes
			norm := func() float64 { return a.NormFloat64() }
			x, h, k := a.slice(n, norm), a.slice(lanes, norm), make([][]float64, 4)
			for s := range k {
				k[s] = a.slice(n, norm)
			}
			sums := onLevels(func() []float64 {
				v := a.random(n)
				stageSum(v, x, h, coef, k, rows, lanes)
				return v
			})
			what := fmt.Sprintf("%d rows, %d lanes", rows, lanes)
			compareLevels(t, "stages, "+what, sums, func(int) float64 { return 1e-14 })
			norms := onLevels(func() []float64 {
				v := a.random(lanes)
				ErrNorm(v, k[0], x, k[1], 1e-3, 1e-6, rows, lanes)
				return v
			})
			compareLevels(t, "norm, "+what, norms, func(i int) float64 {
				if lanes == 1 {
					return 0
				}
				return 1e-14 * norms["generic"][i]
			})
			a.check(t, what)
		}
	}
}

// Peak counts two operations for each number of each multiply-add in the loop that it runs.
func TestPeakCountsItsMultiplyAdds(t *testing.T) {
	defer restore(Level())
	for _, l := range Levels() {
		restore(l)
		want := 0
		if width, ok := map[string]int{"avx2": 4, "avx512": 8}[l]; ok {
			source, err := os.ReadFile("kernel_" + l + "_amd64.s")
			if err != nil {
				t.Fatal(err)
			}
			_, loop, _ := strings.Cut(string(source), "TEXT ·peak")
			_, loop, _ = strings.Cut(loop, "round:")
			loop, _, found := strings.Cut(loop, "JNZ")
			want = 2 * width * strings.Count(loop, "VFMADD")
			if !found || want == 0 {
				t.Fatalf("%s: the loop is not found", l)
			}
		}
		if got := Peak(3); got != 3*want {
			t.Errorf("%s: three rounds are %d operations, want %d", l, got, 3*want)
		}
	}
}
