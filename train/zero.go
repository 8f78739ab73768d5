package train

// zeroAtOnce is how many numbers are cleared without a chance for others to be
// heard: a machine spends seconds on the pages of a large matrix.
const zeroAtOnce = 1 << 20

// zero clears a matrix that may be large.
func zero(v []float64) {
	for len(v) > 0 {
		n := min(len(v), zeroAtOnce)
		clear(v[:n])
		v = v[n:]
	}
}
