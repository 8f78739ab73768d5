package num

import "math"

// BandCholesky is the lower Cholesky factor L of a symmetric positive definite
// matrix of order N with Width diagonals below the main one. Entry (i, j),
// i−Width ≤ j ≤ i, is V[i*(Width+1)+j−i+Width].
type BandCholesky struct {
	N, Width int
	V        []float64
}

// NewBandCholesky allocates a matrix of zeros; the caller fills in its lower
// band with Set and calls Factor.
func NewBandCholesky(n, width int) *BandCholesky {
	width = max(0, min(width, n-1))
	return &BandCholesky{N: n, Width: width, V: make([]float64, n*(width+1))}
}

func (b *BandCholesky) at(i, j int) int { return i*(b.Width+1) + j - i + b.Width }

// Set sets entry (i, j) of the lower band.
func (b *BandCholesky) Set(i, j int, v float64) { b.V[b.at(i, j)] = v }

// Factor overwrites the matrix by L. It returns false if the matrix is not
// positive definite. Cost: N·Width².
func (b *BandCholesky) Factor() bool {
	for i := range b.N {
		for j := max(0, i-b.Width); j <= i; j++ {
			sum := b.V[b.at(i, j)]
			for k := max(0, i-b.Width); k < j; k++ {
				sum -= b.V[b.at(i, k)] * b.V[b.at(j, k)]
			}
			if j < i {
				b.V[b.at(i, j)] = sum / b.V[b.at(j, j)]
				continue
			}
			if !(sum > 0) {
				return false
			}
			b.V[b.at(i, i)] = math.Sqrt(sum)
		}
	}
	return true
}

// Forward overwrites the N numbers x, stride apart, by L⁻¹x.
func (b *BandCholesky) Forward(x []float64, stride int) {
	for i := range b.N {
		sum := x[i*stride]
		for k := max(0, i-b.Width); k < i; k++ {
			sum -= b.V[b.at(i, k)] * x[k*stride]
		}
		x[i*stride] = sum / b.V[b.at(i, i)]
	}
}
