package num

// RadauRule is Radau IIA with 1 to 9 stages, which are nodes and points: order 2s−1 at the end
// of an element.
//
// Source: Hairer, Wanner, Solving Ordinary Differential Equations II (1996),
// section IV.5.
func RadauRule(stages int) *Rule {
	r := &Rule{C: radauPlaces(stages), A: make([]float64, stages*stages)}
	r.P, r.nodes = r.C, append([]float64{0}, r.C...)
	for k := range r.C {
		r.At = append(r.At, k+1)
	}
	n := len(r.nodes)
	r.w = make([]float64, n)
	for j := range n {
		r.w[j] = 1
		for m := range n {
			if m != j {
				r.w[j] /= r.nodes[j] - r.nodes[m]
			}
		}
	}
	// A matrix maps values at the nodes to slopes at the stages; without the beginning, whose
	// value is zero for an integral, it is the inverse of A.
	lu := NewLU(stages)
	for i := range stages {
		row := make([]float64, n)
		for j := range n {
			if j != i+1 {
				row[j] = r.w[j] / r.w[i+1] / (r.nodes[i+1] - r.nodes[j])
				row[i+1] -= row[j]
			}
		}
		copy(lu.Matrix()[i*stages:(i+1)*stages], row[1:])
	}
	lu.Factor()
	column := make([]float64, stages)
	for k := range stages {
		clear(column)
		column[k] = 1
		lu.Solve(column)
		for i, v := range column {
			r.A[i*stages+k] = v
		}
	}
	return r
}

// radauPlaces finds the roots of P_{s−1} − P_s, the difference of two Legendre
// polynomials, from sign changes; the last is the end of [−1, 1].
func radauPlaces(s int) []float64 {
	return append(rootsOf(func(x float64) float64 {
		before, _ := legendre(s-1, x)
		p, _ := legendre(s, x)
		return before - p
	}), 1)
}
