package num

// Radau is the collocation method of Radau IIA with s stages, on elements that
// are scaled to [0, 1]: a trajectory is a polynomial of degree s through the
// beginning and the stages, whose slope is that of the differential equation at
// the stages. At the end of an element, which is the last stage, it has order
// 2s−1.
//
// Source: Hairer, Wanner, Solving Ordinary Differential Equations II (1996),
// section IV.5.
type Radau struct {
	C []float64 // places of the stages, ascending, the last is 1
	// D differentiates: entry i·(s+1)+j is the slope at stage i of the polynomial
	// that is 1 at node j and 0 at the others; node 0 is the beginning of the
	// element, node j > 0 stage j−1.
	D []float64
	// A integrates: entry i·s+k is the integral from 0 to C[i] of the polynomial of
	// degree s−1 that is 1 at stage k and 0 at the others.
	A     []float64
	nodes []float64
	w     []float64 // barycentric weights of the nodes
}

// NewRadau computes the method; stages is 1 to 9.
func NewRadau(stages int) *Radau {
	r := &Radau{C: radauPlaces(stages), D: make([]float64, stages*(stages+1)), A: make([]float64, stages*stages)}
	r.nodes = append([]float64{0}, r.C...)
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
	// On the nodes D maps values to slopes; without the beginning, whose value is
	// zero for an integral, it is the inverse of A.
	lu := NewLU(stages)
	for i := range stages {
		row := r.D[i*n : (i+1)*n]
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

// Weights writes what the nodes (the beginning, then the stages) contribute to the
// polynomial at place tau; dst has length s+1.
func (r *Radau) Weights(dst []float64, tau float64) {
	for j, w := range r.w {
		dst[j] = w
		for m, at := range r.nodes {
			if m != j {
				dst[j] *= tau - at
			}
		}
	}
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
