package landscape

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
)

func TestPathPlaneHoldsAPathThatIsFlat(t *testing.T) {
	a, b := gaussian(30, 1, "a", 0), gaussian(30, 1, "b", 0)
	origin := gaussian(30, 1, "origin", 0)
	var path [][]float64
	for i := range 12 {
		z := append([]float64{}, origin...)
		floats.AddScaled(z, 3*math.Cos(0.3*float64(i))-3, a)
		floats.AddScaled(z, math.Sin(0.3*float64(i)), b)
		path = append(path, z)
	}
	p, err := NewPathPlane(path, path[0])
	if err != nil {
		t.Fatal(err)
	}
	if p.Explained[0] < p.Explained[1] || math.Abs(p.Explained[0]+p.Explained[1]-1) > 1e-12 {
		t.Errorf("explained %v; a flat path lies in its plane", p.Explained)
	}
	if p.X[0] != 0 || p.Y[0] != 0 {
		t.Errorf("the origin is at (%g, %g)", p.X[0], p.Y[0])
	}
	for i, z := range path {
		back := append([]float64{}, p.Origin...)
		floats.AddScaled(back, p.X[i], p.A)
		floats.AddScaled(back, p.Y[i], p.B)
		if d := floats.Distance(back, z, 2); d > 1e-10 {
			t.Errorf("point %d is %g away from its place in the plane", i, d)
		}
	}
	if _, err := NewPathPlane(path[:2], path[0]); err == nil {
		t.Error("two points span no plane")
	}
}
