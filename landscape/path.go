package landscape

import (
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/entrain-dev/entrain/internal/num"
)

// PathPlane is the plane in which an optimisation path varies most. The two
// directions are the principal components of the path, of unit length, their
// largest component positive.
type PathPlane struct {
	Plane
	X, Y      []float64 // the path in the plane, as seen from the origin
	Explained []float64 // share of the path's variance along each direction
}

// NewPathPlane returns the plane through origin along the two principal
// components of the points of a path, by singular values of the points without
// their mean.
//
// Source: Li, Xu, Taylor, Studer, Goldstein, NeurIPS 2018, section 7.
func NewPathPlane(path [][]float64, origin []float64) (*PathPlane, error) {
	n, size := len(path), len(origin)
	if n < 3 || size < 2 {
		return nil, fmt.Errorf("a plane needs a path of 3 points or more and 2 unknowns or more; there are %d points and %d unknowns", n, size)
	}
	mean := make([]float64, size)
	for _, z := range path {
		floats.AddScaled(mean, 1/float64(n), z)
	}
	rows := mat.NewDense(n, size, nil)
	for i, z := range path {
		floats.SubTo(rows.RawRowView(i), z, mean)
	}
	var svd mat.SVD
	if !svd.Factorize(rows, mat.SVDThin) {
		return nil, fmt.Errorf("the principal components of the path were not found; it may hold numbers that are not finite")
	}
	sigma := svd.Values(nil)
	total := floats.Dot(sigma, sigma)
	if !(total > 0) {
		return nil, fmt.Errorf("the path does not move")
	}
	var v mat.Dense
	svd.VTo(&v)
	p := &PathPlane{Plane: Plane{Origin: origin, A: principal(&v, 0), B: principal(&v, 1)}}
	for i := range 2 {
		p.Explained = append(p.Explained, sigma[i]*sigma[i]/total)
	}
	away := make([]float64, size)
	for _, z := range path {
		floats.SubTo(away, z, origin)
		p.X, p.Y = append(p.X, floats.Dot(away, p.A)), append(p.Y, floats.Dot(away, p.B))
	}
	return p, nil
}

// principal is column j with its largest component positive.
func principal(v *mat.Dense, j int) []float64 {
	col := mat.Col(nil, j, v)
	num.Upright(col)
	return col
}
