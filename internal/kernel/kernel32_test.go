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

// everyLevel runs f on all levels, generic first.
func everyLevel(f func(level string)) {
	defer restore(Level())
	for _, l := range Levels() {
		restore(l)
		f(l)
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
		// Near halves, of large numbers and of subnormal ones.
		x, y := 1+float32(r.IntN(1<<12))*0x1p-12, 1+float32(r.IntN(1<<12))*0x1p-12
		check(x, y, float32(math.Ldexp(r.NormFloat64(), -r.IntN(100))))
		check(x*0x1p-70, y*0x1p-70, float32(math.Ldexp(r.NormFloat64(), -120-r.IntN(30))))
	}
}

func TestKernelsIn32HaveTheSameBitsOnEveryLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, s := range [][3]int{{1, 1, 16}, {3, 50, 64}, {50, 3, 48}, {9, 6, 112}, {5, 7, 80},
		{2, 0, 32}, {0, 7, 16}, {7, 9, 0}, {8, 1, 144}, {1, 9, 16}} {
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

// One rounding for each term, of a partial sum that is at most the sum of the terms' sizes.
func TestSumsIn32AreWithinTheirRoundings(t *testing.T) {
	const rows, cols, lanes, u = 7, 9, 112, 0x1p-24
	r := rand.New(rand.NewPCG(3, 4))
	w, x, y, b := random32(r, rows*cols), random32(r, cols*lanes), random32(r, rows*lanes), random32(r, rows)
	product, back, outer := make([]float32, rows*lanes), make([]float32, cols*lanes), make([]float64, rows*cols)
	everyLevel(func(level string) {
		MatVecBias32(product, w, x, b, rows, cols, lanes)
		MatVecT32(back, w, y, rows, cols, lanes)
		clear(outer)
		OuterSum32(outer, y, x, rows, cols, lanes)
		within := func(what string, roundings float64, got float64, n int, term func(k int) float64) {
			want, size := 0.0, 0.0
			for k := range n {
				want += term(k)
				size += math.Abs(term(k))
			}
			if !(math.Abs(got-want) <= roundings*u*size) {
				t.Fatalf("%s %s: %g, exactly %g", level, what, got, want)
			}
		}
		for i := range rows {
			for l := range lanes {
				within("product", cols, float64(product[i*lanes+l]), cols+1, func(j int) float64 {
					if j == cols {
						return float64(b[i])
					}
					return float64(w[i*cols+j]) * float64(x[j*lanes+l])
				})
			}
			for j := range cols {
				within("outer", lanes/16+4, outer[i*cols+j], lanes, func(l int) float64 {
					return float64(y[i*lanes+l]) * float64(x[j*lanes+l])
				})
			}
		}
		for j := range cols {
			for l := range lanes {
				within("transposed", rows, float64(back[j*lanes+l]), rows, func(i int) float64 {
					return float64(w[i*cols+j]) * float64(y[i*lanes+l])
				})
			}
		}
	})
}

func TestLanesIn32AreStrangers(t *testing.T) {
	const rows, cols, lanes = 9, 7, 48
	r := rand.New(rand.NewPCG(3, 5))
	w, x, b := random32(r, rows*cols), random32(r, cols*lanes), random32(r, rows)
	bad := append([]float32(nil), x...)
	for j := range cols {
		bad[j*lanes+5], bad[j*lanes+22] = float32(math.NaN()), float32(math.Inf(1-2*(j%2)))
	}
	results := func(x []float32) [][]float32 {
		y, back := make([]float32, rows*lanes), make([]float32, cols*lanes)
		v, d := make([]float32, cols*lanes), make([]float32, cols*lanes)
		MatVecBias32(y, w, x, b, rows, cols, lanes)
		MatVecT32(back, w, y, rows, cols, lanes)
		ActPair32(v, d, x, GELU, 0)
		MulAdd32(d, d, x, v)
		return [][]float32{y, back, v, d}
	}
	everyLevel(func(level string) {
		got := results(bad)
		for k, want := range results(x) {
			for i, v := range want {
				switch l := i % lanes; {
				case l == 5 && got[k][i] == got[k][i]:
					t.Fatalf("%s, result %d: the NaN is lost", level, k)
				case l != 5 && l != 22 && got[k][i] != v:
					t.Fatalf("%s, result %d, lane %d: %g beside infinities, %g else", level, k, l, got[k][i], v)
				}
			}
		}
	})
}

func TestKernelsIn32RefuseWrongSizes(t *testing.T) {
	v := make([]float32, 64)
	for what, f := range map[string]func(){
		"lanes 8":       func() { MatVec32(v, v[:1], v, 1, 1, 8) },
		"length 24":     func() { Add32(v[:24], v, v) },
		"short x":       func() { MatVecT32(v, v, v[:16], 2, 1, 16) },
		"short bias":    func() { MatVecBias32(v, v, v, nil, 1, 1, 16) },
		"short y":       func() { OuterSum32(make([]float64, 2), v[:16], v, 2, 1, 16) },
		"short operand": func() { Mul32(v, v, v[:16]) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			f()
		}()
	}
}

// arguments32 go through all sizes, and special values.
func arguments32() []float32 {
	v := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
		math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 12.875, 13.1875, 43.5, -87, 87}
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
				if e := math.Abs(float64(v[i]) - want[i]); !(e <= max(5*0x1p-23*math.Abs(want[i]), 2e-36)) && !same(float64(v[i]), w) {
					t.Fatalf("%s %v(%g) = %g, want %g", level, k, x, v[i], want[i])
				}
				if e := math.Abs(float64(d[i]) - slope[i]); !(e <= 3*0x1p-23*max(1, math.Abs(slope[i]))) && !same(float64(d[i]), s) {
					t.Fatalf("%s %v'(%g) = %g, want %g", level, k, x, d[i], slope[i])
				}
			}
		})
	}
}

// Arithmetic with subnormal numbers takes many times as long.
func TestFunctionsIn32AreZeroOrNormal(t *testing.T) {
	var src []float32
	for x := float32(1); x < 200; x += 0.01 {
		src = append(src, x, -x)
	}
	src = src[:len(src)&^15]
	for _, k := range []Kind{Tanh, GELU, Sigmoid, SiLU} {
		everyLevel(func(level string) {
			v, d := make([]float32, len(src)), make([]float32, len(src))
			ActPair32(v, d, src, k, 0)
			for i, x := range src {
				for _, y := range []float32{v[i], d[i]} {
					if size := math.Abs(float64(y)); size > 0 && size < 0x1p-126 {
						t.Fatalf("%s %v at %g is %g", level, k, x, y)
					}
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
