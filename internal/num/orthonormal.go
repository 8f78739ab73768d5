package num

import "math"

// Orthonormalise replaces the k vectors of n components in every lane by an
// orthonormal frame of the same flag of spans, by modified Gram–Schmidt, and
// multiplies norms, k × lanes, by the lengths R_jj that were taken out. The
// j-th vector is rows n·j … n·(j+1)−1 of v, which has lanes columns.
//
// A vector that vanishes beside those before it gets norm 0 and stays zero.
// Cost: 2·n·k² multiplications a lane. It allocates nothing.
// Source: Golub, Van Loan, Matrix Computations (2013), section 5.2.8.
func Orthonormalise(v []float64, n, k, lanes int, norms []float64) {
	var dots [maxLanes]float64
	for lo := 0; lo < lanes; lo += maxLanes {
		w := min(maxLanes, lanes-lo)
		for j := range k {
			for i := range j {
				project(v, n, j, i, lanes, lo, dots[:w])
			}
			normalise(v, n, j, lanes, lo, dots[:w], norms[j*lanes+lo:j*lanes+lo+w])
		}
	}
}

// maxLanes go through a pass at once.
const maxLanes = 8

// project takes the part along vector i out of vector j.
func project(v []float64, n, j, i, lanes, lo int, dots []float64) {
	clear(dots)
	w := len(dots)
	for r := range n {
		a, b := v[(i*n+r)*lanes+lo:][:w], v[(j*n+r)*lanes+lo:][:w]
		for l, x := range a {
			dots[l] += x * b[l]
		}
	}
	for r := range n {
		a, b := v[(i*n+r)*lanes+lo:][:w], v[(j*n+r)*lanes+lo:][:w]
		for l, x := range a {
			b[l] -= dots[l] * x
		}
	}
}

func normalise(v []float64, n, j, lanes, lo int, squares, norms []float64) {
	clear(squares)
	w := len(squares)
	for r := range n {
		for l, x := range v[(j*n+r)*lanes+lo:][:w] {
			squares[l] += x * x
		}
	}
	for l, s := range squares {
		length := math.Sqrt(s)
		norms[l] *= length
		if length > 0 {
			squares[l] = 1 / length
		}
	}
	for r := range n {
		row := v[(j*n+r)*lanes+lo:][:w]
		for l := range row {
			row[l] *= squares[l]
		}
	}
}
