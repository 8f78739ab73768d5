package kernel

// The kernels in float32 serve large batches of lanes: twice as many values fit a register and a cache. They keep the
// contract of the package with these differences:
//
//   - Lanes, and the lengths of elementwise vectors, are multiples of 16; matrices may have any shape.
//   - Products and multiply-adds are fused at every level, and functions are the same operations in the same order, so
//     all levels give the same bits, except for the functions of Act32 that go through float64. The price is that
//     plain Go, which has no fused multiply-add in float32, takes several times as long as in float64.
//   - A sum over lanes is in float64 where it leaves a call: see OuterSum32.
//   - Exponentials below 2e-38, those of GELU below 1e-36, count as zero, so that results are zero or normal numbers.
//
// With u = 2⁻²⁴, the error of one rounding, a sum of n products is within n u of the sum of their sizes.

//go:generate go run -C _asm . -level avx512 -single -out ../kernel32_avx512_amd64.s -stubs ../kernel32_avx512_amd64.go -pkg kernel
//go:generate go run -C _asm . -level avx2 -single -out ../kernel32_avx2_amd64.s -stubs ../kernel32_avx2_amd64.go -pkg kernel

// Lanes32 is what numbers of lanes in float32 are multiples of.
const Lanes32 = 16

func first32(v []float32, n int) []float32 {
	if len(v) < n {
		panic(shortError)
	}
	return v[:n]
}

func check32(n int) {
	if n%Lanes32 != 0 {
		panic("kernel: lanes and lengths in float32 must be multiples of 16")
	}
}

// MatVec32 sets y = W x for every lane: y[i,l] = Σ_j w[i*cols+j] x[j,l], j in order.
// Shapes: y rows×lanes, w rows×cols, x cols×lanes. y overlaps neither w nor x.
func MatVec32(y, w, x []float32, rows, cols, lanes int) {
	product32(y, nil, w, x, fromZero, matrixProduct(rows, cols, lanes))
}

// MatVecBias32 sets y = W x + b; b has rows values. Shapes and overlap: as MatVec32.
func MatVecBias32(y, w, x, b []float32, rows, cols, lanes int) {
	product32(y, first32(b, rows), w, x, fromBias, matrixProduct(rows, cols, lanes))
}

// MatVecT32 sets x = Wᵀ y: x[j,l] = Σ_i w[i*cols+j] y[i,l], i in order.
// Shapes: x cols×lanes, w rows×cols, y rows×lanes. x overlaps neither w nor y.
func MatVecT32(x, w, y []float32, rows, cols, lanes int) {
	product32(x, nil, w, y, fromZero, transposedProduct(rows, cols, lanes))
}

func product32(dst, b, w, src []float32, from start, p product) {
	check32(p.lanes)
	dst, w, src = first32(dst, p.rows*p.lanes), first32(w, p.rows*p.terms), first32(src, p.terms*p.lanes)
	if len(dst) > 0 && !fastProduct32(dst, b, w, src, from, p) {
		product32Go(dst, b, w, src, from, p)
	}
}

// OuterSum32 adds the outer product, summed over lanes, to a shared matrix in float64.
//
//	a[i*cols+j] += Σ_l y[i,l] x[j,l]
//
// Sixteen partial sums l%16 and the tree that ends them, of halves, are in float32. So a call adds an error of at most
// (lanes/16 + 4) u of the sum of the terms' sizes.
// Shapes: a rows×cols, y rows×lanes, x cols×lanes.
func OuterSum32(a []float64, y, x []float32, rows, cols, lanes int) {
	check32(lanes)
	a, y, x = first(a, rows*cols), first32(y, rows*lanes), first32(x, cols*lanes)
	if len(a) > 0 && !fastOuter32(a, y, x, rows, cols, lanes) {
		outerSum32Go(a, y, x, rows, cols, lanes)
	}
}

// Add32 sets dst = a + b.
func Add32(dst, a, b []float32) {
	check32(len(dst))
	a, b = first32(a, len(dst)), first32(b, len(dst))
	if !fastAdd32(dst, a, b) {
		for i, v := range a {
			dst[i] = v + b[i]
		}
	}
}

// Mul32 sets dst = a ∘ b.
func Mul32(dst, a, b []float32) {
	check32(len(dst))
	a, b = first32(a, len(dst)), first32(b, len(dst))
	if !fastMul32(dst, a, b) {
		for i, v := range a {
			dst[i] = v * b[i]
		}
	}
}

// MulAdd32 sets dst = a ∘ b + c, rounded once.
func MulAdd32(dst, a, b, c []float32) {
	check32(len(dst))
	a, b, c = first32(a, len(dst)), first32(b, len(dst)), first32(c, len(dst))
	if !fastMulAdd32(dst, a, b, c) {
		for i, v := range a {
			dst[i] = fma32(v, b[i], c[i])
		}
	}
}

// Scale32 sets dst = s a.
func Scale32(dst []float32, s float32, a []float32) {
	check32(len(dst))
	a = first32(a, len(dst))
	if !fastScale32(dst, s, a) {
		for i, v := range a {
			dst[i] = s * v
		}
	}
}

// Narrow sets dst to src, rounded; any length.
func Narrow(dst []float32, src []float64) {
	src = first(src, len(dst))
	for i := fastNarrow(dst, src); i < len(dst); i++ {
		dst[i] = float32(src[i])
	}
}

// Widen sets dst to src; any length.
func Widen(dst []float64, src []float32) {
	src = first32(src, len(dst))
	for i := fastWiden(dst, src); i < len(dst); i++ {
		dst[i] = float64(src[i])
	}
}

// WidenAdd adds src to dst; any length.
func WidenAdd(dst []float64, src []float32) {
	src = first32(src, len(dst))
	for i := fastWidenAdd(dst, src); i < len(dst); i++ {
		dst[i] += float64(src[i])
	}
}
