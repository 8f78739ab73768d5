package chaos

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// orbit samples a flow from its start, without the transient.
func orbit(t testing.TB, name string, n int, step, transient float64) []float64 {
	t.Helper()
	x, err := Orbit(known(t, name), n, step, transient)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestCorrelationDimensionsOfAttractors(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time, and nothing runs at the same time that shorter tests do not run too")
	}
	points := 20_000
	for _, c := range []struct {
		name       string
		step       float64
		want, give float64
	}{
		{"lorenz", 0.15, 2.05, 0.05}, {"henon", 1, 1.22, 0.04}, {"van-der-pol", 0.37, 1, 0.03},
	} {
		f := known(t, c.name)
		x := orbit(t, c.name, points, c.step, 100)
		got, err := CorrelationDimension(x, f.Dim(), CorrelationOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Status != OK || !(math.Abs(got.Dimension-c.want) <= c.give) {
			t.Errorf("%s: %.3f ± %.3f between %.2g and %.2g (%s), want %.2f", c.name, got.Dimension, got.Error, got.From, got.To, got.Reason, c.want)
		}
	}
}

func TestCorrelationSumIsThatOfBruteForce(t *testing.T) {
	const n, d, w = 600, 2, 7
	r := num.Stream(1, "cloud")
	x := make([]float64, n*d)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	c, err := CorrelationDimension(x, d, CorrelationOptions{Theiler: w})
	if err != nil {
		t.Fatal(err)
	}
	z, _ := standardised(x, d)
	for k, radius := range c.R {
		count, pairs := 0, 0
		for i := range n {
			for j := range n {
				if i-j >= w || j-i >= w {
					pairs++
					if math.Hypot(z[2*i]-z[2*j], z[2*i+1]-z[2*j+1]) < radius {
						count++
					}
				}
			}
		}
		if want := float64(count) / float64(pairs); math.Abs(c.Sum[k]-want) > 1e-12 && k < len(c.R)-1 {
			t.Errorf("C(%g) = %g, want %g", radius, c.Sum[k], want)
		}
	}
}

func TestDimensionsThatCannotBeKnownAreNoNumbers(t *testing.T) {
	few, err := CorrelationDimension(make([]float64, 100), 1, CorrelationOptions{})
	if err != nil || few.Status != TooShort || !math.IsNaN(few.Dimension) {
		t.Errorf("%+v, %v", few, err)
	}
	if _, err := CorrelationDimension(make([]float64, 2000), 1, CorrelationOptions{}); err == nil {
		t.Error("a constant column has a dimension")
	}
	x := make([]float64, 2000)
	x[3] = math.NaN()
	if _, err := CorrelationDimension(x, 2, CorrelationOptions{}); err == nil {
		t.Error("missing values have a dimension")
	}
}

func BenchmarkCorrelationSum(b *testing.B) {
	x := orbit(b, "lorenz", 100_000, 0.1, 50)
	for b.Loop() {
		if _, err := CorrelationDimension(x, 3, CorrelationOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
