package bench

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// bulk is the length of the vectors elementwise loops are measured with: two
// of them fit the first cache.
const bulk = 1024

// wave fills a new vector with numbers of order one.
func wave(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = math.Sin(float64(i) + 1)
	}
	return v
}

// plain is a Case of work that cannot fail.
func plain(name string, lanes int, flops float64, prepare func() func()) Case {
	return Case{Name: name, Lanes: lanes, Prepare: func() (*Job, error) {
		run := prepare()
		return &Job{Run: func() error { run(); return nil }, Flops: constant(flops)}, nil
	}}
}

func kernels() []Case {
	var out []Case
	for _, n := range []int{1, 8, 64} {
		out = append(out, products(50, 50, n)...)
	}
	for _, k := range kernel.Kinds() {
		out = append(out, plain("kernel/"+k.String(), bulk, 0, func() func() {
			dst, src := make([]float64, bulk), wave(bulk)
			if k == kernel.Log || k == kernel.Sqrt || k == kernel.Reciprocal {
				for i := range src {
					src[i] += 2
				}
			}
			return func() { kernel.Act(dst, src, k, 0) }
		}))
	}
	out = append(out, plain("kernel/gelu/wide", bulk, 0, func() func() {
		dst, src := make([]float64, bulk), wave(bulk)
		kernel.Scale(src, 50, src) // networks that are not given scaled states see such numbers
		return func() { kernel.Act(dst, src, kernel.GELU, 0) }
	}), plain("kernel/gelu+derivative", bulk, 0, func() func() {
		d0, d1, src := make([]float64, bulk), make([]float64, bulk), wave(bulk)
		return func() { kernel.ActPair(d0, d1, src, kernel.GELU, 0) }
	}), plain("kernel/add", bulk, 0, func() func() {
		dst, a, b := make([]float64, bulk), wave(bulk), wave(bulk)
		return func() { kernel.Add(dst, a, b) }
	}), plain("kernel/muladd", bulk, 2*bulk, func() func() {
		dst, a, b, c := make([]float64, bulk), wave(bulk), wave(bulk), wave(bulk)
		return func() { kernel.MulAdd(dst, a, b, c) }
	}), plain("kernel/dot", bulk, 2*bulk, func() func() {
		a, b := wave(bulk), wave(bulk)
		return func() { kernel.Dot(a, b) }
	}))
	for _, n := range []int{1, 64} {
		out = append(out, sums(3, n)...)
	}
	return out
}

// products are those of one layer and its transposes.
func products(rows, cols, lanes int) []Case {
	name := func(op string) string { return fmt.Sprintf("kernel/%s/%dx%d", op, rows, cols) }
	flops := float64(2 * rows * cols * lanes)
	make3 := func(f func(y, w, x []float64)) func() func() {
		return func() func() {
			y, w, x := wave(rows*lanes), wave(rows*cols), wave(cols*lanes)
			return func() { f(y, w, x) }
		}
	}
	return []Case{
		plain(name("matvec"), lanes, flops, make3(func(y, w, x []float64) { kernel.MatVec(y, w, x, rows, cols, lanes) })),
		plain(name("matvecT"), lanes, flops, make3(func(y, w, x []float64) { kernel.MatVecT(x, w, y, rows, cols, lanes) })),
		plain(name("outer"), lanes, flops, make3(func(y, w, x []float64) {
			if w[0] > 1e100 { // sums grow; start again long before they overflow
				clear(w)
			}
			kernel.OuterSum(w, y, x, rows, cols, lanes)
		})),
		plain(name("matvec-each"), lanes, flops, func() func() {
			y, w, x := make([]float64, rows*lanes), wave(rows*cols*lanes), wave(cols*lanes)
			return func() { kernel.MatVecLanes(y, w, x, rows, cols, lanes) }
		}),
	}
}

// sums are those of a Runge–Kutta step with seven stages.
func sums(rows, lanes int) []Case {
	const stages = 7
	return []Case{
		plain("kernel/stages", lanes, 0, func() func() {
			dst, x, h, coef := make([]float64, rows*lanes), wave(rows*lanes), wave(lanes), wave(stages)
			k := make([][]float64, stages)
			for s := range k {
				k[s] = wave(rows * lanes)
			}
			c := kernel.NewCombination(coef, k)
			return func() { c.Step(dst, x, h) }
		}),
		plain("kernel/error-norm", lanes, 0, func() func() {
			norm, err, x0, x1 := make([]float64, lanes), wave(rows*lanes), wave(rows*lanes), wave(rows*lanes)
			return func() { kernel.ErrNorm(norm, err, x0, x1, 1e-7, 1e-9, rows, lanes) }
		}),
	}
}
