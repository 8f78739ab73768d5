package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func random32(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// everyLevel runs f on all levels and restores the one in use.
func everyLevel(f func(level string)) {
	before := active
	defer func() { active = before }()
	for _, name := range Levels() {
		if Force(name) == nil {
			f(name)
		}
	}
}

func TestMultiplyAddIn32RoundsOnce(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 2))
	check := func(x, y, z float32) {
		exact := new(big.Float).SetPrec(2000).SetFloat64(float64(x))
		exact.Mul(exact, new(big.Float).SetFloat64(float64(y)))
		exact.Add(exact, new(big.Float).SetFloat64(float64(z)))
		if want, _ := exact.Float32(); fma32(x, y, z) != want {
			t.Fatalf("%g*%g+%g = %g, want %g", x, y, z, fma32(x, y, z), want)
		}
	}
	check(1+0x1p-12, 1-0x1p-12, -1)
	check(1, 1+0x1p-23, 0x1p-24) // halves, decided by what is far below
	check(1+0x1p-12, 1+0x1p-12, 0x1p-80)
	check(0x1.001p0, 0x1.001p0, -0x1p-80)
	for range 20000 {
		z := float32(math.Ldexp(r.NormFloat64(), r.IntN(120)-60))
		check(float32(r.NormFloat64()), float32(r.NormFloat64()), z)
	}
}

func TestKernelsIn32HaveTheSameBitsOnEveryLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, s := range [][3]int{{1, 1, 16}, {3, 50, 64}, {50, 3, 48}, {9, 6, 112}, {5, 7, 80}, {2, 0, 32}} {
		rows, cols, lanes := s[0], s[1], s[2]
		w, x, y, b := random32(r, rows*cols), random32(r, cols*lanes), random32(r, rows*lanes), random32(r, rows)
		var want [][]float32
		var sums []float64
		everyLevel(func(level string) {
			got := [][]float32{make([]float32, rows*lanes), make([]float32, rows*lanes), make([]float32, cols*lanes),
				make([]float32, rows*lanes), make([]float32, rows*lanes), make([]float32, rows*lanes), make([]float32, rows*lanes)}
			MatVec32(got[0], w, x, rows, cols, lanes)
			MatVecBias32(got[1], w, x, b, rows, cols, lanes)
			MatVecT32(got[2], w, y, rows, cols, lanes)
			Add32(got[3], y, got[0])
			Mul32(got[4], y, got[0])
			MulAdd32(got[5], y, got[0], got[1])
			Scale32(got[6], 0.3, y)
			a := make([]float64, rows*cols)
			for i := range a {
				a[i] = float64(i)
			}
			OuterSum32(a, y, x, rows, cols, lanes)
			if want == nil {
				want, sums = got, a
				return
			}
			for k := range want {
				for i := range want[k] {
					if math.Float32bits(want[k][i]) != math.Float32bits(got[k][i]) {
						t.Fatalf("%s %v kernel %d at %d: %g, generic %g", level, s, k, i, got[k][i], want[k][i])
					}
				}
			}
			for i := range sums {
				if math.Float64bits(sums[i]) != math.Float64bits(a[i]) {
					t.Fatalf("%s %v: sum %d is %g, generic %g", level, s, i, a[i], sums[i])
				}
			}
		})
	}
}

func TestProductsIn32AreThoseOf64(t *testing.T) {
	const rows, cols, lanes = 7, 9, 48
	r := rand.New(rand.NewPCG(3, 4))
	w, x, b := random32(r, rows*cols), random32(r, cols*lanes), random32(r, rows)
	y, back, outer := make([]float32, rows*lanes), make([]float32, cols*lanes), make([]float64, rows*cols)
	MatVecBias32(y, w, x, b, rows, cols, lanes)
	MatVecT32(back, w, y, rows, cols, lanes)
	OuterSum32(outer, y, x, rows, cols, lanes)
	wide := func(v []float32) []float64 {
		u := make([]float64, len(v))
		Widen(u, v)
		return u
	}
	y64, back64, outer64 := make([]float64, rows*lanes), make([]float64, cols*lanes), make([]float64, rows*cols)
	MatVecBias(y64, wide(w), wide(x), wide(b), rows, cols, lanes)
	MatVecT(back64, wide(w), wide(y), rows, cols, lanes)
	OuterSum(outer64, wide(y), wide(x), rows, cols, lanes)
	near := func(what string, got, want []float64) {
		for i := range want {
			if !(math.Abs(got[i]-want[i]) < 1e-5*(1+math.Abs(want[i]))) {
				t.Fatalf("%s %d: %g, in float64 %g", what, i, got[i], want[i])
			}
		}
	}
	near("product", wide(y), y64)
	near("transposed", wide(back), back64)
	near("outer", outer, outer64)
}

// arguments32 go through all sizes, and special values.
func arguments32() []float32 {
	v := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
		math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 13.1875, 43.5, -87, 87}
	for i := -8000; i <= 8000; i++ {
		v = append(v, float32(i)*0.0123, float32(math.Ldexp(float64(i), -24)))
	}
	return append(v, make([]float32, 16-len(v)%16)...)
}

func TestFunctionsIn32AreAccurate(t *testing.T) {
	src := arguments32()
	wide, want, slope := make([]float64, len(src)), make([]float64, len(src)), make([]float64, len(src))
	Widen(wide, src)
	for _, k := range []Kind{Tanh, GELU, Sigmoid, SiLU, Softplus, Sin, Exp, Square} {
		ActPair(want, slope, wide, k, 0)
		everyLevel(func(level string) {
			v, d := make([]float32, len(src)), make([]float32, len(src))
			ActPair32(v, d, src, k, 0)
			for i, x := range src {
				w, s := float64(float32(want[i])), float64(float32(slope[i]))
				same := func(got, want float64) bool { return got == want || math.IsNaN(got) && math.IsNaN(want) }
				if e := math.Abs(float64(v[i]) - want[i]); !(e <= 4*0x1p-23*math.Abs(want[i])+4e-36) && !same(float64(v[i]), w) {
					t.Fatalf("%s %v(%g) = %g, want %g", level, k, x, v[i], want[i])
				}
				if e := math.Abs(float64(d[i]) - slope[i]); !(e <= 4e-7*max(1, math.Abs(slope[i]))) && !same(float64(d[i]), s) {
					t.Fatalf("%s %v'(%g) = %g, want %g", level, k, x, d[i], slope[i])
				}
			}
		})
	}
}

func TestFunctionsIn32HaveTheSameBitsOnEveryLevelAndAlone(t *testing.T) {
	src := arguments32()
	for _, k := range []Kind{Tanh, GELU, Sigmoid, SiLU} {
		v, d := make([]float32, len(src)), make([]float32, len(src))
		act32Go(v, d, src, k, valueAndSlope)
		everyLevel(func(level string) {
			v0, d0, v1, d1 := make([]float32, len(src)), make([]float32, len(src)), make([]float32, len(src)), make([]float32, len(src))
			ActPair32(v0, d0, src, k, 0)
			Act32(v1, src, k, 0)
			Act32(d1, src, k, 1)
			for i, x := range src {
				for _, pair := range [][2]float32{{v0[i], v[i]}, {v1[i], v[i]}, {d0[i], d[i]}, {d1[i], d[i]}} {
					if x == x && math.Float32bits(pair[0]) != math.Float32bits(pair[1]) {
						t.Fatalf("%s %v at %g: %g, plain Go %g", level, k, x, pair[0], pair[1])
					}
				}
			}
		})
	}
}

func TestConversionsOfAnyLength(t *testing.T) {
	for n := range 40 {
		wide, back := make([]float64, n), make([]float64, n)
		for i := range wide {
			wide[i] = math.Pi * float64(i-7)
		}
		v := make([]float32, n)
		Narrow(v, wide)
		Widen(back, v)
		WidenAdd(back, v)
		for i := range wide {
			if v[i] != float32(wide[i]) || back[i] != 2*float64(v[i]) {
				t.Fatalf("length %d at %d: %g, %g, %g", n, i, wide[i], v[i], back[i])
			}
		}
	}
}
