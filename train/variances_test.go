package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// TestErrorsOfComponentsCountAsInTheColumns: their relative error is that of all columns together.
func TestErrorsOfComponentsCountAsInTheColumns(t *testing.T) {
	all := bumps(4, 30, 6)
	c, err := data.NewComponents(all, 3)
	if err != nil {
		t.Fatal(err)
	}
	few, err := c.Of(all)
	if err != nil {
		t.Fatal(err)
	}
	p := mustProblem(t, few, latentOf(1), func(s *Settings) { s.Heldout = 0 })
	v := variances(p.Train)
	if v[0] != v[1] || v[1] != v[2] || !(v[0] > 0) || p.Weights != "equal" {
		t.Fatalf("variances %v, weights %s", v, p.Weights)
	}
	k := p.scorer(v)
	square, count := 0.0, 0.0
	for i := range few {
		for r := range few[i].Len() {
			want := few[i].Row(r)
			got := []float64{want[0] + 0.1, want[1], want[2] - 0.1}
			k.Add(got, want)
			for j, x := range c.Show(got) {
				e := x - c.Show(want)[j]
				square, count = square+e*e, count+1
			}
		}
	}
	kept := 3 * v[0] / 6 // variance of the columns, a column, that components have
	if got, want := k.Scores().NRMSE, math.Sqrt(square/count/kept); math.Abs(got-want) > 1e-9*want {
		t.Errorf("relative error %g, of the columns %g", got, want)
	}
	plain := mustProblem(t, all, latentOf(1), func(s *Settings) { s.Heldout = 0 })
	if w := variances(plain.Train); w[0] == w[2] || plain.Weights == "equal" {
		t.Errorf("variances of columns %v, weights %s", w, plain.Weights)
	}
}
