package opt

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Patches that reach over several groups are cut where groups change, wherever
// they stand in the list.
func TestPatchesOverGroupsAreCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	s := &system{}
	boundless(&s.shape, 6, 3)
	s.shape.Chains = &Chains{First: []int{0}, Groups: 2, Unknown: []int{-1, -1, 0, 0, 1, 1}, Row: []int{-1, 0, 1}}
	s.shape.Hessian = []Patch{{Rows: 2, Cols: 2}, {Row: 2, Col: 2, Rows: 4, Cols: 4}, {Row: 2, Rows: 4, Cols: 2}}
	s.shape.Jacobian = []Patch{{Rows: 1, Cols: 6}, {Row: 1, Rows: 2, Cols: 6}}
	s.random(rng)
	for i := range 4 { // a Hessian is symmetric
		for j := range i {
			s.hess[4+j*4+i] = s.hess[4+i*4+j]
		}
	}
	s.hess[1] = s.hess[2]
	if d := compare(t, "patches over groups", s, rng); !(d < 1e-12) {
		t.Errorf("solutions differ by %.1e", d)
	}
}

// Rows of very different units, in the Hessian or the Jacobian, come to lengths
// near one.
func TestRowsAreScaledToUnitLength(t *testing.T) {
	for _, unit := range []float64{1e-6, 1, 1e8} {
		s := collocation(rand.New(rand.NewPCG(1, 1)), 1, 4, 2, 3, 0.1, true)
		for i := range s.hess {
			s.hess[i] *= unit
		}
		clear(s.d)
		c := newChainSolver(s.shape)
		c.hess, c.jac, c.d, c.e = s.hess, s.jac, s.d, s.e
		c.equilibrate()
		clear(c.size)
		c.squares(s.shape.Hessian, s.hess, 0)
		c.squares(s.shape.Jacobian, s.jac, c.plan.n)
		for i, b := range c.size {
			if b > 0 && math.Abs(math.Log10(b)) > 4 {
				t.Errorf("unit %g: row %d has the length %.2g", unit, i, math.Sqrt(b))
			}
		}
	}
}
