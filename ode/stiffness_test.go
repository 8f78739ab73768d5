package ode

import (
	"testing"

	"github.com/entrain-dev/entrain/field"
)

// growing is an input that grows by so much in a unit of time.
type growing float64

func (g growing) At(u Batch, t []float64) {
	for i := range u.V {
		u.V[i] = float64(g) * t[i]
	}
}

// Whether it is stability that keeps steps short is decided by the largest |λ| there, here one of
// the symmetric matrix with the eigenvalues −50 and −100, or the input: beyond 1.5/|λ| it is.
func TestStiffnessIsTheLargestRateTimesTheStep(t *testing.T) {
	for _, text := range []string{"x' = -60*x - 20*y\ny' = -20*x - 90*y", "x' = -u*x\ny' = -y", "x' = -x*y^2\ny' = -y"} {
		parts, err := (&field.Equations{Text: text}).Build(field.Unscaled([]string{"x", "y"}, []string{"u"}))
		if err != nil {
			t.Fatal(err)
		}
		f := field.New(parts.Field, 8, false)
		s, err := NewSolver(f, Options{Solver: "dopri5"})
		if err != nil {
			t.Fatal(err)
		}
		p := &IVP{Field: f, X0: newBatch(2, 8), Theta: newBatch(len(parts.Theta0), 1), T0: make([]float64, 8), Times: make([]float64, 8), Input: growing(100)}
		s.Solve(NewTrajectory(1, 2, 8), p)
		const lane, place = 5, 2
		s.step.From.T[place] = 1
		for _, x := range [][2]float64{{3, 10}, {0.2, 10}} {
			s.step.From.X.Set(0, place, x[0])
			s.step.From.X.Set(1, place, x[1])
			for size, want := range map[float64]Status{1.4 / 100: StatusMaxSteps, 1.6 / 100: StatusStiff} {
				s.lane[lane].size = size
				if got := s.blame(lane, place, StatusMaxSteps); got != want {
					t.Errorf("%s at %v, with steps of %g: %v", text, x, size, got)
				}
				if got := s.blame(lane, place, StatusNonFinite); got != StatusNonFinite {
					t.Errorf("%s at %v: what left the numbers is said to be %v", text, x, got)
				}
			}
		}
	}
}
