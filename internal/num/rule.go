package num

import "math"

// Rule is a collocation method on elements that are scaled to [0, 1]: states at nodes of an
// element are its beginning plus integrals of a polynomial through slopes at points,
//
//	X_i = x₀ + h Σ_k A_ik f(point k)
//
// A point is the beginning or a node. The last node is the end of the element.
//
// Source: Hairer, Lubich, Wanner, Geometric Numerical Integration (2006), section II.1.
type Rule struct {
	C     []float64 // places of the nodes, ascending, the last is 1
	P     []float64 // places of the points, ascending
	At    []int     // the node of each point, counted from 1; 0 is the beginning
	A     []float64 // nodes × points
	nodes []float64 // the beginning, then C
	w     []float64 // barycentric weights of the nodes
}

// GaussRule is that of Gauss and Legendre with 1 to 9 stages: points within the element
// and the end as one more node; order 2s.
func GaussRule(stages int) *Rule {
	r := &Rule{P: gaussPlaces(stages)}
	r.C = append(append(r.C, r.P...), 1)
	for k := range r.P {
		r.At = append(r.At, k+1)
	}
	return r.complete()
}

// LobattoRule is Lobatto IIIA with 2 to 9 stages, the first of which is the beginning: order
// 2s−2, and within the element, where only its s places are known, order s.
func LobattoRule(stages int) *Rule {
	r := &Rule{P: lobattoPlaces(stages)}
	r.C = r.P[1:]
	for k := range r.P {
		r.At = append(r.At, k)
	}
	return r.complete()
}

// complete computes weights and integrals.
func (r *Rule) complete() *Rule {
	r.nodes = append([]float64{0}, r.C...)
	r.w = make([]float64, len(r.nodes))
	for j := range r.w {
		r.w[j] = 1 / basis(r.nodes, j, r.nodes[j])
	}
	at, weight := gaussLegendre(len(r.P))
	for _, c := range r.C {
		for k := range r.P {
			scale, sum := basis(r.P, k, r.P[k]), 0.0
			for i, x := range at {
				sum += weight[i] * basis(r.P, k, c*x)
			}
			r.A = append(r.A, c*sum/scale)
		}
	}
	return r
}

// basis is Π (x − at_m) over all m but j.
func basis(at []float64, j int, x float64) float64 {
	p := 1.0
	for m, a := range at {
		if m != j {
			p *= x - a
		}
	}
	return p
}

// Weights writes what the beginning and the nodes contribute to the polynomial at place tau;
// dst has one more entry than C.
func (r *Rule) Weights(dst []float64, tau float64) {
	for j, w := range r.w {
		dst[j] = w
		for m, at := range r.nodes {
			if m != j {
				dst[j] *= tau - at
			}
		}
	}
}

// gaussLegendre returns n places in (0, 1) and weights that integrate polynomials of degree
// 2n−1 from 0 to 1 exactly.
func gaussLegendre(n int) (at, weight []float64) {
	at = gaussPlaces(n)
	for _, c := range at {
		x := 2*c - 1
		_, slope := legendre(n, x)
		weight = append(weight, 1/((1-x*x)*slope*slope))
	}
	return at, weight
}

// gaussPlaces are the roots of the Legendre polynomial of degree n, moved to (0, 1).
func gaussPlaces(n int) []float64 {
	return rootsOf(func(x float64) float64 { v, _ := legendre(n, x); return v })
}

// lobattoPlaces are the ends and the roots of the derivative of the Legendre polynomial of
// degree n−1.
func lobattoPlaces(n int) []float64 {
	inner := rootsOf(func(x float64) float64 { _, v := legendre(n-1, x); return v })
	return append(append([]float64{0}, inner...), 1)
}

// legendre is the Legendre polynomial of degree n and its derivative.
func legendre(n int, x float64) (value, slope float64) {
	before, p, d0, d := 1.0, x, 0.0, 1.0
	if n == 0 {
		return 1, 0
	}
	for k := 1; k < n; k++ {
		f := float64(k)
		before, p, d0, d = p, ((2*f+1)*x*p-f*before)/(f+1), d, ((2*f+1)*(p+x*d)-f*d0)/(f+1)
	}
	return p, d
}

// rootsOf finds the roots in (−1, 1) of a function that changes its sign at each, and moves
// them to (0, 1). They lie symmetrically.
func rootsOf(value func(x float64) float64) []float64 {
	const grid = 1001 // odd: none of its points is the middle; roots lie far further apart
	var c []float64
	for i := range grid {
		lo, hi := -1+2*float64(i)/grid, -1+2*float64(i+1)/grid
		below := math.Signbit(value(lo))
		if below == math.Signbit(value(hi)) {
			continue
		}
		for mid := (lo + hi) / 2; mid > lo && mid < hi; mid = (lo + hi) / 2 {
			if math.Signbit(value(mid)) == below {
				lo = mid
			} else {
				hi = mid
			}
		}
		c = append(c, (1+hi)/2)
	}
	return c
}
