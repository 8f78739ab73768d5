package num

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Orthonormalise replaces the k vectors of n components in every lane by an
// orthonormal frame of the same flag of spans, and multiplies norms, k × lanes,
// by the lengths R_jj that were taken out. The j-th vector is rows
// n·j … n·(j+1)−1 of v, which has lanes columns, 1 or a multiple of 8. work has
// room for 2·k·lanes numbers.
//
// Method: classical Gram–Schmidt, each vector twice, which is orthogonal to
// rounding (Giraud, Langou, Rozložník, van den Eshof, Numer. Math. 101 (2005) 87)
// and, unlike the modified kind, products of matrices. A vector that vanishes
// beside those before it gets norm 0 and stays zero.
// In two and three dimensions the last vector is what is left, up to its sign.
// Cost: 4·n·k² multiplications a lane. It allocates nothing.
func Orthonormalise(v []float64, n, k, lanes int, norms, work []float64) {
	switch {
	case n == 2:
		orthonormal2(v, k, lanes, norms)
		return
	case n == 3:
		orthonormal3(v, k, lanes, norms)
		return
	}
	size := n * lanes
	dots, squares := work[:k*lanes], work[k*lanes:2*k*lanes]
	for j := range k {
		before, now := v[:j*size], v[j*size:(j+1)*size]
		if j > 0 {
			for range 2 {
				kernel.MatVecLanes(dots, before, now, j, n, lanes)
				negate(dots[:j*lanes])
				kernel.MatVecTLanesAdd(now, before, dots, j, n, lanes)
			}
		}
		kernel.MatVecLanes(squares, now, now, 1, n, lanes)
		norm := norms[j*lanes : (j+1)*lanes]
		for l := range norm {
			length := math.Sqrt(squares[l])
			norm[l] *= length
			if dots[l] = 0; length > 0 {
				dots[l] = 1 / length
			}
		}
		for r := 0; r < size; r += lanes {
			row := now[r : r+lanes]
			kernel.Mul(row, row, dots)
		}
	}
}

func negate(v []float64) {
	for i, x := range v {
		v[i] = -x
	}
}
