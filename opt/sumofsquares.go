package opt

import (
	"math"

	"github.com/entrain-dev/entrain/internal/kernel"
)

// Prior is a Gaussian prior with independent components: the cost
// ½ Σ_i Precision[i] (z[i] − Centre[i])². A nil Precision is no prior, a nil
// Centre is zero. The slices stay the caller's; after changing them, set
// Known = false in the state of the minimiser.
type Prior struct {
	Precision []float64
	Centre    []float64
}

// cost returns the cost of z and, if grad is not nil, adds the gradient to it.
func (p *Prior) cost(grad, z []float64) float64 {
	sum := 0.0
	for i, w := range p.Precision {
		d := z[i]
		if p.Centre != nil {
			d -= p.Centre[i]
		}
		sum += w * d * d
		if grad != nil {
			grad[i] += w * d
		}
	}
	return sum / 2
}

type sumOfSquares struct {
	res    Residual
	prior  Prior
	m, n   int
	r, jac []float64
	terms  [2]Term
}

// SumOfSquares returns the objective ½‖r(z)‖² + prior, which is the cost that
// an LMSolver minimises, for minimisers that use gradients only. It is made
// for one goroutine; the Loss's terms are valid until the next Eval.
func SumOfSquares(res Residual, prior Prior) Objective {
	m, n := res.Size()
	return &sumOfSquares{res: res, prior: prior, m: m, n: n,
		r: make([]float64, m), jac: make([]float64, m*n),
		terms: [2]Term{{Name: "residual"}, {Name: "prior"}}}
}

func (s *sumOfSquares) Size() int { return s.n }

func (s *sumOfSquares) Eval(grad, z []float64, k int) Loss {
	jac := s.jac
	if grad == nil {
		jac = nil
	}
	if fail := s.res.Residuals(s.r, jac, z, k); fail != "" {
		return Loss{Value: math.Inf(1), Fail: fail}
	}
	if grad != nil {
		kernel.MatVecT(grad, s.jac, s.r, s.m, s.n, 1)
	}
	s.terms[0].Value = kernel.Dot(s.r, s.r) / 2
	s.terms[1].Value = s.prior.cost(grad, z)
	value := s.terms[0].Value + s.terms[1].Value
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return Loss{Value: math.Inf(1), Fail: notFinite}
	}
	return Loss{Value: value, Terms: s.terms[:]}
}

const notFinite = "the residuals are not finite numbers"
