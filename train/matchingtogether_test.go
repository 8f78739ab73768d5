package train

import (
	"math"
	"testing"
)

// TestMatchingSideBySide: residuals and Jacobian of all nodes at a time are those of one after the other.
func TestMatchingSideBySide(t *testing.T) {
	p := forcedOscillator(t, 40, 5, 1)
	r, err := p.wholeResidual(false)
	if err != nil {
		t.Fatal(err)
	}
	one, all := newMatching(r), newMatching(r)
	all.together()
	m, n := one.Size()
	z := append([]float64(nil), p.Parts.Theta0...)
	for len(z) < n {
		z = append(z, 0.1)
	}
	var res, jac [2][]float64
	for i, s := range []*matching{one, all} {
		res[i], jac[i] = make([]float64, m), make([]float64, m*n)
		if fail := s.Residuals(res[i], jac[i], z, 0); fail != "" {
			t.Fatal(fail)
		}
	}
	for i, v := range res[0] {
		if math.Abs(v-res[1][i]) > 1e-12*(1+math.Abs(v)) {
			t.Fatalf("residual %d is %g, one by one %g", i, res[1][i], v)
		}
	}
	for i, v := range jac[0] {
		if math.Abs(v-jac[1][i]) > 1e-12*(1+math.Abs(v)) {
			t.Fatalf("entry %d of the Jacobian is %g, one by one %g", i, jac[1][i], v)
		}
	}
}
