package num

import (
	"math"
	"testing"
)

func TestRadauHasTheKnownPlacesOfThreeStages(t *testing.T) {
	r := NewRadau(3)
	root := math.Sqrt(6)
	for i, want := range []float64{(4 - root) / 10, (4 + root) / 10, 1} {
		if math.Abs(r.C[i]-want) > 1e-15 {
			t.Errorf("stage %d at %.17g, want %.17g", i, r.C[i], want)
		}
	}
	if want := (296 - 169*root) / 1800; math.Abs(r.A[1]-want) > 1e-14 {
		t.Errorf("a₁₂ = %.17g, want %.17g", r.A[1], want)
	}
	if two := NewRadau(2); math.Abs(two.C[0]-1.0/3) > 1e-15 {
		t.Errorf("the first of two stages lies at %.17g, want 1/3", two.C[0])
	}
}

// TestRadauIsExactForItsPolynomials checks slopes, values and integrals of
// powers, and the quadrature of the last row, which reaches degree 2s−2.
func TestRadauIsExactForItsPolynomials(t *testing.T) {
	for s := 1; s <= 5; s++ {
		r := NewRadau(s)
		if len(r.C) != s {
			t.Fatalf("%d stages: places %v", s, r.C)
		}
		w := make([]float64, s+1)
		for power := 0; power <= 2*s-2; power++ {
			d := float64(power)
			sum := 0.0
			for k, c := range r.C {
				sum += r.A[(s-1)*s+k] * math.Pow(c, d)
			}
			if math.Abs(sum-1/(d+1)) > 1e-13 {
				t.Errorf("%d stages: ∫x^%d = %.15g", s, power, sum)
			}
			if power > s {
				continue
			}
			nodes := append([]float64{0}, r.C...)
			for i, c := range r.C {
				slope, integral := 0.0, 0.0
				for j, at := range nodes {
					slope += r.D[i*(s+1)+j] * math.Pow(at, d)
				}
				for k, at := range r.C {
					integral += r.A[i*s+k] * math.Pow(at, d)
				}
				if want := d * math.Pow(c, max(0, d-1)); math.Abs(slope-want) > 1e-12 {
					t.Errorf("%d stages: slope of x^%d at %g is %.15g", s, power, c, slope)
				}
				if want := math.Pow(c, d+1) / (d + 1); power < s && math.Abs(integral-want) > 1e-13 {
					t.Errorf("%d stages: ∫x^%d to %g is %.15g", s, power, c, integral)
				}
			}
			r.Weights(w, 0.37)
			value := 0.0
			for j, at := range nodes {
				value += w[j] * math.Pow(at, d)
			}
			if math.Abs(value-math.Pow(0.37, d)) > 1e-13 {
				t.Errorf("%d stages: 0.37^%d = %.15g", s, power, value)
			}
		}
	}
}

// TestRadauHasItsOrder solves x' = λx, for which the end of an element is a
// linear solve, with halved elements.
func TestRadauHasItsOrder(t *testing.T) {
	const rate = -1.5
	for s := 1; s <= 5; s++ {
		r := NewRadau(s)
		errorOf := func(elements int) float64 {
			h, x := 1/float64(elements), 1.0
			lu := NewLU(s)
			for range elements {
				b := make([]float64, s)
				for i := range s {
					for k := range s {
						lu.Matrix()[i*s+k] = -h * rate * r.A[i*s+k]
					}
					lu.Matrix()[i*s+i]++
					b[i] = x
				}
				lu.Factor()
				lu.Solve(b)
				x = b[s-1]
			}
			return math.Abs(x - math.Exp(rate))
		}
		n := []int{0, 64, 16, 4, 2, 1}[s]
		order := math.Log2(errorOf(n) / errorOf(2*n))
		if want := float64(2*s - 1); math.Abs(order-want) > 0.25 {
			t.Errorf("%d stages: order %.3f, want %g", s, order, want)
		}
	}
}
