package kernel

// A packed matrix is made for one lane and reads faster than it could where it lies: its rows hold what belongs to one
// term of all sums, begin at whole groups of eight numbers, and come after the row that the sums start from.

// PackedSize is the length of a packed matrix for n sums.
func PackedSize(n, terms int) int { return (1 + terms) * ((n + 7) &^ 7) }

// Pack makes dst the packed matrix of n sums of terms: that of W x for a matrix W of n rows, or, if transposed, that of
// Wᵀ x for a W of n columns. The sums start from b, or from zero if it is nil.
// Shapes: dst PackedSize, w n×terms or terms×n, b n.
func Pack(dst, w, b []float64, n, terms int, transposed bool) {
	stride := (n + 7) &^ 7
	dst, w = first(dst, PackedSize(n, terms)), first(w, n*terms)
	clear(dst[:stride])
	copy(dst[:n], b)
	for k := range terms {
		row := dst[(1+k)*stride:][:stride]
		clear(row[n:])
		if transposed {
			copy(row[:n], w[k*n:])
			continue
		}
		for i := range n {
			row[i] = w[i*terms+k]
		}
	}
}

// packedProduct sets y to the product of a packed matrix with x: y[i] = b[i] + Σ_k w[k,i] x[k], k in order.
// Shapes: y n, w PackedSize(n, terms), x terms. y overlaps neither w nor x.
func packedProduct(y, w, x []float64) { matVecPacked(y, w, x, nil, packedSet) }

// packedProductAdd adds the finished sums to y. Shapes and overlap: as packedProduct.
func packedProductAdd(y, w, x []float64) { matVecPacked(y, w, x, nil, packedAdd) }

// packedProductTimes sets y to the sums times f, entry by entry. Shapes: as packedProduct, f n. y overlaps none of the others.
func packedProductTimes(y, w, x, f []float64) { matVecPacked(y, w, x, first(f, len(y)), packedTimes) }

// packedMode is what becomes of the finished sums.
type packedMode int

const (
	packedSet packedMode = iota
	packedAdd
	packedTimes
)

func matVecPacked(y, w, x, f []float64, mode packedMode) {
	w = first(w, PackedSize(len(y), len(x)))
	if len(y) > 0 && !fastPacked(y, w, x, f, mode) {
		packedGo(y, w, x, f, mode)
	}
}
