package train

import (
	"math"
	"testing"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/opt"
)

// TestTheInverseDiagonalIsThatOfTheReducedHessian: the objective of minima with one
// parameter held bends by what its inverse says.
func TestTheInverseDiagonalIsThatOfTheReducedHessian(t *testing.T) {
	_, a := collocatedAlone(t, predatorAndPrey(t, nil), nil)
	got := a.nlp.inverseDiagonal(a.solver, a.state)
	// The minimum with one parameter held, by a program of its own: its objective bends
	// by 1/(H⁻¹)_ii.
	x, _, least := a.solver.Solution(a.state)
	for i := range a.nlp.theta {
		step := math.Sqrt(got[i]) * 0.05
		bend := 0.0
		for _, side := range []float64{-1, 1} {
			held := &heldProgram{transcription: a.nlp, at: i, value: x[i] + side*step}
			s, err := opt.NewInteriorPoint(held, *opt.DefaultInteriorPoint())
			if err != nil {
				t.Fatal(err)
			}
			st := s.Warm(x, nil, 1e-10)
			if v := s.Minimise(st, nil); !v.Solved() {
				t.Fatalf("parameter %d: %s", i, v)
			}
			_, _, f := s.Solution(st)
			bend += (f - least) / (step * step)
		}
		if want := 1 / bend; math.Abs(got[i]/want-1) > 0.03 {
			t.Errorf("parameter %d: variance %g, profile says %g", i, got[i], want)
		}
	}
}

// heldProgram is a program with one unknown held.
type heldProgram struct {
	*transcription
	at    int
	value float64
}

func (h *heldProgram) Shape() opt.Shape {
	s := h.transcription.Shape()
	s.Low[h.at], s.High[h.at] = h.value, h.value
	return s
}

// TestTheEvidenceFindsWeightsOfLayers where nobody gives one: they are a fixed point, and a
// poor beginning does not matter.
func TestTheEvidenceFindsWeightsOfLayers(t *testing.T) {
	rec := sampled(steps(80, 0.15), 0.1, math.Cos, func(t float64) float64 { return -math.Sin(t) })
	p := mustProblem(t, []data.Series{rec}, &field.MLP{Hidden: []int{3}, Activation: "tanh"}, func(s *Settings) { s.Heldout = 0 })
	_, a := collocatedAlone(t, p, nil)
	if a.weighings == 0 {
		t.Fatal("nothing was weighed")
	}
	free := a.nlp.inverseDiagonal(a.solver, a.state)
	if free == nil {
		t.Fatalf("no strict minimum: %s", a.state.Verdict)
	}
	if _, change := a.nlp.evident(a.x(), free); change > 1 {
		t.Errorf("weights are no fixed point: a logarithm would change by %g", change)
	}
	_, b := collocatedAlone(t, p, func(c *Collocation) { c.Decay = 1e-2 })
	for i, d := range b.nlp.decay {
		if d != 1e-2 {
			t.Fatalf("decay=1e-2 was changed to %g at %d", d, i)
		}
	}
}
