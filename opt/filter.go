package opt

import "math"

// Constants of the filter line search.
//
// Source: Wächter, Biegler (2006), sections 2.3, 2.4 and 4.
const (
	gammaTheta  = 1e-5 // a step has to lower the violation by this, relative,
	gammaPhi    = 1e-8 // or the barrier function by this times the violation
	switchDelta = 1.0
	switchTheta = 1.1
	switchPhi   = 2.3
	armijo      = 1e-8
	alphaSafety = 0.05
	thetaMost   = 1e4 // times max(1, violation at the start)
	thetaLeast  = 1e-4
	corrections = 4 // of second order, at most
	correcting  = 0.99
	rounding    = 2.220446049250313e-15 // ten times the unit roundoff
)

// blocked reports whether (theta, phi) is dominated by a pair of the filter.
func (st *InteriorState) blocked(theta, phi float64) bool {
	if theta > st.ThetaMax {
		return true
	}
	for _, f := range st.Filter {
		if theta >= f[0] && phi >= f[1] {
			return true
		}
	}
	return false
}

// block puts the neighbourhood of (theta, phi) into the filter, and takes out
// pairs that it dominates.
func (st *InteriorState) block(theta, phi float64) {
	pair := [2]float64{(1 - gammaTheta) * theta, phi - gammaPhi*theta}
	keep := st.Filter[:0]
	for _, f := range st.Filter {
		if f[0] < pair[0] || f[1] < pair[1] {
			keep = append(keep, f)
		}
	}
	st.Filter = append(keep, pair)
}

// below reports a ≤ b but for rounding in numbers of the size of base.
func below(a, b, base float64) bool { return a-b <= rounding*math.Abs(base) }

// descent reports whether the step falls so steeply that the barrier function
// alone has to judge it.
func descent(theta, slope, alpha float64) bool {
	return slope < 0 && alpha*math.Pow(-slope, switchPhi) > switchDelta*math.Pow(theta, switchTheta)
}

// shortest returns the fraction below which no step can be taken.
func (st *InteriorState) shortest(theta, slope float64) float64 {
	least := gammaTheta
	if slope < 0 {
		least = min(gammaTheta, gammaPhi*theta/-slope)
		if theta <= st.ThetaMin {
			least = min(least, switchDelta*math.Pow(theta, switchTheta)/math.Pow(-slope, switchPhi))
		}
	}
	return alphaSafety * least
}

// takes reports whether a trial point is taken, seen from point with the given slope
// of the barrier function, and whether it was judged by that alone.
func (s *InteriorSolver) takes(st *InteriorState, trial *evaluation, slope, alpha float64) (take, byPhi bool) {
	p := &s.point
	byPhi = p.theta <= st.ThetaMin && descent(p.theta, slope, alpha)
	switch {
	case trial.theta > st.ThetaMax:
		return false, byPhi
	case byPhi:
		take = below(trial.phi, p.phi+armijo*alpha*slope, p.phi)
	default:
		take = below(trial.theta, (1-gammaTheta)*p.theta, p.theta) || below(trial.phi, p.phi-gammaPhi*p.theta, p.phi)
	}
	return take && !st.blocked(trial.theta, trial.phi), byPhi
}
