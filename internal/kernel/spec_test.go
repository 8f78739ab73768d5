package kernel

// The specification of the matrix kernels: what each computes, in the order of additions that the package
// promises, with one index per loop.

// sum adds terms in the promised order: from left to right, or as eight partial sums and a tree.
func sum(terms []float64, partial bool) float64 {
	var s [8]float64
	for i, v := range terms {
		if partial {
			s[i%8] += v
		} else {
			s[0] += v
		}
	}
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// shape is what a matrix kernel is called with; per tells matrices of their own for every lane.
type shape struct {
	rows, cols, lanes int
	per               bool
}

// weight returns the index of w[i,j] of lane l.
func (s shape) weight(i, j, l int) int {
	if s.per {
		return (i*s.cols+j)*s.lanes + l
	}
	return i*s.cols + j
}

func (s shape) weights() int {
	if s.per {
		return s.rows * s.cols * s.lanes
	}
	return s.rows * s.cols
}

// specMatVec: y = start + W x, terms added one by one to start for many lanes, as a finished sum for one.
func specMatVec(y, w, x []float64, s shape) {
	for i := range s.rows {
		for l := range s.lanes {
			var terms []float64
			for j := range s.cols {
				terms = append(terms, w[s.weight(i, j, l)]*x[j*s.lanes+l])
			}
			at := i*s.lanes + l
			if s.lanes == 1 {
				y[at] += sum(terms, true)
			} else {
				y[at] = sum(append([]float64{y[at]}, terms...), false)
			}
		}
	}
}

// specMatVecT: x = start + Wᵀ y, always one by one.
func specMatVecT(x, w, y []float64, s shape) {
	for i := range s.rows {
		for j := range s.cols {
			for l := range s.lanes {
				x[j*s.lanes+l] += w[s.weight(i, j, l)] * y[i*s.lanes+l]
			}
		}
	}
}

// specOuter: a = start + y xᵀ, summed over lanes unless every lane has its own.
func specOuter(a, y, x []float64, s shape) {
	for i := range s.rows {
		for j := range s.cols {
			var terms []float64
			for l := range s.lanes {
				terms = append(terms, y[i*s.lanes+l]*x[j*s.lanes+l])
				if s.per {
					a[s.weight(i, j, l)] += terms[l]
				}
			}
			if !s.per {
				a[s.weight(i, j, 0)] += sum(terms, true)
			}
		}
	}
}
