package field

import (
	"fmt"
	"math/cmplx"
)

// Region is where poles z = hλ may lie: |R(z)| < 1 − Margin and, if Avoid is not
// nil, |Avoid(z)| ≥ 1 + Margin.
type Region struct {
	R      Stability
	Avoid  Stability
	Margin float64
}

// Holds says whether z lies in the region.
func (g Region) Holds(z complex128) bool {
	return cmplx.Abs(g.R(z)) < 1-g.Margin && (g.Avoid == nil || cmplx.Abs(g.Avoid(z)) >= 1+g.Margin)
}

// The box in which poles are drawn.
const (
	poleFast = -3.0
	poleSlow = -0.1
	poleTurn = 3.0
	poleTry  = 1_000_000
)

// SamplePoles draws n poles z = hλ, uniform in the part of a region where
// −3 ≤ Re z ≤ −0.1 and |Im z| ≤ 3, by rejection. Real poles lie on the axis; complex
// ones come in pairs, with a real one at the end if n is odd. tried is how many
// were drawn. The error, for people, is that of a region that is empty there.
//
// Source: Westny, Mohammadi, Jung, Frisk, ICML (2024), as their program has it: of
// a pair both are drawn, and the second gives way to the conjugate of the first.
func SamplePoles(n int, g Region, pairs bool, r Source) (z []complex128, tried int, err error) {
	at := make([]float64, 2)
	for len(z) < n {
		if tried++; tried > poleTry {
			return nil, tried, fmt.Errorf("no pole between %g and %g, turning by at most %g, lies in the region asked for with margin=%g; take a smaller margin, or exclude less", poleFast, poleSlow, poleTurn, g.Margin)
		}
		r.Uniform(at[:1], poleFast, poleSlow)
		r.Uniform(at[1:], -poleTurn, poleTurn)
		if !pairs || n%2 == 1 && len(z) == n-1 {
			at[1] = 0
		}
		if p := complex(at[0], at[1]); g.Holds(p) {
			z = append(z, p)
		}
	}
	if pairs {
		for j := 0; j+1 < n; j += 2 {
			z[j+1] = cmplx.Conj(z[j])
		}
	}
	return z, tried, nil
}

// blocks calls of with each real pole, and with the first of each pair.
func blocks(z []complex128, of func(at int, z complex128)) {
	for j := 0; j < len(z); j++ {
		of(j, z[j])
		if imag(z[j]) != 0 {
			j++
		}
	}
}

// blockDiagonal is the real matrix, row-major, with the eigenvalues z, of which
// pairs stand together: [a b; −b a] for a + ib.
func blockDiagonal(z []complex128) []float64 {
	n := len(z)
	m := make([]float64, n*n)
	blocks(z, func(j int, p complex128) {
		m[j*n+j] = real(p)
		if imag(p) != 0 {
			m[j*n+j+1], m[(j+1)*n+j], m[(j+1)*n+j+1] = imag(p), -imag(p), real(p)
		}
	})
	return m
}
