package num

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestSingularValuesOfOrdinaryAndGradedMatrices(t *testing.T) {
	r := Stream(1, "matrix")
	const n = 5
	a := make([]float64, n*n)
	for i := range a {
		a[i] = r.NormFloat64()
	}
	var svd mat.SVD
	svd.Factorize(mat.NewDense(n, n, append([]float64{}, a...)), mat.SVDNone)
	for i, v := range GradedSingular(append([]float64{}, a...), n) {
		if want := svd.Values(nil)[i]; math.Abs(v/want-1) > 1e-12 {
			t.Errorf("value %d is %g, want %g", i, v, want)
		}
	}
	// Upper triangles with rows of size 1, 1e-40, 1e-80: values are nearly the sizes
	// of the diagonal, and their product is exactly its product.
	b := []float64{2, 1, -1, 0, 3e-40, 1e-40, 0, 0, 5e-80}
	v := GradedSingular(b, 3)
	if p := math.Log(v[0]) + math.Log(v[1]) + math.Log(v[2]); math.Abs(p-math.Log(30)+120*math.Ln10) > 1e-10 {
		t.Errorf("%v: the product is exp(%g)", v, p)
	}
}
