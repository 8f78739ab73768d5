package kernel

import (
	"fmt"
	"testing"
)

// BenchmarkPeak measures the limit: floating-point operations a nanosecond of multiply-adds alone.
func BenchmarkPeak(b *testing.B) {
	defer restore(Level())
	for _, l := range Levels()[1:] {
		restore(l)
		b.Run(l, func(b *testing.B) {
			flops := 0
			for b.Loop() {
				flops += Peak(1000)
			}
			perNanosecond(b, flops)
		})
	}
}

func perNanosecond(b *testing.B, flops int) {
	b.ReportMetric(float64(flops)/float64(b.Elapsed().Nanoseconds()), "flop/ns")
}

// BenchmarkLevels runs the largest parts of a gradient on every level; compare flop/ns with BenchmarkPeak.
func BenchmarkLevels(b *testing.B) {
	defer restore(Level())
	const n = 50
	for _, l := range Levels() {
		restore(l)
		for _, lanes := range []int{1, 8, 64} {
			a := newArena(1)
			w, per := a.slice(n*n, a.NormFloat64), a.slice(n*n*lanes, a.NormFloat64)
			x, y, bias := a.slice(n*lanes, a.NormFloat64), a.slice(n*lanes, a.NormFloat64), a.slice(n, a.NormFloat64)
			for _, k := range []struct {
				name string
				run  func()
			}{
				{"bias", func() { MatVecBias(y, w, x, bias, n, n, lanes) }},
				{"transposed", func() { MatVecT(x, w, y, n, n, lanes) }},
				{"outer", func() { OuterSum(w, y, x, n, n, lanes) }},
				{"biasLanes", func() { MatVecLanes(y, per, x, n, n, lanes) }},
				{"outerLanes", func() { OuterLanesAdd(per, y, x, n, n, lanes) }},
			} {
				b.Run(fmt.Sprintf("%s/%s/%d", l, k.name, lanes), func(b *testing.B) {
					clear(x)
					clear(y)
					flops := 0
					for b.Loop() {
						k.run()
						flops += 2 * n * n * lanes
					}
					perNanosecond(b, flops)
				})
			}
		}
		src, d0, d1 := make([]float64, 512), make([]float64, 512), make([]float64, 512)
		a := newArena(1)
		for i := range src {
			src[i] = 2 * a.NormFloat64()
		}
		for _, k := range []Kind{Tanh, GELU, Sigmoid, Erf, Softplus, SiLU, Sin, Exp, Log} {
			b.Run(fmt.Sprintf("%s/%v", l, k), func(b *testing.B) {
				for b.Loop() {
					Act(d0, src, k, 0)
				}
				perValue(b, len(src))
			})
			b.Run(fmt.Sprintf("%s/%v/pair", l, k), func(b *testing.B) {
				for b.Loop() {
					ActPair(d0, d1, src, k, 0)
				}
				perValue(b, len(src))
			})
		}
	}
}
