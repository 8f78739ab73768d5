package data

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/internal/num"
)

// Spline is a natural cubic spline: At, Derivative, Second, and the figures of its fit.
type Spline = num.Spline

// GCV as a smoothing asks for the one with the least cross-validation error.
const GCV = -1.0

// Smooth returns a smoothing spline for each state of s, fitted to its observed
// rows: min Σ (x - s)² + α ∫ s″² with the given alpha ≥ 0, or by generalised
// cross-validation for a negative one (GCV).
//
// Errors: a state without values, or a smoothing that is not finite.
func Smooth(s *Series, alpha float64) ([]*Spline, error) {
	curves := make([]*Spline, len(s.Names))
	for c, name := range s.Names {
		var err error
		if alpha < 0 {
			curves[c], err = num.SmoothSplineGCV(s.T, s.Column(c))
		} else {
			curves[c], err = num.SmoothSpline(s.T, s.Column(c), alpha)
		}
		if err != nil {
			return nil, fmt.Errorf("smoothing column %q: %w", name, err)
		}
	}
	return curves, nil
}

// DerivativeRMS returns the root mean square over time of the derivative of
// each state, from smoothing splines chosen by cross-validation: its scale in
// user units per unit of time. NaN for a state with fewer than two values
// in every recording.
func DerivativeRMS(series ...Series) []float64 {
	if len(series) == 0 {
		return nil
	}
	sum := make([]float64, len(series[0].Names))
	span := make([]float64, len(sum))
	for n := range series {
		for c := range sum {
			curve, err := num.SmoothSplineGCV(series[n].T, series[n].Column(c))
			if err != nil || len(curve.T) < 2 {
				continue
			}
			integral, length := squaredSlope(curve)
			sum[c], span[c] = sum[c]+integral, span[c]+length
		}
	}
	for c := range sum {
		sum[c] = math.Sqrt(sum[c] / span[c]) // 0/0 is NaN
	}
	return sum
}

// squaredSlope returns ∫ s′² over the knots, and their span. The integrand is
// a quartic between knots, for which three Gauss nodes are exact.
func squaredSlope(s *Spline) (integral, span float64) {
	node := math.Sqrt(3.0 / 5)
	for i := 1; i < len(s.T); i++ {
		mid, half := (s.T[i]+s.T[i-1])/2, (s.T[i]-s.T[i-1])/2
		a, b, c := s.Derivative(mid-node*half), s.Derivative(mid), s.Derivative(mid+node*half)
		integral += half * (5*a*a + 8*b*b + 5*c*c) / 9
	}
	return integral, s.T[len(s.T)-1] - s.T[0]
}
