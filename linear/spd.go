package linear

import "math"

// solveSPD solves a·x = b for a symmetric positive matrix and returns log det a.
// Directions in which a says next to nothing stay near zero.
func solveSPD(a, b []float64, n int) (x []float64, logDet float64) {
	top := 0.0
	for i := range n {
		top = max(top, a[i*n+i])
	}
	l := make([]float64, n*n)
	ridge := 0.0
	for range 40 {
		if logDet = cholesky(l, a, n, ridge); !math.IsNaN(logDet) {
			break
		}
		ridge = max(10*ridge, 1e-14*top+1e-300)
	}
	x = append([]float64{}, b...)
	for i := range n {
		for j := range i {
			x[i] -= l[i*n+j] * x[j]
		}
		x[i] /= l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for j := i + 1; j < n; j++ {
			x[i] -= l[j*n+i] * x[j]
		}
		x[i] /= l[i*n+i]
	}
	return x, logDet
}

// cholesky fills l with the lower factor of a + ridge·I and returns the logarithm of
// its determinant, NaN if there is no factor.
func cholesky(l, a []float64, n int, ridge float64) float64 {
	logDet := 0.0
	for i := range n {
		for j := range i + 1 {
			v := a[i*n+j]
			if i == j {
				v += ridge
			}
			for k := range j {
				v -= l[i*n+k] * l[j*n+k]
			}
			if i != j {
				l[i*n+j] = v / l[j*n+j]
				continue
			}
			if !(v > 1e-14*math.Abs(a[i*n+i])) && ridge == 0 || !(v > 0) {
				return math.NaN()
			}
			l[i*n+i] = math.Sqrt(v)
			logDet += math.Log(v)
		}
	}
	return logDet
}
