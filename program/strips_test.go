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
