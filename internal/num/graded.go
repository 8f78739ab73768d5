package num

import (
	"math"
	"slices"
)

// GradedSingular returns the singular values, largest first, of a square matrix of n
// rows whose rows may differ in size by any factor, each to its own relative
// precision: of a product of triangles, say. The matrix is used up.
//
// Method: one-sided Jacobi rotations of rows until they are orthogonal; their lengths
// remain. Source: Demmel, Veselić, SIAM J. Matrix Anal. Appl. 13 (1992) 1204.
func GradedSingular(a []float64, n int) []float64 {
	row := func(i int) []float64 { return a[i*n : (i+1)*n] }
	dot := func(x, y []float64) float64 {
		s := 0.0
		for k, v := range x {
			s += v * y[k]
		}
		return s
	}
	const sweeps, still = 60, 1e-15
	for range sweeps {
		turned := false
		for i := range n {
			for j := i + 1; j < n; j++ {
				x, y := row(i), row(j)
				p, q, r := dot(x, x), dot(y, y), dot(x, y)
				if math.Abs(r) <= still*math.Sqrt(p)*math.Sqrt(q) || r == 0 {
					continue
				}
				turned = true
				zeta := (q - p) / (2 * r)
				t := math.Copysign(1, zeta) / (math.Abs(zeta) + math.Hypot(1, zeta))
				c := 1 / math.Hypot(1, t)
				s := c * t
				for k, v := range x {
					x[k], y[k] = c*v-s*y[k], s*v+c*y[k]
				}
			}
		}
		if !turned {
			break
		}
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = math.Sqrt(dot(row(i), row(i)))
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out
}
