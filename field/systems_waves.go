package field

import (
	"fmt"
	"strings"
)

// kuramotoSivashinsky is u_t = −u u_x − u_xx − u_xxxx on a circle of length L, by its first so many
// Fourier modes: u(x, t) = 2 Σ (ak cos kqx − bk sin kqx) with q = 2π/L, of zero mean. Products of
// modes are whole (Galerkin), so the nonlinear term keeps Σ (ak² + bk²) as in the equation itself.
func kuramotoSivashinsky(modes int) *System {
	s := &System{Name: "kuramoto-sivashinsky", Doc: "a flame front on a ring, by its Fourier coefficients, chaotic in time and space",
		Source:     "Kuramoto, Prog. Theor. Phys. Suppl. 64 (1978) 346; Sivashinsky, Acta Astronaut. 4 (1977) 1177; L of Cvitanović, Davidchack, Siminos, SIAM J. Appl. Dyn. Syst. 9 (2010) 1",
		Parameters: map[string]float64{"L": 22}, Span: 200, Step: 0.25, Start: make([]float64, 2*modes)}
	for _, part := range []string{"a", "b"} {
		for k := 1; k <= modes; k++ {
			s.States = append(s.States, fmt.Sprint(part, k))
		}
	}
	// cos qx (1 + sin qx), and a little of what has no symmetry.
	s.Start[0], s.Start[2], s.Start[modes], s.Start[modes+1] = 0.5, 0.02, 0.01, -0.25
	text := []string{"q = 6.283185307179586/L"}
	for k := 1; k <= modes; k++ {
		re, im := kuramotoProducts(k, modes)
		text = append(text,
			fmt.Sprintf("a%d' = ((%d*q)^2 - (%d*q)^4)*a%d + %d*q/2*(%s)", k, k, k, k, k, strings.Join(im, " + ")),
			fmt.Sprintf("b%d' = ((%d*q)^2 - (%d*q)^4)*b%d - %d*q/2*(%s)", k, k, k, k, k, strings.Join(re, " + ")))
	}
	s.Equations = strings.Join(text, "\n")
	return s
}

// kuramotoProducts are the terms of the real and the imaginary part of mode k of u². Each product of two
// different modes appears once, twofold.
func kuramotoProducts(k, modes int) (re, im []string) {
	for m := (k + 1) / 2; m <= modes; m++ {
		n := k - m // mode n is the other one; below zero it is the conjugate of that above
		twice, sign := "2*", "-"
		if m == n {
			twice = ""
		}
		if n < 0 {
			n, sign = -n, "+"
		}
		if n == 0 || n > modes {
			continue
		}
		re = append(re, fmt.Sprintf("%s(a%d*a%d %s b%d*b%d)", twice, m, n, sign, m, n))
		sign = map[string]string{"-": "+", "+": "-"}[sign]
		im = append(im, fmt.Sprintf("%s(b%d*a%d %s a%d*b%d)", twice, m, n, sign, m, n))
	}
	return re, im
}
