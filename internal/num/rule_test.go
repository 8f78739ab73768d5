package num

import (
	"math"
	"testing"
)

var rules = map[string]struct {
	make         func(int) *Rule
	first, order int // fewest stages; order is 2s + order
}{"Radau": {RadauRule, 1, -1}, "Gauss": {GaussRule, 1, 0}, "Lobatto": {LobattoRule, 2, -2}}

func TestRulesHaveTheKnownPlaces(t *testing.T) {
	root, six := math.Sqrt(15)/10, math.Sqrt(6)
	for name, want := range map[string][]float64{"Radau": {(4 - six) / 10, (4 + six) / 10, 1},
		"Gauss": {0.5 - root, 0.5, 0.5 + root}, "Lobatto": {0, 0.5, 1}} {
		for i, c := range rules[name].make(3).P {
			if math.Abs(c-want[i]) > 1e-15 {
				t.Errorf("%s: point %d at %.17g, want %.17g", name, i, c, want[i])
			}
		}
	}
	if a, want := RadauRule(3).A[1], (296-169*six)/1800; math.Abs(a-want) > 1e-14 {
		t.Errorf("Radau: a₁₂ = %.17g, want %.17g", a, want)
	}
	simpson := LobattoRule(3)
	for i, want := range []float64{5.0 / 24, 1.0 / 3, -1.0 / 24, 1.0 / 6, 2.0 / 3, 1.0 / 6} {
		if math.Abs(simpson.A[i]-want) > 1e-15 {
			t.Errorf("Lobatto: entry %d is %.17g, want %.17g", i, simpson.A[i], want)
		}
	}
}

// TestRulesIntegrateTheirPolynomials: all rows up to the number of points, the last one up to
// the order; and nodes interpolate.
func TestRulesIntegrateTheirPolynomials(t *testing.T) {
	for name, kind := range rules {
		for s := kind.first; s <= 6; s++ {
			r := kind.make(s)
			n, m := len(r.C), len(r.P)
			for power := 0; power < 2*s+kind.order; power++ {
				d := float64(power)
				for i, c := range r.C {
					if power >= m && i < n-1 {
						continue
					}
					sum := 0.0
					for k, at := range r.P {
						sum += r.A[i*m+k] * math.Pow(at, d)
					}
					if want := math.Pow(c, d+1) / (d + 1); math.Abs(sum-want) > 1e-13 {
						t.Errorf("%s, %d stages: ∫x^%d to %g is %.15g, want %.15g", name, s, power, c, sum, want)
					}
				}
				if power > n {
					continue
				}
				w, value := make([]float64, n+1), math.Pow(0, d)
				r.Weights(w, 0.37)
				value *= w[0]
				for j, at := range r.C {
					value += w[j+1] * math.Pow(at, d)
				}
				if math.Abs(value-math.Pow(0.37, d)) > 1e-12 {
					t.Errorf("%s, %d stages: 0.37^%d = %.15g", name, s, power, value)
				}
			}
		}
	}
}

// TestRulesHaveTheirOrders solves x' = λx with halved elements.
func TestRulesHaveTheirOrders(t *testing.T) {
	const rate = -1.5
	for name, kind := range rules {
		for s := kind.first; s <= 4; s++ {
			r := kind.make(s)
			n, m := len(r.C), len(r.P)
			errorOf := func(elements int) float64 {
				h, x := 1/float64(elements), 1.0
				lu := NewLU(n)
				for range elements {
					a, b := lu.Matrix(), make([]float64, n)
					clear(a)
					for i := range n {
						a[i*n+i], b[i] = 1, x
						for k, at := range r.At {
							if at == 0 {
								b[i] += h * rate * r.A[i*m+k] * x
								continue
							}
							a[i*n+at-1] -= h * rate * r.A[i*m+k]
						}
					}
					lu.Factor()
					lu.Solve(b)
					x = b[n-1]
				}
				return math.Abs(x - math.Exp(rate))
			}
			few := 2
			if order := math.Log2(errorOf(few) / errorOf(2*few)); math.Abs(order-float64(2*s+kind.order)) > 0.15 {
				t.Errorf("%s, %d stages: order %.2f, want %d", name, s, order, 2*s+kind.order)
			}
		}
	}
}

func TestGaussLegendreIntegrates(t *testing.T) {
	for n := 1; n <= 8; n++ {
		at, weight := gaussLegendre(n)
		for power := 0; power < 2*n; power++ {
			sum := 0.0
			for i, x := range at {
				sum += weight[i] * math.Pow(x, float64(power))
			}
			if want := 1 / float64(power+1); math.Abs(sum-want) > 1e-14 {
				t.Errorf("%d places: ∫x^%d = %.16g", n, power, sum)
			}
		}
	}
}
