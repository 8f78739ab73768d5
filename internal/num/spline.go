package num

// Spline is a natural cubic spline given by its values and second
// derivatives at increasing knots.
//
// Source: Green, Silverman, Nonparametric Regression and Generalized Linear
// Models (1994), §2.1–2.3. Evaluation allocates nothing and is safe for
// concurrent use.
type Spline struct {
	T     []float64 // knots, strictly increasing
	G     []float64 // values at the knots
	Gamma []float64 // second derivatives at the knots; 0 at both ends

	// Linear continues the curve beyond the knots by its end tangents;
	// otherwise the cubic of the edge interval goes on.
	Linear bool

	Alpha float64 // weight of ∫ s″² in the fit, in units of time³
	DoF   float64 // effective degrees of freedom, the trace of the hat matrix
	Sigma float64 // noise estimate sqrt(RSS / (N - DoF)); NaN when DoF leaves nothing, vague when DoF is close to N
	Score float64 // generalised cross-validation score; NaN when DoF leaves nothing
}

// At returns the value of the curve at t.
func (s *Spline) At(t float64) float64 {
	v, _ := s.Eval(t)
	return v
}

// Derivative returns the first derivative of the curve at t.
func (s *Spline) Derivative(t float64) float64 {
	_, d := s.Eval(t)
	return d
}

// Second returns the second derivative of the curve at t.
func (s *Spline) Second(t float64) float64 {
	n := len(s.T)
	if n < 2 || s.Linear && (t < s.T[0] || t > s.T[n-1]) {
		return 0
	}
	i := s.interval(t)
	h := s.T[i+1] - s.T[i]
	return ((t-s.T[i])*s.Gamma[i+1] + (s.T[i+1]-t)*s.Gamma[i]) / h
}

// Eval returns the value and the first derivative of the curve at t.
//
// With l = t - t_i, r = t_{i+1} - t, h = l + r:
//
//	s  = (l g_{i+1} + r g_i)/h - (l r/6) [(1 + l/h) γ_{i+1} + (1 + r/h) γ_i]
//	s′ = (g_{i+1} - g_i)/h + [(3l² - h²) γ_{i+1} - (3r² - h²) γ_i]/(6h)
func (s *Spline) Eval(t float64) (value, slope float64) {
	n := len(s.T)
	if n == 1 {
		return s.G[0], 0
	}
	if s.Linear && t < s.T[0] {
		value, slope = s.cubic(0, s.T[0])
		return value + slope*(t-s.T[0]), slope
	}
	if s.Linear && t > s.T[n-1] {
		value, slope = s.cubic(n-2, s.T[n-1])
		return value + slope*(t-s.T[n-1]), slope
	}
	return s.cubic(s.interval(t), t)
}

// cubic evaluates the polynomial of interval i at t, inside it or not.
func (s *Spline) cubic(i int, t float64) (value, slope float64) {
	l, r := t-s.T[i], s.T[i+1]-t
	h := s.T[i+1] - s.T[i]
	g0, g1, c0, c1 := s.G[i], s.G[i+1], s.Gamma[i], s.Gamma[i+1]
	value = (l*g1+r*g0)/h - l*r/6*((1+l/h)*c1+(1+r/h)*c0)
	slope = (g1-g0)/h + ((3*l*l-h*h)*c1-(3*r*r-h*h)*c0)/(6*h)
	return value, slope
}

// interval returns i with t_i ≤ t < t_{i+1}, clamped to the edge intervals.
func (s *Spline) interval(t float64) int {
	lo, hi := 0, len(s.T)-1
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if t < s.T[mid] {
			hi = mid
		} else {
			lo = mid
		}
	}
	return lo
}
