package num

import (
	"math/bits"
	"math/rand/v2"
)

// SobolMost is the most dimensions that Sobol has.
const SobolMost = 21

// Sobol returns point i, counted from 0, of a scrambled Sobol sequence in d dimensions, each
// in (0, 1). Of any 2^m points that begin at a multiple of 2^m each interval of length 2^−m
// has one in every dimension. A point depends on seed, its number and its dimension
// alone, so a longer or wider sequence has those of a shorter one.
//
// Scrambling is Owen's: whether digit b is turned over depends, at random, on all digits
// before it. Points are in the middle of cells of 2^−32, so neither end is met.
//
// Sources: directions, Joe, Kuo, SIAM J. Sci. Comput. 30 (2008) 2635, file
// new-joe-kuo-6; scrambling, Owen, in Monte Carlo and Quasi-Monte Carlo Methods in Scientific Computing (1995) 299.
func Sobol(seed uint64, i uint32, d int) []float64 {
	out := make([]float64, d)
	for j := range out {
		x := uint32(0)
		for n, b := i, 0; n != 0; n, b = n>>1, b+1 {
			if n&1 != 0 {
				x ^= sobolDirections[j][b]
			}
		}
		out[j] = (float64(owen(x, seed, uint64(j))) + 0.5) / (1 << 32)
	}
	return out
}

// sobolPolynomials are degree, inner coefficients and first directions of the
// dimensions behind the first.
var sobolPolynomials = [SobolMost - 1]struct {
	a uint32
	m []uint32
}{
	{0, []uint32{1}},
	{1, []uint32{1, 3}},
	{1, []uint32{1, 3, 1}},
	{2, []uint32{1, 1, 1}},
	{1, []uint32{1, 1, 3, 3}},
	{4, []uint32{1, 3, 5, 13}},
	{2, []uint32{1, 1, 5, 5, 17}},
	{4, []uint32{1, 1, 5, 5, 5}},
	{7, []uint32{1, 1, 7, 11, 19}},
	{11, []uint32{1, 1, 5, 1, 1}},
	{13, []uint32{1, 1, 1, 3, 11}},
	{14, []uint32{1, 3, 5, 5, 31}},
	{1, []uint32{1, 3, 3, 9, 7, 49}},
	{13, []uint32{1, 1, 1, 15, 21, 21}},
	{16, []uint32{1, 3, 1, 13, 27, 49}},
	{19, []uint32{1, 1, 1, 15, 7, 5}},
	{22, []uint32{1, 3, 1, 15, 13, 25}},
	{25, []uint32{1, 1, 5, 5, 19, 61}},
	{1, []uint32{1, 3, 7, 11, 23, 15, 103}},
	{4, []uint32{1, 3, 7, 13, 13, 15, 69}},
}

// sobolDirections are the direction numbers of each dimension, their leading digit first:
//
//	m_k = 2 a_1 m_{k−1} ⊕ … ⊕ 2^{s−1} a_{s−1} m_{k−s+1} ⊕ 2^s m_{k−s} ⊕ m_{k−s}
var sobolDirections = func() (v [SobolMost][32]uint32) {
	for j := range v {
		var m [32]uint32
		s := 0
		if j > 0 {
			s = copy(m[:], sobolPolynomials[j-1].m)
		}
		for k := range m {
			switch {
			case j == 0:
				m[k] = 1
			case k >= s:
				m[k] = m[k-s] ^ m[k-s]<<s
				for l := 1; l < s; l++ {
					m[k] ^= sobolPolynomials[j-1].a >> (s - 1 - l) & 1 * m[k-l] << l
				}
			}
			v[j][k] = m[k] << (31 - k)
		}
	}
	return v
}()

// owen scrambles the digits of x: the digits before one, with a 1 before them, choose the
// draw that may turn it over.
func owen(x uint32, seed, dimension uint64) uint32 {
	out := x
	for b := range 32 {
		before := uint64(1)<<b | uint64(x)>>(32-b)
		r := rand.NewPCG(seed, bits.RotateLeft64(dimension, 40)^before)
		out ^= uint32(r.Uint64()>>63) << (31 - b)
	}
	return out
}
