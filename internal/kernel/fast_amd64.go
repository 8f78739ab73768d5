//go:build !purego

package kernel

import "math"

// Elementwise loops and steps: what rounds once is always in assembly, whatever the length, so that a value does
// not depend on how many there are.

func fastAdd(dst, a, b []float64) bool {
	switch {
	case active == generic || len(dst) < few:
		return false
	case active == avx512:
		addAVX512(pointer(dst), pointer(a), pointer(b), len(dst))
	default:
		addAVX2(pointer(dst), pointer(a), pointer(b), len(dst))
	}
	return true
}

func fastMul(dst, a, b []float64) bool {
	switch {
	case active == generic || len(dst) < few:
		return false
	case active == avx512:
		mulAVX512(pointer(dst), pointer(a), pointer(b), len(dst))
	default:
		mulAVX2(pointer(dst), pointer(a), pointer(b), len(dst))
	}
	return true
}

func fastDot(a, b []float64) (s float64, ok bool) {
	switch {
	case active == generic || len(a) < few:
		return 0, false
	case active == avx512:
		dotAVX512(&s, pointer(a), pointer(b), len(a))
	default:
		dotAVX2(&s, pointer(a), pointer(b), len(a))
	}
	return s, true
}

func fastMulAdd(dst, a, b, c []float64) bool {
	switch active {
	case generic:
		return false
	case avx512:
		mulAddAVX512(pointer(dst), pointer(a), pointer(b), pointer(c), len(dst))
	default:
		mulAddAVX2(pointer(dst), pointer(a), pointer(b), pointer(c), len(dst))
	}
	return true
}

func fastScale(dst []float64, s float64, a []float64) bool {
	switch {
	case active == generic || len(dst) < few:
		return false
	case active == avx512:
		scaleAVX512(pointer(dst), pointer(a), s, len(dst))
	default:
		scaleAVX2(pointer(dst), pointer(a), s, len(dst))
	}
	return true
}

func fastAXPY(dst []float64, s float64, a []float64) bool {
	switch active {
	case generic:
		return false
	case avx512:
		axpyAVX512(pointer(dst), pointer(a), s, len(dst))
	default:
		axpyAVX2(pointer(dst), pointer(a), s, len(dst))
	}
	return true
}

func fastCombination(c *Combination, dst, x, h []float64) bool {
	if active == generic || len(dst) == 0 {
		return false
	}
	switch {
	case active == avx512 && len(h) == 1:
		stageSumRowAVX512(pointer(dst), pointer(x), pointer(h), &c.coef[0], &c.at[0], len(c.coef), len(dst))
	case active == avx512:
		stageSumAVX512(pointer(dst), pointer(x), pointer(h), &c.coef[0], &c.at[0], len(c.coef), len(dst), len(h))
	case len(h) == 1:
		stageSumRowAVX2(pointer(dst), pointer(x), pointer(h), &c.coef[0], &c.at[0], len(c.coef), len(dst))
	default:
		stageSumAVX2(pointer(dst), pointer(x), pointer(h), &c.coef[0], &c.at[0], len(c.coef), len(dst), len(h))
	}
	return true
}

func fastErrNorm(norm, err, x0, x1 []float64, rtol, atol float64) bool {
	rows := len(err) / len(norm)
	switch active {
	case generic:
		return false
	case avx512:
		errNormAVX512(pointer(norm), pointer(err), pointer(x0), pointer(x1), rtol, atol, rows, len(norm))
	default:
		errNormAVX2(pointer(norm), pointer(err), pointer(x0), pointer(x1), rtol, atol, rows, len(norm))
	}
	return true
}

// fastErrNormRow is for rows of at least two registers; it has the bits of plain Go.
func fastErrNormRow(norm, err, x0, x1 []float64, rtol, atol float64) bool {
	if active == generic || len(err) < 2*few {
		return false
	}
	var s [8]float64
	rows := float64(len(err))
	for len(err) > 0 {
		n := min(callWork/8, len(err))
		if active == avx512 {
			errSumsAVX512(&s[0], pointer(err), pointer(x0), pointer(x1), rtol, atol, n)
		} else {
			errSumsAVX2(&s[0], pointer(err), pointer(x0), pointer(x1), rtol, atol, n)
		}
		err, x0, x1 = err[n:], x0[n:], x1[n:]
	}
	norm[0] = math.Sqrt(tree(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]) / rows)
	return true
}

// Peak runs rounds of independent multiply-adds and returns how many floating-point operations those were: the limit
// against which benchmarks measure. The generic level has none.
func Peak(rounds int) (flops int) {
	switch active {
	case avx512:
		peakAVX512(rounds)
		return rounds * 12 * 8 * 2
	case avx2:
		peakAVX2(rounds)
		return rounds * 12 * 4 * 2
	}
	return 0
}
