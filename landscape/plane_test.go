package landscape

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
	"github.com/entrain-dev/entrain/train"
)

func TestLandscapeIsTheLossAtItsPoints(t *testing.T) {
	p := mustProblem(t, waves(2, 2), tinyNet(), fixedSteps)
	s, h, z := mustAt(t, p, train.Coupling{})
	v := [][]float64{gaussian(s.Size(), 7, "plane", 0), gaussian(s.Size(), 7, "plane", 1)}
	l, err := NewGrid(s, Plane{z, v[0], v[1]}, Span(-0.1, 0.1, 5), Span(-0.2, 0.2, 3))
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Loss[1*5+2]; math.Abs(got-h.Loss()) > 1e-12*got {
		t.Errorf("the middle has the loss %g, the origin %g", got, h.Loss())
	}
	at := append([]float64{}, z...)
	floats.AddScaled(at, 0.1, v[0])
	floats.AddScaled(at, -0.2, v[1])
	q, err := s.At(at)
	if err != nil {
		t.Fatal(err)
	}
	if got := l.Loss[4]; math.Abs(got-q.Loss()) > 1e-10*got {
		t.Errorf("the corner has the loss %g, the point %g", got, q.Loss())
	}
}

// Near a point the landscape is the quadratic form of the Hessian.
func TestLandscapeCurvesAsTheHessianSays(t *testing.T) {
	p := mustProblem(t, waves(2, 1), tinyNet(), fixedSteps)
	s, h, z := mustAt(t, p, train.Coupling{})
	e := num.TopEigenpairs(h, 2, 100, 1)
	const eps = 1e-3
	l, err := NewGrid(s, Plane{z, e[0].Vector, e[1].Vector}, []float64{-eps, 0, eps}, []float64{-eps, 0, eps})
	if err != nil {
		t.Fatal(err)
	}
	at := func(i, j int) float64 { return l.Loss[j*3+i] }
	for k, second := range []float64{at(0, 1) - 2*at(1, 1) + at(2, 1), at(1, 0) - 2*at(1, 1) + at(1, 2)} {
		if got := second / (eps * eps); math.Abs(got-e[k].Value) > 1e-3*math.Abs(e[0].Value) {
			t.Errorf("along eigenvector %d the loss curves by %g, the eigenvalue is %g", k, got, e[k].Value)
		}
	}
}

func TestPointsThatDivergeAreInfinite(t *testing.T) {
	arch := &field.Equations{Text: "x' = a*x*x", Parameters: map[string]field.Unknown{"a": {Start: 0.1}}}
	p := mustProblem(t, waves(1, 1), arch, func(s *train.Settings) { s.Scale, s.Initial, s.Start = "none", "known", []float64{1} })
	s, err := train.NewSurface(p, train.Coupling{})
	if err != nil {
		t.Fatal(err)
	}
	z, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewSlice(s, z, "a", []float64{1, 100})
	if err != nil {
		t.Fatal(err)
	}
	if !num.Finite(l.Loss[0]) || !math.IsInf(l.Loss[1], 1) {
		t.Errorf("losses %v, want a number and +Inf", l.Loss)
	}
	at := []float64{100 * z[0]}
	if _, err := s.At(at); err == nil || !strings.Contains(err.Error(), "cannot be followed") {
		t.Errorf("the Hessian where the trajectory explodes: %v", err)
	}
}

func TestSliceMovesTheParameterInUserUnits(t *testing.T) {
	one, two := 1.0, 3.0
	for name, u := range map[string]field.Unknown{
		"free": {Start: 1.6}, "above": {Start: 1.6, Min: &one}, "below": {Start: 1.6, Max: &two}, "between": {Start: 1.6, Min: &one, Max: &two},
	} {
		arch := &field.Equations{Text: "x' = a - x", Parameters: map[string]field.Unknown{"a": u}}
		p := mustProblem(t, waves(1, 1), arch, fixedSteps)
		s, _, z := mustAt(t, p, train.Coupling{})
		for _, factor := range []float64{0.7, 1, 1.3} {
			q, value, err := s.Named(z, "a")
			if err != nil {
				t.Fatal(err)
			}
			at := append([]float64{}, z...)
			var ok bool
			if at[q.Theta], ok = q.At(factor * value); !ok {
				t.Fatalf("%s: no θ for the factor %g", name, factor)
			}
			if _, got, _ := s.Named(at, "a"); math.Abs(got-1.6*factor) > 1e-12 {
				t.Errorf("%s: the factor %g leads to %g, want %g", name, factor, got, 1.6*factor)
			}
		}
		if _, err := NewSlice(s, z, "aa", []float64{1}); err == nil || !strings.Contains(err.Error(), `did you mean "a"`) {
			t.Errorf("a name that does not exist: %v", err)
		}
	}
}
