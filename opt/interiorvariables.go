package opt

import "math"

// variables are the unknowns x followed by columns: variables that stand in
// one row only, with a coefficient of ±1, and have no curvature. Slacks of
// inequality rows are columns (c(x) − s = 0), and so are the two parts of a
// row's violation in a restoration (c(x) − p + n = 0).
type variables struct {
	n         int
	low, high []float64 // bounds of unknowns and columns
	row       []int     // of each column
	coef      []float64 // ±1
	cost      []float64 // of each column in the objective
	target    []float64 // of each row: what c(x) plus its columns has to be
	bounds    int       // finite ones
}

// slacks returns the variables of a program.
func slacks(shape Shape, relax float64) *variables {
	v := &variables{n: len(shape.Low), target: make([]float64, len(shape.Floor))}
	for i, low := range shape.Low {
		high := shape.High[i]
		if low == high { // fixed: nothing pushes it, nothing moves it
			low, high = math.Inf(-1), math.Inf(1)
		}
		v.bound(low, high, relax)
	}
	for j, low := range shape.Floor {
		if low == shape.Ceiling[j] {
			v.target[j] = low
			continue
		}
		v.bound(low, shape.Ceiling[j], relax)
		v.column(j, -1, 0)
	}
	return v
}

func (v *variables) bound(low, high, relax float64) {
	low, high = widened(low, -relax), widened(high, relax)
	v.low, v.high = append(v.low, low), append(v.high, high)
	for _, b := range []float64{low, high} {
		if !math.IsInf(b, 0) {
			v.bounds++
		}
	}
}

func (v *variables) column(row int, coef, cost float64) {
	v.row, v.coef, v.cost = append(v.row, row), append(v.coef, coef), append(v.cost, cost)
}

// elastic returns the variables of the restoration: those of v and two columns
// for each row, the parts of its violation, with cost rho each. Costs of v's
// own columns are dropped.
func (v *variables) elastic(rho float64) *variables {
	e := &variables{n: v.n, target: v.target}
	for i := range v.low {
		e.bound(v.low[i], v.high[i], 0)
	}
	for k, j := range v.row {
		e.column(j, v.coef[k], 0)
	}
	for _, coef := range []float64{-1, 1} {
		for j := range v.target {
			e.bound(0, math.Inf(1), 0)
			e.column(j, coef, rho)
		}
	}
	return e
}

// widened moves a finite bound by a relative amount.
func widened(bound, by float64) float64 {
	if math.IsInf(bound, 0) {
		return bound
	}
	return bound + by*max(1, math.Abs(bound))
}

// scaled brings bounds of slacks and targets to the rows' scales.
func (v *variables) scaled(shape Shape, relax float64, rows []float64) {
	k := 0
	for j, s := range rows {
		if shape.Floor[j] == shape.Ceiling[j] {
			v.target[j] = s * shape.Floor[j]
			continue
		}
		v.low[v.n+k] = widened(s*shape.Floor[j], -relax)
		v.high[v.n+k] = widened(s*shape.Ceiling[j], relax)
		k++
	}
}

// inside moves x into its bounds, by push relative to the bound and to the
// width.
//
// Source: Wächter, Biegler (2006), section 3.6.
func inside(x, low, high, push float64) float64 {
	hasLow, hasHigh := !math.IsInf(low, 0), !math.IsInf(high, 0)
	pl, ph := push*max(1, math.Abs(low)), push*max(1, math.Abs(high))
	if hasLow && hasHigh {
		pl, ph = min(pl, push*(high-low)), min(ph, push*(high-low))
	}
	if hasLow {
		x = max(x, low+pl)
	}
	if hasHigh {
		x = min(x, high-ph)
	}
	return x
}

// longest returns the largest fraction ≤ 1 of the step dv that keeps 1−tau of
// every distance to a bound.
func (v *variables) longest(x, dv []float64, tau float64) float64 {
	alpha := 1.0
	for i, d := range dv {
		if low := v.low[i]; d < 0 && !math.IsInf(low, 0) {
			if room := tau * (x[i] - low); -d*alpha > room {
				alpha = room / -d
			}
		}
		if high := v.high[i]; d > 0 && !math.IsInf(high, 0) {
			if room := tau * (high - x[i]); d*alpha > room {
				alpha = room / d
			}
		}
	}
	return alpha
}

// longestOf is longest for multipliers, which stay positive.
func longestOf(z, dz []float64, tau float64) float64 {
	alpha := 1.0
	for i, d := range dz {
		if d < 0 && -d*alpha > tau*z[i] {
			alpha = tau * z[i] / -d
		}
	}
	return alpha
}
