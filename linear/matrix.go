package linear

// Matrices of this package have a few rows; they are row-major slices.

// mul is dst = a·b, r × k times k × c. dst must not be a or b.
func mul(dst, a, b []float64, r, k, c int) {
	for i := range r {
		row := dst[i*c : (i+1)*c]
		clear(row)
		for l := range k {
			v := a[i*k+l]
			if v == 0 {
				continue
			}
			for j, w := range b[l*c : (l+1)*c] {
				row[j] += v * w
			}
		}
	}
}

// sandwich is dst = e·x·eᵀ, all n × n; work is space.
func sandwich(dst, e, x, work []float64, n int) {
	mul(work, e, x, n, n, n)
	for i := range n {
		for j := range n {
			sum := 0.0
			for k := range n {
				sum += work[i*n+k] * e[j*n+k]
			}
			dst[i*n+j] = sum
		}
	}
}

func scale(a []float64, by float64) {
	for i := range a {
		a[i] *= by
	}
}

func eye(a []float64, n int) {
	clear(a)
	addEye(a, n)
}

func addEye(a []float64, n int) {
	for i := range n {
		a[i*n+i]++
	}
}
