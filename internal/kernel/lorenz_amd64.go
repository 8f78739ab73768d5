//go:build !purego

package kernel

// fastLorenz needs the 32 registers of AVX-512.
func fastLorenz(x, k, rho []float64, h float64, steps int) bool {
	if active != avx512 {
		return false
	}
	for most := max(1, callWork/(120*len(rho))); steps > 0; steps -= most {
		lorenzAVX512(pointer(x), pointer(k), pointer(rho), h, min(most, steps), len(rho))
	}
	return true
}
