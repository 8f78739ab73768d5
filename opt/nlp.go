package opt

import (
	"fmt"
	"math"
)

// NLP is a smooth nonlinear program in n unknowns with m rows,
//
//	minimise f(x)   subject to   low ≤ x ≤ high,   floor ≤ c(x) ≤ ceiling;
//
// a row whose floor equals its ceiling is an equality. Methods are pure in
// their arguments, fill what they are given in place and should allocate
// nothing. A reason that is not "" says why the values could not be computed
// (outside the domain of a logarithm, an integration that broke down): a trial
// step is then shortened.
type NLP interface {
	// Shape returns sizes, bounds and sparsity. It is asked once.
	Shape() Shape
	// Values returns f(x) and writes c(x) (length m).
	Values(c, x []float64) (f float64, fail string)
	// Slopes writes ∇f (length n) and the entries of ∂c/∂x (Shape.Jacobian).
	Slopes(grad, jac, x []float64) (fail string)
	// Curvature writes the entries of ∇²(w·f + yᵀc) (Shape.Hessian).
	Curvature(hess, x []float64, w float64, y []float64) (fail string)
}

// Shape is what does not change about a nonlinear program.
type Shape struct {
	Low, High      []float64 // bounds of the n unknowns, ±Inf where there is none
	Floor, Ceiling []float64 // bounds of the m rows; at least one of each pair is finite
	// Jacobian and Hessian list the patches in which entries may differ from
	// zero. Values are handed over patch after patch, each row-major; patches
	// that overlap add up. Of the Hessian only the lower triangle counts: a
	// patch lies on the diagonal (Row = Col, Rows = Cols; what it holds above
	// the diagonal is ignored) or wholly below it.
	Jacobian, Hessian []Patch
	// Chains, if not nil, says that unknowns and rows come in groups that touch
	// their neighbours only. It opens the structured linear algebra.
	Chains *Chains
}

// Patch is a dense rectangle of a sparse matrix.
type Patch struct{ Row, Col, Rows, Cols int }

// size returns the number of entries.
func (p Patch) size() int { return p.Rows * p.Cols }

// entries returns the number of values in a list of patches.
func entries(patches []Patch) int {
	sum := 0
	for _, p := range patches {
		sum += p.size()
	}
	return sum
}

// Check reports what is wrong with the shape, naming the unknown or row by its
// number from 0.
func (s *Shape) Check() error {
	n, m := len(s.Low), len(s.Floor)
	if len(s.High) != n || len(s.Ceiling) != m {
		return fmt.Errorf("%d lower bounds but %d upper ones of unknowns, %d and %d of rows; each needs both",
			n, len(s.High), m, len(s.Ceiling))
	}
	if err := s.checkBounds(); err != nil {
		return err
	}
	if err := s.checkPatches(); err != nil {
		return err
	}
	if s.Chains != nil {
		_, err := newPlan(*s)
		return err
	}
	return nil
}

// checkBounds finds bounds between which nothing lies.
func (s *Shape) checkBounds() error {
	for i, low := range s.Low {
		if !(low <= s.High[i]) || math.IsInf(low, 1) || math.IsInf(s.High[i], -1) {
			return fmt.Errorf("unknown %d cannot lie between %g and %g", i, low, s.High[i])
		}
	}
	for j, low := range s.Floor {
		if !(low <= s.Ceiling[j]) || math.IsInf(low, 1) || math.IsInf(s.Ceiling[j], -1) {
			return fmt.Errorf("row %d cannot lie between %g and %g", j, low, s.Ceiling[j])
		}
		if math.IsInf(low, -1) && math.IsInf(s.Ceiling[j], 1) {
			return fmt.Errorf("row %d has no bound; leave it out", j)
		}
	}
	return nil
}

// within tells that a patch lies in a matrix.
func (p *Patch) within(rows, cols int) bool {
	return p.Row >= 0 && p.Col >= 0 && p.Rows >= 0 && p.Cols >= 0 && p.Row+p.Rows <= rows && p.Col+p.Cols <= cols
}

// checkPatches finds patches outside of their matrices.
func (s *Shape) checkPatches() error {
	n, m := len(s.Low), len(s.Floor)
	for _, p := range s.Jacobian {
		if !p.within(m, n) {
			return fmt.Errorf("the Jacobian's patch %+v leaves the %d×%d matrix", p, m, n)
		}
	}
	for _, p := range s.Hessian {
		if !p.within(n, n) {
			return fmt.Errorf("the Hessian's patch %+v leaves the %d×%d matrix", p, n, n)
		}
		if diagonal := p.Row == p.Col && p.Rows == p.Cols; !diagonal && p.Row < p.Col+p.Cols {
			return fmt.Errorf("the Hessian's patch %+v crosses the diagonal", p)
		}
	}
	return nil
}
