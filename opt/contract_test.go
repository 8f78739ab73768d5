package opt_test

import (
	"testing"

	"github.com/entrain-dev/entrain/opt"
	"github.com/entrain-dev/entrain/opt/opttest"
)

func TestEveryRegisteredOptimiserKeepsTheContract(t *testing.T) {
	for _, name := range opt.Optimisers.Names() {
		t.Run(name, func(t *testing.T) {
			opttest.Run(t, func() opt.Settings {
				s, err := opt.Optimisers.Lookup(name)
				if err != nil {
					t.Fatal(err)
				}
				return s
			})
			if opt.Optimisers.Doc(name) == "" {
				t.Error("no description")
			}
		})
	}
}

func TestProblemsHaveExactJacobians(t *testing.T) {
	for _, p := range append(opttest.Problems(), opttest.Meyer()) {
		m, n := p.Size()
		z := append([]float64(nil), p.Start...)
		for i := range z {
			z[i] += 0.1 * float64(i+1) // off the special places of the start
		}
		r, jac := make([]float64, m), make([]float64, m*n)
		lo, hi := make([]float64, m), make([]float64, m)
		p.Residuals(r, jac, z, 0)
		for j := range z {
			h := 1e-6 * (1 + abs(z[j]))
			v := z[j]
			z[j] = v + h
			p.Residuals(hi, nil, z, 0)
			z[j] = v - h
			p.Residuals(lo, nil, z, 0)
			z[j] = v
			for i := range m {
				if want := (hi[i] - lo[i]) / (2 * h); !near(jac[i*n+j], want, 1e-5) {
					t.Errorf("%s: ∂r%d/∂z%d = %g, differences %g", p.Name, i, j, jac[i*n+j], want)
				}
			}
		}
	}
}

func abs(x float64) float64 { return max(x, -x) }

// near reports whether a and b agree to tol, relative to 1 + their size.
func near(a, b, tol float64) bool { return abs(a-b) <= tol*(1+max(abs(a), abs(b))) }
