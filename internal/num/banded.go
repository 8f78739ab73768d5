package num

// banded is a symmetric positive definite matrix with two superdiagonals, and,
// after factor, its LDLᵀ: d holds D, l1 and l2 the first and second
// subdiagonal of the unit lower triangle, entry j belonging to column j.
type banded struct{ d, l1, l2 []float64 }

func newBanded(m int) banded {
	return banded{make([]float64, m), make([]float64, m), make([]float64, m)}
}

// factor replaces the matrix by its factors in O(m).
func (b banded) factor() {
	m := len(b.d)
	for j := range m {
		d := b.d[j]
		e1, e2 := b.l1[j], b.l2[j]
		b.l1[j], b.l2[j] = e1/d, e2/d
		if j+1 < m {
			b.d[j+1] -= e1 * b.l1[j]
			b.l1[j+1] -= e2 * b.l1[j]
		}
		if j+2 < m {
			b.d[j+2] -= e2 * b.l2[j]
		}
	}
}

// solve replaces the right-hand side x by the solution, after factor.
func (b banded) solve(x []float64) {
	m := len(b.d)
	for j := range m {
		if j+1 < m {
			x[j+1] -= b.l1[j] * x[j]
		}
		if j+2 < m {
			x[j+2] -= b.l2[j] * x[j]
		}
	}
	for j := m - 1; j >= 0; j-- {
		x[j] /= b.d[j]
		if j+1 < m {
			x[j] -= b.l1[j] * x[j+1]
		}
		if j+2 < m {
			x[j] -= b.l2[j] * x[j+2]
		}
	}
}

// inverseTrace returns tr(B⁻¹ C) for a symmetric C with the same band, given
// as diagonal and superdiagonals, after factor, in O(m): only the band of B⁻¹ is
// needed and it follows from the last row upwards.
//
// Source: Hutchinson, de Hoog, Numer. Math. 47 (1985) 99–106.
func (b banded) inverseTrace(c [3][]float64) float64 {
	m := len(b.d)
	var trace float64
	// With j the current row: s11, s12, s22 are the entries (j+1,j+1),
	// (j+1,j+2), (j+2,j+2) of B⁻¹.
	var s11, s12, s22 float64
	for j := m - 1; j >= 0; j-- {
		a1, a2 := b.l1[j], b.l2[j]
		if j+1 >= m {
			a1 = 0
		}
		if j+2 >= m {
			a2 = 0
		}
		s01 := -a1*s11 - a2*s12
		s02 := -a1*s12 - a2*s22
		s00 := 1/b.d[j] - a1*s01 - a2*s02
		trace += s00*c[0][j] + 2*(s01*c[1][j]+s02*c[2][j])
		s22, s12, s11 = s11, s01, s00
	}
	return trace
}
