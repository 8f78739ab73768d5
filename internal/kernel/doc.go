// Package kernel answers the question: how are the innermost loops computed?
//
// A vector of a batch is rows × lanes, row-major: component i of lane l is v[i*lanes+l]. Lanes is 1 or a
// multiple of 8. A matrix is either shared by all lanes, w[i*cols+j], or one a lane, w[(i*cols+j)*lanes+l].
//
// The contract, which every implementation (this Go code and any in assembly) keeps:
//
//   - Sizes. Slices may be longer than the shape says; what lies beyond is neither read nor written. A slice
//     that is too short, or a wrong number of lanes, panics. No function allocates.
//   - Aliasing. Elementwise functions allow dst to be exactly one of the sources. Nothing else overlaps
//     unless a function says so.
//   - Order of sums. A sum over lanes, and a sum along a contiguous row when lanes is 1, is eight partial
//     sums, term i going to partial sum i%8 in order of i, and then one tree:
//     ((s0+s4)+(s2+s6)) + ((s1+s5)+(s3+s7)). A sum over rows or columns with lanes ≥ 8, and the transposed
//     product with one lane, runs in index order. A sum that starts from nothing may give either zero
//     where all terms are zero.
//   - Lanes are strangers. With lanes ≥ 8 a value of one lane, NaN and infinity included, never changes
//     another lane, and a lane's result does not depend on its position or on the number of lanes.
//     (Sums over lanes are the exception that their names say.)
//   - Repeatable. Same input, same binary, same level (Level): same bits. The levels avx2 and avx512 give the
//     same bits too. They differ from generic by rounding, because a fused multiply-add rounds once where
//     others round twice: a sum of n products by at most n units in the last place of the sum of their sizes,
//     a function by the sum of the bounds that each is tested to; GELU and its first derivative are the same bits
//     everywhere. Sine and cosine keep their relative accuracy next to multiples of π/2 in assembly, up to |x| = 1e5, and
//     only the absolute one in Go.
//
// Three levels compute: generic, this Go code, everywhere; avx2 (with FMA) and avx512 (F, DQ, BW, VL), in assembly
// for amd64 unless built with the tag purego. The fastest that the processor has is chosen when the program starts;
// Force chooses another.
//
// Read kernel.go (matrices), vector.go, step.go, kind.go, act.go; then the generic_ files, which are the
// specification: the loops in plain Go, blocked only where that keeps the order above. The assembly is written by
// the program in _asm, a module of its own; go generate runs it.
package kernel

//go:generate go run -C _asm . -level avx512 -out ../kernel_avx512_amd64.s -stubs ../kernel_avx512_amd64.go -pkg kernel
//go:generate go run -C _asm . -level avx2 -out ../kernel_avx2_amd64.s -stubs ../kernel_avx2_amd64.go -pkg kernel
