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

// BenchmarkActShort shows what a call costs beside its values.
func BenchmarkActShort(b *testing.B) {
	for _, n := range []int{1, 8, 32, 50} {
		src, d0, d1 := make([]float64, n), make([]float64, n), make([]float64, n)
		for _, k := range []Kind{Tanh, GELU} {
			b.Run(fmt.Sprintf("%v/%d", k, n), func(b *testing.B) {
				for b.Loop() {
					ActPair(d0, d1, src, k, 0)
				}
				perValue(b, n)
			})
		}
	}
}

// BenchmarkLayer runs the kernels of one layer of the small networks that are commonest.
func BenchmarkLayer(b *testing.B) {
	for _, shape := range [][2]int{{32, 2}, {2, 32}, {50, 3}, {50, 50}, {3, 50}} {
		rows, cols := shape[0], shape[1]
		for _, lanes := range []int{1, 8, 64} {
			w, bias := make([]float64, rows*cols), make([]float64, rows)
			x, y := make([]float64, cols*lanes), make([]float64, rows*lanes)
			for name, f := range map[string]func(){
				"bias":  func() { MatVecBias(y, w, x, bias, rows, cols, lanes) },
				"T":     func() { MatVecT(x, w, y, rows, cols, lanes) },
				"outer": func() { OuterSum(w, y, x, rows, cols, lanes) },
			} {
				b.Run(fmt.Sprintf("%s/%dx%d/%d", name, rows, cols, lanes), func(b *testing.B) {
					for b.Loop() {
						f()
					}
					perValue(b, rows*cols*lanes)
				})
			}
		}
	}
}

// BenchmarkForward evaluates small networks; a value is one sample.
func BenchmarkForward(b *testing.B) {
	for _, sizes := range [][]int{{2, 32, 2}, {3, 50, 50, 3}} {
		for _, k := range []Kind{Tanh, GELU} {
			for _, lanes := range []int{1, 8, 64} {
				var w, bias, x [][]float64
				a := newArena(1)
				for i, n := range sizes {
					x = append(x, a.slice(n*lanes, a.NormFloat64))
					if i > 0 {
						w = append(w, a.slice(n*sizes[i-1], a.NormFloat64))
						bias = append(bias, a.slice(n, a.NormFloat64))
					}
				}
				b.Run(fmt.Sprintf("%v/%v/%d", sizes, k, lanes), func(b *testing.B) {
					for b.Loop() {
						for i := range w {
							MatVecBias(x[i+1], w[i], x[i], bias[i], sizes[i+1], sizes[i], lanes)
							if i+1 < len(w) {
								Act(x[i+1], x[i+1], k, 0)
							}
						}
					}
					perValue(b, lanes)
				})
			}
		}
	}
}

// BenchmarkStep runs the kernels of a step of an embedded method of order 5 with seven stages.
func BenchmarkStep(b *testing.B) {
	coef := []float64{0.1, 0, 0.3, 0.4, 0.5, 0.6, 0.7}
	for _, rows := range []int{2, 3, 50} {
		for _, lanes := range []int{1, 8, 64} {
			n := rows * lanes
			x, h, norm, k := make([]float64, n), make([]float64, lanes), make([]float64, lanes), make([][]float64, 7)
			for s := range k {
				k[s] = make([]float64, n)
			}
			c := NewCombination(coef, k)
			b.Run(fmt.Sprintf("stages/%d/%d", rows, lanes), func(b *testing.B) {
				for b.Loop() {
					c.Step(x, x, h)
				}
				perValue(b, n)
			})
			b.Run(fmt.Sprintf("norm/%d/%d", rows, lanes), func(b *testing.B) {
				for b.Loop() {
					ErrNorm(norm, k[0], x, x, 1e-6, 1e-6, rows, lanes)
				}
				perValue(b, n)
			})
		}
	}
}
