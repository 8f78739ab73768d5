package field

import (
	"math"
	"math/cmplx"
)

// Stability is the stability function R of a solver: a step of size h multiplies
// the solution of dx/dt = λx by R(hλ). Where |R| < 1 steps damp what they meet.
type Stability func(z complex128) complex128

// Exponential is the stability function of a method with as many stages as its
// order: the exponential series as far as z^order.
func Exponential(order int) Stability {
	return func(z complex128) complex128 {
		sum := complex(1, 0)
		for k := order; k > 0; k-- {
			sum = 1 + sum*z/complex(float64(k), 0)
		}
		return sum
	}
}

// Extent is how far the region |R| < 1 reaches from 0 along the negative real
// axis, to 1e-9; +Inf where it does not end before −1000.
func (r Stability) Extent() float64 {
	return r.reach(func(z, v complex128) bool { return cmplx.Abs(v) < 1 })
}

// Faithful is how far from 0 along the negative real axis steps do what time does:
// |R(z) − exp z| is at most tolerance up to there.
func (r Stability) Faithful(tolerance float64) float64 {
	return r.reach(func(z, v complex128) bool { return cmplx.Abs(v-cmplx.Exp(z)) <= tolerance })
}

// reach is how far inside holds of −x and R(−x) for x from 0 on.
func (r Stability) reach(inside func(z, v complex128) bool) float64 {
	holds := func(x float64) bool { z := complex(-x, 0); return inside(z, r(z)) }
	const fine, far = 0.01, 1000.0
	hi := fine
	for holds(hi) {
		if hi > far {
			return math.Inf(1)
		}
		hi += fine * max(1, hi)
	}
	lo := 0.0
	if hi > fine {
		lo = (hi - fine) / (1 + fine) // at or below the last that held
	}
	for hi-lo > 1e-10 {
		if mid := (lo + hi) / 2; holds(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Border is the curve |R| = 1 around the region, followed from 0 on by R(z) = exp iφ
// until it closes or leaves |z| < far.
func (r Stability) Border(far float64) []complex128 {
	const turn, most = 100, 20 // points a turn of φ, and turns
	z, out := complex(0, 0), []complex128{0}
	for k := 1; k <= turn*most; k++ {
		want := cmplx.Exp(complex(0, 2*math.Pi*float64(k)/turn))
		for range 20 {
			const h = 1e-6
			off, slope := r(z)-want, (r(z+h)-r(z-h))/(2*h)
			if cmplx.Abs(slope) < 1e-12 {
				break
			}
			step := off / slope
			if z -= step; cmplx.Abs(step) < 1e-12 {
				break
			}
		}
		if cmplx.IsNaN(z) || cmplx.Abs(z) > far {
			break
		}
		if out = append(out, z); k >= turn/2 && cmplx.Abs(z) < 1e-6 {
			break
		}
	}
	return out
}
