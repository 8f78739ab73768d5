package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/data"
)

// selfCoupled is the loss of a learnt coupling at λ = 0.5 and its unknowns,
// with gains that differ from state to state.
func selfCoupled(t *testing.T, p *Problem, members int, penalty float64) (*selfCoupledLoss, []float64) {
	t.Helper()
	h := &Homotopy{Coupling: 3, Penalty: penalty, Smoothing: -1}
	o, err := h.newSelfCoupledLoss(p, members, func(k int) float64 { return []float64{0.5, 0}[k] })
	if err != nil {
		t.Fatal(err)
	}
	return o, shotUnknowns(t, p, members, o.Size())
}

func TestGradientOfLearntCouplingAgreesWithDifferences(t *testing.T) {
	unhurried(t)
	for name, p := range variants(t) {
		for _, members := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				o, z := selfCoupled(t, p, members, 0.7)
				checkGradient(t, o, z, max(1, members-1))
			})
		}
	}
}

// Gains as they begin are those of a coupling that is not learnt, and the
// penalty is its weight; in the last level nothing is left of either.
func TestLearntCouplingBeginsAsOneThatIsNot(t *testing.T) {
	for name, p := range variants(t) {
		const members, penalty = 3, 0.7
		o, z := selfCoupled(t, p, members, penalty)
		rest := len(z) - o.r.columns*members
		fixed, err := newCoupledLoss(p, members, -1, func(k int) float64 { return []float64{3, 0}[k] })
		if err != nil {
			t.Fatal(err)
		}
		for k, cost := range []float64{penalty * members, 0} {
			if k == 0 {
				clear(z[rest:])
			}
			got, want := o.Eval(nil, z, k).Value, fixed.Eval(nil, z[:rest], k).Value+cost
			if differs(got, want, 1e-12) {
				t.Errorf("%s, level %d: %.14g, want %.14g", name, k, got, want)
			}
			for i := rest; i < len(z); i++ { // free: whatever the gains are
				z[i] = 0.4
			}
		}
	}
}

// The gains fall with λ, and the field that is left fits.
func TestPenaltyLetsGoOfTheCoupling(t *testing.T) {
	s := lotkaVolterra()
	s.noise = 0.02
	rec, _ := s.draw(1)
	p := mustProblem(t, []data.Series{rec}, tinyNet(0, false), func(s *Settings) { s.Budget, s.Keep = 600, "last" })
	h := defaults(t, "homotopy").(*Homotopy)
	h.Penalty = 0.3
	var free, held []float64
	r := fittedWith(t, h, p, nil, func(e Event) {
		if c := e.Checkpoint; c != nil && c.K == 50 {
			held = c.Z[len(c.Z)-2:]
		} else if c != nil && c.K == 500 {
			free = c.Z[len(c.Z)-2:]
		}
	})
	if r.Status != StatusOK || r.Train.R2 < 0.9 {
		t.Errorf("%s with R² %g", r.Status, r.Train.R2)
	}
	for c := range held {
		before, after := 1+held[c], 1+free[c]
		if !(after*after < 0.1*before*before) {
			t.Errorf("state %d: the share of the gain is %g, was %g in the first level", c, after*after, before*before)
		}
	}
}

func TestFitsWithLearntCouplingResume(t *testing.T) {
	p := mustProblem(t, gappy(2, 0, 2), tinyNet(1, false), func(s *Settings) { s.Members, s.Budget = 2, 80 })
	h := defaults(t, "homotopy").(*Homotopy)
	h.Penalty = 0.3
	goesOn(t, h, p)
}

func TestSettingsOfLearntCouplingAreChecked(t *testing.T) {
	p := variants(t)["one recording"]
	for want, change := range map[string]func(*Homotopy){
		"penalty=-1":  func(h *Homotopy) { h.Penalty = -1 },
		"penalty=NaN": func(h *Homotopy) { h.Penalty = math.NaN() },
		"of impulses": func(h *Homotopy) { h.Penalty, h.Impulse = 1, true },
	} {
		h := defaults(t, "homotopy").(*Homotopy)
		change(h)
		if _, err := h.Fit(context.Background(), p, nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestLossOfLearntCouplingAllocatesNothing(t *testing.T) {
	o, z := selfCoupled(t, variants(t)["linear inputs"], 3, 0.7)
	grad := make([]float64, len(z))
	o.Eval(grad, z, 0)
	if n := testing.AllocsPerRun(3, func() { o.Eval(grad, z, 0) }); n > 0 {
		t.Errorf("%g allocations", n)
	}
}
