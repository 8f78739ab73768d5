package num

import (
	"math"
	"slices"
)

// MMDSlope returns the square of the maximum mean discrepancy of two clouds, n × d and
// m × d, row-major, as MMD but with the pairs of a point with itself (so it is never
// below zero, and zero for equal clouds), and adds weight times its gradient with
// respect to x to g. Kernels are those of MMD with widths times scale.
func MMDSlope(g, x, y []float64, d int, widths []float64, scale, weight float64) float64 {
	n, m := len(x)/d, len(y)/d
	squares := make([]float64, len(widths))
	for k, a := range widths {
		squares[k] = a * a * scale * scale
	}
	// kernel is its value, and the factor of the difference in its gradient.
	kernel := func(a, b []float64) (value, slope float64) {
		r := Square(a, b)
		for _, s := range squares {
			k := s / (s + r)
			value += k
			slope -= 2 * k / (s + r)
		}
		return value, slope
	}
	sum := 0.0
	for i := range n {
		p := x[i*d : (i+1)*d]
		for j := range n {
			q := x[j*d : (j+1)*d]
			v, s := kernel(p, q)
			sum += v / float64(n*n)
			for c := range d {
				g[i*d+c] += weight * 2 * s * (p[c] - q[c]) / float64(n*n)
			}
		}
		for j := range m {
			q := y[j*d : (j+1)*d]
			v, s := kernel(p, q)
			sum -= 2 * v / float64(n*m)
			for c := range d {
				g[i*d+c] -= weight * 2 * s * (p[c] - q[c]) / float64(n*m)
			}
		}
	}
	for i := range m {
		for j := range m {
			v, _ := kernel(y[i*d:(i+1)*d], y[j*d:(j+1)*d])
			sum += v / float64(m*m)
		}
	}
	return sum
}

// SlicedSlope returns the square of the sliced Wasserstein distance of order 2 of two
// clouds of n points, row-major, the mean over directions of unit length, each d
// numbers, of the mean squared difference of sorted projections; it adds weight times
// its gradient with respect to x to g.
func SlicedSlope(g, x, y []float64, d int, directions []float64, weight float64) float64 {
	n, count := len(x)/d, len(directions)/d
	a, b := make([]float64, n), make([]float64, n)
	order, sum := make([]int, n), 0.0
	for k := range count {
		theta := directions[k*d : (k+1)*d]
		for i := range n {
			order[i], a[i], b[i] = i, dot(theta, x[i*d:]), dot(theta, y[i*d:])
		}
		slices.SortFunc(order, func(i, j int) int {
			switch {
			case a[i] < a[j]:
				return -1
			case a[i] > a[j]:
				return 1
			}
			return i - j
		})
		slices.Sort(b)
		for r, i := range order {
			e := a[i] - b[r]
			sum += e * e / float64(n*count)
			for c, v := range theta {
				g[i*d+c] += weight * 2 * e * v / float64(n*count)
			}
		}
	}
	return sum
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for k, v := range a {
		sum += v * b[k]
	}
	return sum
}

// VolumeSlopes returns the logarithms of the lengths R_jj of the QR factors of a
// matrix of k columns of n numbers, v[j·n+i], and adds Σ_j weight_j·∂ log R_jj/∂v
// to g. A matrix whose columns are dependent has −Inf and no gradient.
//
// The product of the first j lengths is the volume that the first j columns span, and
// the gradient of its logarithm their transposed pseudo-inverse.
func VolumeSlopes(g, v []float64, n, k int, weights []float64) []float64 {
	q, r := append([]float64{}, v...), make([]float64, k*k)
	out := make([]float64, k)
	for j := range k {
		now := q[j*n : (j+1)*n]
		for range 2 {
			for i := range j {
				s := dot(q[i*n:(i+1)*n], now)
				r[i*k+j] += s
				for c := range now {
					now[c] -= s * q[i*n+c]
				}
			}
		}
		length := math.Sqrt(dot(now, now))
		r[j*k+j], out[j] = length, math.Log(length)
		if !(length > 0) {
			return out
		}
		for c := range now {
			now[c] /= length
		}
	}
	if g == nil {
		return out
	}
	// The pseudo-inverse of the first j columns is R⁻¹Qᵀ; its weight is that of the
	// j-th volume, w_j − w_{j+1}.
	inverse := upperInverse(r, k)
	for j := range k {
		w := weights[j]
		if j+1 < k {
			w -= weights[j+1]
		}
		for a := range j + 1 {
			for b := a; b <= j; b++ {
				f := w * inverse[a*k+b]
				for c := range n {
					g[a*n+c] += f * q[b*n+c]
				}
			}
		}
	}
	return out
}

// upperInverse is the inverse of an upper triangle of order k.
func upperInverse(r []float64, k int) []float64 {
	inv := make([]float64, k*k)
	for j := range k {
		inv[j*k+j] = 1 / r[j*k+j]
		for i := j - 1; i >= 0; i-- {
			sum := 0.0
			for l := i + 1; l <= j; l++ {
				sum += r[i*k+l] * inv[l*k+j]
			}
			inv[i*k+j] = -sum / r[i*k+i]
		}
	}
	return inv
}
