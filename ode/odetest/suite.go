package odetest

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/ode"
)

// Run is the contract of a method: what every registered scheme must keep.
func Run(t *testing.T, method string) {
	m, err := ode.Method(method)
	if err != nil {
		t.Fatal(err)
	}
	if tab := m.Tableau; tab != nil {
		t.Run("Consistent", func(t *testing.T) { consistent(t, tab) })
		t.Run("OrderConditions", func(t *testing.T) { orderConditions(t, tab) })
	}
	for _, p := range Problems() {
		t.Run("Order/"+p.Name, func(t *testing.T) {
			q, err := order(m, p)
			near(t, "at the end", q, m.Order, err)
			if m.Inside > 0 {
				q, err = insideOrder(m, p)
				near(t, "inside a step", q, m.Inside, err)
			}
		})
	}
}

func near(t *testing.T, where string, measured float64, nominal int, err error) {
	t.Helper()
	if err != nil || math.Abs(measured-float64(nominal)) > 0.15 {
		t.Errorf("%s: measured order %.3f, nominal %d; %v", where, measured, nominal, err)
	}
}

// consistent checks shapes, row sums, FSAL, and that the extension begins and
// ends where the step does.
func consistent(t *testing.T, tab *ode.Tableau) {
	a := append(append([][]float64{}, tab.A...), tab.Dense.A...)
	c := append(append([]float64{}, tab.C...), tab.Dense.C...)
	for i, row := range a {
		if s := sum(row); math.Abs(s-c[i]) > 1e-14*(1+sumAbs(row)) {
			t.Errorf("row %d of A adds up to %g, not %g", i, s, c[i])
		}
		if i < len(tab.A) && len(row) != i {
			t.Errorf("row %d of A has %d entries", i, len(row))
		}
	}
	for _, e := range [][]float64{tab.E, tab.E2} {
		if math.Abs(sum(e)) > 1e-15*(1+sumAbs(e)) {
			t.Errorf("an error estimate adds up to %g", sum(e))
		}
	}
	last := tab.A[len(tab.A)-1]
	for i, v := range last {
		if tab.FSAL && v != tab.B[i] {
			t.Error("the last stage of an FSAL method is not its result")
		}
	}
	for i, p := range tab.Dense.P {
		b, s := 0.0, sum(p)
		if i < len(tab.B) {
			b = tab.B[i]
		}
		if math.Abs(s-b) > 4e-15*(1+sumAbs(p)) {
			t.Errorf("b_%d(1) = %g, not %g", i, s, b)
		}
	}
}

// orderConditions checks B and b(θ) on all trees up to order 4 or the order
// stated, whichever is less, and on the bushy trees up to the order stated.
func orderConditions(t *testing.T, tab *ode.Tableau) {
	check := func(b, c []float64, a [][]float64, theta float64, order int) {
		scale := 4e-15 * (1 + sumAbs(b)) * 10
		for _, tree := range trees(c, a) {
			if tree.order > min(order, 4) {
				continue
			}
			want := math.Pow(theta, float64(tree.order)) / tree.gamma
			if got := dot(b, tree.phi); math.Abs(got-want) > scale {
				t.Errorf("θ = %g, tree %s: Σ = %.17g, want %.17g", theta, tree.name, got, want)
			}
		}
		for q := 1; q <= order; q++ {
			s := 0.0
			for i, v := range b {
				s += v * math.Pow(c[i], float64(q-1))
			}
			if want := math.Pow(theta, float64(q)) / float64(q); math.Abs(s-want) > scale {
				t.Errorf("θ = %g: Σ b c^%d = %.17g, want %.17g", theta, q-1, s, want)
			}
		}
	}
	check(tab.B, tab.C, tab.A, 1, tab.Order)
	a := append(append([][]float64{}, tab.A...), tab.Dense.A...)
	c := append(append([]float64{}, tab.C...), tab.Dense.C...)
	for _, theta := range []float64{0.1, 0.37, 0.5, 0.81, 1} {
		b := make([]float64, len(tab.Dense.P))
		for i, p := range tab.Dense.P {
			for j, v := range p {
				b[i] += v * math.Pow(theta, float64(j+1))
			}
		}
		check(b, c, a, theta, tab.Dense.Order)
	}
}

// tree is a rooted tree with its elementary weights and density.
type tree struct {
	name  string
	order int
	gamma float64
	phi   []float64
}

// trees are the eight rooted trees up to order 4.
func trees(c []float64, a [][]float64) []tree {
	n := len(c)
	mul := func(v []float64) []float64 { // A v
		out := make([]float64, n)
		for i := range out {
			out[i] = dot(a[i], v)
		}
		return out
	}
	by := func(u, v []float64) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = u[i] * v[i]
		}
		return out
	}
	one := make([]float64, n)
	for i := range one {
		one[i] = 1
	}
	c2, ac := by(c, c), mul(c)
	return []tree{
		{"1", 1, 1, one}, {"c", 2, 2, c}, {"c²", 3, 3, c2}, {"Ac", 3, 6, ac},
		{"c³", 4, 4, by(c2, c)}, {"c·Ac", 4, 8, by(c, ac)}, {"Ac²", 4, 12, mul(c2)}, {"AAc", 4, 24, mul(ac)},
	}
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

func sumAbs(v []float64) (s float64) {
	for _, x := range v {
		s += math.Abs(x)
	}
	return s
}

func dot(a, b []float64) (s float64) {
	for i, x := range a {
		s += x * b[i]
	}
	return s
}
