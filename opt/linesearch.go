package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
	"github.com/entrain-dev/entrain/internal/num"
)

// lineSearch looks for a step length α that satisfies the strong Wolfe
// conditions along dir. Its result is (z, grad, cost).
// Source: Nocedal, Wright, Numerical Optimization (2006), algorithms 3.5, 3.6.
type lineSearch struct {
	c1, c2   float64
	maxEvals int

	obj    Objective
	k      int
	z0     []float64
	dir    []float64
	cost0  float64
	slope0 float64

	z, grad []float64
	cost    float64
	evals   int // since the solver was made
	left    int // evaluations of this search
	last    float64
}

// point is a value on the line: at α, with its derivative by α. A failed
// evaluation has an infinite cost.
type point struct{ alpha, cost, slope float64 }

// search returns whether it found a lower point; first is the step length it
// tries first.
func (s *lineSearch) search(obj Objective, z0, dir, grad0 []float64, cost0, first float64, k int) bool {
	s.obj, s.k, s.z0, s.dir, s.cost0 = obj, k, z0, dir, cost0
	s.slope0 = kernel.Dot(grad0, dir)
	s.left = s.maxEvals
	defer s.release()
	lo := point{0, cost0, s.slope0}
	alpha := first
	for s.left > 0 {
		p := s.eval(alpha)
		switch {
		case !s.decreased(p) || (lo.alpha > 0 && p.cost >= lo.cost):
			return s.zoom(lo, p)
		case math.Abs(p.slope) <= -s.c2*s.slope0:
			return true
		case p.slope >= 0:
			return s.zoom(p, lo)
		}
		// Still downhill: go on, to between 1.1 and 4 times as far.
		next := 4 * alpha
		if c, ok := cubic(lo, p); ok && c > alpha {
			next = min(max(c, 1.1*alpha), next)
		}
		lo, alpha = p, next
	}
	return lo.alpha > 0 && s.settle(lo)
}

// release drops what belongs to the caller.
func (s *lineSearch) release() { s.obj, s.z0, s.dir = nil, nil, nil }

func (s *lineSearch) eval(alpha float64) point {
	s.evals++
	s.left--
	s.last = alpha
	for i, d := range s.dir {
		s.z[i] = s.z0[i] + alpha*d
	}
	loss := s.obj.Eval(s.grad, s.z, s.k)
	if usable(loss, s.grad) != "" {
		return point{alpha, math.Inf(1), math.NaN()}
	}
	s.cost = loss.Value
	return point{alpha, loss.Value, kernel.Dot(s.grad, s.dir)}
}

// decreased is the Armijo condition; the last digits of the cost are noise.
func (s *lineSearch) decreased(p point) bool {
	return p.cost <= s.cost0+s.c1*p.alpha*s.slope0+4e-16*math.Abs(s.cost0)
}

// zoom narrows the interval between lo, the lowest point that has decreased
// enough, and hi.
func (s *lineSearch) zoom(lo, hi point) bool {
	for s.left > 0 {
		p := s.eval(between(lo, hi))
		switch {
		case !s.decreased(p) || p.cost >= lo.cost:
			hi = p
		case math.Abs(p.slope) <= -s.c2*s.slope0:
			return true
		default:
			if p.slope*(hi.alpha-lo.alpha) >= 0 {
				hi = lo
			}
			lo = p
		}
		if math.Abs(hi.alpha-lo.alpha) <= 1e-15*math.Max(hi.alpha, lo.alpha) {
			break
		}
	}
	return lo.alpha > 0 && s.settle(lo)
}

// settle makes p, which has decreased enough but may be too short, the result.
func (s *lineSearch) settle(p point) bool {
	if s.last != p.alpha {
		s.eval(p.alpha)
	}
	return s.cost <= s.cost0
}

// between returns the next α of an interval: the minimum of the cubic through
// both ends, kept away from them by a tenth of the interval; a fifth of the
// way from lo if hi failed.
func between(lo, hi point) float64 {
	width := hi.alpha - lo.alpha
	if math.IsInf(hi.cost, 1) {
		return lo.alpha + width/5
	}
	alpha, ok := cubic(lo, hi)
	if !ok {
		return lo.alpha + width/2
	}
	part := (alpha - lo.alpha) / width
	return lo.alpha + width*min(max(part, 0.1), 0.9)
}

// cubic returns the minimum of the cubic with the values and slopes of a and
// b, and whether there is one. Nocedal, Wright, eq. 3.59.
func cubic(a, b point) (float64, bool) {
	d1 := a.slope + b.slope - 3*(a.cost-b.cost)/(a.alpha-b.alpha)
	square := d1*d1 - a.slope*b.slope
	if !(square >= 0) {
		return 0, false
	}
	d2 := math.Copysign(math.Sqrt(square), b.alpha-a.alpha)
	alpha := b.alpha - (b.alpha-a.alpha)*(b.slope+d2-d1)/(b.slope-a.slope+2*d2)
	return alpha, num.Finite(alpha)
}
