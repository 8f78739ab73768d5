package program

import (
	"math"
	"testing"
)

// Sums over lanes have the same values however many lanes there are, also with
// something beside them that has no lanes.
func TestSumsOverLanesBesideWhatIsShared(t *testing.T) {
	for name, c := range map[string]struct {
		build func(b *Builder, theta, sum Value) Value
		want  func(theta, sum float64) float64
	}{
		"alone":          {func(_ *Builder, _, s Value) Value { return s }, func(_, s float64) float64 { return s }},
		"twice":          {func(b *Builder, _, s Value) Value { return b.Add(s, b.Scale(3, s)) }, func(_, s float64) float64 { return 4 * s }},
		"beside it":      {func(b *Builder, theta, s Value) Value { return b.Add(theta, s) }, func(theta, s float64) float64 { return theta + s }},
		"times it":       {func(b *Builder, theta, s Value) Value { return b.Mul(theta, s) }, func(theta, s float64) float64 { return theta * s }},
		"in a function":  {func(b *Builder, _, s Value) Value { return b.Act(Tanh, b.Scale(1e-3, s)) }, func(_, s float64) float64 { return math.Tanh(1e-3 * s) }},
		"and none of it": {func(b *Builder, theta, _ Value) Value { return b.Add(theta, theta) }, func(theta, _ float64) float64 { return 2 * theta }},
	} {
		b := New()
		theta, x := b.Shared("theta", 1, 1), b.Batched("x", 1, 1)
		b.Output("y", c.build(b, theta, b.Gather(b.Mul(x, x))))
		p, err := b.Done()
		if err != nil {
			t.Fatal(err)
		}
		for _, lanes := range []int{1, 8, 64, 136} {
			in, sum, y := make([]float64, lanes), 0.0, make([]float64, 1)
			for l := range in {
				in[l] = float64(l%5) + 1
				sum += in[l] * in[l]
			}
			NewExec(p, lanes).Run([][]float64{y}, [][]float64{{7}, in})
			if want := c.want(7, sum); math.Abs(y[0]-want) > 1e-12*math.Abs(want) {
				t.Errorf("%s, %d lanes: %g, want %g", name, lanes, y[0], want)
			}
		}
	}
}

// What is added to the caller's numbers is added once, in however many strips.
func TestOutputsAreAddedInStrips(t *testing.T) {
	b := New()
	x := b.Batched("x", 3, 1)
	b.Output("y", b.Act(Sin, x))
	b.Output("sum", b.Gather(b.Mul(x, x)))
	b.Output("z", b.Mul(x, x))
	p, err := b.Done()
	if err != nil {
		t.Fatal(err)
	}
	for _, lanes := range []int{1, 8, 64, 136, 256} {
		in, y, z, sum, want := make([]float64, 3*lanes), make([]float64, 3*lanes), make([]float64, 3*lanes), []float64{1, 2, 3}, []float64{1, 2, 3}
		for i := range in {
			in[i], y[i], z[i] = float64(i%7)-3, float64(i), float64(i)
			want[i/lanes] += in[i] * in[i]
		}
		NewExec(p, lanes, "y", "sum").Run([][]float64{y, sum, z}, [][]float64{in})
		for i, v := range in {
			if math.Abs(y[i]-float64(i)-math.Sin(v)) > 1e-12 || z[i] != v*v {
				t.Fatalf("%d lanes: y[%d] = %g, z[%d] = %g", lanes, i, y[i], i, z[i])
			}
		}
		for i, w := range want {
			if math.Abs(sum[i]-w) > 1e-9 {
				t.Errorf("%d lanes: sums %v, want %v", lanes, sum, want)
				break
			}
		}
	}
}
