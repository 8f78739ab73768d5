package opt_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/opt"
)

// TestNoPieceOfAPosteriorGoesOnWhenItIsStopped stops the posterior at each place where it
// asks, in its three ways: it ends there, and it asks often enough.
func TestNoPieceOfAPosteriorGoesOnWhenItIsStopped(t *testing.T) {
	for _, c := range []struct {
		name    string
		m, n    int
		twins   bool // columns that are the same: the Hessian has lost its digits
		atLeast int
	}{
		{"inverse of the factor", 160, 120, false, 2 * 120},
		{"dual", 60, 150, false, 2 * 60},
		{"without squaring", 160, 120, true, 120 + 1},
		{"dual without a prior", 60, 150, true, 2 * 60},
	} {
		l := newLinear(c.m, c.n)
		cfg := opt.DefaultLM()
		cfg.Prior = prior(l.n)
		if c.twins {
			for i := range l.m {
				row := l.a[i*l.n : (i+1)*l.n]
				row[1] = row[0]
				for j := range row {
					row[j] *= 1e10
				}
			}
			cfg.Prior.Precision = nil
		}
		asked, end := 0, math.MaxInt
		cfg.Stop = func() bool { asked++; return asked > end }
		variance := make([]float64, l.n)
		if _, fail := opt.NewLM(l, *cfg).Posterior(variance, stream(3, l.n), 0); fail != "" {
			t.Fatalf("%s: %s", c.name, fail)
		}
		all := asked
		if all < c.atLeast {
			t.Errorf("%s: it asks %d times whether it should stop, want %d", c.name, all, c.atLeast)
		}
		for end = 0; end < all; end += 1 + all/50 {
			asked = 0
			if _, fail := opt.NewLM(l, *cfg).Posterior(variance, stream(3, l.n), 0); fail != opt.WasStopped || asked > end+4 {
				t.Errorf("%s: stopped after %d of %d: %q, asked %d times", c.name, end, all, fail, asked)
			}
		}
	}
}

// The factorisation in panels is LAPACK's, to the bit.
func TestPanelsAreThoseOfLAPACK(t *testing.T) {
	never := func() bool { return false }
	for _, c := range [][2]int{{1, 1}, {5, 5}, {40, 33}, {200, 128}, {200, 129}, {300, 170}, {260, 260}} {
		m, n := c[0], c[1]
		a := stream(7, m*n)
		var qr mat.QR
		var want mat.Dense
		qr.Factorize(mat.NewDense(m, n, append([]float64{}, a...)))
		qr.RTo(&want)
		if !opt.QRUnless(never, a, m, n) {
			t.Fatal("it was stopped")
		}
		for i := range n {
			for j := i; j < n; j++ {
				if got := a[i*n+j]; math.Float64bits(got) != math.Float64bits(want.At(i, j)) {
					t.Fatalf("%v: R[%d,%d] is %v, LAPACK's %v", c, i, j, got, want.At(i, j))
				}
			}
		}
	}
}
