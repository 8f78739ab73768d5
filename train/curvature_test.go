package train

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/num"
)

func inner(a, b []float64) float64 {
	s := 0.0
	for i := range a {
		s += a[i] * b[i]
	}
	return s
}

// draw returns n vectors of standard normal numbers.
func draw(n, size int) [][]float64 {
	out := make([][]float64, n)
	for j := range out {
		r := num.Stream(7, "directions", uint64(j))
		out[j] = make([]float64, size)
		for i := range out[j] {
			out[j][i] = r.NormFloat64()
		}
	}
	return out
}

func mustAt(t testing.TB, p *Problem, c Coupling) (*Surface, *Curvature, []float64) {
	t.Helper()
	s, err := NewSurface(p, c)
	if err != nil {
		t.Fatal(err)
	}
	z, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.At(z)
	if err != nil {
		t.Fatal(err)
	}
	return s, h, z
}

// couplings are the free field and one drawn towards the data.
var couplings = map[string]Coupling{"free": {}, "coupled": {Gain: 0.7, Smoothing: -1}}

func TestHessianProductsAreDerivativesOfTheGradient(t *testing.T) {
	for name, p := range variants(t) {
		for kind, c := range couplings {
			s, h, z := mustAt(t, p, c)
			v := draw(3, s.Size())
			got := draw(3, s.Size())
			h.Apply(got, v)
			for j := range v {
				const eps = 1e-5
				var side [2][]float64
				for k, e := range []float64{eps, -eps} {
					at := make([]float64, len(z))
					for i := range at {
						at[i] = z[i] + e*v[j][i]
					}
					q, err := s.At(at)
					if err != nil {
						t.Fatal(err)
					}
					side[k] = make([]float64, len(z))
					q.Gradient(side[k])
				}
				scale := math.Sqrt(inner(got[j], got[j]))
				for i := range got[j] {
					want := (side[0][i] - side[1][i]) / (2 * eps)
					if math.Abs(got[j][i]-want) > 1e-6*scale {
						t.Errorf("%s, %s: entry %d of direction %d is %g, central differences give %g", name, kind, i, j, got[j][i], want)
					}
				}
			}
		}
	}
}

func TestGradientOfTheSurfaceIsThatOfTraining(t *testing.T) {
	for name, p := range variants(t) {
		s, h, z := mustAt(t, p, Coupling{})
		got, want := make([]float64, s.Size()), make([]float64, s.Size())
		h.Gradient(got)
		obj, err := newTrajectoryLoss(s.rollout(1))
		if err != nil {
			t.Fatal(err)
		}
		loss := obj.Eval(want, z, 0)
		if math.Abs(h.Loss()-loss.Value) > 1e-13*loss.Value {
			t.Errorf("%s: loss %g, in training %g", name, h.Loss(), loss.Value)
		}
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-11*math.Sqrt(inner(want, want)) {
				t.Errorf("%s: entry %d is %g, in training %g", name, i, got[i], want[i])
			}
		}
	}
}

func TestHessianIsSymmetricWithAdaptiveSteps(t *testing.T) {
	for _, solver := range []string{"dopri5", "tsit5", "dop853"} {
		for _, save := range []string{"", "land"} {
			for kind, c := range couplings {
				p := mustProblem(t, gappy(2, 1, 2), tinyNet(1, true), func(s *Settings) { s.Solver.Solver, s.Solver.Save = solver, save })
				s, h, _ := mustAt(t, p, c)
				v, hv := draw(2, s.Size()), draw(2, s.Size())
				h.Apply(hv, v)
				a, b := inner(v[0], hv[1]), inner(v[1], hv[0])
				if math.Abs(a-b) > 1e-11*(math.Abs(a)+math.Sqrt(inner(hv[0], hv[0])*inner(v[1], v[1]))) {
					t.Errorf("%s, save %q, %s: ⟨u,Hv⟩ = %.16g, ⟨v,Hu⟩ = %.16g", solver, save, kind, a, b)
				}
			}
		}
	}
}

func TestAdaptiveProductsAgreeWithFineFixedSteps(t *testing.T) {
	products := func(change func(*Settings)) [][]float64 {
		p := mustProblem(t, gappy(2, 1, 2), tinyNet(0, true), change)
		s, h, _ := mustAt(t, p, Coupling{})
		hv := draw(2, s.Size())
		h.Apply(hv, draw(2, s.Size()))
		return hv
	}
	got := products(func(s *Settings) { s.Solver.RTol, s.Solver.ATol = 1e-9, 1e-9 })
	want := products(func(s *Settings) { fixedSteps(s); s.Solver.Step = 0.005 })
	for j := range got {
		for i := range got[j] {
			if math.Abs(got[j][i]-want[j][i]) > 1e-6*math.Sqrt(inner(want[j], want[j])) {
				t.Errorf("entry %d of direction %d is %g with adaptive steps, %g with fine ones", i, j, got[j][i], want[j][i])
			}
		}
	}
}

// A field that is linear in its one parameter and does not depend on the state,
// x' = a t, has a quadratic loss: x = a t²/2, and L” = 2 Σ (t²/2)²/n.
func TestHessianOfAQuadraticLossIsExact(t *testing.T) {
	s := data.Series{Names: []string{"x"}, Units: []string{""}, Time: "t"}
	want := 0.0
	for i := range 9 {
		tm := 0.25 * float64(i)
		s.T, s.X = append(s.T, tm), append(s.X, 1.5*tm*tm)
		want += 2 * tm * tm * tm * tm / 4 / 9
	}
	p := mustProblem(t, []data.Series{s}, &field.Equations{Text: "x' = a*t", Parameters: map[string]field.Unknown{"a": {Start: 1}}},
		func(s *Settings) {
			s.Scale, s.Heldout, s.Initial, s.Start = "none", 0, "known", []float64{0}
			s.Solver.Solver, s.Solver.Step = "rk4", 0.25
		})
	_, h, _ := mustAt(t, p, Coupling{})
	for _, v := range []float64{1, -3} {
		got := [][]float64{{0}}
		h.Apply(got, [][]float64{{v}})
		if math.Abs(got[0][0]-want*v) > 1e-13*want {
			t.Errorf("H·%g = %.16g, want %.16g", v, got[0][0], want*v)
		}
	}
}

func TestSurfaceValuesAreThoseOfPointsAlone(t *testing.T) {
	for name, p := range variants(t) {
		s, _, z := mustAt(t, p, Coupling{Gain: 0.3, Smoothing: -1})
		v := draw(1, s.Size())[0]
		point := func(i int, to []float64) {
			for k := range to {
				to[k] = z[k] + 0.02*float64(i)*v[k]
			}
		}
		values := make([]float64, 70)
		if err := s.Values(values, point); err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, 1, 63, 64, 69} {
			at := make([]float64, len(z))
			point(i, at)
			h, err := s.At(at)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(h.Loss()-values[i]) > 1e-10*values[i] {
				t.Errorf("%s: point %d has %g among others, %g alone", name, i, values[i], h.Loss())
			}
		}
	}
}

func TestSurfaceHasTheSameBitsForAnyNumberOfThreads(t *testing.T) {
	p := mustProblem(t, gappy(2, 1, 2), tinyNet(0, true))
	numbers := func(threads int) []float64 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		s, h, z := mustAt(t, p, Coupling{Gain: 0.5, Smoothing: -1})
		v := draw(17, s.Size())
		h.Apply(v, draw(17, s.Size()))
		values := make([]float64, 200)
		if err := s.Values(values, func(i int, to []float64) {
			for k := range to {
				to[k] = z[k] + 1e-3*float64(i)
			}
		}); err != nil {
			t.Fatal(err)
		}
		return append(slices.Concat(v...), values...)
	}
	if one, four := numbers(1), numbers(4); !slices.Equal(one, four) {
		t.Error("one thread and four give other bits")
	}
}
