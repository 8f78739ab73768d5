package num

import "math"

// residual returns the residual sum of squares of the last solve and
// N - tr(A), the degrees of freedom left to the noise:
// I - A = α Q B⁻¹ Qᵀ, so its trace is α tr(B⁻¹ QᵀQ).
func (p *penalised) residual(alpha float64) (rss, free float64) {
	for _, e := range p.resid {
		rss += e * e
	}
	return rss, alpha * p.ldl.inverseTrace(p.qq)
}

// score returns the generalised cross-validation score n·RSS/(n - tr A)² at α
// of all parts together.
func score(parts []*penalised, alpha float64) float64 {
	n, rss, free := 0, 0.0, 0.0
	for _, p := range parts {
		p.solve(alpha)
		r, f := p.residual(alpha)
		n, rss, free = n+len(p.t), rss+r, free+f
	}
	return float64(n) * rss / (free * free)
}

// windows are evenly spread pieces of a long problem, which say as much of the
// noise as all of it; of a short one it is itself.
func (p *penalised) windows() []*penalised {
	n := len(p.t)
	if n <= gcvWindows*gcvWindow {
		return []*penalised{p}
	}
	var parts []*penalised
	for i := range gcvWindows {
		from := i * (n - gcvWindow) / (gcvWindows - 1)
		one, err := newPenalised(p.t[from:from+gcvWindow], p.y[from:from+gcvWindow])
		if err != nil {
			return []*penalised{p}
		}
		parts = append(parts, one)
	}
	return parts
}

// The search for α runs over powers of ten of the mean knot distance cubed.
const (
	gcvLowest  = -6 // curves this stiff interpolate to about six digits
	gcvPerStep = 4  // scan points per decade; minima are wider than that
	gcvRefine  = 40 // golden-section steps, to 1e-8 of a decade

	gcvWindows = 8    // of a long problem α is looked for on so many windows
	gcvWindow  = 2500 // … of so many rows
)

// SmoothSplineGCV is SmoothSpline with the α that minimises the generalised
// cross-validation score. Up to four present rows leave nothing to choose
// from and are interpolated (α = 0).
//
// Source: Craven, Wahba, Numer. Math. 31 (1979) 377–403. The minimum is
// looked for on a grid first because the score may have several; of equal
// ones the smoother curve wins. Of more than gcvWindows·gcvWindow rows windows
// choose the α.
func SmoothSplineGCV(t, y []float64) (*Spline, error) {
	p, err := newPenalised(t, y)
	if err != nil {
		return nil, err
	}
	n := len(p.t)
	if n < 5 {
		return p.spline(0), nil
	}
	h := (p.t[n-1] - p.t[0]) / float64(n-1)
	at := func(x float64) float64 { return h * h * h * math.Pow(10, x) }
	// At α = n⁴h³ the lowest curved mode is gone and the curve is a line.
	count := int(math.Ceil((4*math.Log10(float64(n))-gcvLowest)*gcvPerStep)) + 1
	parts := p.windows()
	best, bestScore := 0.0, math.Inf(1)
	for k := range count {
		x := gcvLowest + float64(k)/gcvPerStep
		if v := score(parts, at(x)); v <= bestScore {
			best, bestScore = x, v
		}
	}
	best = Golden(func(x float64) float64 { return score(parts, at(x)) }, best-1.0/gcvPerStep, best+1.0/gcvPerStep, gcvRefine)
	return p.spline(at(best)), nil
}

// Golden returns a minimiser of f in [a, b] by so many steps of golden-section search, each of which
// leaves 0.618 of what is left.
func Golden(f func(float64) float64, a, b float64, steps int) float64 {
	const ratio = 1 / math.Phi
	c, d := b-ratio*(b-a), a+ratio*(b-a)
	fc, fd := f(c), f(d)
	for range steps {
		if fc < fd {
			b, d, fd = d, c, fc
			c = b - ratio*(b-a)
			fc = f(c)
		} else {
			a, c, fc = c, d, fd
			d = a + ratio*(b-a)
			fd = f(d)
		}
	}
	return (a + b) / 2
}
