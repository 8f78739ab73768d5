package regress

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// A triangle solves the system, knows what each column is worth, and is that
// of the system without a column when it is taken away.
func TestTrianglesLoseColumns(t *testing.T) {
	const rows, cols = 12, 5
	r := num.Stream(3, "triangle")
	full := mat.NewDense(rows, cols+1, nil)
	for i := range rows {
		for j := range cols + 1 {
			full.Set(i, j, r.NormFloat64())
		}
	}
	without := func(k int) *mat.Dense {
		m := mat.NewDense(rows, cols, nil)
		for i := range rows {
			for j := range cols {
				m.Set(i, j, full.At(i, j+max(0, min(1, 1+j-k))))
			}
		}
		return m
	}
	sum := func(m *mat.Dense) ([]float64, float64) { // by the normal equations
		_, c := m.Dims()
		a, b := m.Slice(0, rows, 0, c-1), m.ColView(c-1)
		var h, g, x, e mat.Dense
		h.Mul(a.T(), a)
		g.Mul(a.T(), b)
		if err := x.Solve(&h, &g); err != nil {
			t.Fatal(err)
		}
		e.Mul(a, &x)
		e.Sub(b, &e)
		return x.RawMatrix().Data, math.Pow(mat.Norm(&e, 2), 2)
	}
	near := func(what string, got, want []float64) {
		for i := range want {
			if len(got) != len(want) || math.Abs(got[i]-want[i]) > 1e-10 {
				t.Errorf("%s: %v, want %v", what, got, want)
				return
			}
		}
	}
	x, rss := sum(full)
	tr := newTriangle(full)
	near("solution", tr.solution(), x)
	near("sum of squares", []float64{tr.rest}, []float64{rss})
	losses := tr.losses()
	for k := range cols {
		x, less := sum(without(k))
		near("loss", []float64{losses[k]}, []float64{less - rss})
		one := newTriangle(full)
		one.drop(k)
		near("solution without a column", one.solution(), x)
		near("sum of squares without it", []float64{one.rest}, []float64{less})
	}
	for tr.q > 0 {
		tr.drop(tr.q / 2)
	}
	b := mat.Col(nil, cols, full)
	near("nothing left", []float64{tr.rest}, []float64{math.Pow(mat.Norm(mat.NewVecDense(rows, b), 2), 2)})
}
