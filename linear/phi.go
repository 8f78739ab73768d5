package linear

import "math"

// phi fills e with exp(hA) and, for the n × n matrix A,
//
//	f1 = ∫₀¹ exp((1−s)hA) ds,   f2 = ∫₀¹ exp((1−s)hA)·s ds.
//
// A matrix in blocks along its diagonal costs no more than its blocks.
//
// Source: scaling and squaring of the series; Hochbruck, Ostermann, Acta Numerica
// 19 (2010) 209–286, for the doubling of f1 and f2.
func phi(e, f1, f2, a []float64, n int, h float64) {
	clear(e)
	clear(f1)
	clear(f2)
	for lo := 0; lo < n; {
		hi := lo + 1
		for !separate(a, n, hi) {
			hi++
		}
		phiBlock(e, f1, f2, a, n, lo, hi, h)
		lo = hi
	}
}

// separate tells that rows and columns before k have nothing to do with the rest.
func separate(a []float64, n, k int) bool {
	for i := range k {
		for j := k; j < n; j++ {
			if a[i*n+j] != 0 || a[j*n+i] != 0 {
				return false
			}
		}
	}
	return true
}

// phiTerms of the series are enough for a norm of phiNorm.
const (
	phiTerms = 13
	phiNorm  = 0.25
)

// halvings is how often h is halved before the series of hA converges at once.
func halvings(a []float64, h float64) int {
	norm := 0.0
	for _, v := range a {
		norm += v * v
	}
	norm = math.Sqrt(norm) * math.Abs(h)
	if !(norm > phiNorm) || math.IsInf(norm, 1) {
		return 0
	}
	return int(math.Ceil(math.Log2(norm / phiNorm)))
}

func phiBlock(e, f1, f2, a []float64, n, lo, hi int, h float64) {
	k := hi - lo
	work := make([]float64, 6*k*k)
	m := func(i int) []float64 { return work[i*k*k : (i+1)*k*k] }
	b, x, y, z, t, u := m(0), m(1), m(2), m(3), m(4), m(5)
	for i := range k {
		copy(b[i*k:(i+1)*k], a[(lo+i)*n+lo:(lo+i)*n+hi])
	}
	twice := halvings(b, h)
	scale(b, math.Ldexp(h, -twice))
	// Horner's rule for f2 = Σ Bʲ/(j+2)!; f1 = I + B·f2, exp = I + B·f1.
	eye(z, k)
	for j := phiTerms; j >= 1; j-- {
		mul(t, b, z, k, k, k)
		scale(t, 1/float64(j+2))
		addEye(t, k)
		z, t = t, z
	}
	scale(z, 0.5)
	mul(y, b, z, k, k, k)
	addEye(y, k)
	mul(x, b, y, k, k, k)
	addEye(x, k)
	for range twice {
		mul(t, y, y, k, k, k)
		for i := range z {
			z[i] = (t[i] + 2*z[i]) / 4
		}
		copy(u, x)
		addEye(u, k)
		mul(t, u, y, k, k, k)
		scale(t, 0.5)
		y, t = t, y
		mul(t, x, x, k, k, k)
		x, t = t, x
	}
	for i := range k {
		at := (lo+i)*n + lo
		copy(e[at:at+k], x[i*k:])
		copy(f1[at:at+k], y[i*k:(i+1)*k])
		copy(f2[at:at+k], z[i*k:(i+1)*k])
	}
}

// Gather fills dst with ∫₀ʰ exp(sA)·Q·exp(sA)ᵀ ds, the covariance that white noise of
// intensity Q adds over h to the states of x' = A·x; all are n × n, row-major.
func Gather(dst, a, q []float64, n int, h float64) { gathered(dst, a, q, n, h) }

// gathered fills dst with ∫₀ʰ exp(sA)·Q·exp(sA)ᵀ ds, the covariance that white noise
// of intensity Q adds over h.
func gathered(dst, a, q []float64, n int, h float64) {
	twice := halvings(a, 2*h)
	step := math.Ldexp(h, -twice)
	term, next := make([]float64, n*n), make([]float64, n*n)
	copy(term, q)
	scale(term, step)
	copy(dst, term)
	for j := 2; j <= phiTerms+3; j++ { // h^j/j!·(A·X + X·Aᵀ) of the one before
		mul(next, a, term, n, n, n)
		for i := range n {
			for c := range n {
				term[i*n+c] = (next[i*n+c] + next[c*n+i]) * step / float64(j)
			}
		}
		for i, v := range term {
			dst[i] += v
		}
	}
	if twice == 0 {
		return
	}
	e, f1, f2 := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)
	phi(e, f1, f2, a, n, step)
	for range twice {
		sandwich(next, e, dst, term, n)
		for i, v := range next {
			dst[i] += v
		}
		mul(term, e, e, n, n, n)
		e, term = term, e
	}
}
