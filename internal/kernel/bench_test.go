package kernel

import (
	"fmt"
	"testing"
)

func perValue(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/value")
}

func BenchmarkAct(b *testing.B) {
	const n = 512
	src, d0, d1 := make([]float64, n), make([]float64, n), make([]float64, n)
	a := newArena(1)
	for i := range src {
		src[i] = 2 * a.NormFloat64()
	}
	for _, k := range Kinds() {
		b.Run(fmt.Sprintf("%v/value", k), func(b *testing.B) {
			for b.Loop() {
				Act(d0, src, k, 0)
			}
			perValue(b, n)
		})
		b.Run(fmt.Sprintf("%v/pair", k), func(b *testing.B) {
			for b.Loop() {
				ActPair(d0, d1, src, k, 0)
			}
			perValue(b, n)
		})
	}
}
