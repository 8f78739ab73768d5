package chaos

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/internal/num"
)

// Rows of a linear map of noise have its matrix as Jacobian everywhere.
func TestJacobiansOfALinearMapAreItsMatrix(t *testing.T) {
	const n = 3000
	a := []float64{0.8, -0.4, 0.3, 0.7}
	r, x := num.Stream(1, "linear"), make([]float64, 2*n)
	for i := 1; i < n; i++ {
		p, q := x[2*i-2], x[2*i-1]
		x[2*i], x[2*i+1] = a[0]*p+a[1]*q+r.NormFloat64(), a[2]*p+a[3]*q+r.NormFloat64()
	}
	j, err := LocalJacobians(x, 2, 1, LocalOptions{Order: 1, Neighbours: 300}, nil)
	if err != nil || j.Status != OK {
		t.Fatalf("%+v, %v", j, err)
	}
	for k, want := range a {
		var v []float64
		for p := range j.Places {
			got := j.J[4*p+k]
			if k == 0 || k == 3 {
				got++
			}
			v = append(v, got)
		}
		if m := median(v); math.Abs(m-want) > 0.08 {
			t.Errorf("entry %d is %g, want %g", k, m, want)
		}
	}
}

// Clean rows of Lorenz' system tell its Jacobian in the sheet of the attractor far better
// than across it; a linear fit is worse than a quadratic one.
func TestJacobiansOfLorenzFromRows(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	x := orbit(t, "lorenz", 8000, 0.01, 50)
	law := known(t, "lorenz")
	two, err := LocalJacobians(x, 3, 0.01, LocalOptions{Order: 2}, law)
	if err != nil || two.Status != OK || len(two.Error) != two.Places {
		t.Fatalf("%+v, %v", two, err)
	}
	one, err := LocalJacobians(x, 3, 0.01, LocalOptions{Order: 1, Neighbours: 25}, law)
	if err != nil {
		t.Fatal(err)
	}
	if !(two.Tangent < 0.05) || !(one.Median > 3*two.Median) {
		t.Errorf("quadratic %g (tangent %g, transverse %g, known %d), linear %g (tangent %g)", two.Median, two.Tangent, two.Transverse, two.Known, one.Median, one.Tangent)
	}
	z, sd := append([]float64{}, x...), []float64{8, 9, 8.6}
	r := num.Stream(2, "noise")
	for i := range z {
		z[i] += 0.01 * sd[i%3] * r.NormFloat64()
	}
	noisy, err := LocalJacobians(z, 3, 0.01, LocalOptions{}, law)
	if err != nil || noisy.Known != 2 {
		t.Errorf("with noise %d directions are known (spread %v, noise %g), %v", noisy.Known, noisy.Spread, noisy.Noise, err)
	}
}
